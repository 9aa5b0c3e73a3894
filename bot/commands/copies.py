"""`surveybot backup` and `surveybot restore`."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.clock import utc_now
from bot.commands import console
from bot.commands.console import Json

if TYPE_CHECKING:
    from bot.stewardship.backup import Made
    from bot.stewardship.restore import Restored


def backup(
    data: Annotated[Path, typer.Option(help="The folder for backups of the data.")],
    keys: Annotated[Path, typer.Option(help="The folder for backups of the keys: another place, other people.")],
    *,
    together: Annotated[bool, typer.Option("--together", help="Take one place for both, against all advice.")] = False,
    keep_keys_days: Annotated[
        int | None,
        typer.Option(min=0, max=console.MOST_DAYS, help="Destroy older backups of the key store in that folder."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Copy data and keys, also while the bot runs, into two separate places. The master key is in neither."""
    from bot.stewardship.backup import back_up

    keep = None if keep_keys_days is None else dt.timedelta(days=keep_keys_days)
    settings = console.settings()
    with console.err.status("Copying"):
        made = console.finish(back_up(settings, data, keys, utc_now, together=together, keep_keys=keep))
    if as_json:
        console.say_json(
            {
                "data": str(made.data),
                "keys": str(made.keys),
                "made_at": made.made_at.isoformat(),
                "on_one_disk": made.on_one_disk,
                "destroyed": [str(path) for path in made.destroyed],
                "untold": [str(path) for path in made.untold],
            }
        )
        return
    _say_made(made)


def _say_made(made: Made) -> None:
    console.say(f"Data: {made.data}")
    console.say(f"Keys: {made.keys}")
    if made.on_one_disk:
        console.say("! Both are on one disk now. Take them to different places: together they open everything.")
    for path in made.destroyed:
        console.say(f"Destroyed, as it was too old: {path}")
    for path in made.untold:
        console.say(f"! {path} holds a key store and does not say how old it is. Look, and destroy it yourself.")
    console.say("The master key is in neither: its recovery copy is what opens them.")


def restore(
    data: Annotated[Path, typer.Option(readable=False, help="A backup of the data, or the folder of them.")],
    keys: Annotated[
        Path,
        typer.Option(readable=False, help="A backup of the keys, or the folder of them: of folders the newest."),
    ],
    *,
    destroyed: Annotated[
        list[Path] | None, typer.Option(help="A newer copy of destroyed-keys.log; say it for each that there is.")
    ] = None,
    no_newer_list: Annotated[
        bool, typer.Option("--no-newer-list", help="No newer copy of destroyed-keys.log is left anywhere.")
    ] = False,
    master_key: Annotated[
        Path | None, typer.Option(help="The recovery copy of the master key, where SURVEYBOT_KEY_FILE is lost.")
    ] = None,
    older_keys: Annotated[
        bool, typer.Option("--older-keys", help="Take keys of before the data: no others are left.")
    ] = False,
    over: Annotated[bool, typer.Option("--over", help="Set data and keys that are there aside.")] = False,
    as_json: Json = False,
) -> None:
    """Put a backup back. What was taken back since stays closed. Stop the bot before."""
    # Whether the folders can be read is not left to the options: they would not say whose a closed one is.
    from bot.stewardship.backup import newest
    from bot.stewardship.restore import Order
    from bot.stewardship.restore import restore as put_back

    settings = console.settings()

    async def work() -> tuple[Order, Restored]:
        order = Order(
            *newest(data, keys), tuple(destroyed or ()), master_key,
            over=over, no_newer_list=no_newer_list, older_keys=older_keys,
        )  # fmt: skip
        return order, await put_back(settings, order, utc_now)

    with console.err.status("Putting it back"):
        order, restored = console.finish(work())
    if as_json:
        console.say_json(
            {
                "data": str(order.data),
                "keys": str(order.keys),
                "made_at": restored.made_at.isoformat(),
                "destroyed_since": restored.destroyed,
                "closed": {
                    "chats": restored.closed.chats,
                    "contributions": restored.closed.contributions,
                    "purposes": sum(len(purposes) for _, purposes in restored.closed.ended),
                },
                "notices_stopped": [each.id for each in restored.closed.notices],
                "halts_kept": restored.halts,
                "voucher_codes_taken_out": restored.codes,
                "audit_entries_lost": restored.audit_lost,
                "set_aside": [str(path) for path in restored.set_aside],
            }
        )
        return
    _say_restored(restored, no_newer_list=no_newer_list)


def _say_restored(restored: Restored, *, no_newer_list: bool) -> None:
    closed = restored.closed
    console.say(f"The backup of {restored.made_at:%Y-%m-%d %H:%M} UTC is back.")
    console.say(
        f"Closed again, as people took it back since: {closed.contributions} contributions, "
        f"{sum(len(purposes) for _, purposes in closed.ended)} single purposes. `surveybot withdrawals` tells each "
        "recipient."
    )
    if restored.keys_made_at < restored.made_at:
        console.say("! The keys are older than the data: whoever agreed in between has no key, and reads as withdrawn.")
    if no_newer_list and not restored.destroyed:
        console.say(
            "! No newer list of destroyed keys was there. Whoever took their data back after the backup was made is "
            "open again, and nothing here knows who that is."
        )
    if restored.codes:
        console.say(
            f"! {restored.codes} voucher codes were taken out: some may have been handed out since. Load those again "
            "that the shop says are unspent."
        )
    for notice in closed.notices:
        console.say(
            f"! Breach notice {notice.id} was being sent when the backup was made, and goes on no more: of "
            f"{notice.states.get('unknown', 0)} people nobody knows whether they were told. To tell them, write a new "
            "one with `surveybot notify-breach`."
        )
    if restored.audit_lost:
        console.say(
            f"! {restored.audit_lost} audit entries came after the backup and are not in it. The trail goes on without "
            "them and says so: `surveybot audit verify`."
        )
    for path in restored.set_aside:
        console.say(f"! Set aside: {path}. It still opens. Destroy it as soon as you are sure.")
    if restored.halts is None:
        console.say(
            "! What was halted or closed after the backup was made is open again, and nothing here knows what that is: "
            "`surveybot halt`, before you start the bot."
        )
    elif restored.halts:
        console.say(f"Halts that were made after the backup still stand, {restored.halts} of them: `surveybot halts`.")
    console.say("Start the bot.")
