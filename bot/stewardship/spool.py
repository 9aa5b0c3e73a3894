"""Opened contributions while a release is made: on disk, sealed with a key that is held in memory alone.

Protection has to know everybody before the first row can be written, and what is told of a release has to leave out
whoever goes before it is made, whose own key is gone by then. A million opened contributions are not held in memory,
and opening them twice would take twice as long. The file has no name, and once the process is gone nothing opens it,
whatever becomes of its blocks.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson

from bot.stewardship.rows import Contribution
from bot.storage.consents import Submitted
from bot.vault import KEY_BYTES, Randomness, seal, unseal
from flows.questions import Answer

_LENGTH = 4
"""Bytes that say how long a sealed batch is."""


class Spool:
    """Takes batches of contributions, and gives them back in order."""

    def __init__(self, folder: Path, randomness: Randomness) -> None:
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  # closed with us
        self._randomness = randomness
        self._key = randomness(KEY_BYTES)
        self._count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self._file.close()

    def put(self, some: Sequence[Contribution]) -> None:
        """Take a batch."""
        value = orjson.dumps([_packed(each) for each in some])
        sealed = seal(self._key, value, _place(self._count), self._randomness)
        self._file.write(len(sealed).to_bytes(_LENGTH, "big") + sealed)
        self._count += 1

    def batches(self) -> Iterator[list[Contribution]]:
        """Every batch, in the order in which they came."""
        for batch in self._packed():
            yield [_unpacked(each) for each in batch]

    def of(self, pseudonyms: Collection[str]) -> Iterator[Contribution]:
        """Those of these people, in the order in which they came."""
        if pseudonyms:
            for batch in self._packed():
                yield from (_unpacked(each) for each in batch if each[0] in pseudonyms)

    def _packed(self) -> Iterator[list[Any]]:
        self._file.seek(0)
        for number in range(self._count):
            sealed = self._file.read(int.from_bytes(self._file.read(_LENGTH), "big"))
            yield orjson.loads(unseal(self._key, sealed, _place(number)))


def _place(number: int) -> bytes:
    return f"spool|{number}".encode()


def _packed(contribution: Contribution) -> tuple[Any, ...]:
    of = contribution.submitted
    answers = {question: (each.options, each.own_words) for question, each in contribution.answers.items()}
    mine = (of.pseudonym, of.submitted_at, of.record, of.version, of.language, of.territory, of.sha256, of.given_at)
    purposes = (tuple(of.purposes), contribution.purposes)
    return (*mine, *purposes, answers, contribution.participant, contribution.exactly)


def _unpacked(value: Sequence[Any]) -> Contribution:
    """Without keys and without what is sealed: they are not needed any more."""
    pseudonym, submitted_at, record, version, language, territory, sha256, given_at, *rest = value
    agreed, purposes, answers, participant, exactly = rest
    submitted = Submitted(
        pseudonym, b"", b"", b"", dt.datetime.fromisoformat(submitted_at), record, version, language, territory, sha256,
        dt.datetime.fromisoformat(given_at), frozenset(agreed),
    )  # fmt: skip
    said = {question: Answer(tuple(options), own_words) for question, (options, own_words) in answers.items()}
    return Contribution(submitted, tuple(purposes), said, participant, exactly)
