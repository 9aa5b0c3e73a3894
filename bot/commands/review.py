"""`surveybot review`: what is open where, signing off, refusing and remarking, and what changed since."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.clock import utc_now
from bot.commands import console
from bot.commands.console import Json

if TYPE_CHECKING:
    from bot.review.office import Reviewed
    from bot.settings import Settings
    from flows.sign_offs import SignOff, Verdict

app = typer.Typer(
    help="Have what people read signed off, region by region and language by language.", no_args_is_help=True
)

Collection = Annotated[str, typer.Argument(help="The collection.")]
Region = Annotated[str, typer.Argument(help="The region, as ISO 3166 writes it: KE. `all` stands for every one.")]
Language = Annotated[str, typer.Argument(help="The language: sw. `all` stands for every one that the region offers.")]
By = Annotated[str, typer.Option(help="Who says it: a reviewer, as `surveybot team list` names them.")]
As = Annotated[str, typer.Option("--as", help="reviewer, expert or counsel; some places take an expert and counsel.")]
Role = Annotated[str, typer.Option(help="What they are, in their own words: 'Counsel, Nairobi'.")]
Content = Annotated[str, typer.Option(help="The code on the booklet that was read: signing anything else is refused.")]


EVERY = "all"


@app.command("list")
def list_places(
    collection: Annotated[str | None, typer.Argument(help="Only this collection.")] = None, *, as_json: Json = False
) -> None:
    """List every region and language: open or why not, until when, and how much changed since it was signed."""
    found = [each for each in _look(console.settings()) if collection in {None, each.place.collection}]
    if not found:
        raise console.refuse(f"there is no collection {collection!r}")
    if as_json:
        console.say_json([_json(each) for each in found])
        return
    for each in found:
        console.say(_line(each))


@app.command()
def show(collection: Collection, region: Region, language: Language, *, as_json: Json = False) -> None:
    """Show what was said of a place, and every word that changed since it was last signed, old beside new."""
    from bot.review.office import places_of

    settings = console.settings()
    found = {each.place: each for each in _look(settings)}
    [place, *_] = _named(settings, places_of, collection, region, language)
    there = found[place]
    if as_json:
        changed = [each._asdict() for each in there.changed]
        console.say_json({**_json(there), "words": [_word_json(each) for each in there.words], "changed": changed})
        return
    console.say(_line(there))
    for word in there.words:
        console.say(f"  {_word_line(word)}")
    for each in there.changed:
        console.say(f"  {each.part}")
        console.say(f"    was: {'(not there)' if each.before is None else each.before}")
        console.say(f"    now: {'(gone)' if each.now is None else each.now}")


@app.command()
def sign(
    collection: Collection,
    region: Region,
    language: Language,
    by: By,
    role: Role,
    until: Annotated[dt.datetime, typer.Option(formats=["%Y-%m-%d"], help="The last day: in 12 months at most.")],
    capacity: As = "reviewer",
    content: Content = "",
) -> None:
    """Sign off what is shown in a region and language, as the booklet shows it (`surveybot preview`)."""
    from flows.sign_offs import Verdict

    said = _say(collection, region, language, Verdict.SIGNED, by, role, capacity, content, until=until.date())
    for word in said:
        own = " They wrote it themselves: SURVEYBOT_ONE_PERSON_TEAM." if word.alone else ""
        console.say(f"{_where(word.place)}: signed as {word.capacity.value} until {word.expires_on}.{own}")
    _say_what_is_missing(said)


@app.command()
def refuse(
    collection: Collection,
    region: Region,
    language: Language,
    by: By,
    role: Role,
    why: Annotated[str, typer.Option(help="Why; kept for the team.")],
    capacity: As = "reviewer",
    content: Annotated[
        str, typer.Option(help="The code on the booklet that was read, where that alone is refused.")
    ] = "",
) -> None:
    """Refuse what is shown and whatever was signed there: it closes at once for everybody, those who are half-way too,
    and they are told so.
    """
    from flows.sign_offs import Verdict

    said = _say(collection, region, language, Verdict.REFUSED, by, role, capacity, content, words=why)
    for place in dict.fromkeys(word.place for word in said):
        what = f"what {content} names is refused" if content else "refused"
        console.say(f"{_where(place)}: {what}, and closed to everybody from now on.")


@app.command()
def remark(
    collection: Collection,
    region: Region,
    language: Language,
    by: By,
    role: Role,
    words: Annotated[str, typer.Option(help="What should be otherwise; kept for the team.")],
    screen: Annotated[
        int | None, typer.Option(help="About which screen, as the booklet numbers them.", min=1, max=9_999)
    ] = None,
    capacity: As = "reviewer",
    content: Content = "",
) -> None:
    """Remark on a screen, or on all of it. Nothing opens or closes."""
    from flows.sign_offs import Verdict

    said = _say(collection, region, language, Verdict.REMARKED, by, role, capacity, content, words=words, screen=screen)
    for word in said:
        console.say(f"{_where(word.place)}: noted.")


def _say(  # what three commands ask for
    collection: str, region: str, language: str, verdict: Verdict, by: str, role: str, capacity: str, content: str,
    *, until: dt.date | None = None, words: str = "", screen: int | None = None,
) -> list[SignOff]:  # fmt: skip
    from bot.reading import read_collections, read_texts
    from bot.review.office import Asked, places_of, say
    from flows.sign_offs import Capacity

    if capacity not in set(Capacity):
        raise typer.BadParameter(f"write one of: {', '.join(Capacity)}", param_hint="--as")
    settings = console.settings()
    places = _named(settings, places_of, collection, region, language)
    asked = Asked(places, verdict, Capacity(capacity), role, by, until, screen, words, content)

    async def work() -> list[SignOff]:
        collections = read_collections(settings)
        return await say(settings, collections, read_texts(settings, collections), asked, utc_now())

    return console.finish(work())


def _named(settings: Settings, places_of: Any, collection: str, region: str, language: str) -> Any:  # noqa: ANN401
    from bot.reading import read_collections

    async def work() -> Any:  # noqa: ANN401  # places
        where, one = (None if each == EVERY else each for each in (region, language))
        return places_of(read_collections(settings), collection, where and where.upper(), one)

    return console.finish(work())


def _look(settings: Settings) -> list[Reviewed]:
    from bot.reading import read_collections, read_texts
    from bot.review.office import look_at
    from bot.stewardship.archive import open_archive

    async def work() -> list[Reviewed]:
        collections = read_collections(settings)
        async with open_archive(settings) as archive:
            return list((await look_at(archive, collections, read_texts(settings, collections))).values())

    return console.finish(work())


# --- in words and for programs ---------------------------------------------------------------------------------------


def _where(place: Any) -> str:  # noqa: ANN401  # a place
    return f"{place.collection} {place.territory}/{place.language}"


def _state(each: Reviewed) -> str:
    closed = each.review.closure(utc_now().date())
    return "open" if closed is None else f"closed: {closed.value}"


def _line(each: Reviewed) -> str:
    until = f" until {each.review.until}" if each.review.until is not None else ""
    changed = f", {console.counted(len(each.changed), 'part')} changed since it was signed" if each.changed else ""
    return f"{_where(each.place)}  {_state(each)}{until}{changed}  {each.content[:12]}"


def _word_line(word: SignOff) -> str:
    until = f" until {word.expires_on}" if word.expires_on is not None else ""
    screen = f" on screen {word.screen}" if word.screen is not None else ""
    own = ", who wrote it" if word.alone else ""
    said = f": {word.words}" if word.words else ""
    who = f"{word.role} ({word.capacity.value}, {word.by}{own})"
    return f"{word.at:%Y-%m-%d} {word.verdict.value}{until}{screen} by {who}{said}"


def _json(each: Reviewed) -> dict[str, Any]:
    closed = each.review.closure(utc_now().date())
    return {
        **each.place._asdict(),
        "content": each.content,
        "open": closed is None,
        "closed": None if closed is None else closed.value,
        "until": None if each.review.until is None else each.review.until.isoformat(),
        "parts_changed": len(each.changed),
    }


def _word_json(word: SignOff) -> dict[str, Any]:
    return {
        "verdict": word.verdict.value, "as": word.capacity.value, "role": word.role, "by": word.by,
        "at": word.at.isoformat(), "until": word.expires_on.isoformat() if word.expires_on else None,
        "screen": word.screen, "words": word.words, "content": word.content, "wrote_it": word.alone,
    }  # fmt: skip


def _say_what_is_missing(said: list[SignOff]) -> None:
    from flows.safety import takes_two

    if any(takes_two(word.place.territory) for word in said):
        console.say("It opens once a regional expert and counsel have both signed, who are two people.")
