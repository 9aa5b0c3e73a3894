"""What has to hold however a run went: what docs/promises.md says, from what people saw and what lies on disk.

Each function says in words what does not hold, and nothing where all does. Words name counts and kinds, so that they
can be written into a file of figures; what somebody said or read stands in none of them.
"""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from support.running import Stored, settings_for
from support.stores import on_server

from bot.adapter.callbacks import from_invite_data
from bot.broadcasts.worker import window_of
from bot.sandbox.server import Sandbox
from bot.stewardship.archive import open_archive
from bot.tombstones import Tombstones
from bot.trail.verifying import verify
from bot.vault import CONTACT, SELF, Vault, purpose_lock
from flows.tallies import CONSENTED, LEFT, SUBMITTED

from .ground import INVITED, Ground, tallies_of
from .people import OWN_WORDS, Comer, Leaver, Traveller
from .plan import Plan, Role

_ENDED = {"delivered", "unreachable", "unknown", "cancelled"}


@dataclass(frozen=True, slots=True)
class Record:
    """A run: who was there, and what is left of it."""

    plan: Plan
    ground: Ground
    folder: Path
    sandbox: Sandbox
    travellers: Sequence[Traveller]
    leavers: Sequence[Leaver]
    first_update: int
    """The first id that the stand-in gave an update."""

    @property
    def stores(self) -> Stored:
        """Data and keys as they lie on disk now."""
        return Stored(self.folder)

    def of(self, *roles: Role) -> list[Traveller]:
        """Travellers who mean to do something."""
        return [each for each in self.travellers if each.mind.role in roles]

    @property
    def confirmed(self) -> set[int]:
        """Updates that Telegram was told it need not send again."""
        waiting = {each.update_id for each in self.sandbox.service.updates.pending()}
        return set(range(self.first_update, self.sandbox.service.updates._next_id)) - waiting


# --- while no bot runs, each time one has ended ----------------------------------------------------------------------


def look_while_down(record: Record) -> list[str]:
    """What was acknowledged is on disk at the very moment, and no more is in between than may be. The key store is not
    opened, which would tidy up: whose chat is whose says the ring that the run began with."""
    vault = Stored(record.ground.stores).vault()
    with _copied(record.folder) as stores:
        return [
            *_what_was_confirmed(record, stores),
            *_receipts_stand_for_something(record, stores, vault),
            *_few_are_in_between(record, stores),
        ]


@contextmanager
def _copied(folder: Path) -> Iterator[Stored]:
    """A copy of what a process has left: to open the data itself would tidy up before the next start does. What a
    server has is looked at as it is, while others may go on."""
    if on_server():
        yield Stored(folder)
        return
    with TemporaryDirectory() as copy:
        for path in folder.glob("survey.db*"):
            shutil.copy(path, copy)
        (Path(copy) / "keys").symlink_to(folder / "keys")
        yield Stored(Path(copy))


def _what_was_confirmed(record: Record, stores: Stored) -> list[str]:
    """An update is put on record in the transaction of what it caused; what that was, people say at the end."""
    kept = {row[0] for row in stores.rows("select update_id from seen_updates")}
    lost = record.confirmed - kept
    return [f"{len(lost)} updates were confirmed and are not on record"] if lost else []


def _receipts_stand_for_something(record: Record, stores: Stored, vault: Vault) -> Iterator[str]:
    """Of who stays, a consent of their own; who leaves may have taken it back already, and is only counted."""
    seen = sum(each.has_receipt and not each.is_waiting and not each.left for each in record.travellers)
    known = stores.rows("select count(*) from consent_events where event = 'given'")[0][0] - INVITED
    if seen > known:
        yield f"{seen} people have a receipt and {known} consents are on disk"
    given = """select 1 from contributions c join consent_events e on e.record = c.record
               where c.chat = ? and e.event = 'given'"""
    for each in record.of(Role.STAYS):
        if each.has_receipt and not stores.rows(given, vault.chat_hash(each.person.id)):
            yield "somebody has a receipt, and no consent of theirs is on disk"


