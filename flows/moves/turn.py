"""A session on its way through one event, and what a move is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flows.effects import Effect
from flows.events import Event
from flows.in_hand import InHand
from flows.on_record import Records
from flows.records import replace
from flows.session import ABOUT_WHAT_IS_HELD, Aside, Session, Stage
from flows.shelf import Shelf
from flows.words import Text


@dataclass(frozen=True)
class Turn(InHand):
    """A session on its way through one event, and what has come to be owed."""

    session: Session
    event: Event
    shelf: Shelf
    effects: tuple[Effect, ...] = ()
    notice: Text | None = None
    records: Records = field(default_factory=dict, repr=False)
    """What is on record about what the open screen speaks of."""

    def with_session(self, **changes: Any) -> Turn:  # noqa: ANN401  # fields of Session
        """With the session changed."""
        return replace(self, session=replace(self.session, **changes))

    def with_passage(self, **changes: Any) -> Turn:  # noqa: ANN401  # fields of Passage
        """With the passage in hand changed."""
        return replace(self, session=self.session.with_passage(replace(self.passage, **changes)))

    def with_effects(self, *effects: Effect) -> Turn:
        """With more owed."""
        return replace(self, effects=(*self.effects, *effects))

    def saying(self, said: str) -> Turn:
        """With something said on top of the next screen."""
        return self.with_session(said=said)

    def aside(self, aside: Aside | None) -> Turn:
        """With an aside laid over the stage, or taken away."""
        held = self.session.held if aside in ABOUT_WHAT_IS_HELD else None
        return self.with_session(aside=aside, held=held, after_code=None, paying=None)


Act = Callable[[Turn, str, bool | None], Turn]


@dataclass(frozen=True, slots=True)
class Move:
    """What a press does, and every stage or aside that it may lead to, other than where it began.

    Leaving one collection while another was agreed to leads to that one instead, wherever it stands.
    """

    act: Act
    to: tuple[Stage | Aside, ...] = ()
    closes: bool = False
    """Whether it leads back to what lay beneath."""
