"""The data files of a release: one table of everything, or a table for each question under pseudonyms of its own."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import BinaryIO, Protocol

import orjson

from bot.stewardship.columns import CONTRIBUTOR, Asked, Column, Kind, columns_of, of_question
from bot.stewardship.drafts import Draft
from bot.stewardship.formats import About, Format
from bot.stewardship.ladder import Given
from bot.stewardship.rows import Cell, Contribution, Rows
from bot.stewardship.sorting import Sorted
from bot.vault import Vault
from flows.questions import Status

_TOGETHER = 500


@dataclass(frozen=True, slots=True)
class Passed:
    """A contribution as it is passed on."""

    contribution: Contribution = field(repr=False)
    given: Mapping[str, Given] = field(repr=False)

    @property
    def pseudonym(self) -> str:
        """The contribution's pseudonym in the data."""
        return self.contribution.submitted.pseudonym


@dataclass(frozen=True, slots=True)
class Sheet:
    """One data file."""

    name: str
    columns: tuple[Column, ...]
    question: str | None = None
    """The one question that it is of."""


@dataclass(frozen=True, slots=True)
class Making:
    """What the data files of a release are made of."""

    draft: Draft
    format: Format
    name: str
    """The data file's; that of a table of one question is made of it."""
    questions: Sequence[Asked]
    rows: Rows
    vault: Vault
    recipient: str
    about: About


class Sheets(Protocol):
    """Writes contributions to a draft's data files."""

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        """The data files."""
        ...

    @property
    def rows(self) -> Mapping[str, int]:
        """How many rows each of them has."""
        ...

    def write(self, passed: Iterable[Passed]) -> None:
        """Write these contributions, which come in the order of their pseudonyms for the recipient."""
        ...

    def end(self) -> None:
        """No more come."""
        ...

    def without(self, pseudonyms: Collection[str]) -> None:
        """Take some contributions out again."""
        ...


def question_pseudonym(vault: Vault, pseudonym: str, recipient: str, release: str, question: str) -> str:
    """A contribution's name in the table of one question: no other table and no other release has it."""
    return vault.release_pseudonym(pseudonym, f"{recipient}|{release}|{question}")


class OneTable:
    """Everything in one table, under the pseudonyms that the recipient knows people by."""

    def __init__(self, making: Making, collection: str) -> None:
        self._making, self._collection = making, collection
        self._sheets = (Sheet(making.name, columns_of(making.questions)),)
        self._writer = making.format.writer(making.draft.file(making.name), self._sheets[0].columns, making.about)
        self._rows = 0

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        """The one data file."""
        return self._sheets

    @property
    def rows(self) -> Mapping[str, int]:
        """How many rows it has."""
        return {self._making.name: self._rows}

    def _contributor(self, pseudonym: str) -> str:
        return self._making.vault.release_pseudonym(pseudonym, self._making.recipient)

    def write(self, passed: Iterable[Passed]) -> None:
        """Write these contributions."""
        made = self._making.rows
        rows = [
            made.row(self._contributor(each.pseudonym), self._collection, each.contribution, each.given)
            for each in passed
        ]
        self._writer.write(rows)
        self._rows += len(rows)

    def end(self) -> None:
        """No more come."""
        self._writer.end()

    def without(self, pseudonyms: Collection[str]) -> None:
        """Take some contributions out again."""
        gone = {self._contributor(each) for each in pseudonyms}
        self._rows -= self._making.draft.rewrite(self._making.name, partial(_without, self._making.format, gone))


class TableEach:
    """A table for each question. Rows are sorted by pseudonyms of that table alone, so that no order joins them."""

    def __init__(self, making: Making, release: str) -> None:
        stem, ending = making.name.rsplit(".", 1)
        self._making, self._release = making, release
        self._sheets = tuple(
            Sheet(f"{stem}-{question.id}.{ending}", columns_of_one(question), question.id)
            for question in making.questions
        )
        self._open = ExitStack()
        self._lines = [self._open.enter_context(Sorted(making.draft.path)) for _ in making.questions]
        self._taken_out = dict.fromkeys((sheet.name for sheet in self._sheets), 0)

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        """A data file for each question."""
        return self._sheets

    @property
    def rows(self) -> Mapping[str, int]:
        """How many rows each of them has."""
        written = zip(self._sheets, self._lines, strict=True)
        return {sheet.name: lines.count - self._taken_out[sheet.name] for sheet, lines in written}

    def _name(self, pseudonym: str, question: str) -> str:
        making = self._making
        return question_pseudonym(making.vault, pseudonym, making.recipient, self._release, question)

    def write(self, passed: Iterable[Passed]) -> None:
        """Take these contributions. Who was not asked a question is not in its table."""
        for each in passed:
            for question, lines in zip(self._making.questions, self._lines, strict=True):
                if each.given[question.id].status is not Status.NOT_ASKED:
                    cells = list(self._making.rows.cells(question, each.given))
                    lines.add([f"{self._name(each.pseudonym, question.id)} {orjson.dumps(cells).decode()}"])

    def end(self) -> None:
        """No more come: write the tables."""
        making = self._making
        with self._open:
            for sheet, lines in zip(self._sheets, self._lines, strict=True):
                writer = making.format.writer(making.draft.file(sheet.name), sheet.columns, making.about)
                for batch in lines.batches(_TOGETHER):
                    writer.write([_row(line) for line in batch])
                writer.end()

    def without(self, pseudonyms: Collection[str]) -> None:
        """Take some contributions out again."""
        for sheet in self._sheets:
            gone = {self._name(each, sheet.question or "") for each in pseudonyms}
            taken = self._making.draft.rewrite(sheet.name, partial(_without, self._making.format, gone))
            self._taken_out[sheet.name] += taken


def _without(made_as: Format, gone: Collection[str], old: BinaryIO, new: BinaryIO) -> int:
    return made_as.without(old, new, gone)


def columns_of_one(question: Asked) -> tuple[Column, ...]:
    """The columns of a table of one question."""
    name = Column(CONTRIBUTOR, Kind.ID, label="Pseudonym in this table alone: it joins to no other")
    return (name, *of_question(question))


def _row(line: str) -> tuple[Cell, ...]:
    name, cells = line.split(" ", 1)
    return (name, *orjson.loads(cells))
