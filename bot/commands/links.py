"""`surveybot links`: links to a collection, by which it is known where people came from, and codes to print."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.clock import utc_now
from bot.commands import console
from bot.commands.console import Json
from bot.commands.inviting import By
from bot.commands.link_words import lapsing, link_json, link_line
from bot.commands.team import bot_name_of

if TYPE_CHECKING:
    from bot.links.office import Move, Order
    from bot.settings import Settings
    from flows.collection import Collection
    from flows.links import CollectionLink

app = typer.Typer(help="Links to a collection: where people come from.", no_args_is_help=True)

Code = Annotated[str, typer.Argument(help="The link, as `surveybot links list` names it.")]
PngFile = Annotated[Path | None, typer.Option("--png", help="Write the code as a picture, with the link in letters.")]
SvgFile = Annotated[Path | None, typer.Option("--svg", help="Write it to print: a poster, where --language is said.")]
Language = Annotated[str | None, typer.Option(help="The language that the poster speaks.")]


@app.command()
def new(
    collection: Annotated[str, typer.Argument(help="The collection that it leads to.")],
    *,
    kind: Annotated[str, typer.Option(help="What hands it out: channel, supplier, poster or list.")],
    name: Annotated[str, typer.Option(help="What you call it; nobody's own name.")],
    supplier: Annotated[str | None, typer.Option(help="Who hands it out, as collection.yaml calls them.")] = None,
    daily: Annotated[int | None, typer.Option(help="How many may agree by it a day, at most.")] = None,
    region: Annotated[str | None, typer.Option(help="Where it is handed out; its pay stands on the poster.")] = None,
    png: PngFile = None,
    svg: SvgFile = None,
    language: Language = None,
    codes: Annotated[
        Path | None, typer.Option(help="Of a list: opaque codes, one a line; each gets a link of its own.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Where the links of a list are written, as CSV.")] = None,
    by: By = "",
    as_json: Json = False,
) -> None:
    """Make a link to a collection: for a channel, a supplier, a poster or a list of participants."""
    from bot.links.office import Order, listed
    from flows.links import LinkKind

    if kind not in tuple(LinkKind):
        raise typer.BadParameter(f"write one of: {', '.join(LinkKind)}", param_hint="--kind")
    if (codes is None) != (out is None) or (codes is not None and kind != LinkKind.LIST):
        raise typer.BadParameter("--codes and --out go together, with --kind list")
    if language is not None and svg is None:
        raise typer.BadParameter("--language is for a poster: say --svg FILE too")
    settings = console.settings()
    if language is not None:
        _speaking(_collections(settings), collection, language)
    order = Order(collection, LinkKind(kind), name, by or console.somebody(), supplier, region, daily)
    read = _read(codes, out)
    try:
        made, opens, bot_name = console.finish(_make(settings, order))
    except BaseException:
        if out is not None:
            out.unlink()
        raise
    if out is not None:
        _write_list(out, listed(bot_name, made, read), opens)
    _print(settings, made, opens, png_file=png, svg_file=svg, language=language)
    if as_json:
        console.say_json(link_json(made, opens))
        return
    typer.echo(opens)
    console.say(link_line(_collections(settings), made))


def _read(codes: Path | None, out: Path | None) -> list[str]:
    """The codes of a list, whose file is there from now on: what cannot be read or written is said before there is a
    link."""
    from bot.durable import write_new
    from bot.links.office import read_codes
    from bot.team.office import NotDone

    if codes is None or out is None:
        return []
    try:
        found = read_codes(str(codes), codes.read_bytes())
        write_new(out, b"")
    except NotDone as fault:
        raise console.refuse(fault) from None
    except FileExistsError:
        raise console.refuse(f"{out} is there already; name another file") from None
    except OSError as error:
        raise console.refuse(f"{error.filename}: {error.strerror}") from None
    return found


def _write_list(file: Path, content: str, opens: str) -> None:
    from bot.durable import replace

    _written(file, lambda: replace(file, content.encode()), opens)


def _write(file: Path, content: bytes, opens: str) -> None:
    """What is printed for everybody to see: others may read it, and it may be drawn anew."""
    _written(file, lambda: file.write_bytes(content), opens)


def _written(file: Path, write: Callable[[], object], opens: str) -> None:
    try:
        write()
    except OSError as error:
        raise console.refuse(f"{error.filename}: {error.strerror}; the link is there: {opens}") from None
    console.err.print(f"{file} is written.", markup=False)


async def _make(settings: Settings, order: Order) -> tuple[CollectionLink, str, str]:
    from bot.links.office import make
    from bot.reading import read_collections
    from flows.links import address

    bot_name = await bot_name_of(settings)
    made = await make(settings, read_collections(settings), order, utc_now())
    return made, address(bot_name, made.id), bot_name


@app.command("print")
def print_(link: Code, png: PngFile = None, svg: SvgFile = None, language: Language = None) -> None:
    """Write a link's code to print, as PNG or SVG, or a poster with words in a language."""
    if png is None and svg is None:
        raise typer.BadParameter("say --png FILE or --svg FILE")
    if language is not None and svg is None:
        raise typer.BadParameter("--language is for a poster: say --svg FILE too")
    settings = console.settings()
    found, opens = console.finish(_look(settings, link))
    _print(settings, found, opens, png_file=png, svg_file=svg, language=language)


