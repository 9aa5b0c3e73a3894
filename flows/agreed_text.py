"""The exact text that was agreed to, cut into pages that a message holds."""

from __future__ import annotations

from collections.abc import Iterator

from flows.words import letters

PAGE_LETTERS = 3000
"""Of UTF-16, as clients count; a message takes 4096, and a few lines stand around the page."""


def pages(text: str) -> tuple[str, ...]:
    """Its cards, each as one page or, where one is longer than a page, as several; never none."""
    return tuple(page for card in text.split("\f") for page in _cut(card)) or ("",)


def _cut(card: str) -> Iterator[str]:
    """Paragraph after paragraph as long as they fit; the longest paragraph is cut where it has to be."""
    page = ""
    for paragraph in card.split("\n\n"):
        for piece in _pieces(paragraph):
            longer = f"{page}\n\n{piece}" if page else piece
            if page and letters(longer) > PAGE_LETTERS:
                yield page
                page = piece
            else:
                page = longer
    if page:
        yield page


def _pieces(paragraph: str) -> Iterator[str]:
    while letters(paragraph) > PAGE_LETTERS:
        # Half of what fits in units is what fits in letters, whatever the letters are.
        end = paragraph.rfind(" ", 1, PAGE_LETTERS // 2)
        end = end if end > 0 else PAGE_LETTERS // 2
        yield paragraph[:end]
        paragraph = paragraph[end:].lstrip(" ")
    yield paragraph