def _few_are_in_between(record: Record, stores: Stored) -> list[str]:
    sending = stores.rows("select count(*) from deliveries where state = 'sending'")[0][0]
    most = window_of(record.plan.rate) * record.plan.bots
    return [f"{sending} invites were between leaving and being settled; {most} may be"] if sending > most else []


# --- once everybody is through ---------------------------------------------------------------------------------------


def look(record: Record, lying: bytes) -> list[str]:
    """Everything that holds once nothing goes wrong any more, and nobody has anything left to do; `lying` is all that
    lies in the stores."""
    stores, vault = record.stores, record.stores.vault()
    checks: list[Callable[[Record, Stored, Vault], Iterable[str]]] = [
        _whole,
        lambda record, stores, _vault: _what_was_confirmed(record, stores),
        _as_they_said,
        _consents,
        _nothing_before_consent,
        _withdrawn,
        _counted_once,
        _pay,
        _invites,
    ]
    found = [fault for check in checks for fault in check(record, stores, vault)]
    return found + list(_nothing_in_clear(record, lying))


def _whole(_record: Record, stores: Stored, _vault: Vault) -> Iterator[str]:
    """SQLite's word for both files; a server looks after its own."""
    if on_server():
        return
    for path in (stores.data, stores.keystore):
        with closing(sqlite3.connect(path)) as connection:
            said = connection.execute("pragma integrity_check").fetchall()
        if said != [("ok",)]:
            yield f"{path.name} is not whole"


def _as_they_said(record: Record, stores: Stored, _vault: Vault) -> Iterator[str]:
    """Nothing acknowledged is lost: what was pressed and read back is what is kept."""
    for each in record.of(Role.STAYS):
        if not (each.saw_receipt and each.saw_review):
            yield "somebody was thanked who had not seen a receipt and a review"
        kept = stores.answers(each.person.id)
        if kept.keys() != each.mind.answers.keys():
            yield f"somebody answered {len(each.mind.answers)} questions, and {len(kept)} are kept"
            continue
        for question, answer in kept.items():
            if (set(answer["options"]), answer["own_words"]) != _said(each, question):
                yield f"an answer to {question} is not kept as it was pressed"


def _said(each: Traveller, question: str) -> tuple[set[str], str | None]:
    own = [o.removeprefix("own words:") for o in each.mind.answers[question] if o.startswith("own words:")]
    plain = {o for o in each.mind.answers[question] if not o.startswith("own words:")}
    described = each.who.region.question(question)
    if own and described is not None and described.own_words_option is not None:
        plain.add(described.own_words_option.id)
    return plain, own[0] if own else None


def _consents(record: Record, stores: Stored, vault: Vault) -> Iterator[str]:
    """No answer without a live consent, each given once, and as it was decided."""
    orphans = stores.rows("""
        select count(*) from answers where record not in (select record from consent_events where event = 'given')
        or record in (select record from consent_events where event in ('withdrawn', 'declined', 'expired')
                      and cast(purposes as text) like '%"evaluation"%')""")[0][0]
    if orphans:
        yield f"{orphans} answers stand under no live consent"
    twice = stores.rows("select record from consent_events where event = 'given' group by record having count(*) > 1")
    if twice:
        yield f"{len(twice)} consents were given twice"
    for each in record.of(Role.STAYS):
        yield from _decided(each, stores, vault)
    agreed = len(record.of(Role.STAYS, Role.LEAVES)) + INVITED
    for table in ("consent_records", "entitlements"):
        if (found := stores.count(table)) != agreed:
            yield f"{agreed} people agreed, and there are {found} {table}"


