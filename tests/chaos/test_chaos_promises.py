"""A checker that finds nothing proves something only where it finds what is broken: each way that it knows is broken
here, in a copy of what a run left in which nothing went wrong."""

# ruff: noqa: S608  # the statements are put together of words that stand here

from __future__ import annotations

import ast
import asyncio
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import orjson
import pytest
from support.made_up import dice

from bot.chats import answer_place
from bot.sandbox.calls import Call
from bot.tombstones import Tombstones
from bot.vault import CONTACT, SELF, purpose_lock, seal, unseal

from . import promises
from .ground import FIRST, INVITED, Ground, prepare
from .keeping import Nursery
from .people import Traveller
from .plan import Comer, Plan, Role
from .promises import Record
from .running import run

_AGREED = INVITED + 2
"""Everybody who was there before, and the two who come along and agree."""

_COMERS = (
    # Whose answers have own words in them, and who is paid by code.
    Comer(Role.STAYS, "en", "US", 6),
    Comer(Role.LEAVES, "en", "US", 1),
    Comer(Role.DECLINES, "en", "EG", 2),
    Comer(Role.LOOKS, "en", "US", 3),
)
_PLAN = Plan(0, webhook=False, rate=250, comers=_COMERS, troubles=(), days_later=10.0)


@dataclass(frozen=True, slots=True)
class Gone:
    """A run that is over, as it lay when everybody was through, and ten days later."""

    at_end: Record
    later: Record


@pytest.fixture(scope="module")
def gone(tmp_path_factory: pytest.TempPathFactory) -> Gone:
    """Made once: it is looked at many times."""
    return asyncio.run(_go(tmp_path_factory.mktemp("gone")))


async def _go(folder: Path) -> Gone:
    ground: Ground = await prepare(folder / "ground")
    kept: list[Record] = []
    look = promises.look

    def keep(record: Record, lying: bytes) -> list[str]:
        shutil.copytree(record.folder, folder / "at-end")
        kept.append(record)
        return look(record, lying)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(promises, "look", keep)
        async with Nursery() as nursery:
            await nursery.read(ground.collections)
            outcome = await run(_PLAN, ground, nursery, folder / "run")
    assert outcome.broken == ()
    return Gone(replace(kept[0], folder=folder / "at-end"), kept[0])


class Broken:
    """What a run left, to be broken: a copy of its folder, and what people and Telegram know of it."""

    def __init__(self, record: Record, patch: pytest.MonkeyPatch) -> None:
        self.record = record
        self.patch = patch
        self.lying = b""
        """What lies in the stores beside their files."""
        self.log: list[str] = []
        vault = record.stores.vault()
        people = {str(each.mind.role): each.person for each in record.travellers} | {"leaver": record.leavers[0].person}
        self._known: dict[str, bytes] = {name: vault.chat_hash(person.id) for name, person in people.items()}
        for name in ("stays", "leaves"):
            holder = vault.entitlement_hash(people[name].id, record.ground.collection.id)
            self._known[f"holder_who_{name}"] = holder

    def chat(self, name: str) -> bytes:
        """Somebody's, by what they do."""
        return self._known[name]

    def traveller(self, role: Role) -> Traveller:
        """The one who means to do something."""
        return self.record.of(role)[0]

    def change(self, file: Path, statement: str, **values: object) -> None:
        """`:stays`, `:leaves`, `:declines`, `:looks` and `:leaver` are somebody's chat, `:holder_who_stays` and
        `:holder_who_leaves` those who are owed something."""
        with closing(sqlite3.connect(file)) as connection, connection:
            assert connection.execute(statement, {**self._known, **values}).rowcount, "it breaks nothing"

    def reseal(self, question: str, change: Callable[[dict[str, object]], object]) -> None:
        """Keep another answer of who stays than the one that was pressed."""
        stores, vault = self.record.stores, self.record.stores.vault()
        [(pseudonym, key_id)] = stores.rows(
            "select pseudonym, key_id from contributions where chat = ?", self._known["stays"]
        )
        [(sealed, version)] = stores.rows(
            "select sealed, collection_version from answers where pseudonym = ? and question = ?", pseudonym, question
        )
        wraps = {(key_id, lock): wrapped for key_id, lock, wrapped in stores.wraps()}
        key, place = vault.unwrap(SELF, key_id, wraps[key_id, SELF]), answer_place(pseudonym, question, version)
        change(answer := orjson.loads(unseal(key, sealed, place)))
        self.change(
            stores.data,
            "update answers set sealed = :sealed where pseudonym = :pseudonym and question = :question",
            sealed=seal(key, orjson.dumps(answer), place, dice().randbytes),
            pseudonym=pseudonym,
            question=question,
        )


