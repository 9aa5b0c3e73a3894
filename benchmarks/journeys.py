"""The driver: people who go through journey after journey, each tapping as soon as the last tap was answered."""

import asyncio
import itertools
from collections import Counter
from dataclasses import dataclass, field

from benchmarks.policy import Choice, Policy, Press, choose, in_sight, is_finished
from benchmarks.stand_in import Chat, StandIn

FIRST_CHAT_ID = 1_000_000_001


@dataclass
class Tally:
    """What happened while it was open; failures count whenever they happen."""

    is_open: bool = False
    handled: int = 0
    journeys: int = 0
    updates_in_journeys: int = 0
    waits: list[float] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)


class Crowd:
    """The people of one round."""

    def __init__(self, stand_in: StandIn, policy: Policy, people: int, patience: float) -> None:
        self.stand_in = stand_in
        self.policy = policy
        self.patience = patience
        self.tally = Tally()
        self.is_going_home = False
        self.chat_ids = itertools.count(FIRST_CHAT_ID)
        self._everybody_rests = asyncio.Event()
        self._people = [Person(self) for _ in range(people)]

    def begin(self) -> None:
        for person in self._people:
            person.begin_journey()

    async def watch(self) -> None:
        """Notice people whom the bot has left waiting, and let them begin anew. Runs until cancelled."""
        while True:
            await asyncio.sleep(min(0.5, self.patience / 4))
            for person in self._people:
                person.lose_patience()

    async def go_home(self) -> None:
        """No new taps; whoever still waits is answered, or runs out of patience and is counted as left waiting."""
        self.is_going_home = True
        if any(person.is_waiting for person in self._people):
            await self._everybody_rests.wait()

    def somebody_rests(self) -> None:
        if not any(person.is_waiting for person in self._people):
            self._everybody_rests.set()


class Person:
    """A tap is handled when it was answered and a screen is there from which the journey goes on, or ends."""

    def __init__(self, crowd: Crowd) -> None:
        self.is_waiting = False
        self._crowd = crowd
        self._chat: Chat | None = None
        self._made: set[Press] = set()
        self._updates = 0
        self._awaited_callback: str | None = None
        self._screen_has_changed = False
        self._doing = ""
        self._since = 0.0

    def begin_journey(self) -> None:
        crowd = self._crowd
        self._chat = crowd.stand_in.open_chat(next(crowd.chat_ids), self)
        self._made = set()
        self._updates = 0
        self._wait("/start", None)
        crowd.stand_in.say(self._chat, "/start")

    def screen_changed(self, chat: Chat) -> None:
        # What a bot still sends into an earlier journey's chat is no answer in this one.
        if chat is self._chat:
            self._screen_has_changed = True
            self._go_on()

    def tap_answered(self, callback_id: str) -> None:
        if callback_id == self._awaited_callback:
            self._awaited_callback = None
            self._go_on()

    def lose_patience(self) -> None:
        if self.is_waiting and asyncio.get_running_loop().time() - self._since > self._crowd.patience:
            self._crowd.tally.failures[self._complaint()] += 1
            if self._crowd.is_going_home:
                self._rest()
            else:
                self.begin_journey()

    def _complaint(self) -> str:
        if not self._screen_has_changed:
            return f"no new screen after {self._doing!r}"
        if self._awaited_callback is not None:
            return f"no answer to {self._doing!r}"
        return f"nothing to press after {self._doing!r}"

    def _wait(self, doing: str, callback_id: str | None) -> None:
        self.is_waiting = True
        self._doing = doing
        self._since = asyncio.get_running_loop().time()
        self._awaited_callback = callback_id
        self._screen_has_changed = False

    def _rest(self) -> None:
        self.is_waiting = False
        self._crowd.somebody_rests()

    def _go_on(self) -> None:
        if not self.is_waiting or not self._screen_has_changed or self._awaited_callback is not None:
            return
        if self._crowd.is_going_home:
            self._rest()
        elif self._chat is not None:
            self._take_next_step(self._chat)

    def _take_next_step(self, chat: Chat) -> None:
        messages = in_sight(chat.messages)
        choice = choose(self._crowd.policy, messages, self._made)
        if choice is not None:
            self._count_update()
            self._tap(chat, choice)
        elif is_finished(self._crowd.policy, messages):
            self._count_update()
            self._count_journey()
            self.begin_journey()

    def _tap(self, chat: Chat, choice: Choice) -> None:
        self._made.add(choice.press)
        callback_id = self._crowd.stand_in.tap(chat, choice.message, choice.callback_data)
        self._wait(choice.label, callback_id)

    def _count_update(self) -> None:
        self._updates += 1
        tally = self._crowd.tally
        if tally.is_open:
            tally.handled += 1
            tally.waits.append(asyncio.get_running_loop().time() - self._since)

    def _count_journey(self) -> None:
        tally = self._crowd.tally
        if tally.is_open:
            tally.journeys += 1
            tally.updates_in_journeys += self._updates
