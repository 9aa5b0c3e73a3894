"""Which language somebody is spoken to in, for whatever their phone says."""

from __future__ import annotations

import datetime as dt

import pytest
from babel.localedata import locale_identifiers
from hypothesis import given
from hypothesis import strategies as st
from made_up import shelves
from walker import Walker

from flows import negotiation
from flows.negotiation import negotiate

EIGHT = ("en", "ar", "es", "de", "pt_BR", "hi", "sw", "ja")
MANY = (
    *EIGHT, "zh_Hans", "zh_Hant", "sr", "sr_Latn", "he", "id", "nb", "fil", "es_419", "pt_PT", "uz_Cyrl", "pa_Arab",
)  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "of_eight", "of_many"),
    [
        # what Telegram's own applications send
        ("en", "en", "en"),
        ("ar", "ar", "ar"),
        ("de", "de", "de"),
        ("es", "es", "es"),
        ("ja", "ja", "ja"),
        ("hi", "hi", "hi"),
        ("sw", "sw", "sw"),
        ("pt-br", "pt_BR", "pt_BR"),
        ("pt", "pt_BR", "pt_BR"),
        ("pt-pt", "pt_BR", "pt_PT"),
        ("zh-hans", "en", "zh_Hans"),
        ("zh-hant", "en", "zh_Hant"),
        ("zh-hant-tw", "en", "zh_Hant"),
        ("zh-hant-hk", "en", "zh_Hant"),
        ("zh-hans-sg", "en", "zh_Hans"),
        ("es-419", "es", "es_419"),
        ("en-GB", "en", "en"),
        ("en-US", "en", "en"),
        # what phones are set to
        ("ar-eg", "ar", "ar"),
        ("ar-SA", "ar", "ar"),
        ("de-AT", "de", "de"),
        ("hi-IN", "hi", "hi"),
        ("sw-KE", "sw", "sw"),
        ("es-MX", "es", "es_419"),
        ("es-ES", "es", "es"),
        ("pt-AO", "pt_BR", "pt_PT"),
        ("zh", "en", "zh_Hans"),
        ("zh-CN", "en", "zh_Hans"),
        ("zh-TW", "en", "zh_Hant"),
        ("zh-MO", "en", "zh_Hant"),
        ("cmn", "en", "zh_Hans"),
        # one language, two scripts
        ("sr", "en", "sr"),
        ("sr-RS", "en", "sr"),
        ("sr-latn", "en", "sr_Latn"),
        ("sr-Latn-RS", "en", "sr_Latn"),
        ("sr-ME", "en", "sr_Latn"),
        ("sh", "en", "sr_Latn"),
        ("hi-latn", "en", "en"),
        ("uz-cyrl", "en", "uz_Cyrl"),
        ("uz", "en", "en"),
        ("pa-PK", "en", "pa_Arab"),
        ("pa", "en", "en"),
        # old and new names of one language
        ("iw", "en", "he"),
        ("he-IL", "en", "he"),
        ("in", "en", "id"),
        ("id", "en", "id"),
        ("no", "en", "nb"),
        ("nb-NO", "en", "nb"),
        ("nn", "en", "nb"),
        ("tl", "en", "fil"),
        ("fil-PH", "en", "fil"),
        # spelling
        ("PT-br", "pt_BR", "pt_BR"),
        ("pt_br", "pt_BR", "pt_BR"),
        ("ZH_HANT_tw", "en", "zh_Hant"),
        ("AR_eg", "ar", "ar"),
        ("en_", "en", "en"),
        ("de-1996", "de", "de"),
        ("de-DE-u-co-phonebk", "de", "de"),
        # nothing that can be understood
        (None, "en", "en"),
        ("", "en", "en"),
        ("-", "en", "en"),
        ("xx", "en", "en"),
        ("tlh", "en", "en"),
        ("%%", "en", "en"),
        ("🦓", "en", "en"),
        ("ａｒ", "en", "en"),
        ("english", "en", "en"),
        ("\x00", "en", "en"),
        ("../../etc/passwd", "en", "en"),
        ("e" * 10_000, "en", "en"),
        ("ar" + "-ar" * 4_000, "en", "en"),
    ],
)
def test_a_phone_gets_the_nearest_language_that_is_spoken(asked: str | None, of_eight: str, of_many: str) -> None:
    """Nearest by CLDR, never in another script; English where nothing is near."""
    assert (negotiate(asked, EIGHT), negotiate(asked, MANY)) == (of_eight, of_many)


@pytest.mark.parametrize(
    ("asked", "offered", "spoken"),
    [
        ("zh-hans", ("zh_Hant", "en"), "en"),
        ("zh-hant", ("en", "zh_Hans"), "en"),
        ("sr-latn", ("sr", "en"), "en"),
        ("es", ("en", "es_419"), "es_419"),
        ("pt-PT", ("en", "pt_BR"), "pt_BR"),
        ("pt", ("pt_PT", "pt_BR"), "pt_BR"),
        ("nn", ("nb", "nn"), "nn"),
        ("no", ("nn",), "nn"),
        ("fi", ("ar", "pt_BR"), "ar"),
        (None, ("sw",), "sw"),
    ],
)
def test_what_is_near_depends_on_what_is_offered(asked: str | None, offered: tuple[str, ...], spoken: str) -> None:
    """Another territory's way of writing is near; another script is not. Without English, the first is spoken."""
    assert negotiate(asked, offered) == spoken


@given(st.text(max_size=40) | st.none())
def test_whatever_a_phone_sends_some_offered_language_is_spoken(asked: str | None) -> None:
    """The code comes from outside; it never breaks a first screen."""
    assert negotiate(asked, EIGHT) in EIGHT
    assert negotiate(asked, ("ja",)) == "ja"


def test_whoever_asks_for_what_is_offered_gets_it() -> None:
    """Every language that a folder can be named after, in Telegram's spelling too, whatever else is offered."""
    every = tuple(sorted(name for name in locale_identifiers() if "POSIX" not in name))
    assert len(every) > 700
    for language in every:
        code = language.replace("_", "-").lower()
        assert negotiate(language, every) == negotiate(code, ("en", "ja", language)) == language


def test_long_codes_are_not_remembered() -> None:
    """What strangers send does not fill the memory."""
    before = negotiation._nearest.cache_info().currsize
    for number in range(50):
        negotiate("zz" * 5_000 + str(number), EIGHT)
    assert negotiation._nearest.cache_info().currsize <= before + 1


@pytest.mark.parametrize("code", ["xx", "", None, "tlh-Latn", "e" * 500])
def test_who_is_met_in_english_has_the_way_to_other_languages_in_sight(code: str | None) -> None:
    """The globe stands on the first screen, for who cannot read the word beside it."""
    walker = Walker(shelves()["ready"], code).opens()
    assert walker.language == "en"
    assert "🌐 Language" in walker.labels
    walker.presses("🌐 Language", "العربية")
    assert walker.language == "ar"
    assert walker.now.tzinfo is dt.UTC
