"""What the documents of a release are made from, and how they put counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bot.stewardship.columns import Asked
from bot.stewardship.ordering import Order
from bot.stewardship.protection import Loss
from bot.stewardship.sheets import Sheet
from bot.storage.recipients import Recipient
from bot.storage.released import AgreedPurposes, AgreedText, Span
from bot.storage.releases import Release
from bot.texts import ORIGINAL
from flows.collection import Purpose

A_FIFTH = 0.2
"""A loss above this stands on the first page."""


@dataclass(frozen=True, slots=True)
class Told:
    """A release, and what is known of it."""

    release: Release
    wanted: Order
    questions: Sequence[Asked]
    sheets: Sequence[Sheet]
    hashes: Mapping[str, str]
    """Data file -> SHA-256 in hex."""
    losses: Sequence[Loss]
    rows_left_out: int
    agreed: frozenset[str]
    """Purposes that everybody in it agrees to."""
    recipient: Recipient
    texts: Sequence[AgreedText]
    meant: Sequence[AgreedPurposes]
    span: Span | None
    changes: Mapping[str, int] | None = field(default=None)
    """What changed since an earlier release, counted."""

    @property
    def purposes(self) -> list[Purpose]:
        """Purposes that everybody in it agrees to, in the collection's order."""
        return [each for each in self.wanted.collection.purposes if each.id in self.agreed]

    @property
    def use(self) -> str:
        """What it may be used for: in today's words or, where people agreed in others, in theirs, by version."""
        today, words = self.wanted.purpose.label, list(dict.fromkeys(self._words()))
        wordings = {(language, label) for _, language, label in words}
        said_otherwise = any(language == ORIGINAL and label != today for language, label in wordings)
        if not said_otherwise and len({language for language, _ in wordings}) == len(wordings):
            return today
        return "; ".join(f"version {version}, {language}: “{label}”" for version, language, label in words)

    def _words(self) -> Iterator[tuple[int, str, str]]:
        """Version and language of each wording of the purpose that people agreed to, and what it was called."""
        for each in self.meant:
            then = each.meanings.get(self.release.purpose)
            if then is not None and then.label:
                yield each.version, each.language, then.label

    @property
    def lost_much(self) -> list[Loss]:
        """Answers of which more than a fifth is lost; where few are, that is all that is said."""
        return [loss for loss in self.losses if loss.share > A_FIFTH]

    def label(self, loss: Loss) -> str:
        """An answer in words."""
        asked = next(each for each in self.questions if each.id == loss.question)
        return asked.labels.get(loss.option, loss.option)

    def count(self, number: int) -> str:
        """A count that points at nobody."""
        smallest = self.release.smallest_group
        return str(number) if number >= smallest else f"fewer than {smallest}"

    def gave(self, loss: Loss) -> str:
        """How many gave an answer: a range as wide as a group, which begins with the rows that show it and with whole
        groups of those that do not. From a count, fewer could be worked out."""
        smallest = self.release.smallest_group
        least = loss.gave - loss.lost % smallest
        if loss.gave < smallest:
            return self.count(loss.gave)
        return f"{least} to {least + smallest - 1}" if least >= smallest else f"fewer than {least + smallest}"

    def lost(self, loss: Loss) -> str:
        """A loss as it may be told: of a group at least, in steps of a twentieth."""
        smallest = self.release.smallest_group
        if loss.gave < smallest:
            return "not told: fewer gave it than a group has"
        return (
            f"about {round(loss.share * 20) * 5}%"
            if loss.may_be_told(smallest)
            else f"nobody, or fewer than {smallest}"
        )
