"""Somebody to talk to stands where it may be needed, for everybody alike, whatever they have answered or written."""

from __future__ import annotations

from made_up import demographics
from test_flows_journeys import agreed

from flows.events import Command


def lines() -> list[str]:
    """Those of the United States."""
    region = demographics().region("US")
    assert region is not None
    return [line.name for line in region.help_lines]


def test_support_lines_stand_under_help_and_on_sensitive_cards_alone() -> None:
    walker = agreed()
    assert lines()
    assert not any(name in walker.text for name in lines()), "an age weighs on nobody"
    walker.presses("35–44")
    assert all(name in walker.text for name in lines())
    walker.asks(Command.HELP)
    assert all(name in walker.text for name in lines())


def test_they_are_the_same_whatever_is_answered_and_written() -> None:
    """Nothing is inferred from it."""
    shown = set()
    for answer, words in (("White", "hello"), ("Asian", "I am afraid"), ("Prefer not to answer", "help me")):
        walker = agreed().presses("35–44", answer)
        if "Done" in walker.labels:
            walker.presses("Done")
        walker.writes(words).asks(Command.HELP)
        shown.add(walker.text.partition("If something here weighs on you:")[2])
    assert len(shown) == 1
