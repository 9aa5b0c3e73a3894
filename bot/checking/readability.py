"""How hard some words are to read: a school grade for English, LIX or the length of sentences elsewhere.

Flesch-Kincaid: Kincaid, Fishburne, Rogers and Chissom 1975, Derivation of new readability formulas for Navy enlisted
personnel. LIX: Björnsson 1968, Läsbarhet; 1983, Readability of newspapers in 11 languages (Reading Research Quarterly
18). LIX counts letters of words, which says little where vowels are not written (Arabic, Urdu), where a letter is a
syllable (Hindi), or where a word carries what others say in several (Swahili, Indonesian). There, and where words stand
without spaces, a sentence's length is what can be measured, and a reviewer's ear the rest.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from bot.burden import WITHOUT_SPACES


class Measure(StrEnum):
    """By what a language's texts are measured."""

    GRADE = "school grade (Flesch-Kincaid)"
    LIX = "LIX"
    WORDS = "words a sentence"
    LETTERS = "letters a sentence"


MOST: dict[Measure, float] = {
    Measure.GRADE: 8.0,
    Measure.LIX: 40.0,
    Measure.WORDS: 20.0,
    Measure.LETTERS: 40.0,
}
"""What a text may measure at most. Grade 8 is what ethics boards ask of consent texts. Björnsson calls LIX below 40
easy and 40 to 50 of middle difficulty, as newspapers are. No standard says how long sentences may be: 20 words are what
guides to plain writing allow on average; 40 letters are our choice for Japanese and Chinese."""

_BY_LIX = frozenset({"da", "de", "es", "fi", "fr", "it", "nb", "nl", "pt", "pt_BR", "sv"})
"""Languages in Latin letters in which words are about as long as in those that LIX was made with."""

_SENTENCE_ENDS = re.compile(r"(?<=[.!?。！？।؟۔…])[”»」』\")*]*\s+|(?<=[。！？])|\n+|(?<=:)\s*\n")
_MARKUP = re.compile(r"\*\*|^- (\[[ x]\] )?|^#+ |<!--.*?-->", re.MULTILINE)


def measure_of(language: str) -> Measure:
    """By what texts in a language are measured."""
    if language.split("_", maxsplit=1)[0] == "en":
        return Measure.GRADE
    if language.split("_", maxsplit=1)[0] in WITHOUT_SPACES:
        return Measure.LETTERS
    return Measure.LIX if language in _BY_LIX or language.split("_", maxsplit=1)[0] in _BY_LIX else Measure.WORDS


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text measures, and the sentences in it that are hardest, the hardest first."""

    measure: Measure
    value: float
    hardest: tuple[str, ...]

    @property
    def is_hard(self) -> bool:
        """Whether it measures more than it may."""
        return self.value > MOST[self.measure]


def read(text: str, language: str) -> Reading:
    """How hard a text in Markdown is to read. Placeholders count as one plain word each."""
    measure = measure_of(language)
    sentences = _sentences(text)
    value = _value(sentences, measure) if sentences else 0.0
    hardest = sorted(sentences, key=lambda sentence: -_value([sentence], measure))[:2]
    return Reading(measure, round(value, 1), tuple(hardest))


def _sentences(text: str) -> list[str]:
    plain = re.sub(r"\{\w+\}", "this", _MARKUP.sub("", text))
    found = (" ".join(piece.split()) for piece in _SENTENCE_ENDS.split(plain))
    return [sentence for sentence in found if _words(sentence)]


def _words(sentence: str) -> list[str]:
    """Runs of letters and digits between spaces, with the marks that belong to a letter."""
    return [word for word in re.split(r"[\s/–—-]+", sentence) if any(letter.isalnum() for letter in word)]


def _letters(words: str) -> int:
    return sum(unicodedata.category(letter)[0] in "LN" for letter in words)


def _value(sentences: list[str], measure: Measure) -> float:
    words = [word for sentence in sentences for word in _words(sentence)]
    match measure:
        case Measure.GRADE:
            syllables = sum(map(syllables_of, words))
            return 0.39 * len(words) / len(sentences) + 11.8 * syllables / len(words) - 15.59
        case Measure.LIX:
            long = sum(_letters(word) > 6 for word in words)
            return len(words) / len(sentences) + 100 * long / len(words)
        case Measure.WORDS:
            return len(words) / len(sentences)
        case Measure.LETTERS:
            return sum(map(_letters, sentences)) / len(sentences)


_SILENT = re.compile(r"(?:[^lcsxzgaeiouy]es|[^aeiouydt]ed|[^laeiouy]e)$")
_VOWELS = re.compile(r"[aeiouy]+")
_APART = re.compile(r"i[aou](?!s)|[aeiou]ing$|eo(?!pl)|ua(?!r)|uou|crea(?=t)|(?<!p)ie[nt]|dea|rea(?=s?$)")
_TOGETHER = re.compile(r"[tscl]ion|cial|tial|cien|tien")


def syllables_of(word: str) -> int:
    """Syllables of an English word, counted from its vowels: a silent e is none, vowels that are said apart are two."""
    letters = re.sub(r"[^a-z]", "", word.lower())
    if len(letters) <= 3:
        return 1
    spoken = _SILENT.sub("", letters)
    groups = len(_VOWELS.findall(spoken)) + len(_APART.findall(spoken))
    return max(groups - len(_TOGETHER.findall(spoken)), 1)
