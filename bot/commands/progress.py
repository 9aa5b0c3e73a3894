"""`surveybot progress`: how a collection goes, in the terminal, as a picture, as a page, or for a program."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands import console
from bot.commands.console import Json

if TYPE_CHECKING:
    from bot.progress.words import Words
    from bot.settings import Settings
    from flows.picture import Picture


def progress(
    collection: Annotated[str, typer.Argument(help="The collection.")],
    *,
    region: Annotated[str | None, typer.Option(help="One region, by code or name; by default all together.")] = None,
    language: Annotated[str, typer.Option(help="In whose words.")] = "en",
    png: Annotated[Path | None, typer.Option(help="Draw it into this file.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write it into this file as a page.")] = None,
    as_json: Json = False,
) -> None:
    """Say how a collection goes: how far people come, who is heard, how long it takes. No count under ten is shown."""
    console.finish(_progress(console.settings(), collection, region, language, png, html, as_json=as_json))


async def _progress(
    settings: Settings,
    name: str,
    region: str | None,
    language: str,
    png: Path | None,
    html: Path | None,
    *,
    as_json: bool,
) -> None:
    from bot.bootstrap import open_lookout
    from bot.progress.telling import lines, page, values
    from bot.progress.words import Words
    from bot.team.office import NotDone, checked_limits
    from flows.painting import picture

    async with open_lookout(settings) as lookout:
        limits = checked_limits(lookout.collections, [name], [region] if region is not None else [])
        collection = next(each for each in lookout.collections if each.id == name)
        if language not in collection.languages:
            raise NotDone(f"{name} does not speak {language!r}; it speaks: {', '.join(collection.languages)}")
        territories = tuple(limits.regions) or tuple(each.territory for each in collection.regions)
        seen = picture(collection, await lookout.taking.refreshed(collection), territories)
    words = Words(lookout.texts, language)
    if png is not None:
        await _draw(seen, words, png, settings.collections / name / "fonts")
    if html is not None:
        await asyncio.to_thread(html.write_text, page(seen, words), encoding="utf-8")
    if as_json:
        console.say_json(values(seen, words))
    elif png is None and html is None:
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
