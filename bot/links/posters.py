"""A poster in somebody's language: its words, ready to be drawn."""

from __future__ import annotations

from bot.links.printing import Words
from bot.texts import Texts
from flows.collection import Collection, Region
from flows.language import is_right_to_left
from flows.posters import poster_words


def poster_in(collection: Collection, region: Region | None, language: str, texts: Texts) -> Words:
    """The words of a poster."""
    *above, below = (texts.plain(words, language) for words in poster_words(collection, region))
    return Words(tuple(above), below, is_right_to_left(language))