Way = Callable[[Broken], object]
"""How something is broken."""


def data(statement: str) -> Way:
    """By a statement to the data."""
    return lambda broken: broken.change(broken.record.stores.data, statement)


def keys(statement: str) -> Way:
    """By a statement to the key store."""
    return lambda broken: broken.change(broken.record.stores.keystore, statement)


def a_file_that_is_not_whole(store: str) -> Way:
    """A page that no table and no index knows of."""

    def unhinge(broken: Broken) -> None:
        path = broken.record.folder / store
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("create table loose (x)")
            connection.execute("create index of_loose on loose (x)")
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("pragma writable_schema = on")
            connection.execute("delete from sqlite_master where name = 'of_loose'")

    return unhinge


def not_seen(what: str) -> Way:
    """Something that was to be on the screen of who stays."""
    return lambda broken: broken.patch.setattr(broken.traveller(Role.STAYS), what, False)


def codes(role: Role, of: Role | None) -> Way:
    """Whose codes somebody has seen."""
    return lambda broken: broken.patch.setattr(
        broken.traveller(role), "codes", set(broken.traveller(of).codes) if of is not None else set()
    )


def who_leaves_meanwhile_sees_a_code(broken: Broken) -> None:
    """Somebody who is being invited, and leaves, has seen the code of who stays."""
    broken.patch.setattr(broken.record.leavers[0], "codes", set(broken.traveller(Role.STAYS).codes))


def a_bystander_sees_a_code(broken: Broken) -> None:
    """Somebody of whom data are held already reads the code of who stays."""
    [code] = broken.traveller(Role.STAYS).codes
    message = SimpleNamespace(author="bot", text=f"Here you are: {code}")
    bystander = SimpleNamespace(id=FIRST + 5, name="Person 5", messages=[message])
    broken.patch.setitem(broken.record.sandbox.people, FIRST + 5, bystander)


def invites(change: Callable[[Sequence[Call]], Sequence[Call]]) -> Way:
    """Other invites in the stand-in's record than there were."""

    def replaced(broken: Broken) -> None:
        calls = broken.record.sandbox.calls
        sent = [call for call in calls if call.result is not None and promises.is_invite(call.parameters)]
        others = [call for call in calls if all(call is not each for each in sent)]
        broken.patch.setattr(broken.record.sandbox._api, "calls", [*others, *change(sent)])

    return replaced


def a_destroyed_key_is_back(broken: Broken) -> None:
    """As from a backup of the key store."""
    key_id = Tombstones(broken.record.stores.keys / "destroyed-keys.log").read()[0][0]
    statement = "insert into wraps select :key_id, lock, wrapped, made_at from wraps limit 1"
    broken.change(broken.record.stores.keystore, statement, key_id=key_id)


def a_key_is_not_listed_as_destroyed(broken: Broken) -> None:
    """The list has one key less than people have left."""
    path = broken.record.stores.keys / "destroyed-keys.log"
    path.write_text(path.read_text().splitlines(keepends=True)[0])