def _decided(each: Traveller, stores: Stored, vault: Vault) -> Iterator[str]:
    rows = stores.rows("select pseudonym, record from contributions where chat = ?", vault.chat_hash(each.person.id))
    if len(rows) != 1:
        yield f"somebody who stayed has {len(rows)} contributions"
        return
    records = stores.rows("select id, decisions from consent_records where pseudonym = ?", rows[0][0])
    optional = each.who.collection.optional_purposes(linked=False)
    agreed = {purpose.id: number in each.mind.yes for number, purpose in enumerate(optional, start=1)}
    if [row[0] for row in records] != [rows[0][1]]:
        yield f"somebody who agreed once has {len(records)} records"
    elif json.loads(records[0][1]) != {"evaluation": True, **agreed}:
        yield "somebody's decisions are not kept as they were pressed"


def _nothing_before_consent(record: Record, stores: Stored, vault: Vault) -> Iterator[str]:
    """Nothing but what holds the conversation."""
    for each in record.of(Role.DECLINES, Role.LOOKS):
        chat = vault.chat_hash(each.person.id)
        if stores.rows(
            "select 1 from contributions where chat = ? and (key_id is not null or record is not null)", chat
        ):
            yield "there is more of somebody than may be before consent"


def _withdrawn(record: Record, stores: Stored, vault: Vault) -> Iterator[str]:
    """Leaving is real, and once."""
    left: list[Comer] = [*record.of(Role.LEAVES), *record.leavers]
    for each in left:
        yield from _nothing_is_agreed_to(each, stores, vault)
    withdrawn = [row[0] for row in stores.rows("select pseudonym from withdrawals")]
    if sorted(withdrawn) != sorted(set(withdrawn)) or len(withdrawn) != len(left):
        yield f"{len(left)} people left, and there are {len(withdrawn)} withdrawals of {len(set(withdrawn))}"
    marks = ",".join("?" * len(withdrawn))
    for table in ("answers", "contributions"):
        if stores.rows(f"select 1 from {table} where pseudonym in ({marks})", *withdrawn):  # noqa: S608  # our names
            yield f"somebody withdrew, and there are {table} of theirs"
    destroyed = {key_id for key_id, lock in Tombstones(stores.keys / "destroyed-keys.log").read() if lock is None}
    if back := destroyed & {key_id for key_id, _, _ in stores.wraps()}:
        yield f"{len(back)} keys that were destroyed are back"
    if len(destroyed) < len(left):
        yield f"{len(left)} people left, and {len(destroyed)} keys are listed as destroyed"


def _nothing_is_agreed_to(each: Comer, stores: Stored, vault: Vault) -> Iterator[str]:
    """A word of theirs that comes after the goodbye, as by webhook it may, opens the chat again, for 72 hours of
    silence; it brings nothing back."""
    chat = vault.chat_hash(each.person.id)
    if stores.rows("select 1 from contact_permissions where chat = ?", chat):
        yield "somebody left, and may be written to"
    if stores.rows("select 1 from contributions where chat = ? and record is not null", chat):
        yield "somebody left, and a contribution of theirs stands under a consent"


def _nothing_is_left(each: Comer, stores: Stored, vault: Vault, why: str) -> Iterator[str]:
    chat = vault.chat_hash(each.person.id)
    for table in ("conversations", "contributions", "contact_permissions", "outbox", "deliveries"):
        if stores.rows(f"select 1 from {table} where chat = ?", chat):  # noqa: S608  # our names
            yield f"somebody {why}, and {table} know the chat"
    if stores.rows("select 1 from schedule where key like ?", f"{chat.hex()}%"):
        yield f"somebody {why}, and something comes due for the chat"


