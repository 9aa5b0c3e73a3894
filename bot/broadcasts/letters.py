"""What a broadcast says to whom: one letter a region and language, made once."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.messenger import Letter
from flows.collection import Collection
from flows.invites import LONGEST_PARAGRAPH, invite_screen
from flows.negotiation import negotiate
from flows.regions import spoken
from flows.screens import Screen

Writer = Callable[[Screen, str], Letter]
"""Words and buttons of a screen in a language, ready to leave."""


class NotWritten(Exception):
    """What coordinators add cannot go out so; the text says why."""


class Letters:
    """The letters of one broadcast."""

    def __init__(
        self, collection: Collection, paragraphs: Mapping[str, str], write: Writer, *, has_finished: bool
    ) -> None:
        self._collection = collection
        self._has_finished = has_finished
        self._paragraphs = paragraphs
        self._write = write
        self._made: dict[tuple[str, str], Letter] = {}
        self._written_in = languages_of(collection)

    def for_reader(self, territory: str, language: str) -> Letter | None:
        """The letter for somebody; in the nearest language that the collection speaks. None where it has no such
        region any more."""
        language = self.read_as(language)
        key = (territory, language)
        if key not in self._made:
            region = self._collection.region(territory)
            if region is None:
                return None
            paragraph = self._paragraphs.get(language)
            screen = invite_screen(self._collection, region, paragraph, has_finished=self._has_finished)
            self._made[key] = self._write(screen, language)
        return self._made[key]

    def read_as(self, language: str) -> str:
        """The language that somebody gets it in, who speaks another one perhaps."""
        return negotiate(language, self._written_in)


def languages_of(collection: Collection) -> tuple[str, ...]:
    """Languages that an invite to the collection is written in."""
    return spoken(collection)


def check_paragraphs(paragraphs: Mapping[str, str], audience: tuple[str, ...]) -> None:
    """Raise NotWritten unless what is added stands in each of the audience's languages, or in none."""
    if not paragraphs:
        return
    missing = [language for language in audience if not paragraphs.get(language, "").strip()]
    if missing:
        raise NotWritten(
            f"what you add is missing in {', '.join(missing)}: write it in every language of the audience, or in none; "
            "--language narrows the audience"
        )
    unknown = [language for language in paragraphs if language not in audience]
    if unknown:
        raise NotWritten(f"nobody of this audience reads {', '.join(unknown)}; it has {', '.join(audience)}")
    for language, words in paragraphs.items():
        if len(words) > LONGEST_PARAGRAPH:
            raise NotWritten(f"what you add has {len(words)} letters in {language}; {LONGEST_PARAGRAPH} are the most")
