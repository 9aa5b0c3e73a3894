"""`surveybot erase`, `surveybot close`, `surveybot retention`: what goes without its contributor asking the bot."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands import console
from bot.commands.console import Json

if TYPE_CHECKING:
    from bot.settings import Settings
    from bot.stewardship.closing import Closing
    from bot.stewardship.erasing import Erased
    from bot.stewardship.retention import CarriedOut
    from bot.storage.conversations import ContributionRow
    from flows.collection import Collection

DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would go, and change nothing.")]
Reason = Annotated[str, typer.Option(help="Why. It is kept in the audit; name nobody.")]


def erase(
    receipt: Annotated[str, typer.Option(help="The id in the receipt's file: its `dpv:hasIdentifier`.")],
    reason: Reason,
    *,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Erase what somebody gave who has lost their account, and can no longer take it back in the chat."""
    reason = _checked(reason)
    found, erased = console.finish(_erase(console.settings(), receipt, reason, dry_run=dry_run))
    if as_json:
        console.say_json({"collection": found.collection, "erased": not dry_run, **asdict(erased)})
        return
    if dry_run:
        submitted = f"submitted on {found.submitted_at:%Y-%m-%d}" if found.submitted_at else "not submitted"
        console.say(f"This receipt is of a contribution to {found.collection}, {submitted}. Nothing was changed.")
        return
    say_erased(erased)


def _checked(reason: str) -> str:
    if not reason.strip():
        raise console.refuse("say with --reason why")
    return reason.strip()


def _contributions(number: int) -> str:
    return console.counted(number, "contribution")


def say_erased(erased: Erased) -> None:
    """What was done at once, and what follows."""
    chats = console.counted(erased.chats, "chat")
    gone = f"Gone at once: {_contributions(erased.contributions)} with all answers, {chats}"
    if erased.keys_wait:
        console.say(f"{gone}.")
        console.say(_follow(erased.keys))
    else:
        console.say(
            f"{gone}, {_keys(erased.keys)}. No copy of the data opens them any more without a copy of the key store "
            "from before."
        )
    if erased.told or erased.files:
        console.say(
            f"Follows: {_people(erased.told)} told so in the chat, and {_files(erased.files)} taken out of it, within "
            "a minute while the bot runs. Until then, and for a day at most, it keeps the key to write there."
        )
    for recipient in erased.recipients:
        console.say(f"Follows: {recipient} holds rows of it. surveybot withdrawals --recipient {recipient!r}")
    console.say("Follows: copies of the key store from before still open it; destroy them in time (docs/keys.md).")
    if erased.on_server:
        console.say("Follows: the server lets go of what was deleted in its own time (docs/postgresql.md).")
    if not erased.log_emptied:
        console.say("Follows: the write-ahead log was being read; it is emptied when nobody reads.")
    for owed in erased.owed:
        console.say(
            f"Stays owed: {owed.amount} {owed.currency}, under {owed.reference}. Tell whoever asked for this, who may "
            "not read the chat any more; note it nowhere else. Whoever pays is named it and nothing more."
        )
    console.say(
        "Stays: what else Telegram has of the chat, and files of more than 48 hours ago, which no bot can take away; "
        "and the note of pay that is owed, for as long as consent said."
    )


def _follow(keys: int) -> str:
    return (
        f"Follows: {_keys(keys)}. The key store, or the list of destroyed keys, cannot be written just now; the bot "
        "destroys them as soon as it can. Let it run; nothing has to be asked for again."
    )


def _keys(number: int) -> str:
    return console.counted(number, "key")


def _people(number: int) -> str:
    return console.counted(number, "person is", "people are")


def _files(number: int) -> str:
    return console.counted(number, "file that the bot sent is", "files that the bot sent are")


async def _erase(settings: Settings, receipt: str, reason: str, *, dry_run: bool) -> tuple[ContributionRow, Erased]:
    from bot.clock import utc_now
    from bot.owing.chat import Gone
    from bot.stewardship.archive import open_archive
    from bot.stewardship.erasing import Erased, by_receipt
    from bot.stewardship.erasing import erase as take_out
    from bot.tombstones import Tombstones
    from bot.uncut import to_the_end

    async with open_archive(settings) as archive:
        async with archive.database.read() as connection:
            found = await by_receipt(connection, receipt)
        if dry_run:
            return found, Erased()

        def note(rows: object, _keys: object) -> list[dict[str, object]]:  # noqa: ARG001
            entry = {"at": utc_now(), "actor": "steward", "action": "erased by receipt", "detail": {"reason": reason}}
            return [{**entry, "collection": found.collection, "pseudonym": found.pseudonym}]

        taking = take_out(archive, Tombstones(settings.tombstones), [found], Gone.ERASED, note, utc_now)
        return found, await to_the_end(taking)  # what it says is said once, and the same again finds nothing


