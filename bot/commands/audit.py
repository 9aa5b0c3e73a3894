"""`surveybot audit`: what was done, whether anybody has changed the note of it, and the key that it is signed with."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands import console
from bot.commands.console import Json

if TYPE_CHECKING:
    from bot.settings import Settings
    from bot.storage.audit import Row, Wanted
    from bot.trail.heads import Head
    from bot.trail.published import Published
    from bot.trail.verifying import Verdict

app = typer.Typer(help="The audit trail: who did what, when, on what, and why.", no_args_is_help=True)

MOST_SAID = 50
"""Findings that are printed for people; `--json` has all of them."""


@app.command()
def show(
    *,
    since: Annotated[str, typer.Option(help="From this day or moment on (UTC), such as 2026-11-01.")] = "",
    actor: Annotated[str, typer.Option(help="In which role, or the pseudonym of a member of the team.")] = "",
    action: Annotated[str, typer.Option(help="What was done, such as “release made”.")] = "",
    collection: Annotated[str, typer.Option(help="The collection's id.")] = "",
    most: Annotated[int, typer.Option(help="How many at most, the newest of them.", min=1, max=console.MOST)] = 1_000,
    as_json: Json = False,
) -> None:
    """Show audit entries, oldest first. It names pseudonyms and never an answer, a person or a chat."""
    from bot.storage.audit import Wanted

    wanted = Wanted(_moment(since), actor or None, action or None, collection or None, most)
    rows = console.finish(_shown(console.settings(), wanted))
    if as_json:
        console.say_json([_as_json(row) for row in rows])
        return
    for row in rows:
        console.say(_line(row))
    if not rows:
        console.say("No audit entry is like that.")


def _moment(since: str) -> dt.datetime | None:
    if not since:
        return None
    try:
        found = dt.datetime.fromisoformat(since)
        return console.moment(found.replace(tzinfo=dt.UTC) if found.tzinfo is None else found)
    except (ValueError, OverflowError):
        raise console.refuse(f"--since: {since!r} is no day; write it as 2026-11-01 or 2026-11-01T08:00") from None


async def _shown(settings: Settings, wanted: Wanted) -> list[Row]:
    from bot.stewardship.archive import open_data
    from bot.storage import audit

    async with open_data(settings) as database:
        await database.check_schema()
        async with database.read() as connection:
            return await audit.shown(connection, wanted)


def _as_json(row: Row) -> dict[str, object]:
    if row.entry is None:
        return {"row": row.id, "readable": False}
    entry = {**asdict(row.entry), "at": row.entry.at.isoformat()}
    return {"row": row.id, "place": row.leaf, "sealed": row.leaf is not None, **entry}


def _line(row: Row) -> str:
    if row.entry is None:
        return f"row {row.id}: cannot be read; run: surveybot audit verify"
    entry = row.entry
    place = "not sealed yet" if row.leaf is None else f"#{row.leaf}"
    about = " ".join(each for each in (entry.collection, entry.pseudonym) if each)
    detail = json.dumps(entry.detail, ensure_ascii=False) if entry.detail else ""
    words = f"{entry.at:%Y-%m-%d %H:%M:%S}  {place}  {entry.actor}: {entry.action}  {about}  {detail}".rstrip()
    return "".join(letter if letter.isprintable() else "�" for letter in words)


@app.command()
def verify(
    *,
    head: Annotated[
        list[Path] | None, typer.Option(help="A published head to hold it against; may be said often.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Say whether and where an entry was changed, removed, put in, moved or cut off; end with 1 where one was."""
    published = [_published(each).head for each in head or ()]
    with console.err.status("Reading the whole trail"):
        verdict = console.finish(_verified(console.settings(), published))
    if as_json:
        console.say_json(_verdict_json(verdict))
    else:
        _say_verdict(verdict)
    if verdict.findings:
        raise typer.Exit(1)


