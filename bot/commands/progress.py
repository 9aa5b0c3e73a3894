"""`surveybot progress`: how a collection goes, in the terminal, as a picture, as a page, or for a program."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.commands import console
from bot.commands.console import Json

if TYPE_CHECKING:
    from bot.progress.words import Words
    from bot.settings import Settings
    from bot.texts import Texts
    from flows.collection import Collection
    from flows.picture import Picture


def progress(
    of: Annotated[
        list[str], typer.Argument(metavar="COLLECTION|FILE...", help="The collection; with --merge, files of --json.")
    ],
    *,
    merge: Annotated[bool, typer.Option("--merge", help="Join what several installations wrote with --json.")] = False,
    region: Annotated[str | None, typer.Option(help="One region, by code or name; by default all together.")] = None,
    language: Annotated[str, typer.Option(help="In whose words.")] = "en",
    png: Annotated[Path | None, typer.Option(help="Draw it into this file.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write it into this file as a page.")] = None,
    as_json: Json = False,
) -> None:
    """Say how a collection goes: how far people come, who is heard, how long it takes. No count under ten is shown."""
    if not merge and len(of) > 1:
        raise typer.BadParameter("name one collection; files are joined with --merge")
    wanted = _Wanted(region, language, png, html, as_json)
    settings = console.settings()
    files = [Path(each) for each in of]
    console.finish(_merged(settings, files, wanted) if merge else _progress(settings, of[0], wanted))


@dataclass(frozen=True, slots=True)
class _Wanted:
    region: str | None
    language: str
    png: Path | None
    html: Path | None
    as_json: bool


async def _progress(settings: Settings, name: str, wanted: _Wanted) -> None:
    from bot.doors import open_lookout
    from flows.joining import counts_of
    from flows.painting import picture

    async with open_lookout(settings) as lookout:
        collection, territories = _chosen(lookout.collections, name, wanted)
        published = await lookout.taking.refreshed(collection)
    here = {territory: each for territory, each in published.items() if territory in territories}
    seen = picture(collection, here, territories)
    counts = counts_of(collection, here, lookout.installation)
    await _hand_out(settings, collection, seen, lookout.texts, wanted, {"counts": counts.model_dump(mode="json")})


async def _merged(settings: Settings, files: list[Path], wanted: _Wanted) -> None:
    """Needs the collection's folder, and no stores."""
    from bot.progress.merging import read_counts
    from bot.reading import read_collections, read_texts
    from flows.joining import joined
    from flows.painting import joined_picture

    collections = read_collections(settings)
    collection, counts = await asyncio.to_thread(read_counts, files, collections)
    together = joined(counts)
    _, territories = _chosen(collections, collection.id, wanted)
    among = tuple(each for each in territories if wanted.region is not None or each in together.snapshots)
    seen = joined_picture(collection, together, among or territories)
    await _hand_out(settings, collection, seen, read_texts(settings, collections), wanted, {})


def _chosen(collections: Sequence[Collection], name: str, wanted: _Wanted) -> tuple[Collection, tuple[str, ...]]:
    from bot.team.office import NotDone, checked_limits

    limits = checked_limits(collections, [name], [wanted.region] if wanted.region is not None else [])
    collection = next(each for each in collections if each.id == name)
    if wanted.language not in collection.languages:
        raise NotDone(f"{name} does not speak {wanted.language!r}; it speaks: {', '.join(collection.languages)}")
    return collection, tuple(limits.regions) or tuple(each.territory for each in collection.regions)


async def _hand_out(
    settings: Settings, collection: Collection, seen: Picture, texts: Texts, wanted: _Wanted, more: Mapping[str, Any]
) -> None:
    from bot.progress.telling import lines, page, values
    from bot.progress.words import Words

    words = Words(texts, wanted.language)
    if wanted.png is not None:
        await _draw(seen, words, wanted.png, settings.collections / collection.id / "fonts")
    if wanted.html is not None:
        await asyncio.to_thread(wanted.html.write_text, page(seen, words), encoding="utf-8")
    if wanted.as_json:
        console.say_json({**values(seen, words), **more})
    elif wanted.png is None and wanted.html is None:
        for line in lines(seen, words):
            console.say(line)


async def _draw(seen: Picture, words: Words, file: Path, fonts: Path) -> None:
    from bot.progress.drawing import svg
    from bot.progress.rasterise import NotDrawn, fonts_of
    from bot.progress.rasterise import png as drawn
    from bot.team.office import NotDone

    try:
        made = await drawn(svg(seen, words), fonts_of(fonts))
    except NotDrawn as why:
        raise NotDone(f"{why}; --html writes the same as a page") from None
    await asyncio.to_thread(file.write_bytes, made)
