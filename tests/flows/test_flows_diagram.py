"""The diagram in the docs is what the tables say."""

from pathlib import Path

from flows.diagram import drawn
from flows.engine import ANYWHERE, STAGES

STAGES_FILE = Path(__file__).parents[2] / "docs" / "stages.md"


def test_the_diagram_in_the_docs_is_drawn_from_the_tables() -> None:
    """A move that is added to the engine and not drawn would mislead; `make diagram` draws it."""
    assert STAGES_FILE.read_text(encoding="utf-8") == drawn()


def test_the_diagram_names_every_place_and_every_press() -> None:
    """Nothing that the tables accept is left out."""
    words = drawn()
    for place, row in [*STAGES.items(), *ANYWHERE.items()]:
        assert f" {place}" in words
        for verb in row.taps:
            assert verb in words
