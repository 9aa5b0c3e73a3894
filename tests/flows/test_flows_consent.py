"""The exact text that is agreed to, its fingerprint, receipts, and periods of time."""

from __future__ import annotations

import datetime as dt
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up import demographics, shelves

from flows.collection import Card, CardQuestion
from flows.consent import after, canonical, fingerprint, hash_code, receipt_code, same_code
from flows.events import looks_personal
from flows.questions import clean_own_words
from flows.session import Consented, Passage

_SMALL = (
    Card(title="Who", text="We ask.\r\nYou decide.", more="More about it."),
    Card(
        title="What",
        text="Cafe\u0301",  # é in two characters; hashed as one
        more=" Less ",
        question=CardQuestion(text="Clear?", answers=("No", "Yes"), right=1, once_more="Again."),
    ),
)


def test_the_text_that_is_hashed_is_written_out_here() -> None:
    """NFC, LF, a blank line between parts, form feed between cards: another implementation finds the same hash."""
    text = "Who\n\nWe ask.\nYou decide.\n\nMore about it.\fWhat\n\nCafé\n\nLess\n\nClear?\n\nNo\n\nYes\n\nAgain."
    assert canonical(_SMALL) == text
    assert fingerprint(text) == "50c9be202c83538c0e0c5ab65be18113a7e0826868edb131a15d51c6c73d7282"


@pytest.mark.parametrize("part", ["title", "text", "more"])
def test_the_fingerprint_covers_every_part_of_a_card(part: str) -> None:
    """The longer text behind *More* is agreed to as well."""
    changed = (_SMALL[0].model_copy(update={part: "Other"}), _SMALL[1])
    assert fingerprint(canonical(changed)) != fingerprint(canonical(_SMALL))


@pytest.mark.parametrize(
    "update",
    [{"text": "Other?"}, {"answers": ("Nay", "Yes")}, {"once_more": "Other."}],
    ids=["text", "answer", "again"],
)
def test_the_fingerprint_covers_the_question_of_a_card(update: dict[str, object]) -> None:
    """What is said once more was said too."""
    question = _SMALL[1].question
    assert question is not None
    changed = (_SMALL[0], _SMALL[1].model_copy(update={"question": question.model_copy(update=update)}))
    assert fingerprint(canonical(changed)) != fingerprint(canonical(_SMALL))


def test_a_region_s_values_are_part_of_what_is_agreed_to() -> None:
    """The same cards with another pay are another document; each language is one of its own."""
    shelf = shelves()["ready"]
    hashes = {shelf.document(demographics(), lg, place).sha256 for lg in ("en", "ar") for place in ("US", "EG")}
    assert len(hashes) == 4
    text = shelf.document(demographics(), "en", "US").text
    assert "\u2068$2.50\u2069" in text
    assert "{" not in text


def test_consent_text_never_falls_back_to_another_language() -> None:
    """Whoever asks for cards that are not there is told so."""
    with pytest.raises(KeyError):
        shelves()["ready"].document(demographics(), "it", "US")


def test_equal_words_have_equal_fingerprints_however_they_are_typed() -> None:
    """Composed or not, with whatever line ends."""
    card = _SMALL[1].model_copy(update={"text": unicodedata.normalize("NFC", _SMALL[1].text)})
    assert canonical((_SMALL[0].model_copy(update={"text": "We ask.\nYou decide."}), card)) == canonical(_SMALL)


@pytest.mark.parametrize(
    ("start", "period", "end"),
    [
        ("2026-01-31", "P1M", "2026-02-28"),
        ("2024-01-31", "P1M", "2024-02-29"),
        ("2024-02-29", "P1Y", "2025-02-28"),
        ("2024-02-29", "P4Y", "2028-02-29"),
        ("2026-11-30", "P3M", "2027-02-28"),
        ("2026-12-31", "P24M", "2028-12-31"),
        ("2026-10-31", "P13M", "2027-11-30"),
        ("2026-12-31", "P1D", "2027-01-01"),
    ],
)
def test_a_period_ends_on_the_same_day_or_the_month_s_last(start: str, period: str, end: str) -> None:
    """No consent lasts longer than was said because February is short."""
    begun = dt.datetime.fromisoformat(start).replace(hour=23, minute=59, tzinfo=dt.UTC)
    assert after(begun, period) == dt.datetime.fromisoformat(end).replace(hour=23, minute=59, tzinfo=dt.UTC)


@given(st.binary(min_size=5, max_size=5))
def test_a_receipt_code_reads_back_as_written_by_hand(randomness: bytes) -> None:
    """Small letters, spaces for the dash, and letters that look like digits are forgiven."""
    code = receipt_code(randomness)
    kept = hash_code(code)
    assert len(code) == 9
    for written in (code.lower(), code.replace("-", " "), f"  {code} ", code.replace("1", "I"), code.replace("0", "o")):
        assert same_code(written, kept)
    assert same_code(code.replace("1", "l"), kept)
    other = ("A" if code[0] != "A" else "B") + code[1:]
    assert not same_code(other, kept)
    assert not same_code("", kept)


@pytest.mark.parametrize(
    ("code", "personal"),
    [
        ("a1b2c3d4", False),
        ("x9y8z7w6v5", False),
        ("JohnSmith", True),
        ("441632960961", True),
        ("a12345678901", True),
        ("a1b2", True),
        ("a1b2c3d4" * 4, True),
        ("a1b2 c3d4", True),
        ("john@a1.example", True),
        ("12-High-St", True),
        ("زيبرا12", True),
        ("", True),
    ],
)
def test_what_could_be_a_name_a_number_or_an_address_is_no_participant_code(code: str, *, personal: bool) -> None:
    """Only short runs of letters and digits mixed are opaque."""
    assert looks_personal(code) is personal


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  two \n words\t", "two words"),
        ("Cafe\u0301", "Café"),
        ("a\u202eb\u2066c\u2069", "abc"),
        ("a\x00b\x1b[31mc", "ab[31mc"),
        ("نیم\u200cفاصله", "نیم\u200cفاصله"),
        ("क्\u200dष", "क्\u200dष"),
        ("👩\u200d👧", "👩\u200d👧"),
        ("\u202e\u2066", ""),
        ("\ud800", ""),
        (" \n ", ""),
    ],
)
def test_own_words_are_kept_without_what_turns_text_around(typed: str, kept: str) -> None:
    """Joiners stay, because languages spell with them."""
    assert clean_own_words(typed) == kept


@given(st.text())
def test_cleaning_own_words_twice_changes_nothing_more(typed: str) -> None:
    """What is kept is clean."""
    once = clean_own_words(typed)
    assert clean_own_words(once) == once


def test_no_repr_shows_an_answer_a_code_or_a_participant() -> None:
    """What is logged by mistake gives nobody away."""
    given = dt.datetime(2026, 12, 1, tzinfo=dt.UTC)
    consented = Consented("r", 1, "en", "0", given, given, {}, "the-code-hash")
    passage = Passage("c", participant="a1b2c3d4", code="K7M4-QX2P", consented=consented)
    for secret in ("a1b2c3d4", "K7M4-QX2P", "the-code-hash"):
        assert secret not in repr(passage)
