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


class Sheets(Protocol):
    """Writes contributions to a draft's data files."""

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        """The data files."""
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

    def __init__(
        self,
        draft: Draft,
        made_as: Format,
        name: str,
        questions: Sequence[Asked],
        rows: Rows,
        vault: Vault,
        recipient: str,
        collection: str,
        about: About,
    ) -> None:
        self._sheets = (Sheet(name, columns_of(questions)),)
        self._draft, self._format = draft, made_as
        self._rows, self._vault = rows, vault
        self._recipient, self._collection = recipient, collection
        self._writer = made_as.writer(draft.file(name), self._sheets[0].columns, about)

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        """The one data file."""
        return self._sheets

    def _contributor(self, pseudonym: str) -> str:
        return self._vault.release_pseudonym(pseudonym, self._recipient)

    def write(self, passed: Iterable[Passed]) -> None:
        """Write these contributions."""
        self._writer.write(
            [
                self._rows.row(self._contributor(each.pseudonym), self._collection, each.contribution, each.given)
                for each in passed
            ]
        )

    def end(self) -> None:
        """No more come."""
        self._writer.end()

    def without(self, pseudonyms: Collection[str]) -> None:
        """Take some contributions out again."""
        gone = {self._contributor(each) for each in pseudonyms}
        self._draft.rewrite(self._sheets[0].name, lambda old, new: self._format.without(old, new, gone))


class TableEach:
    """A table for each question. Rows are sorted by pseudonyms of that table alone, so that no order joins them."""

    def __init__(
        self,
        draft: Draft,
        made_as: Format,
        name: str,
        questions: Sequence[Asked],
        rows: Rows,
        vault: Vault,
        recipient: str,
        release: str,
        about: About,
    ) -> None:
        stem, ending = name.rsplit(".", 1)
        self._sheets = tuple(
            Sheet(f"{stem}-{question.id}.{ending}", columns_of_one(question), question.id) for question in questions
        )
        self._draft, self._format, self._about = draft, made_as, about
        self._rows, self._vault = rows, vault
        self._recipient, self._release = recipient, release
        self._questions = questions
        self._open = ExitStack()
        self._lines = [self._open.enter_context(Sorted(draft.path)) for _ in questions]

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        """A data file for each question."""
        return self._sheets

    def _name(self, pseudonym: str, question: str) -> str:
        return question_pseudonym(self._vault, pseudonym, self._recipient, self._release, question)

    def write(self, passed: Iterable[Passed]) -> None:
        """Take these contributions. Who was not asked a question is not in its table."""
        for each in passed:
            territory = each.contribution.submitted.territory
            for question, lines in zip(self._questions, self._lines, strict=True):
                if each.given[question.id].status is not Status.NOT_ASKED:
                    cells = list(self._rows.cells(question, territory, each.given))
                    lines.add([f"{self._name(each.pseudonym, question.id)} {orjson.dumps(cells).decode()}"])

    def end(self) -> None:
        """No more come: write the tables."""
        with self._open:
            for sheet, lines in zip(self._sheets, self._lines, strict=True):
                writer = self._format.writer(self._draft.file(sheet.name), sheet.columns, self._about)
                for batch in lines.batches(_TOGETHER):
                    writer.write([_row(line) for line in batch])
                writer.end()

    def without(self, pseudonyms: Collection[str]) -> None:
        """Take some contributions out again."""
        for sheet in self._sheets:
            gone = {self._name(each, sheet.question or "") for each in pseudonyms}
            self._draft.rewrite(sheet.name, partial(_without, self._format, gone))


def _without(made_as: Format, gone: Collection[str], old: BinaryIO, new: BinaryIO) -> None:
    made_as.without(old, new, gone)


def columns_of_one(question: Asked) -> tuple[Column, ...]:
    """The columns of a table of one question."""
    name = Column(CONTRIBUTOR, Kind.ID, label="Pseudonym in this table alone: it joins to no other")
    return (name, *of_question(question))


def _row(line: str) -> tuple[Cell, ...]:
    name, cells = line.split(" ", 1)
    return (name, *orjson.loads(cells))
