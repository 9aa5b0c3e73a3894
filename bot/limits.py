"""What Telegram takes and what a phone shows: a screen, as it is sent, held against it."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

import orjson

from flows.words import letters

MOST_LETTERS = 4096
"""Of a text, counted after entities are parsed; as clients do, in units of UTF-16."""

DATA_BYTES = 64
BUTTONS_A_ROW = 8
BUTTONS = 100
MARKUP_BYTES = 10_000

LABEL_WIDTHS = {1: 40, 2: 20, 3: 12, 4: 8}
"""Letters of a label, by the number of buttons in its row, that a phone of 360 points shows without cutting them."""

_NARROWEST = 3

_TAG = re.compile(r"</?[a-z]+>")
_UNSEEN = frozenset({"Mn", "Me", "Cf"})


def seen(words: str) -> str:
    """A message's text without its markup, as somebody reads it."""
    return html.unescape(_TAG.sub("", words))


def width(label: str) -> int:
    """Columns that a label takes: marks above and below take none, East Asian letters two."""
    shown = (c for c in label if unicodedata.category(c) not in _UNSEEN)
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in shown)


def excesses(words: str, markup: dict[str, Any] | None) -> list[str]:
    """What is too much about a message (HTML, and its inline keyboard), in words; nothing where all is well."""
    found = []
    length = letters(seen(words))
    if not 1 <= length <= MOST_LETTERS:
        found.append(f"{length} letters, and Telegram takes {MOST_LETTERS}")
    return found + (list(_of_keyboard(markup)) if markup is not None else [])


def _of_keyboard(markup: dict[str, Any]) -> Iterator[str]:
    rows: list[list[dict[str, Any]]] = markup["inline_keyboard"]
    in_all = sum(map(len, rows))
    if in_all > BUTTONS:
        yield f"{in_all} buttons, and Telegram takes {BUTTONS}"
    if (size := len(orjson.dumps(markup))) > MARKUP_BYTES:
        yield f"a keyboard of {size} bytes, and Telegram takes {MARKUP_BYTES}"
    for row in rows:
        if len(row) > BUTTONS_A_ROW:
            yield f"{len(row)} buttons in a row, and Telegram takes {BUTTONS_A_ROW}"
        for button in row:
            yield from _of_button(button, len(row))


def _of_button(button: dict[str, Any], abreast: int) -> Iterator[str]:
    label = button["text"]
    size = len(button.get("callback_data", "").encode())
    if size > DATA_BYTES:
        yield f"{size} bytes behind “{label}”, and Telegram takes {DATA_BYTES}"
    most = LABEL_WIDTHS.get(abreast, _NARROWEST)
    if width(label) > most:
        yield f"“{label}” is {width(label)} letters wide, and a phone shows {most} of {abreast} in a row"
