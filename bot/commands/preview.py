"""`surveybot preview`: the booklet that a reviewer reads, as one HTML file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands import console

if TYPE_CHECKING:
    from bot.review.booklet import Booklet
    from bot.settings import Settings
    from flows.sign_offs import Place


def preview(
    collection: Annotated[str, typer.Argument(help="The collection.")],
    region: Annotated[str | None, typer.Option(help="Only this region, as ISO 3166 writes it.")] = None,
    language: Annotated[str | None, typer.Option(help="Only this language.")] = None,
    out: Annotated[Path | None, typer.Option(help="The file; by default <collection>-review.html here.")] = None,
) -> None:
    """Write a booklet of every screen that contributors can meet, to read, to print and to sign off."""
    from bot.review.page import page

    where = out or Path(f"{collection}-review.html")
    made = page(console.finish(_booklet(console.settings(), collection, region, language)))
    try:
        where.write_text(made, encoding="utf-8")
    except OSError as error:
        raise console.refuse(f"{where}: {error.strerror}") from None
    console.say(f"{where}: {len(made.encode()) / 1_000_000:.1f} MB. Open it in a browser, or print it from there.")


async def _booklet(settings: Settings, name: str, region: str | None, language: str | None) -> Booklet:
    from bot.clock import utc_now
    from bot.doors import open_gallery
    from bot.reading import read_collections, read_texts
    from bot.review.booklet import gather
    from bot.review.findings import findings_of
    from bot.review.office import look_at_what_there_is, places_of
    from flows.shelf import Shelf

    collections = read_collections(settings)
    places = places_of(collections, name, region and region.upper(), language)
    texts, today = read_texts(settings, collections), utc_now().date()
    reviewed = await look_at_what_there_is(settings, collections, texts)
    found = next(each for each in collections if each.id == name)

    def said(place: Place) -> None:
        console.err.print(f"{place.territory}/{place.language} ...", style="dim")

    return gather(
        found,
        Shelf(collections, unreviewed=True, translate=texts.of_collection),
        open_gallery(settings).exhibition,
        reviewed,
        places,
        findings_of(settings.collections / name, found, today, places),
        today,
        said,
    )
