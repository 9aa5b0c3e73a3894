"""The tables of the data. Nothing here opens anything: what is personal stands sealed in a `sealed` column.

Times are UTC. Append-only tables (`consent_records`, `consent_events`, `withdrawals`, `audit`, `releases`) know only
pseudonyms.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)


class Instant(TypeDecorator[dt.datetime]):
    """A moment in UTC. SQLite has no time zones, so they are taken off and put on again here."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:  # noqa: ARG002
        """Moments without a time zone are a fault of ours."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        return value if value.tzinfo is dt.UTC else value.astimezone(dt.UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> dt.datetime | None:  # noqa: ANN401, ARG002
        """Every moment comes back in UTC."""
        if value is None:
            return None
        moment: dt.datetime = value
        return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)


class Sealed(LargeBinary):
    """Bytes as they are. `LargeBinary` wraps each value for drivers that need it; ours take bytes."""

    def bind_processor(self, dialect: Dialect) -> None:
        """Nothing to do on the way in."""

    def result_processor(self, dialect: Dialect, coltype: object) -> None:
        """Nothing to do on the way out."""


Number = BigInteger().with_variant(Integer(), "sqlite")
"""A number that an installation of a hundred million people may take beyond 2^31. SQLite's are of 64 bits anyway, and
it counts by itself only in a column that is called INTEGER."""

metadata = MetaData(naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s", "pk": "pk_%(table_name)s"})

installation = Table(
    "installation",
    metadata,
    Column("id", String(32), primary_key=True),  # the same in the key store: neither is ever used with another's
    Column("bot", BigInteger),  # which bot people write to: the number before the colon of its token
)

conversations = Table(
    "conversations",
    metadata,
    Column("chat", Sealed, primary_key=True),  # keyed hash of the chat id
    Column("key_id", Sealed, nullable=False, index=True),  # contact key
    Column("sealed", Sealed, nullable=False),  # chat id, card and message ids, session; under the contact key
    Column("version", Integer, nullable=False),
    Column("owed", Boolean, nullable=False),  # the current screen has not been shown yet
    Column("ending", Boolean, nullable=False),  # forget everything once the goodbye is delivered
    Column("reachable", Boolean, nullable=False),
    Column("shown_by", Integer),  # of several processes, the one that has a screen under way to the chat
    # Of those alone: each step turns `owed` on and off, and would write two pages of an index of everybody.
    Index("ix_conversations_owed", "chat", sqlite_where=text("owed = 1"), postgresql_where=text("owed")),
)

contributions = Table(
    "contributions",
    metadata,
    Column("chat", Sealed, primary_key=True),
    Column("collection", String(40), primary_key=True),
    Column("pseudonym", String(32), nullable=False, unique=True),
    Column("key_id", Sealed, index=True),  # data key; none before consent
    Column("sealed", Sealed, nullable=False),  # passage; under the data key, before consent the contact key
    Column("record", String(36)),  # the consent record in force
    Column("submitted_at", Instant),
    Column("submitted_under", String(36)),  # the consent record that what was last submitted stands under
)

answers = Table(
    "answers",
    metadata,
    Column("pseudonym", String(32), primary_key=True),
    Column("question", String(40), primary_key=True),
    Column("sealed", Sealed, nullable=False),  # status, options, own words; under the data key
    Column("collection_version", Integer, nullable=False),
    Column("record", String(36), nullable=False),  # the consent that it was given under
    Column("consent_given_at", Instant, nullable=False),
    Column("submitted_at", Instant, nullable=False),
)

documents = Table(  # every text that was ever agreed to; two versions may say the same in one of their languages
    "documents",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("collection", String(40), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("language", String(20), primary_key=True),
    Column("territory", String(2), primary_key=True),
    Column("text", Text, nullable=False),
)

purpose_meanings = Table(  # the purposes as people decided on them: in their words, and what each may do
    "purpose_meanings",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("collection", String(40), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),  # of the cards
    Column("language", String(20), primary_key=True),
    Column("meanings", JSON, nullable=False),  # flows.meaning
)

consent_records = Table(
    "consent_records",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("pseudonym", String(32), nullable=False, index=True),
    Column("collection", String(40), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("language", String(20), nullable=False),
    Column("territory", String(2), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("shown_at", Instant, nullable=False),
    Column("given_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("decisions", JSON, nullable=False),  # purpose -> as decided when consent was given
    Column("card_answers", JSON, nullable=False),
    Column("minimum_age", Integer, nullable=False),
    # Data key of what is answered under it; a renewal of the same text goes on with one.
    Column("key_id", Sealed, index=True),
    Column("kept", JSON),  # purpose -> how long it may be used, as its collection said then; only where it is shorter
    Column("answers_kept", String(8)),  # how long answers were kept, as its collection said then
    Column("meanings", String(64)),  # of purpose_meanings; none where an earlier program wrote it and nothing tells
)

consent_events = Table(
    "consent_events",
    metadata,
    Column("id", Number, primary_key=True, autoincrement=True),
    Column("record", String(36), nullable=False, index=True),
    Column("pseudonym", String(32), nullable=False),
    Column("event", String(20), nullable=False),  # requested, given, declined, renewed, withdrawn, expired
    Column("at", Instant, nullable=False),
    Column("purposes", JSON, nullable=False),
)

contact_permissions = Table(
    "contact_permissions",
    metadata,
    Column("chat", Sealed, primary_key=True),
    Column("collection", String(40), primary_key=True),
    Column("purpose", String(40), nullable=False),
    Column("record", String(36), nullable=False),  # the consent that gave it
    Column("given_at", Instant, nullable=False),
)

move_permissions = Table(  # a person's word that somebody may move to a place where more is asked
    "move_permissions",
    metadata,
    Column("code", String(64), primary_key=True),  # hash of the code that the contributor named
    Column("territory", String(2), nullable=False),
    Column("until", Instant, nullable=False),
)

entitlements = Table(
    "entitlements",
    metadata,
    Column("holder", Sealed, primary_key=True),  # keyed hash of chat and collection under a key of its own
    Column("collection", String(40), nullable=False),
    Column("amount", String(20), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("accrued_on", Instant, nullable=False),  # the day only: an exact time would join it to a pseudonym
    Column("kept_until", Instant, nullable=False),
    Column("territory", String(2)),  # whose ways of paying it is paid by; none where an earlier surveybot wrote it
    Column("reference", String(16), nullable=False, unique=True),  # random; what people and providers name it by
    Column("state", String(12), nullable=False),  # flows.on_record.PayState
    Column("state_on", Instant, nullable=False),  # the day only
    Column("way", String(12)),  # flows.collection.PayWay, once it is known
    Column("reason", Text),  # why it did not arrive, or is withheld
    Column("told", Boolean, nullable=False),  # whether its contributor has been told of the state
    Column("left", Boolean, nullable=False),  # whether they have taken everything else back
    Column("given", Integer, nullable=False),  # how often it went to a provider, each time with another number
    Column("export", Integer),  # the provider's file that it was given in, while it may be wanted again
    Index("ix_entitlements_untold", "collection", sqlite_where=text('"left" = 1 and told = 0'),
          postgresql_where=text('"left" and not told')),
    # Of days and collections alone, and written anew with the rows each day: their order tells no more than rows do.
    Index("ix_entitlements_kept_until", "kept_until", sqlite_where=text("state <> 'paid_before'"),
          postgresql_where=text("state <> 'paid_before'")),
    Index("ix_entitlements_sent", "state_on", sqlite_where=text("\"left\" = 1 and state = 'sent'"),
          postgresql_where=text("\"left\" and state = 'sent'")),
    Index("ix_entitlements_marks", "collection", sqlite_where=text("state = 'paid_before'"),
          postgresql_where=text("state = 'paid_before'")),
    sqlite_with_rowid=False,  # rows would be numbered as they came: the n-th is the n-th submission's
)  # fmt: skip

payout_exports = Table(  # files that were written for providers; counts alone
    "payout_exports",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("collection", String(40), nullable=False),
    Column("made_on", Instant, nullable=False),  # the day only
    Column("rows", Integer, nullable=False),
    sqlite_autoincrement=True,  # a number is never another file's later: stewards name it
)

settled_answers = Table(  # what providers said, so that the same is not taken as news twice
    "settled_answers",
    metadata,
    Column("digest", Sealed, primary_key=True),  # keyed: a short file could be guessed
    Column("settled_on", Instant, nullable=False),  # the day only
)

pay_promises = Table(  # how many people have been promised pay in a region; counts alone
    "pay_promises",
    metadata,
    Column("collection", String(40), primary_key=True),
    Column("territory", String(2), primary_key=True),
    Column("people", Integer, nullable=False),
)

tallies = Table(  # how far people get in a collection, and how long they take; counts alone
    "tallies",
    metadata,
    Column("collection", String(40), primary_key=True),
    Column("territory", String(2), primary_key=True),
    Column("what", String(64), primary_key=True),  # in the words of flows.tallies
    Column("count", Number, nullable=False),
)

voucher_codes = Table(
    "voucher_codes",
    metadata,
    Column("id", String(32), primary_key=True),  # random, so that the order of loading says nothing
    Column("collection", String(40), nullable=False),
    Column("territory", String(2), nullable=False),
    Column("digest", Sealed, nullable=False, unique=True),  # keyed hash of the code: no code is ever loaded twice
    Column("sealed", Sealed, nullable=False),  # under a ring key; once handed out, under the contact key
    Column("holder", Sealed, unique=True),  # the entitlement that it was handed out for
    Index("ix_voucher_codes_collection_territory_holder", "collection", "territory", "holder"),
    Index("ix_voucher_codes_free", "collection", "territory", "id", sqlite_where=text("holder is null"),
          postgresql_where=text("holder is null")),
)  # fmt: skip

payout_numbers = Table(  # where a provider is to send pay; with a key of its own, apart from everything else
    "payout_numbers",
    metadata,
    Column("holder", Sealed, primary_key=True),
    Column("key_id", Sealed, nullable=False, index=True),
    Column("sealed", Sealed, nullable=False),
    Column("kept_until", Instant, nullable=False, index=True),  # the day only
    sqlite_with_rowid=False,  # as entitlements
)

withdrawals = Table(
    "withdrawals",
    metadata,
    Column("id", Number, primary_key=True, autoincrement=True),
    Column("pseudonym", String(32), nullable=False, index=True),
    Column("collection", String(40), nullable=False),
    Column("purposes", JSON, nullable=False),
    Column("at", Instant, nullable=False),
)

key_destructions = Table(
    "key_destructions",
    metadata,
    Column("id", Number, primary_key=True, autoincrement=True),
    Column("key_id", Sealed, nullable=False),
    Column("lock", String(100)),  # none: every wrap of the key
    Column("at", Instant, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("chat", Sealed, nullable=False, index=True),
    Column("lane", String(10), nullable=False),  # reply, unasked (bot.storage.asking)
    Column("kind", String(20), nullable=False),
    Column("sealed", Sealed, nullable=False),  # what to send; under the contact key
    Column("position", Integer, nullable=False),  # order within a chat
    Column("due_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("holder", Integer),  # the process that has it in hand
    Column("left_to", Integer),  # the process that shows the chat's screens just now, and sends this with the next
    Index("ix_outbox_lane_due_at", "lane", "due_at"),
    Index("ix_outbox_holder", "holder", sqlite_where=text("holder is not null"),
          postgresql_where=text("holder is not null")),
    Index("ix_outbox_left_to", "left_to", sqlite_where=text("left_to is not null"),
          postgresql_where=text("left_to is not null")),
)  # fmt: skip

broadcasts = Table(
    "broadcasts",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("collection", String(40), nullable=False),  # that people are invited to
    Column("state", String(24), nullable=False),
    Column("audience", JSON, nullable=False),  # who was asked for
    Column("paragraphs", JSON, nullable=False),  # language -> what coordinators add
    Column("paid", Boolean, nullable=False),
    Column("any_hour", Boolean, nullable=False),
    Column("planned_by", String(80), nullable=False),
    Column("planned_at", Instant, nullable=False),
    Column("starts_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("why", Text),  # it stands still, in words
    Column("fallen_out", JSON, nullable=False),  # reason -> how many
    # How many deliveries have come to each end, counted in the transaction that ends them: a million rows are not
    # counted anew for each look.
    Column("recipients", Integer, nullable=False),
    Column("delivered", Integer, nullable=False),
    Column("unreachable", Integer, nullable=False),
    Column("unknown", Integer, nullable=False),
    Column("cancelled", Integer, nullable=False),
    Column("without_pilot", Text),  # why it goes out though the collection was not piloted
    sqlite_autoincrement=True,  # an id is never somebody else's later: buttons and words name it
)

pilots = Table(
    "pilots",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("collection", String(40), nullable=False),
    Column("regions", JSON, nullable=False),  # where people can begin; nobody new can elsewhere while it goes on
    Column("people", Integer, nullable=False),  # how many it is for
    Column("agreed", Integer, nullable=False),
    Column("begun_by", String(80), nullable=False),
    Column("begun_at", Instant, nullable=False),
    Column("before", JSON, nullable=False),  # the collection's tallies when it began, and when it ended
    Column("ended_by", String(80)),
    Column("ended_at", Instant),
    Column("after", JSON),
    sqlite_autoincrement=True,
)

deliveries = Table(  # one a recipient
    "deliveries",
    metadata,
    Column("broadcast", Integer, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("chat", Sealed, index=True),  # none once the chat is forgotten: then it is only counted
    Column("region", String(2)),  # whose waking hours hold; none once it has come to an end
    Column("state", String(12), nullable=False),
    Column("at", Instant, nullable=False),
    Column("sealed", Sealed),  # the message's number, for cleaning the chat; under the contact key
    Column("holder", Integer),  # the process that has it in hand
    # Partial: a million rows that have come to an end are in neither.
    # With `state`, though it is always the same, the index has everything that is asked for; without, SQLite reads a
    # broadcast from its beginning instead.
    Index("ix_deliveries_pending", "broadcast", "region", "state", sqlite_where=text("state = 'pending'"),
          postgresql_where=text("state = 'pending'")),
    Index("ix_deliveries_in_hand", "broadcast", sqlite_where=text("state in ('leased', 'sending')"),
          postgresql_where=text("state in ('leased', 'sending')")),
    Index("ix_deliveries_held", "broadcast", sqlite_where=text("state = 'held'"),
          postgresql_where=text("state = 'held'")),
    sqlite_with_rowid=False,
)  # fmt: skip

snapshots = Table(  # what is published of a region's counts (flows.snapshots)
    "snapshots",
    metadata,
    Column("collection", String(40), primary_key=True),
    Column("territory", String(2), primary_key=True),
    Column("taken_at", Instant, nullable=False),
    Column(
        "sealed", Sealed, nullable=False
    ),  # the cells; under the ring key of the purpose that people are counted for
)

schedule = Table(
    "schedule",
    metadata,
    Column("kind", String(20), primary_key=True),
    Column("key", String(120), primary_key=True),
    Column("note", Number, nullable=False),  # the step that a folding is for
    Column("due_at", Instant, nullable=False),
    Column("leased_until", Instant),
    Column("holder", Integer),  # the process that it is leased to
    Column("lane", String(10), nullable=False, server_default="reply"),  # reply, unasked (bot.storage.asking)
    Index("ix_schedule_lane_due_at", "lane", "due_at"),
    Index("ix_schedule_key", "key", postgresql_ops={"key": "text_pattern_ops"}),  # all that is about one chat
    Index("ix_schedule_leased_until", "leased_until", sqlite_where=text("leased_until is not null"),
          postgresql_where=text("leased_until is not null")),
    Index("ix_schedule_holder", "holder", sqlite_where=text("holder is not null"),
          postgresql_where=text("holder is not null")),
)  # fmt: skip

seen_updates = Table(
    "seen_updates",
    metadata,
    Column("update_id", Number, primary_key=True, autoincrement=False),
    Column("seen_at", Instant, nullable=False, index=True),
)

vocabulary = Table(
    "vocabulary",
    metadata,
    Column("collection", String(40), primary_key=True),
    Column("question", String(40), primary_key=True),
    Column("option", String(40), primary_key=True),  # empty: the question itself
    Column("meaning", Text, nullable=False),
    Column("position", Integer, nullable=False),  # order of opening, so that exported columns never move
)

audit = Table(
    "audit",
    metadata,
    Column("id", Number, primary_key=True, autoincrement=True),
    Column("at", Instant, nullable=False),
    Column("actor", String(20), nullable=False),
    Column("action", String(40), nullable=False),
    Column("collection", String(40)),
    Column("pseudonym", String(32)),
    Column("detail", JSON, nullable=False),
    Column("entry", String(32), nullable=False, unique=True),  # its name: random but for the moment
    Column("mac", Sealed, nullable=False),  # authenticates everything above but the id
    Column("leaf", Number),  # its place in the log; none until it is sealed
    Column("seal", Sealed),  # authenticates place, id and mac
    Index("ix_audit_leaf", "leaf"),
    # What a receipt's proof begins with. Partial, so that no other entry pays for it.
    Index("ix_audit_consents", "pseudonym", sqlite_where=text("action in ('consent given', 'consent renewed')"),
          postgresql_where=text("action in ('consent given', 'consent renewed')")),
    # What marks of who was paid go by: looked for each hour.
    Index("ix_audit_closed", "collection", sqlite_where=text("action = 'collection closed'"),
          postgresql_where=text("action = 'collection closed'")),
)  # fmt: skip

audit_tiles = Table(  # hashes of the log's complete subtrees, so that a proof need not read all of it
    "audit_tiles",
    metadata,
    Column("tile", Number, primary_key=True, autoincrement=False),
    Column("hash", Sealed, nullable=False),
)

releases = Table(
    "releases",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("collection", String(40), nullable=False),
    Column("purpose", String(40), nullable=False),
    Column("recipient", String(80), nullable=False),
    Column("format", String(10), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("exact_times", Boolean, nullable=False),
    Column("withdrawals_before", Number, nullable=False),  # the newest withdrawal when it was made: later ones recall
    Column("smallest_group", Integer, nullable=False),  # 1 before releases were protected
    Column("own_words", Boolean, nullable=False),
    Column("tables", JSON, nullable=False),  # questions that have a table each; none: one table of everything
    Column("stewards", JSON, nullable=False),  # who confirmed it
    Column("manifest", String(64), nullable=False),  # SHA-256 of its manifest; empty before there were any
)

release_rows = Table(
    "release_rows",
    metadata,
    Column("release", String(36), primary_key=True),
    Column("pseudonym", String(32), primary_key=True),
    Index("ix_release_rows_pseudonym", "pseudonym"),
)

recipients = Table(  # who may be given releases, by which agreement
    "recipients",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("agreement", Text, nullable=False),
    Column("purposes", JSON, nullable=False),
    Column("contact", Text, nullable=False),
    Column("expires_on", Date, nullable=False),
    Column("delete_within", Integer, nullable=False),  # days from a withdrawals list to the recipient's word on it
    Column("added_at", Instant, nullable=False),
    Column("ended_at", Instant),
)

withdrawal_lists = Table(  # lists that were handed out to a recipient
    "withdrawal_lists",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("recipient", String(80), nullable=False, index=True),
    Column("made_at", Instant, nullable=False),
    Column("up_to", Number, nullable=False),  # the newest withdrawal that it tells
    Column("releases", JSON, nullable=False),  # release -> how many rows it asks to take out
    Column("acknowledged_at", Instant),  # when the last of its releases was
)

acknowledgements = Table(  # a recipient's word that the rows of a list are gone from a file of a release
    "acknowledgements",
    metadata,
    Column("list", String(36), primary_key=True),
    Column("release", String(36), primary_key=True),
    Column("file", String(255), primary_key=True),
    Column("at", Instant, nullable=False),
    Column("removed", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),  # of the recipient's file afterwards
)

release_orders = Table(  # what one steward wants to release, until another confirms it
    "release_orders",
    metadata,
    Column("id", String(12), primary_key=True),
    Column("wanted", JSON, nullable=False),
    Column("ordered_by", String(80), nullable=False),
    Column("ordered_at", Instant, nullable=False),
    Column("release", String(36)),  # what came of it
    Column("state", String(12), nullable=False),
    Column("told", JSON, nullable=False),  # what was counted, why not, where it stands
    Column("also_by", String(80), nullable=False),  # the second steward; empty: none yet
)

statistics_budgets = Table(  # what private tables of a collection may cost in all, in millionths of an epsilon
    "statistics_budgets",
    metadata,
    Column("collection", String(40), primary_key=True),
    Column("allowed", BigInteger, nullable=False),
    Column("spent", BigInteger, nullable=False),
)

published_tables = Table(  # how a table of statistics was published, for good
    "published_tables",
    metadata,
    Column("collection", String(40), primary_key=True),
    Column("name", String(40), primary_key=True),
    Column("kind", String(12), nullable=False),  # suppressed, private
)

publications = Table(  # statistics that were published
    "publications",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("collection", String(40), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("purpose", String(40), nullable=False),
    Column("languages_apart", Boolean, nullable=False),
    Column("tables", JSON, nullable=False),
    Column("epsilon", BigInteger, nullable=False),
    Column("made_by", String(80), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("content", JSON(none_as_null=True)),  # what everybody may see; none where noise was reserved and never drawn
)

rights = Table(  # who is in the team; owners are named in settings and stand in no table
    "rights",
    metadata,
    Column("id", String(20), primary_key=True),
    Column("member", String(32), nullable=False),  # keyed hash of the account, which no contribution leads to
    Column("role", String(20), nullable=False),
    Column("key_id", Sealed, nullable=False),  # a right whose key is gone reads as revoked
    Column("sealed", Sealed, nullable=False),  # what the member wants to be called, what they were trained in
    Column("limits", JSON, nullable=False),
    Column("granted_by", String(32), nullable=False),
    Column("granted_at", Instant, nullable=False),
    Column("trained_on", Date),
    Column("code_version", Integer, nullable=False),
    Column("code_accepted_at", Instant),
    UniqueConstraint("member", "role", name="uq_rights_member"),
)

team_links = Table(  # links that nobody has opened yet; one that is opened goes
    "team_links",
    metadata,
    Column("id", String(20), primary_key=True),
    Column("secret_hash", Sealed, nullable=False, unique=True),
    Column("role", String(20), nullable=False),
    Column("limits", JSON, nullable=False),
    Column("made_by", String(32), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
)

halts = Table(  # what stands still; one that is reopened goes
    "halts",
    metadata,
    Column("id", String(20), primary_key=True),
    Column("collection", String(40)),  # none: every collection
    Column("territory", String(2)),  # none: every region
    Column("at", Instant, nullable=False),
    Column("by", String(32), nullable=False),
    Column("role", String(20), nullable=False),
    Column("agreed", JSON, nullable=False),  # who agreed to reopen, and as what
)

sign_offs = Table(  # reviewers' words; only ever added
    "sign_offs",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("collection", String(40), nullable=False),
    Column("territory", String(2), nullable=False),
    Column("language", String(20), nullable=False),
    Column("content", String(64), nullable=False),  # SHA-256 of what was shown; its words are in reviewed_texts
    Column("verdict", String(12), nullable=False),
    Column("capacity", String(12), nullable=False),
    Column("role", String(80), nullable=False),
    Column("by", String(80), nullable=False),
    Column("at", Instant, nullable=False),
    Column("expires_on", Date),
    Column("screen", Integer),
    Column("words", Text, nullable=False),
    Column("alone", Boolean, nullable=False),
)

reviewed_texts = Table(  # everything that was signed, refused or remarked on, once each: old words for a difference
    "reviewed_texts",
    metadata,
    Column("content", String(64), primary_key=True),
    Column("shown", JSON, nullable=False),
)

incidents = Table(  # what an ethics committee is told of; bare facts, nobody's words, name or chat
    "incidents",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("source", String(40), unique=True),  # the letter, halt or breach that it came from; none: written down
    Column("kind", String(12), nullable=False),
    Column("collection", String(40), nullable=False),  # empty: every one
    Column("territory", String(2), nullable=False),  # empty: every one
    Column("at", Instant, nullable=False),
    Column("noted_by", String(80), nullable=False),
    Column("what", Text, nullable=False),
)

card_pauses = Table(  # languages in which nobody new is asked, since a card is not understood; one that is lifted goes
    "card_pauses",
    metadata,
    Column("collection", String(40), primary_key=True),
    Column("language", String(20), primary_key=True),
    Column("card", Integer, nullable=False),
    Column("version", Integer, nullable=False),  # of the consent document
    Column("off", Integer, nullable=False),  # first answers off the mark, of so many
    Column("answers", Integer, nullable=False),
    Column("at", Instant, nullable=False),
)

links = Table(  # links to a collection, and bare counts of how far people got by each; nothing says who
    "links",
    metadata,
    Column("id", String(16), primary_key=True),  # the code that stands in it
    Column("collection", String(40), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("name", String(80), nullable=False),  # what coordinators call it; of a place or a channel, nobody's own
    Column("supplier", String(40)),
    Column("territory", String(2)),
    Column("daily", Integer),  # consents a day at most
    Column("state", String(8), nullable=False),
    Column("why", String(12), nullable=False),
    Column("made_by", String(80), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("opened", Integer, nullable=False),
    Column("consented", Integer, nullable=False),
    Column("submitted", Integer, nullable=False),
    Column("day", Date),
    Column("day_consented", Integer, nullable=False),
    Column("since", Instant),
    Column("since_opened", Integer, nullable=False),
    Column("busiest", Integer, nullable=False),
)

posts = Table(  # invites that were put into a channel or a group; of it no more is kept than what it is called
    "posts",
    metadata,
    Column("id", String(20), primary_key=True),
    Column("link", String(16), nullable=False),
    Column("collection", String(40), nullable=False),
    Column("place", String(80), nullable=False),  # @name or number, as somebody of the team wrote it
    Column("languages", JSON, nullable=False),
    Column("territory", String(2), nullable=False),  # whose pay it says
    Column("state", String(12), nullable=False),
    Column("why", String(24), nullable=False),
    Column("asked_by", String(80), nullable=False),
    Column("asked_at", Instant, nullable=False),
)

letters = Table(  # what contributors write to a human; no name and no chat stands here
    "letters",
    metadata,
    Column("id", String(20), primary_key=True),
    Column("sender", Sealed, nullable=False, index=True),  # keyed hash that no contribution leads to
    Column("key_id", Sealed, nullable=False, index=True),
    Column("sealed", Sealed, nullable=False),  # words, answer, language, and where the answer goes
    Column("collection", String(40), nullable=False),  # empty: none yet
    Column("territory", String(2), nullable=False),  # empty: none yet
    Column("at", Instant, nullable=False),
    Column("keep_until", Instant, nullable=False, index=True),
    Column("for_owner", Boolean, nullable=False),
    Column("not_right", Boolean, nullable=False),
    Column("claimed_by", String(32), nullable=False),
    Column("claimed_until", Instant),
    Column("answered_at", Instant),
)

notices = Table(  # what everybody who is concerned has to be told: that something has gone wrong
    "notices",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("planned_at", Instant, nullable=False),
    Column("by", String(80), nullable=False),
    Column("reason", Text, nullable=False),
    Column("concerns", JSON, nullable=False),  # collection, regions, since, until
    Column("texts", JSON, nullable=False),  # language -> parts
    Column("recipients", Integer, nullable=False),
    Column("begun_at", Instant),  # empty while people are being written down: nothing is sent then
    Column("ended_at", Instant),
)

notice_deliveries = Table(
    "notice_deliveries",
    metadata,
    Column("notice", Integer, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("chat", Sealed),  # empty once it has come to its end: who was concerned is not kept
    Column("state", String(12), nullable=False),
    Column("holder", Integer),  # the process that has it in hand
    Index("ix_notice_deliveries_state", "notice", "state", "position"),
    Index("ix_notice_deliveries_holder", "holder", sqlite_where=text("holder is not null"),
          postgresql_where=text("holder is not null")),
)  # fmt: skip

head_posts = Table(  # heads of the audit trail that were put into a channel, one a time on the schedule
    "head_posts",
    metadata,
    Column("slot", Instant, primary_key=True),  # the time that it was due for
    Column("head", Integer, nullable=False),
    Column("state", String(12), nullable=False),
    Column("at", Instant, nullable=False),
)

processes = Table(  # that serve these data: each says again and again that it is alive
    "processes",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("place", String(120), nullable=False),  # host and number of the process, for people
    Column("fetches", Boolean, nullable=False),  # by long polling, which only one may do
    Column("began_at", Instant, nullable=False),
    Column("alive_until", Instant, nullable=False),
    sqlite_autoincrement=True,  # an id is never somebody else's later: what a process has in hand carries it
)

paces = Table(  # how fast broadcasts leave, all processes together (bot.broadcasts.shared)
    "paces",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("free_at", Instant, nullable=False),  # until then, everything is handed out
    Column("pace", Float, nullable=False),  # messages a second
    Column("paced_at", Instant, nullable=False),
    Column("waits_until", Instant, nullable=False),
)

transfers = Table(  # one row at most: what this database is in a move to another one (bot.storage.transfers)
    "transfers",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("state", String(8), nullable=False),
    Column("installation", String(32), nullable=False),
    Column("other", Text, nullable=False),
    Column("at", Instant, nullable=False),
)
