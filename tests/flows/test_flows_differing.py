"""What differs from what was signed, as a reviewer reads it on a phone."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from flows.differing import A_PAGE, Difference, differences, pages

LONG = " ".join(f"Sentence {number} stays as it is." for number in range(40))


def test_parts_that_differ_come_in_their_order_and_those_that_are_gone_after_them() -> None:
    before, now = {"a": "1", "gone": "x", "b": "2"}, {"new": "y", "b": "2", "a": "3"}
    assert differences(before, now) == (
        Difference("new", None, "y"),
        Difference("a", "1", "3"),
        Difference("gone", "x", None),
    )


def test_of_a_long_part_only_the_sentences_that_differ_are_read() -> None:
    now = LONG.replace("Sentence 7 stays as it is.", "Sentence 7 is another one.")
    [[shown]] = pages(differences({"card": LONG}, {"card": now}))
    assert shown == Difference("card", "… Sentence 7 stays as it is. …", "… Sentence 7 is another one. …")
    [[short]] = pages(differences({"card": "One. Two."}, {"card": "One. Three."}))
    assert short == Difference("card", "One. Two.", "One. Three.")


def test_sentences_end_in_every_script_that_ships() -> None:
    for stop in ".", "。", "؟", "۔", "।", "!":
        before = "".join(f"语{number}{'x' * 30}{stop}" for number in range(20))
        [[shown]] = pages(differences({"card": before}, {"card": before.replace("语9x", "语9y")}))
        assert shown.now is not None
        assert shown.now.startswith("… 语9y")
        assert "语10" not in shown.now


_words = st.text(st.sampled_from("ab .。\n"), max_size=5000)


@given(st.dictionaries(st.sampled_from("pqr"), st.tuples(st.none() | _words, st.none() | _words), max_size=3))
def test_nothing_that_differs_is_left_out_and_every_page_fits(parts: dict[str, tuple[str | None, str | None]]) -> None:
    before = {part: old for part, (old, _) in parts.items() if old is not None}
    now = {part: new for part, (_, new) in parts.items() if new is not None}
    found = pages(differences(before, now))
    assert all(sum(len(words or "") for each in page for words in each) <= A_PAGE for page in found)
    for which, whole in (("before", before), ("now", now)):
        for part, words in whole.items():
            if before.get(part) == now.get(part):
                continue
            shown = "".join(getattr(each, which) or "" for page in found for each in page if each.part == part)
            assert _letters(shown) in _letters(words)
            other = (now if which == "before" else before).get(part)
            if other is None:
                assert _letters(shown) == _letters(words)


def _letters(words: str) -> str:
    """What is left without spaces and the marks of what is left out."""
    return re.sub(r"[\s…]", "", words)
