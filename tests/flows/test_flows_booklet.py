"""The booklet: everything to read before signing, in one file that needs nothing else, with what changed marked."""

from __future__ import annotations

import datetime as dt
import html
import re
from functools import cache

import pytest
from made_up import BEGINNING
from test_flows_gallery import Reader, catalogs
from ways import collections, way

from bot.adapter.render import keyboard
from bot.gallery.exhibits import Exhibition, MarkedTexts
from bot.review.booklet import Booklet, gather
from bot.review.office import Reviewed
from bot.review.page import page
from bot.review.shown import content_of, shown_in
from bot.texts import Texts
from flows.explore import Way
from flows.screens import Screen
from flows.shelf import Shelf
from flows.sign_offs import Capacity, Place, SignOff, Verdict, review_of
from flows.walk import Worlds

EGYPT, KENYA = Place("demographics", "EG", "ar"), Place("demographics", "KE", "sw")


@cache
def booklet(place: Place, old: str = "", new: str = "") -> Booklet:
    """A booklet of one place; it was signed when `old` stood there for `new`."""
    texts, marked = Texts(catalogs()), MarkedTexts(catalogs())
    known = collections()
    collection = known[place.collection]
    region = collection.region(place.territory)
    assert region is not None
    shown = shown_in(collection, region, place.language, texts)
    before = {part: words.replace(new, old) if new else words for part, words in shown.items()} if old else None
    content = content_of(shown)
    signed = SignOff(
        1, place, content_of(before or {}), Verdict.SIGNED, Capacity.EXPERT, "Lecturer, Cairo", "m_1", BEGINNING,
        dt.date(2027, 6, 1),
    )  # fmt: skip
    words = (signed,) if before is not None else ()
    reviewed = Reviewed(place, content, shown, words, review_of(place, content, words), before)

    def explored(_worlds: Worlds, name: str, territory: str, _day: dt.datetime) -> Way:
        return way(name, territory)

    exhibition = Exhibition(known, marked, keyboard, explored)
    shelf = Shelf((collection,), unreviewed=True, translate=texts.of_collection)
    return gather(collection, shelf, exhibition, {place: reviewed}, [place], (), BEGINNING.date())


@pytest.mark.parametrize("place", [EGYPT, KENYA], ids=["Arabic", "Swahili"])
def test_no_card_can_be_heard_in_it_that_nobody_has_read_aloud(place: Place) -> None:
    """Whoever signs, signs what people will meet; that a voice can be heard at all is in the gallery."""
    labels = [
        button.label
        for part in booklet(place).parts
        for chapter in part.chapters
        for leaf in chapter.leaves
        for picture in (leaf.exhibit.original, leaf.exhibit.shown)
        for row in picture.rows
        for button in row
    ]
    assert labels
    assert not [label for label in labels if "🔊" in label]
    heard = [screen for found in way(place.collection, place.territory) for screen in found.screens if hears(screen)]
    assert heard


def hears(screen: Screen) -> bool:
    return any(choice.verb == "listen" for choice in screen.choices)


@pytest.mark.parametrize("place", [EGYPT, KENYA], ids=["Arabic", "Swahili"])
def test_it_is_one_file_that_needs_nothing_else(place: Place) -> None:
    made = page(booklet(place))
    reader = Reader(made)
    assert reader.open == [], "every tag is closed"
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in reader.attributes}
    assert not any(name.startswith("on") for _, attributes in reader.attributes for name in attributes)
    assert "default-src 'none'" in made
    assert not re.search(r"url\(|@import", made)
    links = [attributes["href"] or "" for tag, attributes in reader.attributes if tag == "a"]
    anchors = {attributes["id"] for _, attributes in reader.attributes if "id" in attributes}
    assert links
    assert {link.removeprefix("#") for link in links} <= anchors


def test_what_a_reviewer_signs_stands_in_it() -> None:
    made = booklet(EGYPT)
    [part] = made.parts
    [chapter] = part.chapters
    said = page(made)
    assert chapter.reviewed.content[:12] in said
    assert "gender identity: never asked here" in said
    assert "family regions: left out here on purpose" in said
    assert all(html.escape(line.name) in said for line in part.region.help_lines)
    assert all(html.escape(source.title) in said for source in part.region.sources)
    assert "Nobody has signed this before" in said
    assert [leaf.number for leaf in chapter.leaves] == list(range(1, len(chapter.leaves) + 1))
    assert f"Remarks on {len(chapter.leaves)}" in said
    for card, original in chapter.cards:
        assert html.escape(card.title, quote=False) in said
        assert original is not None
        assert html.escape(original.title, quote=False) in said
    assert said.count('dir="rtl"') >= len(chapter.leaves)


def test_what_changed_is_marked_on_its_screens_and_stands_beside_the_old_words() -> None:
    made = booklet(KENYA, "Una miaka mingapi wewe?", "Una umri gani?")
    [chapter] = made.parts[0].chapters
    changed = chapter.reviewed.changed
    assert changed
    assert all("Una umri gani?" in (each.now or "") for each in changed)
    marked = [leaf for leaf in chapter.leaves if leaf.has_changed]
    assert 0 < len(marked) < len(chapter.leaves)
    assert all("Una umri gani?" in leaf.exhibit.shown.words for leaf in marked)
    said = page(made)
    assert "Una <del>miaka mingapi wewe</del>?" in said
    assert "Una <ins>umri gani</ins>?" in said
    assert "Lecturer, Cairo (expert)" in said
    assert "closed: changed" in said


def test_nothing_changed_is_said_too() -> None:
    assert "Nothing has changed since it was last signed" in page(booklet(KENYA, "-"))
