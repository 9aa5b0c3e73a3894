"""`surveybot erase`, `surveybot close`, `surveybot retention`: what goes without its contributor asking the bot."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands import console
from bot.commands.console import Json

if TYPE_CHECKING:
    from bot.settings import Settings
    from bot.stewardship.erasing import Erased
    from bot.storage.conversations import ContributionRow

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


def say_erased(erased: Erased) -> None:
    """What was done at once, and what follows."""
    console.say(
        f"Gone at once: {erased.contributions} contributions with their answers, {erased.chats} chats, "
        f"{erased.keys} keys. No copy of the data opens them any more without a copy of the key store from before."
    )
    for recipient in erased.recipients:
        console.say(f"Follows: {recipient} holds rows of it. surveybot withdrawals --recipient {recipient!r}")
    console.say("Follows: copies of the key store from before still open it; destroy them in time (docs/keys.md).")
    if not erased.log_emptied:
        console.say("Follows: the write-ahead log was being read; it is emptied when nobody reads.")
    console.say("Stays: what Telegram has of the chat; and the note of pay that is owed, for as long as consent said.")


async def _erase(settings: Settings, receipt: str, reason: str, *, dry_run: bool) -> tuple[ContributionRow, Erased]:
    from bot.bootstrap import utc_now
    from bot.stewardship.archive import open_archive
    from bot.stewardship.erasing import Erased, by_receipt
    from bot.stewardship.erasing import erase as take_out
    from bot.tombstones import Tombstones

    async with open_archive(settings) as archive:
        async with archive.database.read() as connection:
            found = await by_receipt(connection, receipt)
        if dry_run:
            return found, Erased()

        def note(rows: object, _keys: object) -> list[dict[str, object]]:  # noqa: ARG001
            entry = {"at": utc_now(), "actor": "steward", "action": "erased by receipt", "detail": {"reason": reason}}
            return [{**entry, "collection": found.collection, "pseudonym": found.pseudonym}]

        return found, await take_out(archive, Tombstones(settings.tombstones), [found], "withdrawn", note, utc_now)
