"""After the commit: each chat's screens in order, the newest only, while different chats go side by side.

A chat whose messages are under way keeps a lane. What is committed for it meanwhile waits in the lane; of several
screens only the last is sent. What has been shown is noted back to the conversation, which remembers it with its next
commit. A process that dies leaves `owed` set, and the next one shows the screen again; one that was only taken for dead
sends nothing any more of what it had in hand.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol, TypeVar

import orjson
import structlog

from bot.arrivals import Settled
from bot.broadcasts.trial import TRIAL
from bot.chats import outbox_place
from bot.clock import Clock
from bot.messenger import Delivered, Lost, Messenger, Sent, Stays, TryLater, Unknown, Unreachable
from bot.owing.chat import GOES_BEHIND, ONLY_THERE
from bot.showing import Showing
from bot.storage.database import StoreUnavailable
from bot.storage.outbox import OutboxRow
from bot.vault import unseal
from flows.records import replace
from flows.screens import Keeping, Screen, arriving, fits

log = structlog.get_logger()

PATIENCE = dt.timedelta(minutes=10)
"""How long a reply is tried before the chat is left as owed, to be shown when Telegram has said, or by the next tap."""

PARTING = 5.0
"""Seconds that a stop waits for what is under way; what is then left is owed, and the next start shows it."""

RECEIPT = "receipt"
"""What is said in place of a card and stays, and whose number is noted as the receipt's."""

LASTING = frozenset({RECEIPT, "words", TRIAL})
"""What is said in place of a card, or above the next, and stays."""

UNTIL_CLEAR = LASTING - {TRIAL} | {"delete"}
"""What is sent, or taken away, until Telegram has said that it is done: twice does no harm, and not at all does."""

_AGAIN_SECONDS = 60.0
"""Before that is tried once more, after it was tried a few times at once."""

_AGAIN = (0.5, 2.0, 8.0)
"""Seconds before trying again what may or may not have arrived. Showing a screen twice does no harm."""

_UNTIL_KNOWN = 0.5
"""Seconds between two looks at whether this process is known to be alive again."""

_Outcome = TypeVar("_Outcome", bound=Sent | Lost)

_MARGIN = dt.timedelta(seconds=10)
"""So long before the outbox worker takes a row for orphaned, the lane leaves it to the worker."""

_BEHIND = dt.timedelta(seconds=2)
"""So long after a screen that was put off may leave, the card goes whose place it takes."""


class _TakenOver(Exception):
    """What was to be sent is another process's by now, or may be."""


class Sleep(Protocol):
    """Waits so many seconds; tests pass their own."""

    async def __call__(self, seconds: float, /) -> None: ...


@dataclass(slots=True)
class _Lane:
    waiting: list[Showing] = field(default_factory=list)
    card: int | None = None
    protected: bool = False
    replaced: set[int] = field(default_factory=set)
    """Cards that others took the place of. One may stand there still, and is to go."""


@dataclass(slots=True)
class _Done:
    """What has become of a showing so far."""

    delivered: list[str] = field(default_factory=list)
    postponed: list[tuple[str, dt.datetime]] = field(default_factory=list)
    handed_back: list[OutboxRow] = field(default_factory=list)
    sent: list[int] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)
    goes_behind: list[int] = field(default_factory=list)
    """Cards that are to go as soon as another is there, and have not gone yet."""
    receipts: dict[str, int] = field(default_factory=dict)
    unreachable: bool = False
    screen: Sent | None = None
    faulty: bool = False
    told: TryLater | None = None
    """That Telegram has asked to wait with what nobody has asked for."""

    @property
    def again(self) -> TryLater | None:
        """When a screen that was not sent is tried once more."""
        if not isinstance(self.screen, TryLater | Unknown):
            return None
        if isinstance(self.screen, TryLater) and self.screen.told:
            return self.screen
        return TryLater(_AGAIN_SECONDS)

    def hear(self, sent: Sent | None, *, unasked: bool) -> None:
        """What became of a part of it."""
        if unasked and isinstance(sent, TryLater) and sent.told:
            self.told = sent

    def postpone(self, row: OutboxRow, later: TryLater, now: dt.datetime) -> None:
        """A row is left to the outbox worker, as long from now as was told."""
        self.postponed.append((row.id, now + dt.timedelta(seconds=later.seconds)))


