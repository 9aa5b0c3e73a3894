"""What a sign-off is bound to: every word that somebody can meet there, and no other."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pytest
from support.copies import copied

from bot import shipped
from bot.catalogs import compiled
from bot.review.shown import contents_of
from bot.texts import ORIGINAL, Texts, load_catalogs
from flows.load import load_collections
from flows.sign_offs import Contents, Place


def contents(folder: Path) -> Contents:
    """The hash of everything that a folder of collections shows."""
    collections = load_collections(folder)
    languages = tuple(dict.fromkeys(language for each in collections for language in each.languages))
    folders = {each.id: folder / each.id for each in collections}
    return contents_of(collections, Texts(load_catalogs(shipped.translations(), folders, languages)))


@lru_cache(maxsize=1)
def as_shipped() -> Contents:
    return contents(shipped.ready_collections())


@pytest.mark.parametrize(
    ("file", "old", "new", "closed"),
    [
        ("consent/ar/3.md", ".", "!", "DE/ar EG/ar GB/ar SA/ar US/ar"),
        ("consent/sw/1.md", ".", "!", "KE/sw"),
        ("regions/EG/region.yaml", '"20.00"', '"21.00"', "EG/ar EG/en"),
        ("collection.yaml", "what_for: To see", "what_for: To find out", "everywhere"),
        ("collection.yaml", "answers: P24M", "answers: P36M", "everywhere"),
        ("questions.yaml", "How old are you?", "What is your age?", "everywhere"),
        ("translations/ar/LC_MESSAGES/demographics.po", 'msgstr "الدلتا"', 'msgstr "دلتا النيل"', "EG/ar"),
        ("collection.yaml", "Example Lab's own team", "Our own team", ""),
        ("collection.yaml", "[the surveybot project]", "[Kim]", ""),
    ],
)
def test_a_changed_word_closes_the_languages_that_show_it_and_no_other(
    tmp_path: Path, file: str, old: str, new: str, closed: str
) -> None:
    folder = copied(tmp_path / "collections")
    path = folder / "demographics" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    if path.suffix == ".po":
        path.with_suffix(".mo").write_bytes(compiled(path))
    now = contents(folder)
    changed = {place for place in now if now[place] != as_shipped()[place]}
    everywhere = set(now)
    named = {Place("demographics", *each.split("/")) for each in closed.split() if closed != "everywhere"}
    assert changed == (everywhere if closed == "everywhere" else named)


def test_the_bots_own_words_are_in_it_in_each_language_and_the_teams_are_not(tmp_path: Path) -> None:
    own = tmp_path / "translations"
    collections = load_collections(shipped.ready_collections())
    folders = {"demographics": shipped.ready_collections() / "demographics"}

    def with_words(old: str, new: str) -> set[str]:
        """Languages whose hash differs once a German word of the bot's differs."""
        po = own / "de" / "LC_MESSAGES" / "bot.po"
        po.parent.mkdir(parents=True, exist_ok=True)
        text = (shipped.translations() / "de" / "LC_MESSAGES" / "bot.po").read_text(encoding="utf-8")
        assert old in text
        po.write_text(text.replace(old, new, 1), encoding="utf-8")
        po.with_suffix(".mo").write_bytes(compiled(po))
        languages = ("de", ORIGINAL)
        some = [
            each.model_copy(update={"regions": tuple(r for r in each.regions if r.territory == "DE")})
            for each in collections
        ]
        before = contents_of(some, Texts(load_catalogs(shipped.translations(), folders, languages)))
        after = contents_of(some, Texts(load_catalogs(own, folders, languages)))
        english = {place: content for place, content in after.items() if place.language == ORIGINAL}
        assert all(before[place] == content for place, content in english.items())
        return {place.language for place in before if before[place] != after[place]}

    assert with_words('msgstr "Du entscheidest"', 'msgstr "Du entscheidest!"') == {"de"}
    assert with_words('msgstr "Anhalten und weitermachen"', 'msgstr "Anhalten"') == set()