def in_a_file(what: Callable[[Broken], str]) -> Way:
    """In a file beside the stores."""
    return lambda broken: (broken.record.folder / "left-over").write_text(what(broken))


def in_the_stores(what: Callable[[Broken], str]) -> Way:
    """In what lies in the stores, as a server tells it."""
    return lambda broken: setattr(broken, "lying", what(broken).encode())


def logged(what: Callable[[Broken], str]) -> Way:
    """In the log."""
    return lambda broken: broken.log.append(f"2026-12-01 12:00:00 {what(broken)}, and so on")


def _read_by(role: Role, what: Callable[[Traveller], str]) -> Callable[[Broken], str]:
    return lambda broken: what(broken.traveller(role))


def _the_words(words: str) -> Callable[[Broken], str]:
    return lambda _broken: words


SECRETS: Sequence[tuple[str, Callable[[Broken], str]]] = (
    ("own words", _read_by(Role.STAYS, lambda who: who.mind.own_words[0])),
    ("a name", _read_by(Role.STAYS, lambda who: who.person.name)),
    ("a chat id", _read_by(Role.LOOKS, lambda who: str(who.person.id))),
    ("a chat id", _the_words(str(FIRST + 7))),
    ("a voucher code", _read_by(Role.STAYS, lambda who: min(who.codes))),
    ("a receipt's code", _read_by(Role.STAYS, lambda who: min(who.receipt_codes))),
)
"""Of what kind it is, and what it is."""


@dataclass(frozen=True, slots=True)
class Breaking:
    """What is broken, how, and what has to be said of it then."""

    what: str
    way: Way
    words: str


_STAYING = "(select pseudonym from contributions where chat = :stays)"
_GIVEN_BY_STAYING = f"from consent_events where event = 'given' and pseudonym = {_STAYING}"
_DELIVERED = "(select max(position) from deliveries where state = 'delivered' and chat is not null)"
_UNREACHABLE = "(select position from deliveries where state = 'unreachable')"
_UNREAD = "somebody was thanked who had not seen a receipt and a review"
_NOT_LIVE = "answers stand under no live consent"
_BEFORE_CONSENT = "there is more of somebody than may be before consent"


def _event(event: str) -> Way:
    return data(
        "insert into consent_events (record, pseudonym, event, at, purposes) "
        f"select record, pseudonym, '{event}', at, purposes {_GIVEN_BY_STAYING}"
    )


def _contribution(chat: str, *, key_id: str = "null", record: str = "null") -> Way:
    return data(
        "insert into contributions (chat, collection, pseudonym, key_id, sealed, record) "
        f"values (:{chat}, 'demographics', 'p_more', {key_id}, x'00', {record})"
    )


def _permission(chat: str) -> Way:
    return data(
        "insert into contact_permissions (chat, collection, purpose, record, given_at) "
        f"select :{chat}, collection, purpose, record, given_at from contact_permissions limit 1"
    )


FORGOTTEN = Breaking(
    "a confirmed update that is forgotten",
    data("delete from seen_updates where update_id = (select max(update_id) from seen_updates)"),
    "1 updates were confirmed and are not on record",
)

WHILE_DOWN = [
    FORGOTTEN,
    Breaking(
        "fewer consents than receipts",
        data("delete from consent_events where event = 'given' and pseudonym in (select pseudonym from withdrawals)"),
        "1 people have a receipt and 0 consents are on disk",
    ),
    Breaking(
        "a receipt of no consent, while somebody else's is there",
        data("delete " + _GIVEN_BY_STAYING),
        "somebody has a receipt, and no consent of theirs is on disk",
    ),
    Breaking(
        "everything between leaving and being settled",
        data("update deliveries set state = 'sending'"),
        f"{INVITED} invites were between leaving and being settled; ",
    ),
]

