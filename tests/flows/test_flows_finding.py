"""Places and languages are found by whatever people call them, as phones write it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows import alphabets
from flows import language as lang
from flows.finding import languages_called, place_called_exactly, places_called
from flows.letters import folded

ELEVEN = ("US", "GB", "DE", "BR", "ZA", "JP", "IN", "KE", "NG", "SA", "EG")
EIGHT = ("en", "ar", "es", "de", "pt_BR", "hi", "sw", "ja")
EVERYWHERE = tuple(
    sorted(str(code) for code in lang.locale("en").territories if len(str(code)) == 2 and str(code).isalpha())
)


def found(typed: str, language: str = "en", among: tuple[str, ...] = ELEVEN) -> str:
    """Codes of what is found, in order."""
    return " ".join(places_called(typed, lang.sorted_by_name(among, language), language))


@pytest.mark.parametrize(
    ("typed", "language", "codes"),
    [
        # in the reader's language, in English, and in the place's own
        ("Egypt", "en", "EG"),
        ("Ägypten", "de", "EG"),
        ("Egypt", "de", "EG"),
        ("مصر", "de", "EG"),
        ("日本", "en", "JP"),
        ("Deutschland", "sw", "DE"),
        ("Misri", "sw", "EG"),
        ("Suid-Afrika", "en", "ZA"),
        ("भारत", "en", "IN"),
        ("السعودية", "en", "SA"),
        # case, accents, and letters that keyboards exchange
        ("eGYPT", "en", "EG"),
        ("agypten", "de", "EG"),
        ("Aegypten", "de", "EG"),
        ("india", "pt_BR", "IN"),
        ("africa do sul", "pt_BR", "ZA"),
        ("المانيا", "ar", "DE"),
        ("مِصْر", "ar", "EG"),
        ("جنوب افريقيا", "ar", "ZA"),
        ("ब्राजील", "hi", "BR"),
        ("いんど", "ja", "IN"),
        ("ｲﾝﾄﾞ", "ja", "IN"),
        ("  saudi   arabia. ", "en", "SA"),
        ("saudi-arabia", "en", "SA"),
        # how it begins, a word of it, a part of it
        ("ind", "en", "IN"),
        ("n", "en", "NG"),
        ("united", "en", "GB US"),
        ("states", "en", "US"),
        ("kingdom", "en", "GB"),
        ("amerika", "sw", ""),
        ("アメリカ", "ja", "US"),
        ("コク", "ja", ""),
        ("geria", "en", "NG"),
        ("a", "en", "SA ZA"),
        # codes
        ("us", "en", "US"),
        ("USA", "ja", "US"),
        ("uk", "ar", "GB"),
        # in a sentence
        ("I live in Kenya", "en", "KE"),
        ("日本に住んでいます", "ja", "JP"),
        ("أعيش في مصر", "ar", "EG"),
        # small slips
        ("Egipt", "en", "EG"),
        ("Germeny", "en", "DE"),
        ("Untied States", "en", "US"),
        ("Brasil", "en", "BR"),
        ("jpan", "en", "JP"),
        ("Nigera", "en", "NG"),
        ("Suadi Arabia", "en", "SA"),
        # what is no place
        ("hello", "en", ""),
        ("ok", "en", ""),
        ("no", "en", ""),
        ("thank you", "en", ""),
        ("مرحبا", "ar", ""),
        ("", "en", ""),
        ("   ", "en", ""),
        ("...", "en", ""),
        ("👩‍👩‍👧", "en", ""),
        ("\u202e\x00", "en", ""),
        ("Egypt" * 100, "en", ""),
        ("e" + "\u0301" * 4000, "en", ""),
    ],
)
def test_a_place_is_found_by_what_people_call_it(typed: str, language: str, codes: str) -> None:
    assert found(typed, language) == codes


def test_what_is_called_just_that_stands_first() -> None:
    """Then what begins so; a slip is only looked for where nothing fits."""
    among = ("NE", "NG", "GN", "GQ", "GW", "PG", "IQ", "IR")
    assert found("niger", among=among) == "NE NG"
    assert found("guinea", among=among).split()[0] == "GN"
    assert set(found("guinea", among=among).split()) == {"GN", "GQ", "GW", "PG"}
    assert found("Iraq", among=among) == "IQ"
    assert found("Iran", among=among) == "IR"


@pytest.mark.parametrize("language", EIGHT)
def test_every_place_is_found_by_its_own_name_and_stands_first(language: str) -> None:
    """In each of the eight languages, as written, without capitals and as its code."""
    for territory in EVERYWHERE:
        name = lang.place_name(territory, language)
        for typed in (name, name.upper(), name.lower()):
            first, *_ = places_called(typed, EVERYWHERE, language)
            assert folded(lang.place_name(first, language)) == folded(name)
    for territory in ELEVEN:
        assert places_called(territory, ELEVEN, language)[0] == territory


@pytest.mark.parametrize(
    ("typed", "language", "codes"),
    [
        ("Deutsch", "en", "de"),
        ("german", "en", "de"),
        ("alemán", "es", "de"),
        ("ألماني", "ar", "de"),
        ("日本語", "en", "ja"),
        ("japanese", "ar", "ja"),
        ("portugues", "en", "pt_BR"),
        ("brasil", "en", "pt_BR"),
        ("swahili", "en", "sw"),
        ("kiswahili", "ja", "sw"),
        ("हिन्दी", "en", "hi"),
        ("हिंदी", "hi", "hi"),
        ("عربي", "en", "ar"),
        ("pt-br", "en", "pt_BR"),
        ("englsh", "en", "en"),
        ("klingon", "en", ""),
    ],
)
def test_a_language_is_found_by_its_own_name_the_readers_and_the_english(typed: str, language: str, codes: str) -> None:
    assert " ".join(languages_called(typed, EIGHT, language)) == codes


def test_a_place_that_is_open_nowhere_is_known_by_its_exact_name() -> None:
    """Not by a slip or a beginning: those may mean something that is open."""
    assert place_called_exactly("mongolia", "en") == "MN"
    assert place_called_exactly("モンゴル", "ja") == "MN"
    assert place_called_exactly("Mongolia!", "ja") == "MN"
    assert place_called_exactly("mongol", "en") is None
    assert place_called_exactly("World", "en") is None
    assert place_called_exactly("European Union", "en") is None
    assert place_called_exactly("", "en") is None


@given(st.text(max_size=200), st.sampled_from(EIGHT))
def test_whatever_is_typed_only_what_is_offered_is_found(typed: str, language: str) -> None:
    """It comes from a keyboard; nothing in it breaks the screen."""
    places = places_called(typed, ELEVEN, language)
    assert set(places) <= set(ELEVEN)
    assert len(set(places)) == len(places)
    assert set(languages_called(typed, EIGHT, language)) <= set(EIGHT)
    place_called_exactly(typed, language)


def test_nothing_that_was_typed_is_remembered() -> None:
    """Only names are: what is kept does not grow with what strangers write."""
    from flows import finding

    places_called("warm up", ELEVEN, "en")
    place_called_exactly("warm up", "en")
    caches = [each for each in vars(finding).values() if hasattr(each, "cache_info")]
    before = [each.cache_info().currsize for each in (*caches, alphabets.looked_up)]
    for number in range(20):
        places_called(f"marmalade {number}", ELEVEN, "en")
        place_called_exactly(f"marmalade {number}", "en")
        languages_called(f"marmalade {number}", (), "en")
    assert [each.cache_info().currsize for each in (*caches, alphabets.looked_up)] == before


@pytest.mark.parametrize(
    ("language", "order"),
    [
        ("en", "BR EG DE IN JP KE NG SA ZA GB US"),
        ("de", "EG BR DE IN JP KE NG SA ZA US GB"),
        ("es", "DE SA BR EG US IN JP KE NG GB ZA"),
        ("pt_BR", "ZA DE SA BR EG US IN JP NG KE GB"),
        ("ja", "US GB IN EG KE SA DE NG BR ZA JP"),
        ("hi", "KE DE JP ZA NG BR IN EG GB US SA"),
    ],
)
def test_places_stand_where_the_reader_looks_for_them(language: str, order: str) -> None:
    """Ägypten under A, Índia under I, kana in their own order and kanji after them, Hindi by its alphabet."""
    assert " ".join(lang.sorted_by_name(ELEVEN, language)) == order


def test_arabic_places_stand_by_the_arabic_alphabet_with_hamza_as_alif() -> None:
    names = [lang.place_name(each, "ar") for each in lang.sorted_by_name(("EG", "DE", "KE", "IQ", "JO"), "ar")]
    assert names == ["الأردن", "العراق", "ألمانيا", "كينيا", "مصر"]


def test_languages_stand_alike_for_every_reader() -> None:
    """By their own names, alphabet by alphabet."""
    assert lang.sorted_by_own_name(EIGHT) == ["de", "en", "es", "sw", "pt_BR", "ar", "hi", "ja"]
