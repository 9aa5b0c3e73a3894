"""The gallery shows each screen as Telegram is sent it, beside the original, and says what is wrong with it."""

from __future__ import annotations

import datetime as dt
import html
import re
from functools import cache
from html.parser import HTMLParser

import pytest
from made_up import BEGINNING, READY, demographics, voices
from ways import SPOKEN, collections, stations, way

from bot import shipped
from bot.adapter.render import keyboard
from bot.gallery.exhibits import MarkedTexts
from bot.gallery.gallery import Gallery
from bot.texts import Catalogs, load_catalogs
from flows.collection import Collection
from flows.explore import ORIGINAL, Way
from flows.language import is_right_to_left
from flows.walk import Worlds


def catalogs() -> Catalogs:
    """The words of the bot and of the ready collection."""
    folder = shipped.ready_collections()
    languages = tuple(dict.fromkeys(name for each in collections().values() for name in each.languages))
    return load_catalogs(shipped.translations(), {name: folder / name for name in collections()}, languages)


def gallery_of(*shown: Collection) -> Gallery:
    """A gallery of some collections."""
    return Gallery(shown, MarkedTexts(catalogs()), keyboard, BEGINNING.date)


@cache
def ready() -> Gallery:
    """The gallery that ships, with what the other tests of all screens have explored."""
    return explored_before(catalogs())


def explored_before(words: Catalogs) -> Gallery:
    """The gallery of what ships, in some words: where its screens lead was found by other tests."""

    def explored(_worlds: Worlds, name: str, territory: str, _day: dt.datetime) -> Way:
        return way(name, territory)

    return Gallery(tuple(collections().values()), MarkedTexts(words), keyboard, BEGINNING.date, explored)


def brief(collection: Collection) -> Collection:
    """A collection with one question a region, of which all is seen sooner."""
    regions = tuple(each.model_copy(update={"questions": each.questions[:1]}) for each in collection.regions)
    return collection.model_copy(update={"regions": regions})


class Reader(HTMLParser):
    """Reads a page as a browser would: its headings, pictures and links; and whether every tag is closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag begins."""
        self.attributes.append((tag, dict(attrs)))
        if tag not in {"meta", "link"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """A tag ends, and it is the one that was open."""
        assert self.open.pop() == tag


@pytest.mark.parametrize(("name", "territory", "language"), SPOKEN)
def test_every_screen_hangs_there_as_telegram_is_sent_it(name: str, territory: str, language: str) -> None:
    exhibits = ready().exhibition.exhibits(name, territory, language)
    shown = {(each.name, each.shown.words) for each in exhibits}
    texts = MarkedTexts(catalogs())
    for station in stations(name, territory, language):
        for screen in (*station.beside, station.screen):
            assert (screen.name, texts.screen(screen, language)) in shown


@pytest.mark.parametrize(("name", "territory", "language"), SPOKEN)
def test_the_page_can_be_read_out_and_runs_nothing_of_its_own(name: str, territory: str, language: str) -> None:
    """Closed tags, one id each, every link's goal there; no script but the one that remembers light or dark."""
    page = ready().page({"collection": name, "region": territory, "language": language})
    reader = Reader(page)
    assert reader.open == []
    ids = [found["id"] for _, found in reader.attributes if "id" in found]
    assert len(set(ids)) == len(ids)
    for tag, found in reader.attributes:
        assert tag != "style"
        assert tag != "script" or found == {"src": "/early.js"}
        assert not any(attribute == "style" or attribute.startswith("on") for attribute in found)
        if (found.get("href") or "").startswith("#"):
            assert (found["href"] or "").removeprefix("#") in ids
    spoken = {(found.get("lang"), found.get("dir")) for _, found in reader.attributes if found.get("class") == "phone"}
    direction = "rtl" if is_right_to_left(language) else "ltr"
    assert spoken == {(ORIGINAL, "ltr"), (language.replace("_", "-"), direction)}


def test_what_is_asked_for_and_not_there_is_answered_with_what_is() -> None:
    page = ready().page({"collection": "nowhere", "region": "XX", "language": "tlh"})
    assert '<option value="demographics" selected>' in page


def test_a_language_that_the_region_does_not_offer_is_shown_and_said_to_be_so() -> None:
    """An owner may look at any language that has texts."""
    regions = tuple(each.model_copy(update={"languages": ("ar",)}) for each in demographics().regions)
    only_arabic = brief(demographics().model_copy(update={"regions": regions}))
    page = gallery_of(only_arabic).page({"region": "US", "language": "en"})
    assert "English (not offered there)" in page
    assert "Does AI work well for everyone?" in page


def test_why_a_region_is_closed_is_said() -> None:
    assert "US: nobody has signed it off" in ready().page({"region": "US"})


def test_a_message_without_a_translation_is_highlighted_and_counted() -> None:
    """By the words that stand there in its place."""
    words = {key: catalog for key, catalog in catalogs().items() if key != ("demographics", "ar")}
    page = explored_before(words).page({"collection": "demographics", "region": "US", "language": "ar"})
    assert '<mark title="as in the original">How old are you?</mark>' in page
    assert re.search(r"\d+ with remarks", page)
    assert "<mark" not in ready().page({"collection": "demographics", "region": "US", "language": "ar"})


def test_what_is_too_much_is_said_beneath_the_screen() -> None:
    long = "A title that no phone shows in one line of a button, however wide"
    page = gallery_of(brief(demographics().model_copy(update={"title": long}))).page({"region": "US", "language": "en"})
    assert f"“{html.escape(long)}” is {len(long)} letters wide" in page


def test_words_of_a_collection_are_shown_and_never_run() -> None:
    hostile = voices().model_copy(update={"title": "<script>alert(1)</script>", "what_for": "<b onclick=x>"})
    page = gallery_of(brief(hostile)).page({"region": "US", "language": "en"})
    assert "<script>" not in page
    assert "&lt;b onclick=x&gt;" in page


def test_the_way_there_is_told_in_the_words_on_the_buttons() -> None:
    exhibits = ready().exhibition.exhibits("demographics", "US", "ar")
    page = ready().page({"collection": "demographics", "region": "US", "language": "ar"})
    assert any(each.name == "halted" for each in exhibits)
    assert "<li>presses “United States”</li>" in page
    assert "<li>the collection closes</li>" in page
    assert READY.name in page
