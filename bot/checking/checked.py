"""A collection's folder as it is looked at: what could be read of it, its catalogs, and what stands on which line."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from babel.messages.pofile import PoFileError, read_po

from bot.burden import Cost, cost_of, passage
from bot.spoken import Missing, words_missing
from bot.texts import ORIGINAL, Texts
from flows.collection import Card, Collection, Option, Question, Region
from flows.faults import Place, YamlFile
from flows.id_meanings import Meanings
from flows.load import Reading, languages_named
from flows.meaning import Meaning
from flows.sign_offs import UNSIGNED, Review
from flows.walk import Station


@dataclass(frozen=True, slots=True)
class Known:
    """What the data of a running bot tells beside the files: nothing where there is none yet."""

    agreed: Mapping[tuple[int, str, str], frozenset[str]] = field(default_factory=dict)
    """Version, language and territory of each consent text that somebody agreed to -> its fingerprints."""
    id_meanings: Meanings = field(default_factory=dict)
    """What each id stood for when it was opened."""
    meant: Mapping[tuple[int, str], Mapping[str, AbstractSet[Meaning]]] = field(default_factory=dict)
    """Version and language -> what each purpose meant to whoever agreed to it."""
    minutes: Mapping[str, int] = field(default_factory=dict)
    """Territory -> how many minutes it took there (median), where enough people have taken part."""
    reviews: Mapping[tuple[str, str], Review] = field(default_factory=dict)
    """Territory and language -> what reviewers have said of what is shown there now."""
    knows_sign_offs: bool = True
    """Whether reviews were looked at; where they were not, nothing can be said of them."""
    in_other_zones: frozenset[str] = frozenset()
    """Territories that another installation serves, where they are signed off."""

    def review(self, territory: str, language: str) -> Review:
        """What reviewers have said of a place in a language."""
        return self.reviews.get((territory, language), UNSIGNED)


class Asked(NamedTuple):
    """A question as a region asks it, and where in the region's file it stands."""

    file: YamlFile
    number: int
    region: Region
    question: Question


class Said(NamedTuple):
    """A message of the collection's own catalog in a language."""

    path: Path
    line: int
    message: str
    translation: str
    fuzzy: bool


