"""Words of a picture in one language."""

from __future__ import annotations

from dataclasses import dataclass

from bot.texts import Texts
from flows.language import is_right_to_left
from flows.words import Text


@dataclass(frozen=True, slots=True)
class Words:
    """Turns a text into words for whoever reads a language."""

    texts: Texts
    language: str

    def __call__(self, text: Text) -> str:
        """Without markup; marks that keep directions apart are in it."""
        return self.texts.plain(text, self.language)

    @property
    def right_to_left(self) -> bool:
        """Whether the language is read so."""
        return is_right_to_left(self.language)