class Presenter:
    """Sends what the conversation hands over."""

    def __init__(
        self,
        messenger: Messenger,
        note: Callable[[Settled], None],
        clock: Clock,
        sleep: Sleep = asyncio.sleep,
        me: Callable[[], int | None] = lambda: None,
    ) -> None:
        """`me` is this process's number among several. It raises where others may have taken this one over."""
        self._messenger = messenger
        self._note = note
        self._clock = clock
        self._sleep = sleep
        self._me = me
        self._lanes: dict[bytes, _Lane] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.put_off: Callable[[bytes, TryLater], None] = lambda _chat, _later: None
        """Called when Telegram has asked to wait with what nobody asked for. It is not waited for here, where the
        person's own answers come behind it."""

    def show(self, showing: Showing) -> None:
        """Send this as soon as what is under way to the chat has arrived."""
        for callback, words in showing.answers:
            self._start(self._answer(callback, words))
        if not showing.sends:
            return
        lane = self._lanes.get(showing.chat)
        if lane is not None:
            lane.waiting.append(showing)
            return
        lane = self._lanes[showing.chat] = _Lane([showing])
        self._start(self._serve(showing.chat, lane))

    def is_showing(self, chat: bytes) -> bool:
        """Whether a screen is under way to a chat, or waits until the one before it has arrived."""
        return chat in self._lanes

    def _start(self, work: Any) -> None:  # noqa: ANN401  # a coroutine
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def lull(self, seconds: float) -> None:
        """Wait until everything that is under way has arrived, so many seconds at most."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)

    async def finish(self, seconds: float = PARTING) -> None:
        """Wait a moment for what is under way, and let go of the rest."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        late = list(self._tasks)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _answer(self, callback: str, words: str | None) -> None:
        try:
            await self._patiently(lambda: self._messenger.answer(callback, words), self._clock() + PATIENCE)
        except Exception as error:  # noqa: BLE001  # a tap that cannot be answered stops nothing
            log.warning("a tap was not answered", why=type(error).__name__)

    async def _serve(self, chat: bytes, lane: _Lane) -> None:
        try:
            while lane.waiting:
                together, lane.waiting = lane.waiting, []
                newest, done = _newest(together), _Done()
                try:
                    await self._present(newest, lane, done)
                except _TakenOver:
                    self._note_what_is_there(_word(newest, lane, done, self._clock()))
                    lane.card, lane.replaced = None, set()  # whoever has taken it over may have shown another
                    continue
                except Exception as error:  # noqa: BLE001  # one chat's trouble stays its own; the screen is still owed
                    log.warning("a screen was not sent", why=type(error).__name__)
                    done.faulty = True
                except asyncio.CancelledError:  # stopping: what was sent is there
                    self._note(_word(newest, lane, done, self._clock()))
                    raise
                self._note(_word(newest, lane, done, self._clock()))
                if done.told is not None:
                    self.put_off(chat, done.told)
        finally:
            del self._lanes[chat]

    def _note_what_is_there(self, word: Settled) -> None:
        """Of what is another process's now, it is not this one's to say that its screen is there, or when it comes.
        Which messages are in the chat is, or they would stay when it is cleaned."""
        there = replace(word, version=0, shown=False, faulty=False, card=None, protected=False)
        there = replace(there, postponed=(), handed_back=(), again_at=None)
        if not there.is_harmless:
            self._note(there)

    async def _present(self, showing: Showing, lane: _Lane, done: _Done) -> None:
        """First what takes the card's place (a receipt), then the screen, then what goes: never an empty chat."""
        deadline = self._clock() + PATIENCE
        receipts = [entry for entry in showing.owed if entry[0].kind in LASTING]
        others = [entry for entry in showing.owed if entry[0].kind not in LASTING]
        for row, key in receipts:
            await self._present_owed(showing, row, key, deadline, done)
        card, unnamed = lane.card if lane.card is not None else showing.card, None
        if receipts or any(row.kind == "delete" for row, _ in others):
            # The card was turned into a receipt, or is to be taken away: what comes now is a new one. A card that had
            # not arrived yet when that was decided is named by nothing that is owed.
            unnamed = _unnamed(lane.card, showing)
            card = showing.card if showing.card not in lane.replaced else None
        protected = lane.protected if card is not None and card == lane.card else showing.protected
        done.goes_behind += [each for each in (card, unnamed) if each is not None]
        done.screen = await self._show_screen(showing, card, deadline, lane, done, protected=protected)
        done.hear(done.screen, unasked=showing.unasked)
        if unnamed is not None and isinstance(done.screen, Delivered):
            await self._take_out(showing, unnamed, deadline, lane, done)
        for row, key in others:
            if done.told is not None:  # the card goes when the one that takes its place may be there
                done.postpone(row, done.told, self._clock() + _BEHIND)
            elif done.again is not None and _opened(row, key).get(GOES_BEHIND):
                done.postpone(row, done.again, self._clock() + _BEHIND)
            else:
                await self._present_owed(showing, row, key, deadline, done)

    async def _present_owed(
        self, showing: Showing, row: OutboxRow, key: bytes, deadline: dt.datetime, done: _Done
    ) -> None:
        """One row of the outbox."""
        if self._clock() >= row.due_at - _MARGIN:
            # It waited so long that the outbox worker may have it by now; or the clock jumped ahead, and it has not.
            done.handed_back.append(row)
            return
        opened = _opened(row, key)
        send = partial(send_owed, self._messenger, showing.chat_id, row.kind, opened)
        sent = await self._patiently(send, min(deadline, row.due_at - _MARGIN), of=showing, unasked=showing.unasked)
        sent = until_clear(row.kind, sent)
        if isinstance(sent, TryLater):
            done.hear(sent, unasked=showing.unasked)
            done.postpone(row, sent, self._clock())
            return
        done.delivered.append(row.id)
        done.unreachable = done.unreachable or isinstance(sent, Unreachable)
        if isinstance(sent, Delivered) and sent.message:
            done.sent.append(sent.message)
            if row.kind == RECEIPT:
                done.receipts[opened.get("collection", "")] = sent.message

    async def _show_screen(
        self, showing: Showing, card: int | None, deadline: dt.datetime, lane: _Lane, done: _Done, *, protected: bool
    ) -> Sent | None:
        """What became of the screen; the lane remembers the card that it is on now."""
        lane.card, lane.protected = card, protected
        screen = showing.screen
        if screen is None:
            return None
        if card is not None and fits(screen.keeping, protected=protected):
            sent = await self._show(showing, card, screen, deadline)
            if not isinstance(sent, Lost):
                return sent
        sent = await self._show_anew(showing, screen, deadline, lane)
        if card is not None and lane.card != card:
            await self._take_out(showing, card, deadline, lane, done)
        return sent

    async def _show_anew(self, showing: Showing, screen: Screen, deadline: dt.datetime, lane: _Lane) -> Sent:
        """On a new card. A discreet screen takes the place of a neutral line, which is what was announced."""
        first = arriving(screen) if screen.discreet else screen
        sent = await self._show(showing, None, first, deadline)
        if not isinstance(sent, Delivered):
            return sent if not isinstance(sent, Lost) else Unknown()
        lane.card, lane.protected = sent.message or None, screen.keeping is Keeping.PROTECTED
        if first is screen or lane.card is None:
            return sent
        sent = await self._show(showing, lane.card, screen, deadline)
        return sent if not isinstance(sent, Lost) else Unknown()

    async def _show(self, showing: Showing, card: int | None, screen: Screen, deadline: dt.datetime) -> Sent | Lost:
        """A screen, patiently."""

        async def show() -> Sent | Lost:
            return await self._messenger.show(showing.chat_id, card, screen, showing.language, showing.step)

        return await self._patiently(show, deadline, of=showing, unasked=showing.unasked)

    async def _take_out(self, showing: Showing, card: int, deadline: dt.datetime, lane: _Lane, done: _Done) -> None:
        """Take a card that another has taken the place of out of the chat, or empty it."""
        lane.replaced.add(card)

        async def take_out() -> Sent:
            return await clear(self._messenger, showing.chat_id, {"messages": [card]})

        sent = await self._patiently(take_out, deadline, of=showing)
        if isinstance(sent, TryLater | Unknown):
            return
        done.goes_behind.remove(card)
        if isinstance(sent, Delivered):
            done.gone.append(card)

    async def _patiently(
        self,
        send: Callable[[], Awaitable[_Outcome]],
        deadline: dt.datetime,
        *,
        of: Showing | None = None,
        unasked: bool = False,
    ) -> _Outcome:
        """Wait out what Telegram asks for, until a deadline; what may not have arrived is sent again a few times.

        Raises _TakenOver where what it is a part `of` is not this process's to send any more.
        """
        pauses = iter(_AGAIN)
        while True:
            if of is not None:
                await self._hold(of, deadline)
            sent = await send()
            if not isinstance(sent, TryLater | Unknown) or (unasked and isinstance(sent, TryLater) and sent.told):
                return sent
            wait = sent.seconds if isinstance(sent, TryLater) else next(pauses, None)
            if wait is None:
                return sent
            if self._clock() + dt.timedelta(seconds=wait) > deadline:
                return sent
            await self._sleep(wait)

    async def _hold(self, showing: Showing, deadline: dt.datetime) -> None:
        """Make sure that this process is still the one that committed it. While that is not known, nothing is sent."""
        while True:
            try:
                me = self._me()
            except StoreUnavailable:
                if self._clock() + dt.timedelta(seconds=_UNTIL_KNOWN) > deadline:
                    raise _TakenOver from None
                await self._sleep(_UNTIL_KNOWN)
                continue
            if me != showing.by:
                raise _TakenOver
            return


