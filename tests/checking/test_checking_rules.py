"""Every rule of `surveybot check` speaks of the collection that breaks it, and it alone does; none of the ready one."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from support.breaking import (
    LANGUAGES,
    OURS,
    READY,
    TODAY,
    Breaking,
    add,
    both,
    copied,
    drop,
    gone,
    moved,
    put,
    put_each,
    reworded,
    said,
    signed,
    voiced,
)
from support.suppliers import supplier

from bot.checking.check import check_collection
from bot.checking.checked import Known
from bot.checking.launching import refuse_unfit
from bot.checking.rules import BY_ID, RULES
from flows.meaning import May, Meaning
from flows.sign_offs import Closure

_EN1, _EN2, _EN3, _EN4 = (f"consent/en/{number}.md" for number in range(1, 5))
_US = "regions/US/region.yaml"
_LEGALESE = (
    "Notwithstanding the aforementioned considerations, participants irrevocably acknowledge institutional "
    "responsibilities concerning subsequent dissemination of pseudonymised documentation."
)


def untouched(_folder: Path) -> None:
    """What is broken is not in the folder."""


def _recruited(by: str) -> Breaking:
    return put("collection.yaml", "\nconsent:\n", f"{by}\nconsent:\n")


def _zones(regions: str) -> Breaking:
    """A file of zones beside the collection, with one zone."""
    words = f"zones:\n  west:\n    bot: SurveyWestBot\n    regions: {regions}\n"

    def breaking(folder: Path) -> None:
        (folder.parent / "zones.yaml").write_text(words, encoding="utf-8")

    return breaking


_LONG = put("consent/sw/1.md", "\n<!-- more -->", "\n" + "Asante kwa kusoma hapa. " * 12 + "\n\n<!-- more -->")
_ACME = supplier(dt.date(2027, 5, 1))


@dataclass(frozen=True)
class Broken:
    """What breaks a rule, and where it is seen."""

    rule: str
    breaking: Breaking
    file: str
    known: Known = field(default_factory=Known)


BROKEN = (
    Broken("files.unreadable", put("collection.yaml", "minutes: 6", "minutes: six"), "collection.yaml"),
    # consent
    Broken("consent.card_missing", gone("consent/sw/3.md"), "consent/sw/3.md"),
    Broken(
        "consent.card_too_long",
        _LONG,
        "consent/sw/1.md",
    ),
    Broken("consent.purpose_unexplained", drop(_EN1, r"^- \*\*Invites.*\n"), "collection.yaml"),
    Broken("consent.purpose_unexplained", drop("consent/sw/1.md", r"^- \*\*Mialiko.*\n"), "consent/sw/1.md"),
    Broken("consent.required_without_reason", drop("collection.yaml", r"^    why: Without it.*\n"), "collection.yaml"),
    Broken("consent.no_way_to_leave", put_each("consent/sw/*.md", "/leave", "/acha"), "consent/sw/4.md"),
    Broken("consent.no_contact", put_each("consent/*/4.md", "{contact}", "@@@"), _EN4),
    Broken("consent.no_retention", put_each("consent/*/4.md", "{kept}", "24"), _EN4),
    Broken("consent.nothing_undone", put(_EN2, "cannot be undone**", "stays**"), _EN2),
    Broken(
        "consent.subject_not_asked",
        both(
            put(_EN4, "When can you leave?", "Who sees your answers?"),
            put(_EN4, "[ ] Only before I submit", "[ ] Everybody"),
            put(_EN4, "[x] At any time", "[x] Our stewards"),
            drop(_EN4, r"^You can leave at any time.*\n"),
            add(_EN4, "Our data stewards see them.\n"),
        ),
        _EN4,
    ),
    Broken(
        "consent.reworded",
        untouched,
        "collection.yaml",
        Known(agreed={(1, "en", "US"): frozenset({"0" * 64})}),
    ),
    Broken(
        "consent.purpose_changed",
        untouched,
        "collection.yaml",
        Known(meant={(1, "sw"): {"improvement": {Meaning("Kuboresha", "", frozenset({May.OWN_WORDS}))}}}),
    ),
    Broken("consent.not_read_aloud", both(OURS, gone("consent/sw/3.ogg")), "consent/sw/3.md", signed()),
    Broken("consent.hard_to_read", put(_EN3, "Someone holding your phone could see this chat.", _LEGALESE), _EN3),
    Broken(
        "consent.over_budget",
        put(_EN1, "It takes", f"We are glad to see you here today, {'and we thank you ' * 5}for it. It takes"),
        "collection.yaml",
    ),
    Broken("consent.minutes_told", put("collection.yaml", "minutes: 6", "minutes: 4"), "collection.yaml"),
    Broken("consent.minutes_told", put("regions/EG/region.yaml", "minutes: 5", "minutes: 8"), "regions/EG/region.yaml"),
    Broken("consent.minutes_told", untouched, "regions/EG/region.yaml", Known(minutes={"EG": 7})),
    # questions
    Broken("questions.label_too_long", put(_EN2, "[ ] Yes, everything", f"[ ] Yes, {'every' * 9}thing"), _EN2),
    Broken("questions.no_opt_out", put("questions.yaml", "age:\n", "age:\n  required: true\n"), "questions.yaml"),
    Broken(
        "questions.opt_out_not_exclusive", reworded("questions.yaml", "75 or older", "Rather not say"), "questions.yaml"
    ),
    Broken("questions.no_own_words", drop(_US, r"^ +- \{id: described.*\n"), _US),
    Broken(
        "questions.single_choice",
        put("questions.yaml", "  subject: ancestry\n  kind: several", "  subject: ancestry\n  kind: one"),
        "questions.yaml",
    ),
    Broken("questions.age_bands", put("questions.yaml", "age_to: 24", "age_to: 25"), _US),
    Broken("questions.under_age", put("questions.yaml", "age_from: 18", "age_from: 16"), _US),
    Broken(
        "questions.locked",
        both(
            put("regions/EG/region.yaml", "  - id: first_language", "  - id: quilombola\n  - id: first_language"),
            put("regions/EG/region.yaml", ", quilombola]", "]"),
        ),
        "regions/EG/region.yaml",
    ),
    Broken(
        "questions.locked_own_words",
        both(
            put("regions/EG/region.yaml", "  - id: first_language", "  - id: gender_identity\n  - id: first_language"),
            put("regions/EG/region.yaml", "gender_identity, ", ""),
        ),
        "regions/EG/region.yaml",
    ),
    Broken(
        "questions.never_translated", put("questions.yaml", "75 or older", "75 and more than that"), "questions.yaml"
    ),
    Broken("questions.options_alike", said("de", "25–34", "18–24"), "questions.yaml"),
    Broken(
        "questions.default_chosen",
        put("questions.yaml", "{id: woman, ", "{id: woman, chosen: true, "),
        "questions.yaml",
    ),
    Broken(
        "questions.about_others",
        reworded("questions.yaml", "How old are you?", "How old is your partner?"),
        "questions.yaml",
    ),
    Broken(
        "questions.loaded",
        reworded("questions.yaml", "How old are you?", "You are, of course, how old?"),
        "questions.yaml",
    ),
    # pay
    Broken("pay.none", put(_US, 'amount: "2.50"', 'amount: "0"'), _US),
    Broken("pay.below_floor", put(_US, 'amount: "2.50"', 'amount: "1.00"'), _US),
    Broken(
        "questions.id_reused",
        untouched,
        "regions/BR/region.yaml",
        Known(id_meanings={("age", ""): "nationality, several +own words"}),
    ),
    Broken("pay.below_floor", untouched, _US, Known(minutes={"US": 7})),
    Broken(
        "pay.below_floor", both(put(_US, "minimum_age", "minutes: 5\nminimum_age"), put(_US, '"2.50"', '"2.10"')), _US
    ),
    Broken("pay.tied_to_answers", put(_EN3, "**With us.**", "You get a bonus at times.\n\n**With us.**"), _EN3),
    Broken(
        "pay.tied_to_finishing", put("collection.yaml", "accrues: half", "accrues: last_question"), "collection.yaml"
    ),
    Broken("pay.tied_to_finishing", put("collection.yaml", "accrues: half", "accrues: finished"), "collection.yaml"),
    Broken("pay.foreign_currency", put(_US, "currency: USD", "currency: EUR"), _US),
    # regions
    Broken("regions.no_sign_off", OURS, _US),
    Broken("regions.lapsed", untouched, _US, signed("US", until=dt.date(2026, 11, 1))),
    Broken("regions.changed", untouched, _US, signed("US", why=Closure.CHANGED)),
    Broken("regions.unknown_territory", moved("regions/EG", "regions/XQ"), "regions/XQ/region.yaml"),
    Broken(
        "regions.no_help_lines",
        both(put(_US, "help_lines:", "help_lines: []"), drop(_US, r"^  - name: 988.*\n    contact: .*\n")),
        _US,
    ),
    Broken(
        "regions.few_readers", put("regions/BR/region.yaml", "[pt_BR, es, en]", "[es, en]"), "regions/BR/region.yaml"
    ),
    Broken("regions.no_quiet_hours", put(_US, 'end: "08:00"', 'end: "21:00"'), _US),
    Broken("regions.under_legal_age", put(_US, "minimum_age: 18", "minimum_age: 16"), _US),
    # zones
    Broken("zones.unclear", _zones("[DE, US, US]"), "../zones.yaml"),
    Broken("zones.left_out", _zones("[DE, US]"), "../zones.yaml"),
    # people
    Broken("people.no_responsible_person", drop("collection.yaml", r"^  role: .*\n"), "collection.yaml"),
    Broken("people.no_impact_assessment", drop("collection.yaml", r"^  impact_assessment: .*\n"), "collection.yaml"),
    Broken("people.placeholder", both(drop("collection.yaml", r"^example: .*\n"), voiced), "collection.yaml", signed()),
    Broken("people.supplier_unqualified", drop("collection.yaml", r"^    in_house: .*\n"), "collection.yaml"),
    Broken("people.supplier_lapsed", _recruited(supplier(dt.date(2026, 11, 1))), "collection.yaml"),
    Broken(
        "people.training_lapsed",
        both(_recruited(_ACME), put("collection.yaml", "held_on: 2026", "held_on: 2024")),
        "collection.yaml",
    ),
    Broken(
        "people.agreement_lapsed",
        both(
            _recruited(_ACME), put("collection.yaml", "      clauses:", "      expires_on: 2026-11-01\n      clauses:")
        ),
        "collection.yaml",
    ),
    Broken(
        "people.clauses_lacking",
        both(_recruited(_ACME), drop("collection.yaml", r"^ +full_pay: .*\n")),
        "collection.yaml",
    ),
    Broken(
        "people.pressing_invite",
        reworded("collection.yaml", "Does AI work well for everyone?", "Last chance to see whether AI works for you"),
        "collection.yaml",
    ),
    Broken(
        "people.pressing_invite",
        said("de", "Does AI work well for everyone?", "Dringend: Funktioniert KI für alle?"),
        "translations/de/LC_MESSAGES/demographics.po",
    ),
    # translations
    Broken(
        "translations.missing",
        said("de", "Improve AI models", ""),
        "translations/de/LC_MESSAGES/demographics.po",
    ),
    Broken(
        "translations.fuzzy",
        said("de", "Improve AI models", fuzzy=True),
        "translations/de/LC_MESSAGES/demographics.po",
    ),
    Broken("translations.placeholders_differ", put("consent/de/1.md", "{pay}", "Geld"), "consent/de/1.md"),
    Broken("translations.mixed_scripts", put("consent/de/1.md", "Antworten", "Аntworten"), "consent/de/1.md"),
    Broken("translations.direction_marks", put("consent/ar/1.md", "\n\n", "\n\n\u202e"), "consent/ar/1.md"),
    Broken("translations.bare_command", put("consent/ar/4.md", "\u2066/leave\u2069", "/leave"), "consent/ar/4.md"),
    Broken(
        "translations.unchanged",
        said(*["de", *["AI models learn from your answers. That cannot be undone."] * 2]),
        "translations/de/LC_MESSAGES/demographics.po",
    ),
    Broken(
        "translations.unchanged",
        put("consent/de/2.md", "Anderswo sehen", "People elsewhere may see other questions. Anderswo sehen"),
        "consent/de/2.md",
    ),
    # waivers
    *(
        Broken(
            rule,
            put(
                "collection.yaml",
                "minutes: 6",
                f"waived:\n  - {{rule: {waived}, reason: We look at it in March, until: {until}}}\nminutes: 6",
            ),
            "collection.yaml",
        )
        for rule, waived, until in (
            ("waivers.lapsed", "consent.over_budget", "2026-11-30"),
            ("waivers.unused", "consent.over_budget", "2027-03-01"),
            ("waivers.too_long", "consent.over_budget", "2028-03-01"),
            ("waivers.cannot", "consent.nothing", "2027-03-01"),
            ("waivers.cannot", "questions.locked", "2027-03-01"),
            ("waivers.cannot", "consent.no_way_to_leave", "2027-03-01"),
        )
    ),
)


@pytest.mark.parametrize("broken", BROKEN, ids=[f"{number}-{each.rule}" for number, each in enumerate(BROKEN)])
def test_a_rule_speaks_of_what_breaks_it_and_no_other_does(broken: Broken, tmp_path: Path) -> None:
    """With its file and line, a reason and a remedy."""
    folder = copied(tmp_path)
    broken.breaking(folder)

    found = check_collection(folder, TODAY, broken.known)

    assert {each.rule for each in found} == {broken.rule}, "\n".join(map(str, found))
    assert (folder / broken.file).resolve() in {each.path.resolve() for each in found}
    for each in found:
        assert each.severity is BY_ID[broken.rule].severity
        assert each.line <= len(each.path.read_text(encoding="utf-8").splitlines() if each.path.exists() else "1")
        assert each.what
        assert each.why
        assert each.remedy


def test_nobody_is_missed_who_signs_off_in_another_zone(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    OURS(folder)
    territories = frozenset(path.name for path in (folder / "regions").iterdir())
    assert check_collection(folder, TODAY, Known(in_other_zones=territories)) == ()


def test_every_rule_is_broken_here() -> None:
    assert {each.rule for each in BROKEN} == set(BY_ID)
    assert len(BY_ID) == len(RULES)


def test_nothing_is_found_in_the_collection_that_ships() -> None:
    """It is an example: nobody is missed who would answer for it."""
    assert check_collection(READY, TODAY) == ()
    assert check_collection(READY, TODAY + dt.timedelta(days=3650)) == ()


def test_an_example_is_signed_off_by_nobody_and_without_that_word_real_names_are_missed(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    drop("collection.yaml", r"^example: .*\n")(folder)
    found = {each.rule for each in check_collection(folder, TODAY)}
    assert found == {"people.placeholder", "regions.no_sign_off", "consent.not_read_aloud"}


def test_a_collection_that_is_signed_off_and_somebodys_own_is_without_a_finding(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    OURS(folder)
    assert check_collection(folder, TODAY, signed()) == ()


def test_a_voice_note_is_missed_once_a_language_with_its_cards_and_nobody_waits_for_it(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    both(OURS, gone("consent/sw/3.ogg"), gone("consent/sw/4.ogg"), gone("consent/de/1.ogg"))(folder)
    found = {each.language: each for each in check_collection(folder, TODAY, signed())}
    assert set(found) == {"sw", "de"}
    assert found["sw"].what.endswith("in sw: cards 3 and 4")
    assert "3.ogg, Ogg Opus" in found["sw"].remedy
    refuse_unfit(folder.parent, TODAY, nobody_real=False)


def test_all_findings_come_at_once_whatever_cannot_be_read(tmp_path: Path) -> None:
    """A slip in one file hides none in another."""
    folder = copied(tmp_path)
    both(
        put("collection.yaml", "minutes: 6", "minutes: six"),
        put_each("consent/sw/*.md", "/leave", "/acha"),
        put(_US, "currency: USD", "currency: EUR"),
        said("de", "25–34", "18–24"),
    )(folder)
    found = [each.rule for each in check_collection(folder, TODAY)]
    assert set(found) == {
        "files.unreadable",
        "consent.no_way_to_leave",
        "pay.foreign_currency",
        "questions.options_alike",
    }


def test_a_waiver_silences_a_rule_where_it_says_so_and_until_its_day(tmp_path: Path) -> None:
    """Only in the language that it names; and the day after, the rule speaks again beside the lapsed waiver."""
    folder = copied(tmp_path)
    waiver = "{rule: consent.card_too_long, language: sw, reason: New cards come in May, until: 2027-05-01}"
    both(_LONG, put("collection.yaml", "minutes: 6", f"waived:\n  - {waiver}\nminutes: 6"))(folder)
    assert check_collection(folder, TODAY) == ()
    later = check_collection(folder, dt.date(2027, 5, 2))
    assert {each.rule for each in later} == {"consent.card_too_long", "waivers.lapsed"}
    put("consent/de/1.md", "\n<!-- more -->", "\n" + "Schön, dass du hier bist. " * 10 + "\n\n<!-- more -->")(folder)
    assert [each.language for each in check_collection(folder, TODAY)] == ["de"]


def test_findings_quote_the_hardest_sentences(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    put(_EN3, "Someone holding your phone could see this chat.", _LEGALESE)(folder)
    [found] = check_collection(folder, TODAY)
    assert _LEGALESE in found.what
    assert (found.language, found.region) == ("en", None)


def test_every_language_has_the_words_of_the_three_subjects() -> None:
    """So that a rule is not silent because it does not know a language that ships."""
    from bot.checking.word_lists import entries

    for language in ("en", *LANGUAGES):
        assert {each.about for each in entries("subjects", language)} == {"ai", "undone", "leaving"}
        assert entries("pressure", language)


def test_words_that_do_not_fit_together_are_told_and_break_nothing(tmp_path: Path) -> None:
    """A brace that is never closed, in one language: it is offered to nobody, and the others are looked at."""
    folder = copied(tmp_path)
    said("de", "Improve AI models", "KI {verbessern")(folder)
    assert {(each.rule, each.language) for each in check_collection(folder, TODAY)} == {("translations.missing", "de")}
