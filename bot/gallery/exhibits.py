"""What hangs in the gallery: each screen that exploring finds, as Telegram would be sent it, measured."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import zip_longest
from typing import Any

from bot.burden import visible_words
from bot.limits import excesses, seen
from bot.texts import Texts
from flows.collection import Collection
from flows.explore import ORIGINAL, Found, Way, acts_to, explore, in_language, telling
from flows.regions import in_every_language
from flows.screens import Block, Screen, Style
from flows.session import Aside, Stage
from flows.walk import Act, Station, Worlds
from flows.words import Text, letters
from flows.worlds import worlds_of

Keyboard = Callable[[Screen, Texts, str, int], dict[str, Any] | None]
"""Screen -> inline keyboard, as the adapter renders it."""

Explore = Callable[[Worlds, str, str, dt.datetime], Way]
"""Worlds, collection, territory and a day -> every screen there."""

BEGIN_SAME, END_SAME = "\ue000", "\ue001"
"""Private-use marks around words that stand there as in the original."""

_ANY_DAY = dt.datetime(2026, 12, 1, 9, 30, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Button:
    """A button of a picture: its words, and how it looks."""

    label: str
    look: str
    is_link: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """A message as Telegram is sent it: HTML and buttons, with marks around what was left untranslated."""

    words: str
    rows: tuple[tuple[Button, ...], ...]
    counted_words: int
    counted_letters: int
    remarks: tuple[str, ...]
    """What is too much about it, and what was left in the original."""


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One screen in two languages, and the way there."""

    number: int
    name: str
    place: str
    """Which stage or aside it belongs to, or that it stands beside the card."""
    acts: tuple[Act, ...]
    """Everything that is done to come by it."""
    original: Picture
    world: str
    """What is on offer around it (`flows.worlds`)."""
    translation: Picture | None
    """None in the original itself, and where a language leads past it."""

    @property
    def shown(self) -> Picture:
        """What is looked at: the translation, or else the original."""
        return self.translation or self.original


class MarkedTexts(Texts):
    """Texts that put marks around each message that says the same as the original."""

    def _message(self, text: Text, language: str) -> str:
        said = super()._message(text, language)
        if language == ORIGINAL or said not in {text.message, text.plural} or not _has_words(said):
            return said
        return f"{BEGIN_SAME}{said}{END_SAME}"


def _has_words(message: str) -> bool:
    return any(letter.isalpha() for letter in re.sub(r"\{\w+\}", "", message))


def unmarked(words: str) -> str:
    """Words as they are sent."""
    return words.replace(BEGIN_SAME, "").replace(END_SAME, "")


class Exhibition:
    """Explores each region once, and hangs it in whatever language is asked for."""

    def __init__(
        self,
        collections: Mapping[str, Collection],
        texts: MarkedTexts,
        keyboard: Keyboard,
        explore: Explore = explore,
    ) -> None:
        self._collections = collections
        self._explore_all = explore
        self._texts = texts
        self._keyboard = keyboard
        self.worlds = lru_cache(maxsize=None)(self._make_worlds)
        self.way = lru_cache(maxsize=None)(self._explore)

    def _make_worlds(self, collection: str) -> Worlds:
        def translate(name: str, words: str, language: str) -> str:
            return unmarked(self._texts.of_collection(name, words, language))

        return worlds_of(in_every_language(self._collections[collection]), translate)

    def _explore(self, collection: str, territory: str) -> Way:
        return self._explore_all(self.worlds(collection), collection, territory, _ANY_DAY)

    def exhibits(self, collection: str, territory: str, language: str) -> tuple[Exhibit, ...]:
        """Everything that can be shown there, in the order of the passage. Raises KeyError for what is not there."""
        way = self.way(collection, territory)
        wanted = telling(way)
        translated = wanted if language != ORIGINAL else ()
        met = in_language(way, self.worlds(collection), collection, language, translated)
        hung: dict[object, Exhibit] = {}
        for number in sorted(wanted, key=lambda each: _order(way, each)):
            for exhibit in self._pictures(way, number, met.get(number), language):
                hung.setdefault((exhibit.name, exhibit.original, exhibit.translation), exhibit)
        return tuple(hung.values())

    def _pictures(self, way: Way, number: int, station: Station | None, language: str) -> Iterator[Exhibit]:
        found = way[number]
        step = found.station.session.step
        others = (*station.beside, station.screen) if station is not None else ()
        for screen, other in zip_longest(found.screens, others):
            if screen is None:
                return
            original = self._picture(screen, step, ORIGINAL)
            picture = self._picture(_marked(other, screen), step, language) if other is not None else None
            place = _place(found) if screen is found.station.screen else "beside the card"
            yield Exhibit(number, screen.name, place, acts_to(way, number), original, found.station.world, picture)

    def _picture(self, screen: Screen, step: int, language: str) -> Picture:
        marked = self._texts.screen(screen, language)
        words = unmarked(marked)
        markup = self._keyboard(screen, self._texts, language, step) or {"inline_keyboard": []}
        rows = tuple(tuple(map(_button, row)) for row in markup["inline_keyboard"])
        labels = [button.label for row in rows for button in row]
        for button in (button for row in markup["inline_keyboard"] for button in row):
            button["text"] = unmarked(button["text"])
        remarks = excesses(words, markup)
        if left := sum(each.count(BEGIN_SAME) for each in (marked, *labels)):
            remarks.append(f"{left} as in the original")
        read = "\n".join((seen(words), *map(unmarked, labels)))
        return Picture(marked, rows, visible_words(read), letters(seen(words)), tuple(remarks))


def _button(button: dict[str, Any]) -> Button:
    return Button(button["text"], button.get("style", ""), "url" in button)


def _marked(screen: Screen, original: Screen) -> Screen:
    """A card whose Markdown is the original's, with marks around it."""
    theirs = {block.words for block in original.blocks if isinstance(block.words, str)}
    blocks = tuple(
        Block(Style.MARKDOWN, f"{BEGIN_SAME}{block.words}{END_SAME}")
        if isinstance(block.words, str) and block.words in theirs
        else block
        for block in screen.blocks
    )
    return replace(screen, blocks=blocks)


def _order(way: Way, number: int) -> tuple[int, int, int]:
    """Stages in their order, then what lies over them; screens of one name together."""
    station = way[number].station
    first = next(at for at, each in enumerate(way) if each.station.screen.name == station.screen.name)
    if station.session.aside is not None:
        return len(Stage) + list(Aside).index(station.session.aside), first, number
    passage = station.session.passage
    return list(Stage).index(passage.stage) if passage is not None else 0, first, number


def _place(found: Found) -> str:
    session = found.station.session
    if session.aside is not None:
        return f"over the stage: {session.aside.value}"
    return session.passage.stage.value if session.passage is not None else ""
