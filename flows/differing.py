"""What is shown now beside what was shown when it was last signed: part by part, and of long parts what differs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple


class Difference(NamedTuple):
    """A part that is not as it was."""

    part: str
    """Where it stands: `card 1 · text`."""
    before: str | None
    """None where it was not there."""
    now: str | None
    """None where it is gone."""


def differences(before: Mapping[str, str], now: Mapping[str, str]) -> tuple[Difference, ...]:
    """Parts that differ: today's in their order, and then those that are gone."""
    changed = [part for part, words in now.items() if before.get(part) != words]
    gone = [part for part in before if part not in now]
    return tuple(Difference(part, before.get(part), now.get(part)) for part in (*changed, *gone))


WHOLE = 400
"""Letters up to which a part is shown as it is; of a longer one only the sentences that differ."""

PIECE = 1200
"""Letters of the old words, and of the new ones, that stand beside each other at once."""

A_PAGE = 2800
"""Letters of one page: Telegram takes 4096, and headings and the reader's own words are still added."""

_NAME, _WORDS_AROUND = 120, 60
_ELLIPSIS = "…"


def pages(changed: Sequence[Difference]) -> tuple[tuple[Difference, ...], ...]:
    """Differences as they are read on a phone, some a page, in order. Nothing of what differs is left out."""
    found: list[list[Difference]] = []
    room = 0
    for each in (piece for difference in changed for piece in _pieces(_narrowed(difference))):
        length = sum(len(words or "") for words in each) + _WORDS_AROUND
        if length > room:
            found.append([])
            room = A_PAGE
        found[-1].append(each)
        room -= length
    return tuple(map(tuple, found))


def _narrowed(difference: Difference) -> Difference:
    """Without the sentences at the beginning and the end that are the same."""
    part = difference.part if len(difference.part) <= _NAME else difference.part[:_NAME] + _ELLIPSIS
    if difference.before is None or difference.now is None:
        return difference._replace(part=part)
    before, now = _sentences(difference.before), _sentences(difference.now)
    if max(len(difference.before), len(difference.now)) <= WHOLE:
        return difference._replace(part=part)
    first = _alike(before, now)
    last = _alike(before[first:][::-1], now[first:][::-1])
    return Difference(part, _between(before, first, last), _between(now, first, last))


def _sentences(words: str) -> list[str]:
    """Sentences in any script that ships, each with what stands behind it."""
    return re.findall(r".+?(?:[.!?。！？؟।۔]+\s*|\n+|\Z)", words, re.DOTALL)


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count


def _between(sentences: Sequence[str], first: int, last: int) -> str:
    middle = "".join(sentences[first : len(sentences) - last]).strip()
    ends = (_ELLIPSIS if first else "", middle, _ELLIPSIS if last else "")
    return " ".join(filter(None, ends))


def _pieces(difference: Difference) -> Iterator[Difference]:
    """A long difference in several, old words and new ones side by side as far as both go."""
    before, now = _cut(difference.before), _cut(difference.now)
    for number in range(max(len(before), len(now), 1)):
        yield Difference(
            difference.part,
            before[number] if number < len(before) else None if difference.before is None else _ELLIPSIS,
            now[number] if number < len(now) else None if difference.now is None else _ELLIPSIS,
        )


def _cut(words: str | None) -> list[str]:
    """Words in pieces, between two of them where there is a space."""
    left, found = words or "", []
    while len(left) > PIECE:
        end = left.rfind(" ", PIECE // 2, PIECE) + 1 or PIECE
        found.append(left[:end].rstrip())
        left = left[end:]
    return [*found, left] if left else found
