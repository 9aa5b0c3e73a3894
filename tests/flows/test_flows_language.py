"""Money, days, places, lists and periods as languages write them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from flows import language as lang


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
        ("20.00", "EGP", "en", "EGP\xa020"),
        ("2.50", "EUR", "de", "2,50\xa0€"),
        ("300", "JPY", "ja", "￥300"),
    ],
)
def test_money_is_written_as_the_language_writes_it(amount: str, currency: str, language: str, words: str) -> None:
    """Whole amounts have no empty decimals."""
    assert lang.money(Decimal(amount), currency, language) == words


MINUS_MARKS = str.maketrans("", "", "\u200e\u200f\u2066\u2067\u2068\u2069")

PAY = {
    "US": ("2.50", "USD", "$2.50 | 2.50 US$ | $2.50 | 2,50 $ | US$ 2,50 | $2.50 | US$ 2.50 | $2.50"),
    "GB": ("3.00", "GBP", "£3 | 3 UK£ | 3 GBP | 3 £ | £ 3 | £3 | £ 3 | £3"),
    "DE": ("2.20", "EUR", "2,20 € | 2.20 € | 2,20 € | 2,20 € | € 2,20 | €2.20 | € 2.20 | €2.20"),
    "BR": ("12.00", "BRL", "R$12 | 12 R$ | R$12 | 12 R$ | R$ 12 | R$12 | R$ 12 | R$12"),
    "ZA": ("60.00", "ZAR", "R 60 | 60 ZAR | 60 ZAR | 60 ZAR | ZAR 60 | ZAR 60 | ZAR 60 | ZAR 60"),
    "JP": ("300", "JPY", "¥300 | 300 JP¥ | 300 JPY | 300 ¥ | JP¥ 300 | JP¥300 | JP¥ 300 | ￥300"),
    "IN": ("150.00", "INR", "₹150 | 150 ₹ | 150 INR | 150 ₹ | ₹ 150 | ₹150 | ₹ 150 | ₹150"),
    "KE": ("200.00", "KES", "Ksh 200 | 200 KES | 200 KES | 200 KES | KES 200 | KES 200 | Ksh 200 | KES 200"),
    "NG": (
        "1500.00",
        "NGN",
        "₦1,500 | 1,500 NGN | 1.500 NGN | 1.500 NGN | NGN 1.500 | NGN 1,500 | NGN 1,500 | NGN 1,500",
    ),
    "SA": ("25.00", "SAR", "SAR 25 | 25 ر.س. | 25 SAR | 25 SAR | SAR 25 | SAR 25 | SAR 25 | SAR 25"),
    "EG": ("20.00", "EGP", "EGP 20 | 20 ج.م. | 20 EGP | 20 EGP | EGP 20 | EGP 20 | EGP 20 | EGP 20"),
}
EIGHT = ("en", "ar", "es", "de", "pt_BR", "hi", "sw", "ja")


@pytest.mark.parametrize(("territory", "amount", "currency", "written"), [(t, *rest) for t, rest in PAY.items()])
def test_pay_is_written_in_every_language_as_it_is_written_there(
    territory: str, amount: str, currency: str, written: str
) -> None:
    """A naira has its sign where English is read in Nigeria; letters never touch digits."""
    found = [lang.money(Decimal(amount), currency, language, territory) for language in EIGHT]
    seen = [words.translate(MINUS_MARKS).replace("\xa0", " ") for words in found]
    assert dict(zip(EIGHT, seen, strict=True)) == dict(zip(EIGHT, written.split(" | "), strict=True))


@pytest.mark.parametrize(
    ("language", "one", "two", "four", "fifteen"),
    [
        ("en", "1 minute", "2 minutes", "4 minutes", "15 minutes"),
        ("ar", "دقيقة", "دقيقتان", "4 دقائق", "15 دقيقة"),
        ("es", "1 minuto", "2 minutos", "4 minutos", "15 minutos"),
        ("de", "1 Minute", "2 Minuten", "4 Minuten", "15 Minuten"),
        ("pt_BR", "1 minuto", "2 minutos", "4 minutos", "15 minutos"),
        ("hi", "1 मिनट", "2 मिनट", "4 मिनट", "15 मिनट"),
        ("sw", "dakika 1", "dakika 2", "dakika 4", "dakika 15"),
        ("ja", "1 分", "2 分", "4 分", "15 分"),
    ],
)
def test_minutes_carry_their_unit(language: str, one: str, two: str, four: str, fifteen: str) -> None:
    """Arabic has six ways to count; a card need not know."""
    assert [lang.minutes(count, language) for count in (1, 2, 4, 15)] == [one, two, four, fifteen]
    assert lang.minutes(120, "en") == "120 minutes"


@pytest.mark.parametrize(
    ("language", "kept", "day", "three"),
    [
        ("en", "24 months", "December 1, 2026", "a, b, and c"),
        ("ar", "24 شهرًا", "1 ديسمبر 2026", "a وb وc"),
        ("es", "24 meses", "1 de diciembre de 2026", "a, b y c"),
        ("de", "24 Monate", "1. Dezember 2026", "a, b und c"),
        ("pt_BR", "24 meses", "1 de dezembro de 2026", "a, b e c"),
        ("hi", "24 महीने", "1 दिसंबर 2026", "a, b, और c"),
        ("sw", "miezi 24", "1 Desemba 2026", "a, b na c"),
        ("ja", "24 か月", "2026年12月1日", "a、b、c"),
    ],
)
def test_periods_days_and_lists_in_every_language(language: str, kept: str, day: str, three: str) -> None:
    """Month names, joining words and counting are the language's own."""
    assert lang.span("P24M", language) == kept
    assert lang.day(dt.date(2026, 12, 1), language) == day
    assert lang.listed(["a", "b", "c"], language) == three


@pytest.mark.parametrize("language", EIGHT)
def test_digits_are_the_same_everywhere(language: str) -> None:
    """The number on a button is the number in the text, in Arabic and Hindi too."""
    written = [
        lang.number(1234567890, language),
        lang.money(Decimal("1234.56"), "EGP", language, "EG"),
        lang.money(Decimal("1234.56"), "INR", language, "IN"),
        lang.day(dt.date(2026, 12, 1), language),
        lang.span("P24M", language),
        lang.minutes(15, language),
    ]
    assert {c for words in written for c in words if c.isdigit()} <= set("0123456789")


@pytest.mark.parametrize("language", EIGHT)
def test_places_and_languages_have_names_in_every_language(language: str) -> None:
    """No code is ever shown in place of a name."""
    names = [lang.place_name(territory, language) for territory in PAY]
    names += [lang.language_name(spoken, language) for spoken in EIGHT]
    names += [lang.language_name(spoken, spoken) for spoken in EIGHT]
    assert not set(names) & {*PAY, *EIGHT}
    assert all(name[:1] == name[:1].upper() for name in names)


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
    assert lang.known_language("zh_Hans")
    assert not lang.known_language("xx")
    assert lang.known_territory("EG")
    assert not lang.known_territory("QX")
