"""`surveybot statistics`: numbers that everybody may see."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.clock import utc_now
from bot.commands import console
from bot.commands.console import Json
from bot.commands.releases import By

if TYPE_CHECKING:
    from bot.stewardship.archive import Archive
    from bot.stewardship.statistics.publishing import Published, Publishing
    from bot.storage.statistics import Budget, Publication
    from flows.collection import Collection

app = typer.Typer(help="Numbers that everybody may see: small cells suppressed, or private.", no_args_is_help=True)

Of = Annotated[str, typer.Argument(help="The collection's id.")]
Out = Annotated[Path, typer.Option(help="The folder to make the publication's folder in; made if there is none.")]
Apart = Annotated[bool, typer.Option("--languages-apart", help="Count each language of a region by itself.")]
Words = Annotated[str, typer.Option("--language", help="In whose words sentences and pictures are.")]
Pictures = Annotated[bool, typer.Option(help="With a picture of each region.")]


@app.command()
def suppressed(
    collection: Of,
    out: Out,
    *,
    languages_apart: Apart = False,
    language: Words = "en",
    pictures: Pictures = True,
    by: By = "",
    as_json: Json = False,
) -> None:
    """Publish exact counts, once: what is under ten, and what would give it away, is not shown."""

    async def work(publishing: Publishing) -> Published:
        return await publishing.suppressed()

    _publish(work, collection, out, language, by, languages_apart=languages_apart, pictures=pictures, as_json=as_json)


@app.command()
def private(
    collection: Of,
    out: Out,
    epsilon: Annotated[float, typer.Option(help="What these tables cost together of the collection's budget.")],
    *,
    table: Annotated[
        list[str] | None, typer.Option(help="A question, or language; may be repeated. By default all that may be.")
    ] = None,
    most_choices: Annotated[
        list[str] | None,
        typer.Option(help="QUESTION=N: count at most N choices of one person, so that less noise is needed."),
    ] = None,
    languages_apart: Apart = False,
    language: Words = "en",
    pictures: Pictures = True,
    by: By = "",
    as_json: Json = False,
) -> None:
    """Publish counts with noise, differentially private, out of a budget that does not come back."""
    wanted, most = _millionths(epsilon, "--epsilon"), dict(map(_bound, most_choices or []))

    async def work(publishing: Publishing) -> Published:
        return await publishing.private(wanted, table or [], most)

    _publish(work, collection, out, language, by, languages_apart=languages_apart, pictures=pictures, as_json=as_json)


@app.command()
def again(
    publication: Annotated[str, typer.Argument(help="Its id, or the beginning of it: surveybot statistics list.")],
    out: Out,
    *,
    language: Words = "en",
    pictures: Pictures = True,
    as_json: Json = False,
) -> None:
    """Write the files of an earlier publication again. Nothing is counted or drawn anew."""
    console.finish(_again(publication, out, language, pictures=pictures, as_json=as_json))


@app.command()
def budget(
    collection: Of,
    *,
    allow: Annotated[
        float | None, typer.Option(help="How much all private tables may cost. Once some is spent, only less.")
    ] = None,
    by: By = "",
    as_json: Json = False,
) -> None:
    """Say what is left of a collection's budget of epsilon, or set it before anything is spent."""
    allowed = _millionths(allow, "--allow") if allow is not None else None
    found = console.finish(_budget(collection, allowed, by or console.somebody()))
    if found is None:
        raise console.refuse(f"{collection} has no budget yet: surveybot statistics budget {collection} --allow 1")
    values = {"allowed": found.allowed, "spent": found.spent, "left": found.allowed - found.spent}
    told = {name: value / 1_000_000 for name, value in values.items()}
    if as_json:
        console.say_json(told)
        return
    console.say(f"{collection}: {told['left']:g} of {told['allowed']:g} is left; {told['spent']:g} is spent.")


@app.command("list")
def list_all(*, as_json: Json = False) -> None:
    """List what was published, oldest first."""
    every = console.finish(_every())
    if as_json:
        console.say_json([_told(each) for each in every])
        return
    for each in every:
        cost = f", epsilon {each.epsilon / 1_000_000:g}" if each.epsilon else ""
        never = "" if each.content is not None else " (spent, and never drawn)"
        console.say(
            f"{each.made_at:%Y-%m-%d %H:%M}  {each.id}  {each.collection}: {each.kind}{cost}, by {each.made_by}, "
            f"{', '.join(each.tables)}{never}"
        )
    if not every:
        console.say("Nothing was published yet.")


def _millionths(value: float, option: str) -> int:
    """Millionths of an epsilon, rounded down."""
    from bot.stewardship.statistics.noise import MILLION

    if not 0.001 <= value <= 1000:
        raise console.refuse(f"{option}: name something from 0.001 to 1000; 1 or less is usual")
    return int(round(value * MILLION, 3))


