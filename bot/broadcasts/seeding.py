"""People who never were: for demonstrations and measurements against a stand-in, many at a time.

Each is what somebody leaves behind who agreed to everything that was offered, answered every question and wants
invites: the same effects are carried out by the same functions as for a contributor (`bot.owing`, `bot.writing`), and
the same rows and wraps are written. Only the talking is left out.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import gc
import multiprocessing
import random
import uuid
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from bot.chats import Chat, new_chat
from bot.owing.batch import Batch, Turnout
from bot.owing.effects import carry_out
from bot.storage import conversations
from bot.storage.database import Database
from bot.storage.keystore import KeyStore, Wrap
from bot.texts import Texts
from bot.vault import CONTACT, Vault
from bot.work import Work
from bot.writing import Writing, gathered, put
from flows import consent, tallies
from flows.collection import CARDS, OPT_OUT, Collection, Question, Region
from flows.consent import ConsentRecord
from flows.effects import Accrue, GiveConsent, Submit
from flows.history import submitted
from flows.questions import Answer
from flows.session import Consented, Passage, Session, Stage
from flows.shelf import Shelf
from flows.trail import Trail

TOGETHER = 5_000
"""People in one transaction: each touches pages of its own in most tables, and fewer commits write fewer of them."""

_LATELY = dt.timedelta(days=30)
_ANSWERING = dt.timedelta(minutes=4)
_FIRST_STEP = 1_000


@dataclass(frozen=True, slots=True)
class Mould:
    """What people are made of. Opens nothing, so that several processes can have one each."""

    vault: Vault
    shelf: Shelf
    texts: Texts
    collection: Collection
    dice: random.Random


@dataclass(frozen=True, slots=True)
class Ground:
    """Where people are put."""

    database: Database
    keystore: KeyStore
    mould: Mould
    moulds: Callable[[], Mould]
    """Makes another one in another process; what it takes along is pickled."""
    clock: Callable[[], dt.datetime]
    processes: int


class NoGround(Exception):
    """Nobody can be made; the text says why."""


Named = Sequence[tuple[bytes, int]]
"""Hash and id of chats."""


async def seed(ground: Ground, first: int, count: int, progress: Callable[[int], None] = lambda _done: None) -> int:
    """Make people with the chat ids from `first` on; how many were made. Who is there already stays as they are.

    They are made in the order in which the tables keep them, by the hash of their chats: a table that grows at its end
    is written once, and one that grows everywhere is written anew for every few rows. Many are made by several
    processes, and written by this one. Raises NoGround.
    """
    mould, now = ground.mould, ground.clock()
    if not mould.shelf.beginning(mould.collection, now.date()):
        raise NoGround(
            f"{mould.collection.id} is open in no region: surveybot review list says why; for a rehearsal, set "
            "SURVEYBOT_ALLOW_UNREVIEWED=true"
        )
    ordered = sorted((mould.vault.chat_hash(chat_id), chat_id) for chat_id in range(first, first + count))
    some = [ordered[start : start + TOGETHER] for start in range(0, count, TOGETHER)]
    made = 0
    with _no_sweeping():
        async for batch, writing in _made(ground, some, now):
            if writing.inserted:
                await ground.keystore.put(batch.wraps)
                async with ground.database.write_in_bulk() as connection:
                    await put(connection, batch, writing)
            made += len(writing.inserted)
            progress(made)
    return made


@contextmanager
def _no_sweeping() -> Iterator[None]:
    """Nothing here goes round in a circle, and looking for circles among so many rows takes a quarter of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


_Ready = tuple[Batch, Writing]


async def _made(ground: Ground, some: Sequence[Named], now: dt.datetime) -> AsyncIterator[_Ready]:
    """People, made a little ahead of who writes them."""
    if len(some) <= ground.processes:
        for people in some:
            yield _people(ground.mould, await _new(ground, people), now)
        return
    loop = asyncio.get_running_loop()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(ground.processes, context, initializer=_begin, initargs=(ground.moulds,)) as pool:
        ahead: deque[asyncio.Future[_Ready]] = deque()
        for people in some:
            ahead.append(loop.run_in_executor(pool, _in_another_process, await _new(ground, people), now))
            if len(ahead) > ground.processes:
                yield await ahead.popleft()
        for ready in ahead:
            yield await ready


async def _new(ground: Ground, people: Named) -> Named:
    """Those who are not there yet."""
    known: set[bytes] = set()
    async with ground.database.read() as connection:
        for start in range(0, len(people), 500):
            hashes = [chat for chat, _ in people[start : start + 500]]
            known |= set(await conversations.read_conversations(connection, hashes))
    return [each for each in people if each[0] not in known]


_mould: list[Mould] = []
"""Of a process that makes people and does nothing else."""


def _begin(moulds: Callable[[], Mould]) -> None:
    gc.disable()
    _mould.append(moulds())


def _in_another_process(people: Named, now: dt.datetime) -> _Ready:
    return _people(_mould[0], people, now)


def _people(mould: Mould, people: Named, now: dt.datetime) -> _Ready:
    regions = mould.shelf.beginning(mould.collection, now.date())
    batch = Batch(now)
    finished = [_person(mould, regions, chat, chat_id, batch) for chat, chat_id in people]
    _count(mould, batch, Counter(_territory(mould, work) for work in finished))
    return batch, gathered(batch, finished, mould.vault)


