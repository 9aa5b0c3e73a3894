"""`surveybot receipt`: what anybody can check who has a receipt's file, without the bot and without its data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands import console
from bot.commands.console import Json

if TYPE_CHECKING:
    from bot.trail.receipts import Checked

app = typer.Typer(help="Receipts, for whoever has one.", no_args_is_help=True)


@app.callback()
def _receipts() -> None:
    """Keeps `verify` a word of its own while it is the only one."""


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="The file that the bot sent: receipt.jsonld.")],
    *,
    key: Annotated[
        str,
        typer.Option(
            help="The installation's public key or its fingerprint, as `surveybot audit key` prints it and as the "
            "organisation publishes it. Not the one in the file."
        ),
    ] = "",
    as_json: Json = False,
) -> None:
    """Check that a receipt is in the signed log, without data, keys or settings; end with 1 where it is not."""
    from bot.trail.receipts import NOT_CHECKED, NotAReceipt, check

    try:
        checked = check(file.read_text(encoding="utf-8"), key or None)
    except NotAReceipt as fault:
        raise console.refuse(f"{file}: {fault}") from None
    except UnicodeDecodeError:
        raise console.refuse(f"{file}: this is not text; name the file that the bot sent, receipt.jsonld") from None
    except OSError as fault:
        raise console.refuse(f"{file}: {fault.strerror or type(fault).__name__}") from None
    if as_json:
        console.say_json(
            {
                "holds": checked.holds,
                "key_checked": checked.key_known,
                "fingerprint": checked.fingerprint,
                "place": checked.place,
                "size": checked.size,
                "head_at": checked.head_at.isoformat(),
                "checks": checked.matches,
                "not_checked": list(NOT_CHECKED),
            }
        )
    else:
        _say(checked, NOT_CHECKED)
    if not checked.holds:
        raise typer.Exit(1)


def _say(checked: Checked, not_checked: tuple[str, ...]) -> None:
    for words, holds in checked.matches.items():
        console.say(f"{'✓' if holds else '✗'} {words}{'' if holds else ': NO'}")
    console.say(f"Entry {checked.place} of {checked.size}, in a log of {checked.head_at:%Y-%m-%d %H:%M:%S} UTC.")
    console.say(f"The key's fingerprint: {checked.fingerprint}")
    if not checked.key_known:
        console.say(
            "! Not checked: whose key that is. Anybody can make a key. Compare the fingerprint with the one that the "
            "organisation publishes, or name that one with --key."
        )
    for words in not_checked:
        console.say(f"Not checked: {words}.")