def _bound(said: str) -> tuple[str, int]:
    name, _, number = said.partition("=")
    if not number.isdecimal() or int(number) < 1:
        raise console.refuse(f"--most-choices {said}: write it as QUESTION=N, such as ancestry=2")
    return name, int(number)


def _publish(
    work: Callable[[Publishing], Awaitable[Published]],
    name: str,
    out: Path,
    language: str,
    by: str,
    *,
    languages_apart: bool,
    pictures: bool,
    as_json: bool,
) -> None:
    async def run() -> None:
        from rich.progress import Progress

        from bot.stewardship.drafts import draft_in
        from bot.stewardship.statistics.publishing import Publishing

        with draft_in(out):
            pass  # a folder that cannot be written to is found before anything is published
        async with _opened(name) as (archive, collection):
            with Progress(console=console.err, transient=True, disable=not console.err.is_terminal) as shown:
                task = shown.add_task("Contributions", total=None)

                def done(people: int) -> None:
                    shown.update(task, completed=people)

                made = await work(
                    Publishing(archive, collection, by or console.somebody(), utc_now, languages_apart, done)
                )
        await _write(made.publication, out, language, pictures=pictures, as_json=as_json)
        if made.unreadable:
            console.err.print(
                f"{made.unreadable} contributions did not open with their keys and are not counted; see "
                "docs/exports.md",
                style="bold red",
                markup=False,
            )

    _check_words(name, language)
    console.finish(run())


def _check_words(name: str, language: str) -> None:
    """Before anything is spent."""
    spoken = _collection(name).languages
    if language not in spoken:
        raise console.refuse(f"{name} does not speak {language!r}; it speaks: {', '.join(spoken)}")


def _collection(name: str) -> Collection:
    from bot.reading import read_collections
    from flows.load import CollectionFaults

    try:
        known = {each.id: each for each in read_collections(console.settings())}
    except CollectionFaults as faults:
        raise console.refuse(faults) from None
    if name not in known:
        raise console.refuse(f"there is no collection {name!r}; there is: {', '.join(known)}")
    return known[name]


@asynccontextmanager
async def _opened(name: str) -> AsyncIterator[tuple[Archive, Collection]]:
    from bot.stewardship.archive import open_archive

    collection = _collection(name)
    async with open_archive(console.settings()) as archive:
        yield archive, collection


async def _write(publication: Publication, out: Path, language: str, *, pictures: bool, as_json: bool) -> None:
    from bot.progress.rasterise import fonts_of
    from bot.progress.words import Words as InWords
    from bot.reading import read_collections, read_texts
    from bot.stewardship.statistics.files import write

    settings = console.settings()
    texts = read_texts(settings, read_collections(settings))
    fonts = fonts_of(settings.collections / publication.collection / "fonts")
    assert publication.content is not None  # noqa: S101  # it was drawn
    unwritten = f"It is published, and its files are not written: surveybot statistics again {publication.id[:8]}"
    try:
        files = await write(publication.content, out, InWords(texts, language), pictures=pictures, fonts=fonts)
    except asyncio.CancelledError:
        raise console.refuse(unwritten) from None  # a stop alone would say that nothing was done
    except Exception:
        console.err.print(unwritten, markup=False)
        raise
    if as_json:
        console.say_json({**_told(publication), "files": [str(path) for path in files]})
        return
    for path in files:
        console.say(str(path))


def _told(publication: Publication) -> dict[str, object]:
    return {
        "id": publication.id,
        "collection": publication.collection,
        "kind": publication.kind,
        "purpose": publication.purpose,
        "tables": publication.tables,
        "epsilon": publication.epsilon / 1_000_000,
        "made_by": publication.made_by,
        "made_at": publication.made_at.isoformat(),
        "drawn": publication.content is not None,
    }


async def _again(wanted: str, out: Path, language: str, *, pictures: bool, as_json: bool) -> None:
    from bot.stewardship.refusing import Refused

    found = [each for each in await _every() if each.id.startswith(wanted)]
    if len(found) != 1:
        raise Refused(f"there is no publication {wanted}, or there are several; see: surveybot statistics list")
    if found[0].content is None:
        raise Refused("its budget was spent, and the process ended before anything was drawn: there are no numbers")
    await _write(found[0], out, language, pictures=pictures, as_json=as_json)


async def _every() -> list[Publication]:
    from bot.stewardship.archive import open_data
    from bot.storage.statistics import every

    async with open_data(console.settings()) as database:
        await database.check_schema()
        async with database.read() as connection:
            return await every(connection)


async def _budget(name: str, allowed: int | None, by: str) -> Budget | None:
    from bot.stewardship.statistics.publishing import allow
    from bot.storage.statistics import budget as stored

    async with _opened(name) as (archive, collection):
        if allowed is not None:
            await allow(archive, collection, allowed, by, utc_now)
        async with archive.database.read() as connection:
            return await stored(connection, name)
