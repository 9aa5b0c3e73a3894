"""`surveybot move`: a person's word that a contributor may move to a place where more is asked."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands import console
from bot.commands.console import Json

if TYPE_CHECKING:
    from bot.settings import Settings

_CODE = re.compile(r"[0-9A-Za-z]{4}-?[0-9A-Za-z]{4}")


def move(
    code: Annotated[str, typer.Argument(help="The code that the contributor named, such as K7M4-QX2P.")],
    to: Annotated[str, typer.Option(help="The place, in two letters (ISO 3166-1).")],
    reason: Annotated[str, typer.Option(help="Why this is safe for them. It is kept in the audit; name nobody.")],
    days: Annotated[int, typer.Option(help="How long they have to go on with it.", min=1, max=90)] = 14,
    as_json: Json = False,
) -> None:
    """Let a contributor move to a place where more is asked than where they live so far. They do it themselves."""
    from bot.clock import utc_now
    from flows.load import CollectionFaults, load_collections

    settings = console.settings()
    try:
        collections = load_collections(settings.collections)
    except CollectionFaults as faults:
        raise console.refuse(faults) from None
    known = sorted({region.territory for collection in collections for region in collection.regions})
    if to not in known:
        raise console.refuse(f"no collection has a region {to!r}; there is: {', '.join(known)}")
    code = "".join(letter for letter in code if unicodedata.category(letter) not in {"Cf", "Zs"})
    if not _CODE.fullmatch(code):
        raise console.refuse("this is not such a code: it has eight letters and digits, such as K7M4-QX2P")
    if not reason.strip():
        raise console.refuse("say with --reason why this is safe for them")
    until = utc_now() + dt.timedelta(days=days)
    console.finish(_allow(settings, code, to, reason.strip(), until))
    if as_json:
        console.say_json({"to": to, "until": until.isoformat()})
        return
    console.say(f"Whoever has this code may move to {to} until {until:%Y-%m-%d}. Ask them to press “Look again”.")


async def _allow(settings: Settings, code: str, to: str, reason: str, until: dt.datetime) -> None:
    from bot.clock import utc_now
    from bot.stewardship.archive import open_archive
    from bot.storage import moves
    from flows.consent import hash_code

    async with open_archive(settings) as archive, archive.database.write() as connection:
        await moves.allow(connection, hash_code(code), to, until)
        await moves.note(connection, utc_now(), to, reason)