def _counted_once(record: Record, stores: Stored, _vault: Vault) -> Iterator[str]:
    """Bare counters, which a step that is taken twice would raise twice."""
    now = tallies_of(stores) - record.ground.tallies
    expected = {
        CONSENTED: len(record.of(Role.STAYS, Role.LEAVES)),
        SUBMITTED: len(record.of(Role.STAYS, Role.LEAVES)),
        LEFT: len(record.of(Role.LEAVES)) + len(record.leavers),
    }
    for what, count in expected.items():
        if now[what] != count:
            yield f"{count} people {what}, and {now[what]} are counted"
    entries = Counter(dict(stores.rows("select action, count(*) from audit group by action")))
    in_audit = {
        "consent given": expected[CONSENTED] + INVITED,
        "answers submitted": expected[SUBMITTED] + INVITED,
        "data taken back": expected[LEFT],
    }
    for action, count in in_audit.items():
        if entries[action] != count:
            yield f"{count} times {action}, and {entries[action]} such entries are in the audit"


def _pay(record: Record, stores: Stored, vault: Vault) -> Iterator[str]:
    """What is owed, once each; a code for each who is paid by code, and none for two."""
    for each in record.of(Role.STAYS, Role.LEAVES):
        holder = vault.entitlement_hash(each.person.id, each.who.collection.id)
        if stores.rows("select count(*) from entitlements where holder = ?", holder) != [(1,)]:
            yield "what is owed to somebody is not there once"
    for each in record.of(Role.STAYS):
        wanted = 1 if each.who.place == "US" else 0
        if len(each.codes) != wanted:
            yield f"somebody is owed {wanted} codes and has seen {len(each.codes)}"
    seen = Counter(code for each in [*record.travellers, *record.leavers] for code in each.codes)
    for person in record.sandbox.people.values():
        said = " ".join(message.text for message in person.messages if message.author == "bot")
        if all(person is not each.person for each in [*record.travellers, *record.leavers]):
            seen.update(set(re.findall(r"VOUCHER-\d{4}", said)))
    if any(count > 1 for count in seen.values()):
        yield "a code went to two people"


def _invites(record: Record, stores: Stored, vault: Vault) -> Iterator[str]:
    """At most one copy a person, whatever crashes; and whoever has none is said to be unknown, cancelled or not to be
    reached. Of a chat that is forgotten, only its number in the sum is left."""
    sent = [call for call in record.sandbox.calls if call.result is not None and is_invite(call.parameters)]
    copies = Counter(call.parameters["chat_id"] for call in sent)
    if any(count > 1 for count in copies.values()):
        yield f"{sum(count > 1 for count in copies.values())} people got an invite twice"
    states = Counter(dict(stores.rows("select state, count(*) from deliveries group by state")))
    if not set(states) <= _ENDED:
        yield f"invites are left over: {dict(states)}"
    if not states["delivered"] <= len(copies) <= states["delivered"] + states["unknown"]:
        yield f"{len(copies)} people have an invite, and {dict(states)} are on record"
    reached = {vault.chat_hash(chat) for chat in copies}
    known = stores.rows("select chat, state from deliveries where chat is not null and state <> 'unknown'")
    if astray := sum((chat in reached) != (state == "delivered") for chat, state in known):
        yield f"of {astray} people it is on record wrongly whether they have an invite"
    counted = stores.rows("select delivered, unreachable, unknown, cancelled, recipients from broadcasts")[0]
    if [states[name] for name in ("delivered", "unreachable", "unknown", "cancelled")] != list(counted[:4]):
        yield f"{dict(states)} are on record, and {counted[:4]} are counted"
    if sum(states.values()) != counted[4]:
        yield f"{counted[4]} people were to be invited, and {sum(states.values())} are on record"


def is_invite(parameters: dict[str, Any]) -> bool:
    """Whether a call of the Bot API sends an invite."""
    rows = (parameters.get("reply_markup") or {}).get("inline_keyboard", [])
    return any(from_invite_data(button.get("callback_data")) is not None for row in rows for button in row)