def until_clear(kind: str, sent: Sent) -> Sent:
    """What became of a row of the outbox: later, where that is not clear and the row is to be tried until it is."""
    return TryLater(_AGAIN_SECONDS) if isinstance(sent, Unknown) and kind in UNTIL_CLEAR else sent


async def send_owed(messenger: Messenger, chat_id: int, kind: str, payload: dict[str, Any]) -> Sent:
    """Send one row of the outbox that needs no looking up."""
    if kind == TRIAL:
        return await messenger.try_out(chat_id, payload["words"], payload["rows"])
    if kind in LASTING:
        return await messenger.say(chat_id, payload["message"], payload["words"], anew=not payload.get(ONLY_THERE))
    return await clear(messenger, chat_id, payload)


async def clear(messenger: Messenger, chat_id: int, payload: dict[str, Any]) -> Sent:
    """Take messages out of the chat. What Telegram does not delete any more is emptied, where it is the bot's own.

    Where something stays for all that, or is known to, `words` say so, if there are any.
    """
    sent = await messenger.delete(chat_id, payload["messages"]) if payload["messages"] else Delivered()
    if isinstance(sent, TryLater | Unreachable | Unknown):
        return sent
    stays = payload.get("stays", False)
    for message in sent.messages if isinstance(sent, Stays) else ():
        emptied = await messenger.empty(chat_id, message)
        if isinstance(emptied, TryLater | Unreachable | Unknown):
            return emptied
        stays = stays or isinstance(emptied, Stays)
    if stays and payload.get("words"):
        return await messenger.say(chat_id, None, payload["words"])
    return Delivered()


