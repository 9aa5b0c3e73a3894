"""Which words differ between two wordings, marked for the booklet: a long card is read for one word otherwise."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

_TOKENS = re.compile(r"[^\W\u3040-\u30ff\u3400-\u9fff]+|\s+|.", re.DOTALL)
"""Words; signs each by itself where words have no spaces between them (kana, ideographs), and whatever is no letter."""


def marked(before: str, now: str) -> tuple[str, str]:
    """Both as HTML: what is gone stands in `del` in the first, what is new in `ins` in the second."""
    left, right = [], []
    for gone, come in _runs(_TOKENS.findall(before), _TOKENS.findall(now)):
        if gone == come:
            left.append(html.escape(gone))
            right.append(html.escape(come))
            continue
        left.append(f"<del>{html.escape(gone)}</del>" if gone else "")
        right.append(f"<ins>{html.escape(come)}</ins>" if come else "")
    return "".join(left), "".join(right)


def _runs(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, str]]:
    """What stands for what, in order. Words that differ are one run, whatever spaces between them are alike."""
    gone, come, alike = "", "", ""
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            alike = "".join(old[i1:i2])
            if alike.strip() or not (gone or come):
                yield gone, come
                yield alike, alike
                gone = come = alike = ""
            continue
        gone, come = gone + alike + "".join(old[i1:i2]), come + alike + "".join(new[j1:j2])
        alike = ""
    yield gone, come
    yield alike, alike