async def _look(settings: Settings, code: str) -> tuple[CollectionLink, str]:
    from bot.links.office import one
    from flows.links import address

    found = await one(settings, code)
    return found, address(await bot_name_of(settings), found.id)


def _print(  # two files, and what is on them
    settings: Settings,
    link: CollectionLink,
    opens: str,
    *,
    png_file: Path | None,
    svg_file: Path | None,
    language: str | None,
) -> None:
    from bot.links.printing import png, svg

    words = _words(settings, link, language) if language else None
    if png_file is not None:
        _write(png_file, png(opens), opens)
    if svg_file is not None:
        _write(svg_file, svg(opens, words), opens)


def _words(settings: Settings, link: CollectionLink, language: str) -> Any:  # noqa: ANN401  # Words, imported where it is used
    from bot.links.posters import poster_in
    from bot.reading import read_texts

    collections = _collections(settings)
    collection = _speaking(collections, link.collection, language)
    if collection is None:
        raise console.refuse(f"the collection {link.collection} is not there any more, so it has no words")
    return poster_in(collection, collection.region(link.territory), language, read_texts(settings, collections))


def _speaking(collections: tuple[Collection, ...], name: str, language: str) -> Collection | None:
    """The collection of that name, where there is one; one that does not speak the language is refused."""
    from flows.regions import spoken

    found = next((each for each in collections if each.id == name), None)
    if found is not None and language not in spoken(found):
        raise console.refuse(f"{found.id} does not speak {language!r}; it has {', '.join(spoken(found))}")
    return found


def _collections(settings: Settings) -> tuple[Collection, ...]:
    from bot.reading import read_collections
    from flows.load import CollectionFaults

    try:
        return read_collections(settings)
    except CollectionFaults as faults:
        raise console.refuse(faults) from None


# --- looking, and moving ---------------------------------------------------------------------------------------------


@app.command("list")
def list_(*, as_json: Json = False) -> None:
    """List every link with how far people got by it, and suppliers whose attestation lapses soon."""
    from bot.links.office import links

    settings = console.settings()
    found = console.finish(links(settings))
    if as_json:
        console.say_json([link_json(each) for each in found])
        return
    collections = _collections(settings)
    for each in found:
        console.say(link_line(collections, each))
    if not found:
        console.say("No link has been made yet.")
    for words in lapsing(collections, utc_now().date()):
        console.say(f"! {words}")


@app.command()
def show(link: Code, *, as_json: Json = False) -> None:
    """Show one link: where it leads, how it stands, how far people got by it."""
    settings = console.settings()
    found, opens = console.finish(_look(settings, link))
    if as_json:
        console.say_json(link_json(found, opens))
        return
    console.say(link_line(_collections(settings), found))
    console.say(opens)


def _move(code: str, how: Move, why_not: str, *, as_json: bool) -> None:
    from bot.links.office import move

    settings = console.settings()
    found = console.finish(move(settings, code, how, utc_now(), why_not))
    if as_json:
        console.say_json(link_json(found))
    else:
        console.say(link_line(_collections(settings), found))


@app.command()
def pause(link: Code, *, as_json: Json = False) -> None:
    """Let a link rest: whoever opens it reads so, kindly. Who has agreed goes on."""
    from flows.team import linking

    _move(link, linking.pause, "only one that is open can rest", as_json=as_json)


@app.command()
def resume(link: Code, *, as_json: Json = False) -> None:
    """Let a link go on. How fast it was opened when it paused by itself is usual from then on."""
    from flows.team import linking

    _move(link, linking.resume, "only one that rests can go on", as_json=as_json)


@app.command()
def end(link: Code, *, as_json: Json = False) -> None:
    """Close a link for good. Who has agreed goes on."""
    from flows.team import linking

    _move(link, linking.end, "nothing more can be done with it", as_json=as_json)
