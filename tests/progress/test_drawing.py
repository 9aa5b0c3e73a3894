"""Pictures can be read: every letter has a font, what is read from the right is mirrored, nothing is too large."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
import struct
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.progress.drawing import broken, svg, wide
from bot.progress.rasterise import FONTS, NotDrawn, fonts_of, png
from bot.progress.telling import lines, page, values
from bot.progress.words import Words
from bot.reading import read_collections, read_texts
from bot.settings import read_settings
from flows.collection import Targets
from flows.painting import picture
from flows.picture import Picture, Theme
from flows.progress import countable
from flows.snapshots import Snapshot

SETTINGS = read_settings(_env_file=None)
COLLECTIONS = read_collections(SETTINGS)
TEXTS = read_texts(SETTINGS, COLLECTIONS)
DEMOGRAPHICS = COLLECTIONS[0].model_copy(
    update={"targets": {"US": Targets(people=900, languages={"es": 90}, questions={"age": {"age_75_up": 90}})}}
)
EVERYWHERE = tuple(region.territory for region in DEMOGRAPHICS.regions)
SNAPSHOTS = {
    region.territory: Snapshot(
        dt.datetime(2026, 11, 26, tzinfo=dt.UTC),
        40,
        {cell: 10 + 7 * number for number, cell in enumerate(countable(DEMOGRAPHICS, region))},
    )
    for region in DEMOGRAPHICS.regions
}
LANGUAGES = DEMOGRAPHICS.languages


def seen(*territories: str) -> Picture:
    return picture(DEMOGRAPHICS, SNAPSHOTS, territories or EVERYWHERE)


def letters_of(font: Path) -> Iterator[int]:
    """What a font has, by its cmap (OpenType, formats 4 and 12)."""
    data = font.read_bytes()
    tables = {data[at : at + 4]: struct.unpack_from(">LL", data, at + 8) for at in range(12, 12 + 16 * data[5], 16)}
    start, _ = tables[b"cmap"]
    (count,) = struct.unpack_from(">H", data, start + 2)
    for each in range(count):
        (offset,) = struct.unpack_from(">L", data, start + 4 + 8 * each + 4)
        at = start + offset
        (form,) = struct.unpack_from(">H", data, at)
        if form == 12:
            (groups,) = struct.unpack_from(">L", data, at + 12)
            for group in range(groups):
                first, last, _ = struct.unpack_from(">LLL", data, at + 16 + 12 * group)
                yield from range(first, last + 1)
        elif form == 4:
            (twice,) = struct.unpack_from(">H", data, at + 6)
            ends = struct.unpack_from(f">{twice // 2}H", data, at + 14)
            starts = struct.unpack_from(f">{twice // 2}H", data, at + 16 + twice)
            for first, last in zip(starts, ends, strict=True):
                yield from range(first, last + 1)


KNOWN = {letter for font in fonts_of(FONTS) for letter in letters_of(font)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_letter_of_every_picture_has_a_font(language: str) -> None:
    words = Words(TEXTS, language)
    said = set("".join(text for where in EVERYWHERE for text in lines(seen(where), words)))
    shown = {letter for letter in said if unicodedata.category(letter) not in {"Cf", "Cc"} and letter != "█"}
    assert {letter for letter in shown if ord(letter) not in KNOWN} == set()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("theme", Theme)
def test_no_picture_is_larger_than_telegram_takes(language: str, theme: Theme) -> None:
    """Width and height together 10,000 at most, and neither twenty times the other (Bot API, sendPhoto)."""
    for territories in (EVERYWHERE, *((each,) for each in EVERYWHERE)):
        drawn = svg(seen(*territories).of(theme), Words(TEXTS, language))
        size = re.search(r'width="(\d+)" height="(\d+)"', drawn)
        assert size is not None
        width, height = int(size[1]), int(size[2])
        assert width + height <= 10_000
        assert max(width, height) < 20 * min(width, height)
        assert width >= 640


def test_what_is_read_from_the_right_begins_at_the_right() -> None:
    arabic, english = (svg(seen("EG"), Words(TEXTS, language)) for language in ("ar", "en"))
    assert arabic.count('text-anchor="end"') > arabic.count("<text ") / 2
    assert english.count('text-anchor="end"') < english.count("<text ") / 2
    assert '<html lang="ar" dir="rtl">' in page(seen("EG"), Words(TEXTS, "ar"))


def test_chinese_is_drawn_with_one_font_that_has_all_its_letters() -> None:
    """A Japanese font lacks half of them and writes others as Japanese does."""
    words = Words(TEXTS, "zh_Hans")
    drawn = svg(seen("US"), words)
    assert '<g font-family="Noto Sans CJK SC"' in drawn
    assert "Noto Sans CJK SC" not in svg(seen("JP"), Words(TEXTS, "ja"))
    [chinese] = [font for font in fonts_of(FONTS) if "SC" in font.name]
    said = set("".join(text for where in EVERYWHERE for text in lines(seen(where), words)))
    letters = {letter for letter in said if unicodedata.category(letter) not in {"Cf", "Cc", "So"}}
    assert letters - set(map(chr, letters_of(chinese))) <= {"\N{NO-BREAK SPACE}", *"₹₦"}


async def test_a_sign_of_money_in_an_urdu_sentence_is_no_box() -> None:
    """A letter of private use is in no font: if both pictures were alike, both would be boxes."""
    pay = svg(seen("IN"), Words(TEXTS, "ur"))
    assert "₹" in pay
    boxed = re.sub(r"<tspan[^>]*>₹</tspan>|₹", "\ue000", pay)
    assert await png(pay) != await png(boxed)


async def test_a_picture_is_drawn_by_another_process() -> None:
    made = await png(svg(seen("JP").of(Theme.GROUPS), Words(TEXTS, "ja")))
    assert made.startswith(b"\x89PNG")
    with pytest.raises(NotDrawn):
        await png("no picture")


def test_groups_with_a_target_that_is_not_met_are_named() -> None:
    [hoped] = [part for part in seen("US").parts if part.title.message == "Groups we still hope to hear from"]
    words = Words(TEXTS, "en")
    assert [words(line.label) for line in hoped.lines] == ["United States", "Spanish", "75 or older"]
    together = next(part for part in seen().parts if part.title.message == "Groups we still hope to hear from")
    assert len(together.lines) == 3
    assert not any("hope to hear" in line for line in lines(seen("EG"), words))


def test_where_nothing_is_published_only_that_is_said() -> None:
    words = Words(TEXTS, "en")
    empty = picture(DEMOGRAPHICS, {}, EVERYWHERE)
    assert values(empty, words)["parts"] == []
    assert "Nothing can be shown yet: it takes 10 people in a region." in list(lines(empty, words))
    assert "Nothing can be shown yet" in page(empty, words)


def test_words_of_a_collection_are_never_markup() -> None:
    sly = DEMOGRAPHICS.model_copy(update={"title": "<script>alert(1)</script> & more"})
    shown = picture(sly, SNAPSHOTS, ("US",))
    words = Words(TEXTS, "en")
    assert "<script" not in page(shown, words)
    assert "<script" not in svg(shown, words)


@given(st.text(alphabet="abc يهو日本 ", max_size=200), st.integers(3, 40))
def test_rows_are_no_wider_than_they_may_be(text: str, most: int) -> None:
    rows = broken(text, most)
    assert len(rows) <= 3
    assert all(wide(row) <= most or " " not in row.strip() or row.endswith("…") for row in rows)


@given(st.dictionaries(st.sampled_from(sorted(SNAPSHOTS["US"].cells)), st.integers(10, 400)))
def test_a_picture_tells_nothing_but_what_may_be_seen(cells: dict[str, int]) -> None:
    """What the attacks in `tests/flows/test_flows_snapshots.py` know is all that there is to know."""
    taken = Snapshot(dt.datetime(2026, 11, 26, tzinfo=dt.UTC), 40, cells)
    rounded = Snapshot(taken.taken_at, 990, taken.seen)
    for territories in (("US",), ("US", "EG")):
        one, other = (picture(DEMOGRAPHICS, {"US": each}, territories) for each in (taken, rounded))
        assert one == other


async def test_a_picture_that_takes_too_long_is_none_and_leaves_nothing_running(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Others wait for their turn; they are told the counts in words."""
    monkeypatch.setattr("bot.progress.rasterise.LONGEST", 0.01)
    with pytest.raises(NotDrawn, match="too long"):
        await png(svg(seen("US").of(Theme.GROUPS), Words(TEXTS, "en")))


async def test_a_stop_waits_for_no_picture_and_leaves_nothing_running() -> None:
    drawing = asyncio.create_task(png(svg(seen("US").of(Theme.GROUPS), Words(TEXTS, "en"))))
    await asyncio.sleep(0.05)
    drawing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await drawing