def _territory(mould: Mould, work: Work) -> str:
    session = work.chat.session if work.chat is not None else None
    return session.passages[mould.collection.id].territory or "" if session is not None else ""


def _count(mould: Mould, batch: Batch, people: Counter[str]) -> None:
    """What as many people would have been counted as (`flows.tallies`)."""
    for territory, count in people.items():
        path = [question.id for question in mould.shelf.path(mould.collection, territory)]
        took = tallies.minutes(int((_ANSWERING * 1.5).total_seconds()) // 60)
        for what in (tallies.OPENED, *tallies.screens(path), tallies.CONSENTED, tallies.SUBMITTED, took):
            batch.tallies[mould.collection.id, territory, what] += count


def _person(mould: Mould, regions: Sequence[Region], chat_hash: bytes, chat_id: int, batch: Batch) -> Work:
    dice, collection = mould.dice, mould.collection
    region = dice.choice(regions)
    language = dice.choice(region.languages)
    given_at = batch.now - _LATELY * dice.random() - _ANSWERING
    chat = new_chat(chat_hash, chat_id, mould.vault)
    batch.wraps.append(Wrap(chat.key_id, CONTACT, mould.vault.wrap(CONTACT, chat.key_id, chat.key), batch.now))
    record = _record(mould, region, language, given_at)
    passage = _passage(mould, region, record, given_at + _ANSWERING)
    session = Session(
        language, step=_FIRST_STEP, current=collection.id, heard_at=given_at + _ANSWERING,
        passages={collection.id: passage},
    )  # fmt: skip
    _owe(mould, chat, session, record, batch, given_at + _ANSWERING)
    chat.session = session
    return Work(chat_hash, None, chat, [], [], changed=True)


def _owe(mould: Mould, chat: Chat, session: Session, record: ConsentRecord, batch: Batch, at: dt.datetime) -> None:
    """What the way from the decision to the thanks owes. Gathered apart, since a batch looks through what it has of
    one person for what another step of theirs had put there, and here there is none."""
    collection = mould.collection.id
    own = Batch(batch.now)
    turnout = Turnout(chat, None, session, own, mould.vault, mould.shelf, mould.texts, at)
    document = mould.shelf.document(mould.collection, record.language, record.territory)
    submit = Submit(collection, tuple(session.passages[collection].submitted))
    for effect in (GiveConsent(record, document), Accrue(collection), submit):
        carry_out(effect, turnout)
    batch.wraps += own.wraps
    batch.dues += own.dues
    ledger, mine = batch.ledger, own.ledger
    if not any(row["sha256"] == document.sha256 and row["territory"] == document.territory for row in ledger.documents):
        ledger.documents += mine.documents
    if not any(row["sha256"] == document.meanings_sha256 for row in ledger.meanings):
        ledger.meanings += mine.meanings
    ledger.records += mine.records
    ledger.events += mine.events
    ledger.permissions += mine.permissions
    ledger.answers += mine.answers
    ledger.entitlements += mine.entitlements
    ledger.audit += mine.audit


def _record(mould: Mould, region: Region, language: str, given_at: dt.datetime) -> ConsentRecord:
    collection = mould.collection
    document = mould.shelf.document(collection, language, region.territory)
    offered = (*collection.required_purposes, *collection.optional_purposes(linked=False))
    return ConsentRecord(
        id=str(uuid.UUID(bytes=mould.vault.randomness(16), version=4)),
        collection=collection.id,
        version=collection.consent.version,
        language=language,
        territory=region.territory,
        sha256=document.sha256,
        shown_at=given_at - _ANSWERING / 2,
        given_at=given_at,
        expires_at=consent.after(given_at, collection.consent.expires),
        decisions={purpose.id: True for purpose in offered},
        card_answers=(True,) * (CARDS - 1),
        minimum_age=region.minimum_age,
    )


def _passage(mould: Mould, region: Region, record: ConsentRecord, at: dt.datetime) -> Passage:
    path = mould.shelf.path(mould.collection, region.territory)
    answers = {question.id: _answer(question, mould.dice) for question in path}
    code = consent.receipt_code(mould.vault.randomness(5))
    consented = Consented(
        record.id, record.version, record.language, record.sha256, record.given_at, record.expires_at,
        record.decisions, consent.hash_code(code),
    )  # fmt: skip
    passage = Passage(
        mould.collection.id, Stage.THANKS, region.territory, shown=record.sha256, shown_at=record.shown_at,
        consented=consented, answers=answers, accrued=True, trail=Trail(tallies.REVIEW, region.territory, CARDS - 1),
    )  # fmt: skip
    return submitted(passage, [question.id for question in path], at)


def _answer(question: Question, dice: random.Random) -> Answer:
    plain = [option.id for option in question.options if not option.own_words]
    return Answer((OPT_OUT if dice.random() < _RATHER_NOT else dice.choice(plain),))


_RATHER_NOT = 0.05
"""Of answers that are "prefer not to answer", so that nothing that is counted of it looks too good to be true."""