AT_BOTH = [
    Breaking("the data's file", a_file_that_is_not_whole("survey.db"), "survey.db is not whole"),
    Breaking("the keys' file", a_file_that_is_not_whole("keys/keystore.db"), "keystore.db is not whole"),
    Breaking("a key that is back", a_destroyed_key_is_back, "1 keys that were destroyed are back"),
    Breaking("an invite twice", invites(lambda sent: [*sent, sent[-1]]), "1 people got an invite twice"),
    *(
        Breaking(f"{kind} in a file ({number})", in_a_file(secret), f"{kind} stands in clear in left-over")
        for number, (kind, secret) in enumerate(SECRETS)
    ),
    Breaking("own words in the stores", in_the_stores(SECRETS[0][1]), "own words stands in clear in the stores"),
]
"""Looked for once everybody is through, and once more some time later."""

AT_END = [
    *AT_BOTH,
    FORGOTTEN,
    # As they said.
    Breaking("no receipt seen", not_seen("saw_receipt"), _UNREAD),
    Breaking("no review seen", not_seen("saw_review"), _UNREAD),
    Breaking(
        "an answer that is gone",
        data(f"delete from answers where question = 'age' and pseudonym = {_STAYING}"),
        "somebody answered 3 questions, and 2 are kept",
    ),
    Breaking(
        "another option",
        lambda broken: broken.reseal("age", lambda answer: answer.update(options=["age_18_24"])),
        "an answer to age is not kept as it was pressed",
    ),
    Breaking(
        "no own words",
        lambda broken: broken.reseal("gender_identity", lambda answer: answer.update(own_words=None)),
        "an answer to gender_identity is not kept as it was pressed",
    ),
    # Consents.
    Breaking(
        "an answer under no consent",
        data(f"update answers set record = 'none' where question = 'age' and pseudonym = {_STAYING}"),
        f"1 {_NOT_LIVE}",
    ),
    *(
        Breaking(f"an answer under one that is {event}", _event(event), f"3 {_NOT_LIVE}")
        for event in ("withdrawn", "declined", "expired")
    ),
    Breaking("a consent given twice", _event("given"), "1 consents were given twice"),
    Breaking(
        "a record that is gone",
        data("delete from consent_records where pseudonym = (select pseudonym from withdrawals limit 1)"),
        f"{_AGREED} people agreed, and there are {_AGREED - 1} consent_records",
    ),
    Breaking(
        "pay that is gone",
        data("delete from entitlements where holder = (select min(holder) from entitlements)"),
        f"{_AGREED} people agreed, and there are {_AGREED - 1} entitlements",
    ),
    Breaking(
        "a contribution that is gone",
        data("delete from contributions where chat = :stays"),
        "somebody who stayed has 0 contributions",
    ),
    Breaking(
        "a record too few",
        data(f"delete from consent_records where pseudonym = {_STAYING}"),
        "somebody who agreed once has 0 records",
    ),
    Breaking(
        "another record than is in force",
        data("update contributions set record = 'another' where chat = :stays"),
        "somebody who agreed once has 1 records",
    ),
    Breaking(
        "another decision",
        data(
            "update consent_records set decisions = replace(cast(decisions as text), 'false', 'true') "
            f"where pseudonym = {_STAYING}"
        ),
        "somebody's decisions are not kept as they were pressed",
    ),
    # Before consent.
    Breaking(
        "a key before consent", data("update contributions set key_id = x'00' where chat = :looks"), _BEFORE_CONSENT
    ),
    Breaking(
        "a record before consent", data("update contributions set record = '1' where chat = :looks"), _BEFORE_CONSENT
    ),
    Breaking("a record of who declined", _contribution("declines", record="'1'"), _BEFORE_CONSENT),
    # Leaving.
    *(
        Breaking(f"a permission of the one who {who}", _permission(who), "somebody left, and may be written to")
        for who in ("leaves", "leaver")
    ),
    Breaking(
        "a consent that is still in force",
        _contribution("leaver", record="'1'"),
        "somebody left, and a contribution of theirs stands under a consent",
    ),
    Breaking(
        "a withdrawal that is gone",
        data("delete from withdrawals where id = 1"),
        "2 people left, and there are 1 withdrawals of 1",
    ),
    Breaking(
        "one withdrawal in place of another",
        data("update withdrawals set pseudonym = (select min(pseudonym) from withdrawals)"),
        "2 people left, and there are 2 withdrawals of 1",
    ),
    *(
        Breaking(
            f"{table} of who left",
            data(f"update withdrawals set pseudonym = {_STAYING} where id = 1"),
            f"somebody withdrew, and there are {table} of theirs",
        )
        for table in ("answers", "contributions")
    ),
    Breaking(
        "a list of destroyed keys that lacks some",
        a_key_is_not_listed_as_destroyed,
        "2 people left, and 1 keys are listed as destroyed",
    ),
    # Counters and the audit.
    *(
        Breaking(
            f"{what} counted twice",
            data(
                f"update tallies set count = count + 1 where what = '{what}' "
                f"and territory = (select max(territory) from tallies where what = '{what}')"
            ),
            f"2 people {what}, and 3 are counted",
        )
        for what in ("consented", "submitted", "left")
    ),
    *(
        Breaking(
            f"an audit entry that is not there: {action}",
            data(f"delete from audit where id = (select max(id) from audit where action = '{action}')"),
            f"{count} times {action}, and {count - 1} such entries are in the audit",
        )
        for action, count in {"consent given": _AGREED, "answers submitted": _AGREED, "data taken back": 2}.items()
    ),
    # Pay.
    *(
        Breaking(
            f"pay of the one who {who} that is another's",
            data(f"update entitlements set holder = x'00' where holder = :holder_who_{who}"),
            "what is owed to somebody is not there once",
        )
        for who in ("stays", "leaves")
    ),
    Breaking("no code", codes(Role.STAYS, None), "somebody is owed 1 codes and has seen 0"),
    Breaking("a code of another", codes(Role.LEAVES, Role.STAYS), "a code went to two people"),
    Breaking("a code that who left meanwhile has", who_leaves_meanwhile_sees_a_code, "a code went to two people"),
    Breaking("a code that a bystander has", a_bystander_sees_a_code, "a code went to two people"),
    # Invites.
    Breaking(
        "an invite that is left over",
        data(f"update deliveries set state = 'pending' where position = {_DELIVERED}"),
        "invites are left over: ",
    ),
    Breaking("fewer invites than delivered", invites(lambda sent: sent[1:]), " people have an invite, and "),
    Breaking(
        "more invites than delivered",
        data(f"update deliveries set state = 'cancelled' where position = {_DELIVERED}"),
        " people have an invite, and ",
    ),
    Breaking(
        "one person in place of another",
        data(
            f"update deliveries set state = case position when {_DELIVERED} then 'unreachable' else 'delivered' end "
            f"where position in ({_DELIVERED}, {_UNREACHABLE})"
        ),
        "of 2 people it is on record wrongly whether they have an invite",
    ),
    *(
        Breaking(
            f"{state} counted twice", data(f"update broadcasts set {state} = {state} + 1"), " are on record, and ("
        )
        for state in ("delivered", "unreachable", "unknown", "cancelled")
    ),
    Breaking(
        "somebody who is to be invited",
        data("delete from deliveries where position = 3"),
        f"{INVITED} people were to be invited, and {INVITED - 1} are on record",
    ),
    # In clear.
    Breaking(
        "a chat id in the data's file",
        data("update vocabulary set meaning = '7000000003' where rowid = 1"),
        "a chat id stands in clear in survey.db",
    ),
]

