"""Urdu and simplified Chinese: money, days, names and their order, as people who read them expect."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from made_up import demographics

from bot.burden import counts_in_letters
from bot.profile import codes
from flows import language as lang
from flows.finding import languages_called, places_called
from flows.negotiation import negotiate

OPEN_IN = ("US", "GB", "DE", "BR", "ZA", "JP", "IN", "KE", "NG", "SA", "EG")
MINUS_MARKS = str.maketrans("", "", "\u200e\u200f\u2066\u2067\u2068\u2069")


@pytest.mark.parametrize(
    ("language", "kept", "day", "three", "minutes"),
    [
        ("ur", "24 مہینے", "1 دسمبر، 2026", "a، b، اور c", "4 منٹ"),
        ("zh_Hans", "24个月", "2026年12月1日", "a、b和c", "4分钟"),
    ],
)
def test_periods_days_and_lists(language: str, kept: str, day: str, three: str, minutes: str) -> None:
    """Digits are 0 to 9, CLDR's default for both."""
    assert lang.span("P24M", language) == kept
    assert lang.day(dt.date(2026, 12, 1), language) == day
    assert lang.listed(["a", "b", "c"], language) == three
    assert lang.minutes(4, language) == minutes
    assert lang.number(1234567, language) == "1,234,567"


@pytest.mark.parametrize(
    ("amount", "currency", "territory", "urdu", "chinese"),
    [
        ("2.50", "USD", "US", "$2.50", "US$2.50"),
        ("20", "INR", "IN", "₹20", "₹20"),
        ("4", "SAR", "SA", "SAR 4", "SAR 4"),
        ("160", "JPY", "JP", "JP¥160", "JP¥160"),
        ("200", "KES", "KE", "KES 200", "KES 200"),
    ],
)
def test_pay(amount: str, currency: str, territory: str, urdu: str, chinese: str) -> None:
    """Letters never touch digits, and keep their direction where the sentence runs from the right."""
    words = [lang.money(Decimal(amount), currency, language, territory) for language in ("ur", "zh_Hans")]
    assert [each.translate(MINUS_MARKS).replace("\xa0", " ") for each in words] == [urdu, chinese]
    assert words[0].startswith("\u2066") == urdu[0].isalpha()


def test_names_and_direction() -> None:
    """A script is named as people name it."""
    assert lang.is_right_to_left("ur")
    assert not lang.is_right_to_left("zh_Hans")
    assert lang.language_name("ur", "ur") == "اردو"
    assert lang.language_name("zh_Hans", "zh_Hans") == "简体中文"
    assert lang.language_name("zh_Hans", "en") == "Simplified Chinese"
    assert lang.language_name("zh_Hans", "ur") == "چینی (آسان کردہ)"


@pytest.mark.parametrize(
    ("language", "order"),
    [("ur", "BR IN JP DE ZA US SA GB KE EG NG"), ("zh_Hans", "EG BR DE KE US ZA NG JP SA IN GB")],
)
def test_places_stand_where_the_reader_looks_for_them(language: str, order: str) -> None:
    """By the Urdu alphabet, and by how Chinese is read aloud (aiji, baxi, deguo, kenniya, meiguo ...)."""
    assert " ".join(lang.sorted_by_name(OPEN_IN, language)) == order


def test_urdu_letters_stand_in_their_alphabet_and_not_behind_it() -> None:
    """Pakistan stands between Bangladesh and Turkey, Chad before Denmark."""
    assert lang.sorted_by_name(["DK", "TR", "TD", "PK", "BD"], "ur") == ["BD", "PK", "TR", "TD", "DK"]


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [
        ("ur", "ur"), ("ur-PK", "ur"), ("ur-IN", "ur"),
        ("zh", "zh_Hans"), ("zh-hans", "zh_Hans"), ("zh-CN", "zh_Hans"), ("zh-SG", "zh_Hans"),
        ("zh-hant", "en"), ("zh-TW", "en"), ("zh-HK", "en"), ("pa-arab", "en"),
    ],
)  # fmt: skip
def test_a_phone_is_spoken_to_in_its_language_and_script(asked: str, spoken: str) -> None:
    """Traditional Chinese is another script: who asked for it is not given the simplified one unasked."""
    assert negotiate(asked, demographics().languages) == spoken


@pytest.mark.parametrize(
    ("typed", "reader", "codes"),
    [
        ("中文", "en", "zh_Hans"), ("简体", "en", "zh_Hans"), ("chinese", "en", "zh_Hans"), ("zh", "en", "zh_Hans"),
        ("urdu", "en", "ur"), ("اُردو", "en", "ur"), ("乌尔都语", "zh_Hans", "ur"),
    ],
)  # fmt: skip
def test_a_language_is_found_by_what_people_call_it(typed: str, reader: str, codes: str) -> None:
    assert " ".join(languages_called(typed, demographics().languages, reader)) == codes


@pytest.mark.parametrize(
    ("typed", "language", "territory"),
    [("جرمنی", "ur", "DE"), ("جرمني", "ur", "DE"), ("مصر", "ur", "EG"), ("英国", "zh_Hans", "GB"),
     ("我住在日本", "zh_Hans", "JP")],
)  # fmt: skip
def test_a_place_is_found_by_what_people_call_it(typed: str, language: str, territory: str) -> None:
    """Also where a keyboard has Arabic letters for Urdu ones, and in a sentence."""
    assert places_called(typed, OPEN_IN, language) == (territory,)


def test_telegram_shows_a_profile_in_both() -> None:
    """Telegram knows no scripts: its zh is simplified Chinese."""
    shown = codes(demographics().languages)
    assert shown["ur"] == "ur"
    assert shown["zh"] == "zh_Hans"


def test_chinese_is_counted_in_letters() -> None:
    """As Japanese is: there are no spaces to count words by."""
    assert all(map(counts_in_letters, ("ja", "zh_Hans", "zh_Hant")))
    assert not counts_in_letters("ur")