@dataclass(frozen=True)
class Checked:
    """What the rules look at. A rule passes over whatever could not be read: that is a finding of its own."""

    reading: Reading
    texts: Texts
    today: dt.date
    known: Known
    _walked: dict[tuple[str, str], tuple[Station, ...]] = field(default_factory=dict, init=False, repr=False)

    @property
    def folder(self) -> Path:
        """The collection's own."""
        return self.reading.folder

    @property
    def collection(self) -> Collection | None:
        """None where something in the folder keeps it from being one."""
        return self.reading.collection

    @property
    def base_path(self) -> Path:
        """Of collection.yaml."""
        return self.folder / "collection.yaml"

    def base_line(self, *place: int | str) -> int:
        """The line of a place in collection.yaml."""
        return self.reading.base.line(place) if self.reading.base is not None else 1

    # --- cards -------------------------------------------------------------------------------------------------------

    def cards(self) -> Iterator[tuple[str, int, Card]]:
        """Every consent card that could be read: language, number from 1, card."""
        for language, cards in self.reading.documents.items():
            for number, card in enumerate(cards, start=1):
                yield language, number, card

    def card_path(self, language: str, number: int) -> Path:
        """The file of a card."""
        return self.folder / "consent" / language / f"{number}.md"

    def card_line(self, language: str, number: int, words: str) -> int:
        """The line of a card's file on which some of its words begin."""
        return line_of(self.card_path(language, number), words)

    # --- questions ---------------------------------------------------------------------------------------------------

    def asked(self) -> Iterator[Asked]:
        """Every question of every region."""
        for file, region in self.reading.regions:
            for number, question in enumerate(region.questions):
                yield Asked(file, number, region, question)

    def questions(self) -> Iterator[Asked]:
        """Every question once in each of its wordings: what several regions share is looked at once."""
        seen: set[Question] = set()
        for asked in self.asked():
            if asked.question not in seen:
                seen.add(asked.question)
                yield asked

    def place(self, asked: Asked, *within: int | str) -> tuple[Path, int]:
        """Where something of a question stands: in the region's file if it says it itself, else in questions.yaml."""
        entries = asked.file.items("questions")
        own = entries[asked.number] if asked.number < len(entries) else {}
        shared = self.reading.questions
        if within and isinstance(own, dict) and within[0] not in own and shared is not None:
            return shared.path, shared.line((asked.question.id, *within))
        place: Place = ("questions", asked.number, *within)
        return asked.file.path, asked.file.line(place)

    def option_place(self, asked: Asked, option: Option) -> tuple[Path, int]:
        """Where an option stands."""
        return self.place(asked, "options", asked.question.options.index(option))

    # --- the passage -------------------------------------------------------------------------------------------------

    @cached_property
    def spoken(self) -> tuple[tuple[str, str], ...]:
        """Territories, each in its languages, in which there are passages.

        Whole languages alone: the others are offered to nobody, and their words may not even fit together.
        """
        regions = self.collection.regions if self.collection is not None else ()
        return tuple((each.territory, name) for each in regions for name in each.languages if name not in self.missing)

    def passage(self, territory: str, language: str) -> tuple[Station, ...]:
        """Every screen from the deep link to the thanks (`bot.burden`), in one of `spoken`."""
        if (territory, language) not in self._walked and self.collection is not None:
            walked = tuple(passage(self.collection, territory, language, self.texts))
            self._walked[territory, language] = walked
        return self._walked[territory, language]

    def cost(self, territory: str, language: str) -> Cost:
        """What that passage costs a person."""
        return cost_of(self.passage(territory, language), territory, language, self.texts)

    @cached_property
    def missing(self) -> Missing:
        """Words that languages lack, the bot's and the collection's (`bot.spoken`)."""
        return words_missing(self.folder, self.collection) if self.collection is not None else {}

    # --- catalogs ----------------------------------------------------------------------------------------------------

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """Languages that collection.yaml names, the original too."""
        base = self.reading.base
        return tuple(languages_named(base)) if base is not None else ()

    @cached_property
    def catalogs(self) -> Mapping[str, tuple[Said, ...]]:
        """Language -> the collection's messages as its catalog has them; the original has none."""
        return {name: tuple(_messages(self.catalog_path(name), name)) for name in self.languages if name != ORIGINAL}

    def catalog_path(self, language: str) -> Path:
        """The file of a language's catalog."""
        return self.folder / "translations" / language / "LC_MESSAGES" / f"{self.folder.name}.po"

    def translated(self, words: str, language: str) -> str:
        """Words of the YAML files in a language; as they are where there is no translation."""
        said = self.translation(words, language)
        return said.translation if said is not None else words

    def translation(self, words: str, language: str) -> Said | None:
        """What a language's catalog says for words of the YAML files; None where that is nothing, or fuzzy."""
        return self._translations.get(language, {}).get(words)

    @cached_property
    def _translations(self) -> Mapping[str, Mapping[str, Said]]:
        return {
            language: {each.message: each for each in messages if each.translation and not each.fuzzy}
            for language, messages in self.catalogs.items()
        }


def _messages(path: Path, language: str) -> Iterator[Said]:
    try:
        with path.open("rb") as file:
            catalog = read_po(file, locale=language, abort_invalid=True)
    except (OSError, PoFileError, ValueError, LookupError, TypeError, AttributeError):
        return  # missing or broken: `flows.load` or `translations.missing` say so
    for message in catalog:
        if message.id:
            yield Said(path, message.lineno or 1, str(message.id), str(message.string), message.fuzzy)


def line_of(path: Path, words: str) -> int:
    """The line on which the first line of some words stands in a file; 1 where it does not stand there."""
    wanted = words.strip().splitlines()[0] if words.strip() else ""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return 1
    before, found, _ = text.partition(wanted)
    return before.count("\n") + 1 if wanted and found else 1
