"""Which process shows a chat's screens, where several serve.

Screens of one chat leave one after another, from the lane of one process (`bot.presenting`). While that has one under
way, the chat's row says so. A step that another process takes meanwhile is committed there, and its screen, with what
is owed beside it, is left to the process that has the lane: it shows the newest when its own is there. A process that
dies leaves no lane behind it (`bot.storage.processes`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.arrivals import Settled
from bot.storage.conversations import ConversationRow


def _nothing(_chat: bytes) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Lanes:
    """The lanes of this process, as far as a batch has to know of them."""

    me: int | None = None
    """This process among several; None where there is only one."""
    is_showing: Callable[[bytes], bool] = _nothing
    """Whether a screen is under way from here to a chat."""
    word_waits: Callable[[bytes], bool] = _nothing
    """Whether a screen has come to its end there, and word of it is still to be committed."""

    def elsewhere(self, row: ConversationRow | None) -> int | None:
        """The other process that has a screen under way to a chat."""
        if self.me is None or row is None or row.shown_by == self.me:
            return None
        return row.shown_by

    def is_mine(self, row: ConversationRow) -> bool:
        """Whether the chat's row says that this process has a screen under way."""
        return self.me is not None and row.shown_by == self.me

    def is_left(self, row: ConversationRow, settled: Settled) -> bool:
        """Whether a screen that has just come to its end is not the newest, and the newest is this process's to show.

        What a step of its own brought is in the lane already. Where there is word of a later one still to come, that
        decides: two of which each found that the other had moved the row on would have it shown again for ever.
        """
        ended = settled.version > 0 and settled.version != row.version
        # Where only one process serves, a screen that was put off is on the schedule, and comes then.
        is_here = settled.shown if self.me is None else self.is_mine(row)
        return ended and is_here and row.owed and not self.is_under_way(row.chat)

    def is_under_way(self, chat: bytes) -> bool:
        """Whether word of a screen is still to come from here."""
        return self.is_showing(chat) or self.word_waits(chat)

    def needs_a_look(self, row: ConversationRow, settled: Settled) -> bool:
        """Whether more comes of a screen's end than that nothing is owed any more."""
        if self.has_overtaken(row, settled):
            return True
        if self.me is None:
            return self.is_left(row, settled)
        return self.is_mine(row) and settled.version > 0 and not (settled.shown and settled.version == row.version)

    def has_overtaken(self, row: ConversationRow, settled: Settled) -> bool:
        """Whether a screen of before may stand where a newer one was: it was on its way when this process was taken for
        dead, and what another has shown since may have come first."""
        if self.me is None or self.is_mine(row) or not row.reachable:
            return False
        return settled.shown and not settled.unreachable and 0 < settled.version < row.version


ALONE = Lanes()
"""Where only one process serves."""
