"""Languages as phones ask for them, and money, days, places and periods as languages write them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows import language as lang

OFFERED = ("ar", "en", "es", "pt_BR", "zh_Hans", "zh_Hant")


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [
        ("en", "en"),
        ("en-US", "en"),
        ("en_", "en"),
        ("ar", "ar"),
        ("ar-EG", "ar"),
        ("AR-eg", "ar"),
        ("es-419", "es"),
        ("es-MX", "es"),
        ("pt-br", "pt_BR"),
        ("pt", "pt_BR"),
        ("pt-PT", "pt_BR"),
        ("zh-hans", "zh_Hans"),
        ("zh-CN", "zh_Hans"),
        ("zh-TW", "zh_Hant"),
        ("zh-Hant-HK", "zh_Hant"),
        ("xx", "en"),
        ("tlh", "en"),
        ("", "en"),
        (None, "en"),
        ("%%", "en"),
        ("🦓", "en"),
        ("e" * 10_000, "en"),
        ("en-" * 4_000, "en"),
        ("../../etc/passwd", "en"),
        ("\x00", "en"),
    ],
)
def test_a_phone_gets_the_nearest_language_that_is_spoken(asked: str | None, spoken: str) -> None:
    """Exact first, then the likely script, then the language alone, and English where nothing is near."""
    assert lang.negotiate(asked, OFFERED) == spoken


def test_without_the_fallback_the_first_language_is_spoken() -> None:
    """A collection in Arabic and Portuguese greets a Finn in Arabic."""
    assert lang.negotiate("fi", ("ar", "pt_BR")) == "ar"


@given(st.text(max_size=40) | st.none())
def test_whatever_a_phone_sends_some_offered_language_is_spoken(asked: str | None) -> None:
    """The code comes from outside; it never breaks a first screen."""
    assert lang.negotiate(asked, OFFERED) in OFFERED


@pytest.mark.parametrize(
    ("period", "language", "words"),
    [
        ("P24M", "en", "24 months"),
        ("P1M", "en", "1 month"),
        ("P2Y", "en", "2 years"),
        ("P30D", "en", "30 days"),
        ("P24M", "ar", "24 شهرًا"),
        ("P2Y", "ar", "سنتان"),
    ],
)
def test_a_period_is_written_out(period: str, language: str, words: str) -> None:
    """As the language counts, months in Arabic too."""
    assert lang.span(period, language) == words


@pytest.mark.parametrize(
    ("amount", "currency", "language", "words"),
    [
        ("2.50", "USD", "en", "$2.50"),
        ("2.00", "USD", "en", "$2"),
        ("1200", "USD", "en", "$1,200"),
        ("2.50", "EUR", "de", "2,50\xa0€"),
        ("300", "JPY", "ja", "￥300"),
    ],
)
def test_money_is_written_as_the_language_writes_it(amount: str, currency: str, language: str, words: str) -> None:
    """Whole amounts have no empty decimals."""
    assert lang.money(Decimal(amount), currency, language) == words


def test_money_in_arabic_names_its_currency_and_amount() -> None:
    """Digits and sign are CLDR's for the language."""
    words = lang.money(Decimal("20.00"), "EGP", "ar")
    assert "ج.م" in words
    assert "20" in words or "٢٠" in words
    assert "00" not in words


def test_days_numbers_and_lists_follow_the_language() -> None:
    """CLDR decides, not we."""
    assert lang.day(dt.date(2026, 3, 5), "en") == "March 5, 2026"
    assert lang.number(1200, "en") == "1,200"
    assert lang.listed(["a", "b", "c"], "en") == "a, b, and c"
    assert lang.listed(["a", "b"], "ar") == "a وb"


def test_places_stand_where_the_reader_looks_for_them() -> None:
    """By name in the reader's language, not by code."""
    assert lang.sorted_by_name(["US", "EG", "DE"], "en") == ["EG", "DE", "US"]
    assert lang.sorted_by_name(["US", "EG", "DE"], "de") == ["EG", "DE", "US"]
    assert lang.sorted_by_name(["ZA", "DE"], "de") == ["DE", "ZA"]
    assert lang.place_name("XX", "en") == "XX"


def test_direction_and_names_of_languages() -> None:
    """Arabic runs from right to left; a language is found by its own name."""
    assert lang.is_right_to_left("ar")
    assert not lang.is_right_to_left("en")
    assert lang.language_name("ar", "ar") == "العربية"
    assert lang.language_name("pt_BR", "en") == "Portuguese (Brazil)"


def test_codes_that_cldr_does_not_know_are_not_known() -> None:
    """What `load` asks before a coordinator's slip reaches anybody."""
    assert lang.known_currency("EGP")
    assert not lang.known_currency("USX")
    assert lang.known_time_zone("Africa/Cairo")
    assert lang.known_time_zone("Asia/Calcutta")
    assert lang.known_time_zone("UTC")
    assert not lang.known_time_zone("Africa/Kairo")
    assert lang.known_territory("EG")
    assert not lang.known_territory("QX")