def _published(file: Path) -> Published:
    from bot.trail.published import NotAHead, read_published

    try:
        return read_published(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        raise console.refuse(f"{file}: there is no such file that can be read as UTF-8") from None
    except NotAHead as why:
        raise console.refuse(f"{file}: {why}") from None


@app.command("check-head")
def check_head(
    file: Annotated[Path, typer.Argument(help="The text of the post, as it was copied.")],
    *,
    key: Annotated[str, typer.Option(help="The public key or its fingerprint, from somewhere else.")] = "",
    as_json: Json = False,
) -> None:
    """Check a published head without bot, data or keys: that it was signed, and with which key."""
    from bot.vault import fingerprint

    found = _published(file)
    signed = found.is_signed
    known = found.is_of(key) if key else None
    if as_json:
        console.say_json(
            {
                "signed": signed, "key_is_the_named_one": known, "number": found.head.number, "size": found.head.size,
                "root": found.head.root.hex(), "at": found.head.at.isoformat(),
                "fingerprint": fingerprint(found.public_key),
            }
        )  # fmt: skip
    elif signed:
        console.say(f"Head {found.head.number} of {found.head.at:%Y-%m-%d %H:%M:%S} UTC: {found.head.size} entries")
        console.say(f"It was signed with the key {fingerprint(found.public_key)}")
        if known is None:
            console.say("Whose key that is was not checked: name the published one with --key")
    if not signed:
        raise console.refuse("this head is not signed with the key that stands beneath it")
    if known is False:
        raise console.refuse("this head is signed with another key than the one that you name")


async def _verified(settings: Settings, published: Sequence[Head]) -> Verdict:
    from bot.stewardship.archive import open_archive
    from bot.trail.verifying import verify as look

    async with open_archive(settings) as archive:
        return await look(archive.database, archive.keystore, archive.vault, published)


def _verdict_json(verdict: Verdict) -> dict[str, object]:
    newest = verdict.newest
    return {
        "untouched": not verdict.findings,
        "entries": verdict.entries,
        "sealed": verdict.sealed,
        "not_sealed_yet": verdict.waiting,
        "from_before_the_trail": verdict.earlier,
        "heads": verdict.heads,
        "head": None if newest is None else {
            "number": newest.number, "size": newest.size, "root": newest.root.hex(), "at": newest.at.isoformat(),
        },
        "restored": [asdict(loss) for loss in verdict.losses],
        "findings": [asdict(each) for each in verdict.findings],
    }  # fmt: skip


def _say_verdict(verdict: Verdict) -> None:
    for loss in verdict.losses:
        console.say(
            f"{loss.note} was put back on {loss.at[:10]}: the log goes on from entry {loss.size}, and {loss.entries} "
            "entries that came after it are lost with what they told of."
        )
    if verdict.earlier:
        console.say(f"{verdict.earlier} entries are from before the trail; the next start of the bot takes them in.")
    waiting = f", {verdict.waiting} not sealed yet" if verdict.waiting else ""
    newest = verdict.newest
    if newest is not None:
        console.say(f"Head {newest.number} of {newest.at:%Y-%m-%d %H:%M:%S} UTC: {newest.size} entries")
        console.say(f"  {newest.root.hex()}")
    for each in verdict.findings[:MOST_SAID]:
        console.err.print(f"✗ {each.kind}: {each.words}", style="bold red", markup=False)
    if len(verdict.findings) > MOST_SAID:
        console.err.print(f"and {len(verdict.findings) - MOST_SAID} more; --json has all of them", style="bold red")
    if not verdict.findings:
        console.say(f"{verdict.entries} entries, {verdict.sealed} sealed{waiting}: nothing was tampered with.")


@app.command()
def key(*, as_json: Json = False) -> None:
    """Print the public key that the log's heads are signed with, and its fingerprint, to be published."""
    from bot.vault import fingerprint

    found = console.finish(_key(console.settings()))
    if as_json:
        console.say_json({"public_key": found.hex(), "fingerprint": fingerprint(found)})
        return
    console.say(f"public key (Ed25519): {found.hex()}")
    console.say(f"fingerprint (SHA-256): {fingerprint(found)}")


async def _key(settings: Settings) -> bytes:
    from bot.stewardship.archive import open_keys

    async with open_keys(settings) as (_keystore, vault):
        return vault.head_key()
