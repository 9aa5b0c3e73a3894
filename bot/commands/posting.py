"""`surveybot post`: put an invite into a channel or a group where the bot may post."""

from __future__ import annotations

import datetime as dt
import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.commands import console
from bot.commands.console import Json
from bot.commands.inviting import By

if TYPE_CHECKING:
    from bot.settings import Settings
    from flows.collection import Collection
    from flows.posts import Post


def post(
    collection: Annotated[str, typer.Argument(help="The collection that it invites to.")],
    *,
    to: Annotated[str, typer.Option("--to", help="The channel or group: @name, or its number.")],
    language: Annotated[list[str], typer.Option(help="In which language it stands there; say it for each.")],
    region: Annotated[str | None, typer.Option(help="Whose pay it says, and who looks after its link.")] = None,
    preview: Annotated[bool, typer.Option("--preview", help="Show it and do nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before it is posted.")] = False,
    by: By = "",
    as_json: Json = False,
) -> None:
    """Post an invite into a channel or a group, with a link of its own. It is shown first; nothing is read there."""
    settings = console.settings()
    found, territory = console.finish(_checked(settings, collection, to, language, region))
    if not as_json or preview:
        _preview(settings, found, language, territory)
    if preview:
        return
    if as_json and not yes:
        raise console.refuse("--json asks nothing: say --yes with it")
    if not yes and not typer.confirm(f"Post it to {to}?", default=False):
        console.say("Nothing was posted.")
        return
    done = console.finish(_post(settings, found, to, tuple(language), territory, by or console.somebody()))
    if as_json:
        console.say_json(_json(done))
    elif done.state == "posted":
        console.say(f"It stands in {done.place}, with the link {done.link}: surveybot links show {done.link}")
    if done.state != "posted":
        raise console.refuse(_words(done))


async def _checked(
    settings: Settings, collection: str, place: str, languages: list[str], region: str | None
) -> tuple[Collection, str]:
    from bot.reading import read_collections
    from bot.team.office import NotDone, checked_limits
    from flows.posts import LANGUAGES_AT_MOST, place_named
    from flows.regions import spoken

    collections = read_collections(settings)
    limits = checked_limits(collections, [collection], [region] if region else [])
    found = next(each for each in collections if each.id == collection)
    if place_named(place) is None:
        raise NotDone(f"--to {place}: write the channel's @name, or its number, which begins with a minus")
    unknown = [each for each in languages if each not in spoken(found)]
    if unknown:
        raise NotDone(f"{found.id} does not speak {', '.join(unknown)}; it has {', '.join(spoken(found))}")
    if len(set(languages)) != len(languages) or len(languages) > LANGUAGES_AT_MOST:
        raise NotDone(f"--language: {LANGUAGES_AT_MOST} languages stand in one post at most, each once")
    return found, next(iter(limits.regions), "")


def _preview(settings: Settings, collection: Collection, languages: list[str], territory: str) -> None:
    from bot.reading import read_texts
    from flows.posts import post_screen

    texts = read_texts(settings, (collection,))
    for language in languages:
        screen = post_screen(collection, collection.region(territory), "https://t.me/")
        console.say(f"--- {language} ---")
        console.say(texts.screen(screen, language))
        for choice in (each for row in screen.rows for each in row):
            console.say(f"[ {texts.plain(choice.label, language)} ]")


async def _post(
    settings: Settings, collection: Collection, place: str, languages: tuple[str, ...], territory: str, by: str
) -> Post:
    from bot.doors import open_post_desk
    from bot.start_checks import CannotStart
    from bot.team.office import NotDone, at_the_desk, carry_out
    from bot.uncut import to_the_end
    from flows.events import TOKEN_BYTES
    from flows.team import posting
    from flows.team.rights import COMMAND_LINE
    from flows.team.roster import PostAsked

    now = dt.datetime.now(dt.UTC)
    try:
        async with open_post_desk(settings) as door:
            async with at_the_desk(settings) as desk:
                changes = posting.ask(
                    COMMAND_LINE, collection, place, languages, territory, now, token=os.urandom(TOKEN_BYTES), by=by
                )
                carry_out(desk, changes, now, "it could not be posted")
            asked = next(each.post for each in changes if isinstance(each, PostAsked))
            # Cut off while the request is on its way, nobody would ever say what became of it.
            return await to_the_end(door.carry_out(asked.id, "command line")) or asked
    except CannotStart as error:
        raise NotDone(str(error)) from None


def _words(post: Post) -> str:
    from flows.posts import PostState, WhyNot

    if post.state is not PostState.REFUSED:
        return f"no answer came: it may stand in {post.place}, or not. Look there before you post again"
    return {
        WhyNot.NOT_THERE: f"nothing was posted: Telegram knows no {post.place}, or the bot is not in it. Put the bot "
        "there and post again",
        WhyNot.NO_RIGHT: f"nothing was posted: the bot may not post in {post.place}. Make it an administrator who may",
        WhyNot.LATER: "nothing was posted: Telegram was not reached, or asked to wait. Post again later",
        WhyNot.NOT_TAKEN: "nothing was posted: Telegram did not take it",
        WhyNot.CLOSED: "nothing was posted: that stands still; surveybot halts says since when",
    }[WhyNot(post.why)]


def _json(post: Post) -> dict[str, Any]:
    return {
        "post": post.id,
        "collection": post.collection,
        "place": post.place,
        "languages": list(post.languages),
        "region": post.territory or None,
        "link": post.link,
        "state": post.state.value,
        "why": post.why or None,
    }