_SOMEBODY_GONE = "somebody left, declined or was silent for 72 hours, and "
_AT = "'2036-12-01 12:00:00.000000'"


def a_wrap_of(chat: str, lock: str) -> Way:
    """One more wrap of somebody's data key."""

    def added(broken: Broken) -> None:
        with closing(sqlite3.connect(broken.record.stores.data)) as connection:
            found = connection.execute("select key_id from contributions where chat = ?", (broken.chat(chat),))
            [(key_id,)] = found.fetchall()
        statement = "insert into wraps select :key_id, :lock, wrapped, made_at from wraps limit 1"
        broken.change(broken.record.stores.keystore, statement, key_id=key_id, lock=lock)

    return added


def _lost(lock: str) -> Way:
    return keys(f"delete from wraps where (key_id, lock) = (select min(key_id), lock from wraps where lock = '{lock}')")


def _due(chat: str) -> Way:
    return data(
        "insert into schedule (kind, key, note, due_at) "
        f"values ('fold', lower(hex(:{chat})) || '/demographics', 0, {_AT})"
    )


LATER = [
    *AT_BOTH,
    *(
        Breaking(f"a lost key of {lock}", _lost(lock), "1 keys are missing")
        for lock in (CONTACT, SELF, purpose_lock("demographics", "evaluation"))
    ),
    Breaking(
        "a key to what nobody agreed to",
        a_wrap_of("stays", purpose_lock("demographics", "balance")),
        "1 keys open what nobody agreed to, or belong to nobody: ",
    ),
    Breaking(
        "a key of nobody",
        keys("insert into wraps select x'00', lock, wrapped, made_at from wraps limit 1"),
        "1 keys open what nobody agreed to, or belong to nobody: ",
    ),
    Breaking(
        "something to be sent",
        data(
            "insert into outbox (id, chat, lane, kind, sealed, position, due_at, attempts, created_at) "
            f"values ('1', x'00', 'reply', 'notice', x'00', 1, {_AT}, 0, {_AT})"
        ),
        "1 rows are left in outbox",
    ),
    Breaking(
        "a key to be destroyed",
        data(f"insert into key_destructions (key_id, at) values (x'00', {_AT})"),
        "1 rows are left in key_destructions",
    ),
    *(
        Breaking(f"{table} that know a chat", way, f"{_SOMEBODY_GONE}{table} know the chat")
        for table, way in {
            "conversations": data(
                "insert into conversations (chat, key_id, sealed, version, owed, ending, reachable) "
                "select :looks, key_id, sealed, version, owed, ending, reachable from conversations limit 1"
            ),
            "contributions": _contribution("looks"),
            "contact_permissions": _permission("looks"),
            "outbox": data(
                "insert into outbox (id, chat, lane, kind, sealed, position, due_at, attempts, created_at) "
                f"values ('1', :looks, 'reply', 'notice', x'00', 1, {_AT}, 0, {_AT})"
            ),
            "deliveries": data(f"update deliveries set chat = :looks where position = {_DELIVERED}"),
        }.items()
    ),
    *(
        Breaking(
            f"what comes due for the one who {who}", _due(who), f"{_SOMEBODY_GONE}something comes due for the chat"
        )
        for who in ("looks", "leaves", "declines", "leaver")
    ),
]