def _opened(row: OutboxRow, key: bytes) -> dict[str, Any]:
    opened: dict[str, Any] = orjson.loads(unseal(key, row.sealed, outbox_place(row.id)))
    return opened


def _unnamed(card: int | None, showing: Showing) -> int | None:
    """A card, where neither the screen nor what is owed beside it is about it."""
    if card is None or card == showing.card:
        return None
    rows = [_opened(row, key) for row, key in showing.owed]
    named = {number for row in rows for number in (row.get("message"), *row.get("messages", ()))}
    return None if card in named else card


def _newest(together: list[Showing]) -> Showing:
    """The last screen, with everything that is owed on the way to it."""
    if len(together) == 1:
        return together[0]
    # What it committed under an earlier number, before it was taken for dead, is another's.
    together = [showing for showing in together if showing.by == together[-1].by]
    last = next((showing for showing in reversed(together) if showing.screen is not None), together[-1])
    owed = tuple(entry for showing in together for entry in showing.owed)
    return replace(last, owed=owed, unasked=all(showing.unasked for showing in together))


def _word(showing: Showing, lane: _Lane, done: _Done, now: dt.datetime) -> Settled:
    """What has become of a showing, also where a fault of ours cut it short: what was sent is there."""
    card = lane.card if lane.card != showing.card else None
    replaced = () if card is None else tuple(each for each in done.goes_behind if each != card)
    return Settled(
        showing.chat,
        showing.version,
        shown=isinstance(done.screen, Delivered | Unreachable),
        faulty=showing.faulty or (done.faulty and done.screen is None),
        card=card,
        protected=lane.protected,
        gone=tuple(done.gone),
        replaced=replaced,
        receipts=done.receipts,
        sent=tuple(done.sent if card is None else [*done.sent, card]),
        delivered=tuple(done.delivered),
        postponed=tuple(done.postponed),
        handed_back=tuple(done.handed_back),
        unreachable=done.unreachable or isinstance(done.screen, Unreachable),
        again_at=now + dt.timedelta(seconds=done.again.seconds) if done.again is not None else None,
    )
