"""Every word that the code says is found, wherever in the code it stands, and every language has it."""

from __future__ import annotations

import gettext
import re
import shutil
from pathlib import Path

import pytest
from babel import Locale

from bot import shipped
from bot.catalogs import add, bot_messages, check, write
from bot.plural_forms import form_of, plural_forms
from bot.review.shown import OF_THE_TEAM

ROOT = shipped.translations().parent


def test_every_module_that_says_something_is_looked_through() -> None:
    """A module in a folder further down is not passed over."""
    found = {place for _, place in bot_messages(ROOT)}
    saying = {
        path.relative_to(ROOT).as_posix()
        for path in [*ROOT.glob("flows/**/*.py"), *ROOT.glob("bot/**/*.py")]
        if re.search(r"(?<![.\w])say(_count)?\(\s*\"", path.read_text(encoding="utf-8"))
    }
    assert found == saying


def test_every_language_has_every_word() -> None:
    assert check(ROOT) == []


def test_contributors_never_read_words_that_judge_them() -> None:
    """Nobody is tested, wrong, failed or refused here, and nobody is a subject. Reviewers may refuse a text."""
    judging = re.compile(r"\b(test|wrong|fail(ed|ure)?|refused?|subject)\b", re.IGNORECASE)
    said = [
        message
        for words, place in bot_messages(ROOT)
        if not place.startswith(OF_THE_TEAM)
        for message in ([words] if isinstance(words, str) else words)
    ]
    cards = [path.read_text(encoding="utf-8") for path in ROOT.glob("collections/*/consent/en/*.md")]
    assert [text for text in [*said, *cards] if judging.search(text)] == []


KEPT = ("ar", "de")
"""Languages of a checkout: each takes as long as any other, and two show what becomes of those that are there."""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of everything that words come from and go to, in two languages beside the original."""
    spoken = (path.parent.name for path in (ROOT / "translations").glob("*/LC_MESSAGES"))
    others = [language for language in spoken if language not in KEPT]
    for folder in ("flows", "bot", "translations", "collections"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__", *others))
    described = tmp_path / "collections" / "demographics" / "collection.yaml"
    words = described.read_text(encoding="utf-8")
    described.write_text(re.sub(r"(?m)^languages: .*$", f"languages: [en, {', '.join(KEPT)}]", words), encoding="utf-8")
    return tmp_path


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("language", ["it", "pl", "zh_Hant"])
def test_one_command_begins_a_language_and_nothing_else_changes(checkout: Path, language: str) -> None:
    """A catalog of the bot and one of each collection, with every message in them and none translated."""
    before = _contents(checkout)
    add(checkout, language)
    write(checkout)
    after = _contents(checkout)
    catalogs = [
        f"{folder}/{language}/LC_MESSAGES/{name}"
        for folder, name in (("translations", "bot"), ("collections/demographics/translations", "demographics"))
    ]
    assert set(after) - set(before) == {f"{catalog}.{kind}" for catalog in catalogs for kind in ("po", "mo")}
    assert {name: after[name] for name in before} == before
    for catalog in catalogs:
        assert f"Plural-Forms: {plural_forms(language)}" in after[f"{catalog}.po"].decode()
    problems = [problem for problem in check(checkout) if f"/{language}/" in problem]
    assert problems
    assert all("has no translation" in problem for problem in problems)
    write(checkout)
    assert _contents(checkout) == after


@pytest.mark.parametrize(
    ("language", "remedy"),
    [("pt-br", "pt_BR"), ("xq", "as CLDR does"), ("", "as CLDR does"), ("../..", "as CLDR does"), ("en", "original")],
)
def test_a_language_that_cannot_be_begun_is_refused_with_the_remedy(checkout: Path, language: str, remedy: str) -> None:
    before = _contents(checkout)
    with pytest.raises(ValueError, match=remedy):
        add(checkout, language)
    assert _contents(checkout) == before


def test_a_language_that_only_a_collection_speaks_is_missed_in_the_bot(checkout: Path) -> None:
    """The remedy is the command that begins it."""
    (checkout / "collections/demographics/translations/it/LC_MESSAGES").mkdir(parents=True)
    write(checkout)
    assert any(problem.endswith("--add it") for problem in check(checkout))


@pytest.mark.parametrize("language", ["en", "ar", "es", "de", "pt_BR", "hi", "sw", "ja", "fr", "pl", "ru", "cy", "lt"])
def test_catalogs_count_as_cldr_does(language: str) -> None:
    """gettext reads the header, and picks for each number the form that CLDR picks."""
    header = plural_forms(language)
    found = re.fullmatch(r"nplurals=(\d); plural=(.+);", header)
    assert found is not None
    form = gettext.c2py(found[2])
    numbers = [*range(1200), 2000, 9999]
    assert [form(number) for number in numbers] == [form_of(language, number) for number in numbers]
    assert {form(number) for number in numbers} == set(range(int(found[1])))
    assert len({Locale.parse(language).plural_form(number) for number in numbers}) == int(found[1])
