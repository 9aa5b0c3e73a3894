"""The words of a screen: every text on it; those of a copied collection as the words of the one that it copies."""

from __future__ import annotations

from dataclasses import replace

from flows.screens import Block, Choice, Screen
from flows.words import Listed, Text, Value
from flows.worlds import is_copy


def texts_on(screen: Screen) -> list[Text]:
    """Every text on a screen, those among other texts' values too. A card's own Markdown is none."""
    found: list[Text] = []
    for block in screen.blocks:
        if isinstance(block.words, Text):
            _gather(block.words, found)
    for row in screen.rows:
        for choice in row:
            _gather(choice.label, found)
    return found


def _gather(value: Value, found: list[Text]) -> None:
    if isinstance(value, Text):
        found.append(value)
        for each in value.values.values():
            _gather(each, found)
    elif isinstance(value, Listed):
        for each in value.items:
            _gather(each, found)


def spoken_by(collection: str, screen: Screen) -> Screen:
    """The screen with the second collection's words as those of the first, which has them in every language."""
    if not any(is_copy(text.domain) for text in texts_on(screen)):
        return screen
    blocks = tuple(Block(block.style, _renamed_words(block.words, collection)) for block in screen.blocks)
    rows = tuple(tuple(Choice(_renamed_text(each.label, collection), *each[1:]) for each in row) for row in screen.rows)
    return replace(screen, blocks=blocks, rows=rows)


def _renamed_words(words: Text | str, collection: str) -> Text | str:
    return _renamed_text(words, collection) if isinstance(words, Text) else words


def _renamed_text(text: Text, collection: str) -> Text:
    values = {name: _renamed(value, collection) for name, value in text.values.items()}
    return text._replace(values=values, domain=collection if is_copy(text.domain) else text.domain)


def _renamed(value: Value, collection: str) -> Value:
    if isinstance(value, Text):
        return _renamed_text(value, collection)
    if isinstance(value, Listed):
        return Listed(tuple(_renamed(each, collection) for each in value.items))
    return value
