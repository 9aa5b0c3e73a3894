"""A publication's folder: numbers as CSV and JSON, a page of words, and a picture of each place."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from bot.progress.drawing import svg
from bot.progress.rasterise import NotDrawn, png
from bot.progress.words import Words
from bot.stewardship.drafts import Draft, draft_in
from bot.stewardship.refusing import Refused
from flows.published import Content, picture, places, promise

COLUMNS = ("table", "region", "language", "cell", "label", "count", "people", "epsilon", "scale", "accuracy_95")


async def write(
    content: Content, folder: Path, words: Words, *, pictures: bool, fonts: Sequence[Path] = ()
) -> tuple[Path, ...]:
    """Write a publication's folder, under its name only once it is whole. Raises Refused, OSError."""
    name = f"{content['collection']}-statistics-{content['id'][:8]}"
    if (folder / name).exists():
        raise Refused(f"{folder / name} is there already; name another folder with --out")
    promised = [words(each) for each in promise(content)]
    with draft_in(folder) as draft:
        names = _write_numbers(draft, content, promised)
        if pictures:
            names += [await _draw(draft, content, place, words, fonts) for place in places(content)]
        final = draft.finish(name)
    return tuple(final / each for each in names)


def _write_numbers(draft: Draft, content: Content, promised: Sequence[str]) -> list[str]:
    draft.put("statistics.json", orjson.dumps({"promise": promised, **content}, option=orjson.OPT_INDENT_2))
    draft.put("statistics.csv", _as_csv(content))
    draft.put("README.md", _page(content, promised).encode())
    return ["statistics.csv", "statistics.json", "README.md"]


def _as_csv(content: Content) -> bytes:
    text = io.StringIO(newline="")
    out = csv.writer(text, lineterminator="\r\n")
    out.writerow(COLUMNS)
    out.writerows(_rows(content))
    return text.getvalue().encode()


def _rows(content: Content) -> Iterator[tuple[Any, ...]]:
    for table in content["tables"]:
        drawn = [table.get(name) for name in ("epsilon", "scale", "accuracy_95")]
        for here in table["places"]:
            for cell in here["cells"]:
                place = (table["table"], here["region"], here["language"])
                yield (*place, cell["cell"], cell["label"], cell["count"], here["people"], *drawn)


def _page(content: Content, promised: Sequence[str]) -> str:
    lines = [f"# {content['title']}", "", f"Published on {content['published_on']}.", "", *promised, ""]
    if content["kind"] == "suppressed":
        lines += ["An empty `count` in `statistics.csv`, and `null` in `statistics.json`: a number that is not shown."]
    else:
        lines += ["| table | epsilon | cells that one person is counted in | scale of the noise | accuracy at 95% |",
                  "| --- | --- | --- | --- | --- |"]  # fmt: skip
        lines += [_drawn(table) for table in content["tables"]]
    return "\n".join([*lines, ""])


def _drawn(table: Mapping[str, Any]) -> str:
    most = table["cells_a_person_is_counted_in_at_most"]
    return f"| {table['table']} | {table['epsilon']:g} | {most} | {table['scale']:.6g} | {table['accuracy_95']} |"


async def _draw(draft: Draft, content: Content, place: tuple[str, str], words: Words, fonts: Sequence[Path]) -> str:
    name = "-".join(("picture", *filter(None, place))) + ".png"
    try:
        draft.put(name, await png(svg(picture(content, *place), words), fonts))
    except NotDrawn as why:
        raise Refused(f"{why}; --no-pictures writes the numbers alone") from None
    return name
