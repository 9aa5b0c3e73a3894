"""A person who presses what is visible and writes, through the engine and its words, saved between any two events."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from dataclasses import replace
from html import unescape

import orjson
from made_up import BEGINNING, texts

from bot.texts import Texts
from flows.effects import Effect
from flows.engine import Step, advance, current_screen
from flows.events import Command, Commanded, Event, Opened, Sent, Tapped, Typed
from flows.on_record import NO_RECORDS, Records
from flows.screens import Choice, Screen
from flows.session import Aside, Session, passage_from_json, passage_to_json, session_from_json, session_to_json
from flows.shelf import Shelf
from flows.trail import NOT_COUNTED
from flows.walk import recorded


def saved(session: Session) -> bytes:
    """A session and its passages as the bytes that would be sealed."""
    passages = [passage_to_json(passage) for passage in session.passages.values()]
    return orjson.dumps({"session": session_to_json(session), "passages": passages})


def loaded(data: bytes) -> Session:
    """What `saved` wrote."""
    value = orjson.loads(data)
    passages = {passage["collection"]: passage_from_json(passage) for passage in value["passages"]}
    return session_from_json(value["session"], passages)


class Walker:
    """One chat. `screen` is the card that the person sees; its step and layout go with every press."""

    def __init__(self, shelf: Shelf, language: str | None = "en", words: Texts | None = None) -> None:
        self.shelf = shelf
        self.phone = language
        self.words = words or texts()
        self.now = BEGINNING
        self.session: Session | None = None
        self.screen: Screen | None = None
        self.step = 0
        self.effects: list[Effect] = []
        self.records: Records = NO_RECORDS
        self.last: Step | None = None
        self._events = 0

    # --- what happens ------------------------------------------------------------------------------------------------

    def token(self) -> bytes:
        """32 bytes that differ from event to event."""
        self._events += 1
        return hashlib.sha256(f"token {self._events}".encode()).digest()

    def meet(self, event: Event) -> Step:
        """Let one event happen, and save and load what came of it."""
        step = advance(self.session, event, self.shelf, self.records)
        self.records = recorded(self.records, step, self.shelf, self.now)
        self.last = step
        self.effects += step.effects
        self.session = loaded(saved(step.session)) if step.session is not None else None
        assert self.session == step.session
        if self.session is None:
            self.screen = None
        elif step.shows:
            self.screen = current_screen(self.session, self.shelf, self.now, self.records)
            self.step = self.session.step
        return step

    def opens(self, collection: str | None = None, participant: str | None = None) -> Walker:
        """/start, with or without a deep link."""
        at, token = self.now, self.token()
        self.meet(Opened(at=at, token=token, language_code=self.phone, collection=collection, participant=participant))
        return self

    def asks(self, command: Command) -> Walker:
        """Send a command."""
        self.meet(Commanded(at=self.now, token=self.token(), language_code=self.phone, command=command))
        return self

    def writes(self, text: str, message: int = 7) -> Walker:
        """Send a text."""
        self.meet(Typed(at=self.now, token=self.token(), language_code=self.phone, text=text, message=message))
        return self

    def sends_a_picture(self, message: int = 7) -> Walker:
        """Send something that is neither text nor button."""
        self.meet(Sent(at=self.now, token=self.token(), language_code=self.phone, message=message))
        return self

    def presses(self, *labels: str) -> Walker:
        """Press visible buttons, by the words on them, one after the other."""
        for label in labels:
            self.press(self.button(label))
        return self

    def press(self, choice: Choice) -> Step:
        """Press one visible button."""
        assert self.screen is not None
        event = self.tap(self.screen.choices.index(choice), choice)
        return self.meet(event)

    def tap(self, place: int, choice: Choice) -> Tapped:
        """The tap that pressing a button makes."""
        assert self.screen is not None
        on = None if choice.ticked is None else not choice.ticked
        return Tapped(at=self.now, token=self.token(), step=self.step, choice=place, layout=self.screen.layout, on=on)

    def waits(self, time: dt.timedelta) -> Walker:
        """Let time pass."""
        self.now += time
        return self

    def goodbye_arrives(self) -> Walker:
        """The goodbye is known to be there, and with that the chat is forgotten."""
        assert self.session is not None
        assert self.session.aside is Aside.GOODBYE
        self.session = None
        return self

    # --- what is seen ------------------------------------------------------------------------------------------------

    @property
    def language(self) -> str:
        """The language that the person reads now."""
        assert self.session is not None
        return self.session.language

    def label(self, choice: Choice) -> str:
        """The words on a button."""
        return _plain(self.words.plain(choice.label, self.language))

    @property
    def labels(self) -> list[str]:
        """The words on every button, links too."""
        assert self.screen is not None
        return [self.label(choice) for row in self.screen.rows for choice in row]

    def button(self, label: str) -> Choice:
        """The visible button with these words, or with the number that stands before them in the text.

        Ticks and other marks around the words need not be said.
        """
        assert self.screen is not None
        exact = [c for c in self.screen.choices if self.label(c) == label]
        numbered = re.search(rf"^(?:☑ )?(\S+)\. {re.escape(label)}$", self.text, flags=re.MULTILINE)
        wanted = {label, numbered[1]} if numbered else {label}
        near = [c for c in self.screen.choices if re.sub(r"^[☐☑●✓] |…$", "", self.label(c)) in wanted]
        found = exact or near
        assert found, f"no button says {label!r}; there are {self.labels}"
        return found[0]

    def by_verb(self, verb: str, value: str | None = None) -> Choice:
        """The visible button with this meaning, for tests that run in any language."""
        assert self.screen is not None
        return next(c for c in self.screen.choices if c.verb == verb and value in {None, c.value})

    @property
    def ticked(self) -> list[str]:
        """The words beside every tick, on buttons and in the text."""
        marked = [*self.labels, *self.text.splitlines()]
        found = [re.fullmatch(r"[☑●] (?:\d+\. )?(.*?\D.*?)…?", words) for words in marked]
        return [match[1] for match in found if match]

    @property
    def text(self) -> str:
        """The words above the buttons, without markup."""
        assert self.screen is not None
        return _plain(unescape(re.sub(r"</?[bi]>", "", self.words.screen(self.screen, self.language))))

    @property
    def name(self) -> str:
        """Which screen stands there."""
        assert self.screen is not None
        return self.screen.name


def _plain(words: str) -> str:
    """Words without the marks that keep their direction, which nobody sees."""
    return words.replace("\u2068", "").replace("\u2069", "")


def calm(session: Session) -> Session:
    """A session without what every event changes: when it was heard of, what was said last, and what is counted."""
    passages = {name: replace(passage, trail=NOT_COUNTED) for name, passage in session.passages.items()}
    return replace(session, heard_at=None, said=None, passages=passages)
