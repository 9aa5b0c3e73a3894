"""Letters as readers compare them: case, accents and ways of writing the same that nobody minds in a search."""

from __future__ import annotations

import re
import unicodedata

# Marks that change no letter: accents (U+0300 to U+036F), Hebrew points, Arabic vowel signs, hamza and madda, the
# nukta of Devanagari. The vowel signs of Hindi and the voicing marks of kana make other letters and stay.
_MARKS = frozenset(
    [*range(0x0300, 0x0370), *range(0x0591, 0x05C8), *range(0x064B, 0x0660), 0x0670, *range(0x06D6, 0x06EE), 0x093C]
)

_HIRAGANA, _TO_KATAKANA = range(0x3041, 0x3097), 0x60

_SAME = str.maketrans(
    {
        # Latin letters that Unicode takes for letters of their own
        "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i",
        # Arabic letters that keyboards exchange; tatweel only stretches
        "ٱ": "ا", "ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه", "ہ": "ه", "ھ": "ه", "ے": "ي", "ـ": None,
        "'": None, "’": None, "‘": None, "ʻ": None, "ʼ": None, "`": None,
        "ँ": "ं",
        **{chr(letter): chr(letter + _TO_KATAKANA) for letter in _HIRAGANA},
    }
)  # fmt: skip

# Hindi writes a nasal before another consonant as a dot or as a letter: हिंदी and हिन्दी.
_NASAL = re.compile("[ङञणनम]\u094d(?=[क-ह])")


def folded(text: str) -> str:
    """Words as they are compared: one case, no accents, letters and digits with one space between words.

    Nothing is remembered here: it may be what somebody typed.
    """
    apart = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(c for c in apart if ord(c) not in _MARKS)
    same = _NASAL.sub("ं", unicodedata.normalize("NFKC", bare).casefold().translate(_SAME))
    # Joiners and direction marks (Cf) go, all else that is no letter, mark or digit parts words.
    kept = (c for c in same if unicodedata.category(c) != "Cf")
    return " ".join("".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in kept).split())
