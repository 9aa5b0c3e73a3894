"""What the documents say that the bot logs, it logs."""

from __future__ import annotations

import re

from .reading import ROOT, text_of


def test_each_log_event_in_the_table_is_logged_somewhere() -> None:
    """By how it begins: the table leaves out what follows a semicolon where that is long."""
    table = re.findall(r"^\| (`.+?) \|", text_of(ROOT / "docs/operating.md"), re.MULTILINE)
    events = [event for cell in table for event in re.findall(r"`([^`]+)`", cell)]
    said = "\n".join(text_of(path) for path in sorted((ROOT / "bot").rglob("*.py")))
    assert events
    assert [event for event in events if f'"{event}' not in said] == []