def _nothing_in_clear(record: Record, lying: bytes) -> Iterator[str]:
    """Nothing that is somebody's, in the stores or in any file beside them."""
    files = [path for path in sorted(record.folder.rglob("*")) if path.is_file()]
    contents = {"the stores": lying, **{path.name: path.read_bytes() for path in files}}
    for place, content in contents.items():
        for kind in _in_clear(record, content):
            yield f"{kind} stands in clear in {place}"


def _in_clear(record: Record, content: bytes) -> Iterator[str]:
    """Kinds of what may stand nowhere: a chat id, a name, a word of anybody's own, a code."""
    people = record.sandbox.people.values()
    kinds = {
        "own words": {OWN_WORDS},
        "a name": {person.name for person in people},
        "a chat id": {str(person.id) for person in people},
        "a voucher code": {code for each in record.travellers for code in each.codes},
        "a receipt's code": {code for each in record.travellers for code in each.receipt_codes},
    }
    for kind, words in kinds.items():
        if any(word.encode() in content for word in words):
            yield kind


UNEXPECTED = ("Traceback", "passed over", "replayed chat by chat", "was not sent", "background failed")
"""What the log says of what nobody expected."""


def look_at_log(record: Record, lines: Sequence[str]) -> Iterator[str]:
    """Nothing that nobody expected was logged, and nothing of anybody."""
    for line in lines:
        if any(words in line for words in UNEXPECTED):
            yield f"the log says: {_plain(line)}"
    for kind in _in_clear(record, "\n".join(lines).encode()):
        yield f"{kind} stands in clear in the log"


def _plain(line: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", line)[:200]


# --- some time later -------------------------------------------------------------------------------------------------


def look_later(record: Record, lying: bytes) -> list[str]:
    """Leases are over and sweeps have been: there are exactly the keys that somebody's consent asks for. `lying` is
    all that lies in the stores."""
    stores, vault = record.stores, record.stores.vault()
    faults = [
        *_whole(record, stores, vault),
        *_withdrawn(record, stores, vault),
        *_invites(record, stores, vault),
        *_nothing_in_clear(record, lying),
        *_keys(stores),
        *_left_over(stores),
    ]
    if record.plan.days_later > 3:
        gone: list[Comer] = [*record.of(Role.LOOKS, Role.LEAVES, Role.DECLINES), *record.leavers]
        for each in gone:
            faults += _nothing_is_left(each, stores, vault, "left, declined or was silent for 72 hours")
    return faults


def _left_over(stores: Stored) -> Iterator[str]:
    for table in ("outbox", "key_destructions"):
        if count := stores.count(table):
            yield f"{count} rows are left in {table}"


def _keys(stores: Stored) -> Iterator[str]:
    wanted = {(row[0], CONTACT) for row in stores.rows("select key_id from conversations")}
    query = """select c.key_id, c.collection, r.decisions from contributions c join consent_records r on r.id = c.record
               where c.key_id is not null"""
    for key_id, collection, decisions in stores.rows(query):
        locks = [purpose_lock(collection, name) for name, yes in json.loads(decisions).items() if yes]
        wanted |= {(key_id, lock) for lock in (SELF, *locks) if not lock.endswith("/invites")}
    found = {(key_id, lock) for key_id, lock, _ in stores.wraps()}
    if missing := wanted - found:
        yield f"{len(missing)} keys are missing"
    if more := found - wanted:
        yield f"{len(more)} keys open what nobody agreed to, or belong to nobody: {sorted({lock for _, lock in more})}"


async def look_at_trail(record: Record) -> AsyncIterator[str]:
    """The audit trail holds against its signed heads, and none of it is still to be sealed."""
    settings = settings_for(record.folder, "http://127.0.0.1:1", collections=record.ground.collections)
    async with open_archive(settings) as archive:
        verdict = await verify(archive.database, archive.keystore, archive.vault)
    for each in verdict.findings:
        yield f"the audit trail: {each.words}"
    if verdict.waiting:
        yield f"{verdict.waiting} audit entries are not sealed"
