"""What `surveybot check` says of a collection, for the booklet. The one place that asks it."""

from __future__ import annotations

from pathlib import Path

from bot.spoken import words_missing
from flows.collection import Collection


def findings_of(folder: Path, collection: Collection) -> list[str]:
    """Everything that is found, a line each; a folder with a fault is not loaded, so there is no booklet of one."""
    missing = words_missing(folder, collection)
    return [
        f"{language}: {len(messages)} of its words are missing, such as {messages[0]!r}: it is offered to nobody"
        for language, messages in missing.items()
    ]
