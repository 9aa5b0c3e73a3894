"""A visit on its way through one event, and going from one page to another."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from flows.effects import Effect
from flows.events import Event
from flows.team.board import Board
from flows.team.roster import Change, applied
from flows.team.visit import Page, Visit


@dataclass(frozen=True, slots=True)
class Call:
    """A visit on its way through one event: the team changes with it, and so does who is asking."""

    visit: Visit
    event: Event
    board: Board
    changes: tuple[Change, ...] = ()
    effects: tuple[Effect, ...] = ()

    def on(self, page: Page, **changes: Any) -> Call:  # noqa: ANN401  # fields of Visit
        """On another page; of what was chosen before nothing stays but what is named."""
        visit = self.visit
        return replace(
            self, visit=replace(Visit(visit.language, visit.step, visit.heard_at, page, said=visit.said), **changes)
        )

    def with_visit(self, **changes: Any) -> Call:  # noqa: ANN401  # fields of Visit
        """With the visit changed."""
        return replace(self, visit=replace(self.visit, **changes))

    def saying(self, said: str) -> Call:
        """With something said on top of the page."""
        return self.with_visit(said=said)

    def owing(self, *effects: Effect) -> Call:
        """With more owed to the chat."""
        return replace(self, effects=(*self.effects, *effects))

    def changing(self, changes: tuple[Change, ...]) -> Call:
        """With the team changed."""
        roster = self.board.roster
        for change in changes:
            roster = applied(roster, change)
        me = roster.standing(self.board.me.member, is_owner=self.board.me.is_owner)
        return replace(self, board=replace(self.board, roster=roster, me=me), changes=(*self.changes, *changes))

    @property
    def now(self) -> dt.datetime:
        """When it happened."""
        return self.event.at


Move = Callable[[Call, str, bool | None], Call]


def to(page: Page) -> Move:
    """To a page, with nothing chosen."""
    return lambda call, _value, _on: call.on(page)


def over(page: Page) -> Move:
    """To a page about the same right."""
    return lambda call, _value, _on: call.on(page, about=call.visit.about)


def close(call: Call, _value: str, _on: bool | None) -> Call:
    """Done with it."""
    return call.with_visit(over=True)


def turn_page(call: Call, value: str, _on: bool | None) -> Call:
    """Another page of a long list."""
    return call.with_visit(turned=int(value))


def show_all(call: Call, _value: str, _on: bool | None) -> Call:
    """The whole list again."""
    return call.with_visit(turned=0, found=())