def close(
    collection: Annotated[str, typer.Argument(help="The collection's id.")],
    reason: Reason,
    *,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Close a collection for good: nobody is asked or invited, and answers go by the rule that its consent named."""
    from bot.stewardship.payouts import collection_of

    reason = _checked(reason)
    settings, collections = _opened()

    async def work() -> tuple[Closing, Erased]:
        from bot.clock import utc_now
        from bot.stewardship.archive import open_archive
        from bot.stewardship.closing import close as close_it
        from bot.stewardship.closing import plan
        from bot.stewardship.erasing import Erased

        wanted = collection_of(collections, collection)
        if dry_run:
            async with open_archive(settings) as archive:
                return await plan(archive, wanted), Erased()
        return await close_it(settings, collections, wanted, reason, utc_now)

    closing, erased = console.finish(work())
    if as_json:
        ends = closing.last_end.isoformat() if closing.last_end is not None else None
        console.say_json({**asdict(closing), "last_end": ends, "closed": not dry_run, "erased": asdict(erased)})
        return
    _say_closing(closing, dry_run=dry_run)
    if erased.contributions:
        say_erased(erased)


def _say_closing(closing: Closing, *, dry_run: bool) -> None:
    would = "would be " if dry_run else ""
    ends = console.counted(closing.invites, "invite ends", "invites end")
    console.say(f"{closing.collection} {would or 'is '}closed: nobody is asked or invited, and {ends}.")
    if closing.rule == "erase":
        console.say(f"Its rule is to erase: {_contributions(closing.contributions)} {would}gone at once.")
    elif closing.last_end is not None:
        stay = "stays until its" if closing.contributions == 1 else "stay until their"
        console.say(
            f"Its rule is to keep: {_contributions(closing.contributions)} {stay} own consent ends, the last on "
            f"{closing.last_end:%Y-%m-%d}. Let the bot run, and leave the collection's folder where it is, until then."
        )
    if dry_run:
        console.say("Nothing was changed.")


def _opened() -> tuple[Settings, tuple[Collection, ...]]:
    from flows.load import CollectionFaults, load_collections

    settings = console.settings()
    try:
        return settings, load_collections(settings.collections)
    except CollectionFaults as faults:
        raise console.refuse(faults) from None


retention = typer.Typer(help="What may not be kept any longer.", no_args_is_help=True)


@retention.callback()
def _retention() -> None:
    """Keeps `run` a word of its own while it is the only one."""


@retention.command("run")
def run_retention(
    *,
    dry_run: DryRun = False,
    days: Annotated[int, typer.Option(help="With --dry-run: how many days to look ahead.", min=0, max=3660)] = 30,
    as_json: Json = False,
) -> None:
    """Let go of what may not be kept any longer, as the bot does each day; or say what would go, and when."""
    settings, collections = _opened()

    missing: dict[str, int] = {}

    async def work() -> CarriedOut:
        from bot.clock import utc_now
        from bot.stewardship.archive import open_archive
        from bot.stewardship.retention import CarriedOut, carry_out, look_ahead
        from bot.storage.off_shelf import held_off_shelf
        from bot.tombstones import Tombstones

        async with open_archive(settings) as archive:
            async with archive.database.read() as connection:
                missing.update(await held_off_shelf(connection, [each.id for each in collections]))
            if dry_run:
                ahead = await look_ahead(archive, collections, utc_now() + dt.timedelta(days=days))
                return CarriedOut(ahead, keys_wait=0)
            return await carry_out(archive, Tombstones(settings.tombstones), collections, utc_now, actor="steward")

    done = console.finish(work())
    found = done.counted
    for collection, count in missing.items():
        console.err.print(f"! {_not_looked_through(collection, count)}", highlight=False, soft_wrap=True)
    if as_json:
        console.say_json([{**asdict(each), "on": each.on.isoformat()} for each in found])
        if done.keys_wait:
            console.err.print(_follow(done.keys_wait), markup=False)
        return
    for each in found:
        of, went = _contributions(each.contributions), "goes" if dry_run else "went"
        console.say(f"{each.on.isoformat()}  {each.collection}: {each.what} of {of} {went}")
    if not found:
        console.say(f"Nothing comes due within {days} days." if dry_run else "Nothing has been kept too long.")
    if done.keys_wait:
        console.say(_follow(done.keys_wait))


def _not_looked_through(collection: str, count: int) -> str:
    from bot import off_shelf

    return f"{off_shelf.held(collection, count)}, and its folder is not there to say until when: not looked through."