IN_LOG = [
    *(
        Breaking(words, logged(_the_words(words)), "the log says: 2026-12-01 12:00:00 ")
        for words in ("Traceback", "passed over", "replayed chat by chat", "was not sent", "background failed")
    ),
    *(
        Breaking(f"{kind} ({number})", logged(secret), f"{kind} stands in clear in the log")
        for number, (kind, secret) in enumerate(SECRETS)
    ),
]

IN_TRAIL = [
    Breaking("an entry that is another", data("update audit set actor = 'nobody' where id = 1"), "the audit trail: "),
    Breaking(
        "an entry that is not sealed",
        data("update audit set leaf = null, seal = null where id = (select max(id) from audit)"),
        "1 audit entries are not sealed",
    ),
]


def _each(breakings: Sequence[Breaking]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("breaking", [pytest.param(each, id=each.what) for each in breakings])


pytestmark = pytest.mark.chaos

_ON_COPIES = pytest.mark.sqlite("each breaking is done to a copy of its files")


@pytest.fixture
def broken_at_end(gone: Gone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Broken:
    """To be broken, as it lay when everybody was through."""
    return _copy(gone.at_end, tmp_path / "at-end", monkeypatch)


@pytest.fixture
def broken_later(gone: Gone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Broken:
    """To be broken, as it lay some time later."""
    return _copy(gone.later, tmp_path / "later", monkeypatch)


def _copy(record: Record, folder: Path, patch: pytest.MonkeyPatch) -> Broken:
    shutil.copytree(record.folder, folder)
    return Broken(replace(record, folder=folder), patch)


def _says(found: Sequence[str], breaking: Breaking) -> None:
    assert any(breaking.words in fault for fault in found), found


@_ON_COPIES
@_each(WHILE_DOWN)
def test_whoever_looks_while_no_bot_runs_sees_what_is_broken(broken_at_end: Broken, breaking: Breaking) -> None:
    breaking.way(broken_at_end)
    _says(promises.look_while_down(broken_at_end.record), breaking)


@_ON_COPIES
@_each(AT_END)
def test_whoever_looks_at_the_end_sees_what_is_broken(broken_at_end: Broken, breaking: Breaking) -> None:
    breaking.way(broken_at_end)
    _says(promises.look(broken_at_end.record, broken_at_end.lying), breaking)


@_ON_COPIES
@_each(LATER)
def test_whoever_looks_some_time_later_sees_what_is_broken(broken_later: Broken, breaking: Breaking) -> None:
    breaking.way(broken_later)
    _says(promises.look_later(broken_later.record, broken_later.lying), breaking)


@_ON_COPIES
@_each(IN_LOG)
def test_whoever_reads_the_log_sees_what_may_not_stand_there(broken_later: Broken, breaking: Breaking) -> None:
    breaking.way(broken_later)
    _says([*promises.look_at_log(broken_later.record, broken_later.log)], breaking)


@_ON_COPIES
@_each(IN_TRAIL)
async def test_whoever_looks_at_the_trail_sees_what_is_broken(broken_later: Broken, breaking: Breaking) -> None:
    breaking.way(broken_later)
    _says([fault async for fault in promises.look_at_trail(broken_later.record)], breaking)


@_ON_COPIES
async def test_whoever_looks_at_what_is_whole_says_nothing(broken_at_end: Broken, broken_later: Broken) -> None:
    """Also twice: to look changes nothing."""
    for _ in range(2):
        assert promises.look_while_down(broken_at_end.record) == []
        assert promises.look(broken_at_end.record, b"") == []
        assert promises.look_later(broken_later.record, b"") == []
        assert [fault async for fault in promises.look_at_trail(broken_later.record)] == []


def test_each_sentence_of_the_checker_is_said_of_something_that_is_broken() -> None:
    """Whoever writes one more, breaks one thing more."""
    heard = [each.words for each in (*WHILE_DOWN, *AT_END, *LATER, *IN_LOG, *IN_TRAIL)]
    sentences = list(_sentences(ast.parse(Path(promises.__file__).read_text())))
    assert {"a code went to two people", "the audit trail: "} <= set(sentences)
    assert not [each for each in sentences if not any(each in words for words in heard)]


def _sentences(tree: ast.Module) -> Iterator[str]:
    """What is yielded or returned in words; of one with figures in it, the longest piece that is always the same."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Yield | ast.Return) and node.value is not None:
            yield from _words(node.value)


def _words(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.JoinedStr):
        yield max((str(each.value) for each in node.values if isinstance(each, ast.Constant)), key=len)
    elif isinstance(node, ast.Constant):
        # One word is a name, of a field or of a kind.
        if isinstance(node.value, str) and " " in node.value:
            yield node.value
    else:
        for each in ast.iter_child_nodes(node):
            yield from _words(each)
