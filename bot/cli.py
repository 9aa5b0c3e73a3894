"""The command line. Exit codes: 0 done, 1 a refusal that is explained, 2 wrong usage."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from bot import logs
from bot.commands import (
    api,
    audit,
    beginning,
    checking,
    console,
    copies,
    data,
    doctor,
    erasing,
    incidents,
    inviting,
    keys,
    links,
    moves,
    notifying,
    payouts,
    piloting,
    posting,
    preview,
    progress,
    receipt,
    recipients,
    releases,
    review,
    setting_up,
    statistics,
    team,
    withdrawals,
    wording,
)
from bot.leaving import code_of, leave, leave_unwritten
from bot.settings import Settings
from bot.stopping import PATIENCE, end_within

app = typer.Typer(
    name="surveybot",
    help="A consent-first survey bot for Telegram.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _run(
    work: Coroutine[Any, Any, None],
    *,
    refuse: Callable[[object], typer.Exit] = console.refuse,
    patience: float | None = None,
) -> None:
    """Run until done or told to stop; what is expected to go wrong is one message and no traceback.

    `patience`: seconds that a stop may take; without it, as long as it does.
    """
    from bot.adapter.source import Stopped
    from bot.start_checks import CannotStart
    from bot.storage.database import SchemaFault, StoreUnavailable
    from bot.storage.installation import NotAPair
    from bot.storage.vocabulary import IdReused
    from bot.vault import CannotOpen, KeyFileFault
    from flows.load import CollectionFaults

    try:
        with asyncio.Runner(loop_factory=_event_loop()) as runner:
            runner.run(_until_told(work, patience))
    except CannotOpen:
        raise refuse(console.OTHER_KEY) from None
    except StoreUnavailable as error:
        raise refuse(
            f"data or keys cannot be read or written just now ({error}): the disk is full, closed to writing or in "
            "trouble, or another program holds them. surveybot doctor says more; nothing is lost, start again then"
        ) from None
    except (
        CannotStart,
        Stopped,
        SchemaFault,
        NotAPair,
        IdReused,
        KeyFileFault,
        CollectionFaults,
    ) as error:
        raise refuse(error) from None


def _refuse_in_the_log(why: object) -> typer.Exit:
    """For whoever reads the log alone: one line, as everything else there."""
    logs.refused(str(why))
    return typer.Exit(1)


def _event_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop where there is one (docs/decisions/0007-event-loop.md), otherwise asyncio's own."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


async def _until_told(work: Coroutine[Any, Any, None], patience: float | None) -> None:
    def stop() -> None:
        if patience is not None:
            end_within(patience)
        task.cancel()

    loop = asyncio.get_running_loop()
    loop.set_exception_handler(logs.log_loop_errors)
    task = asyncio.ensure_future(work)
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop)
    try:
        await task
    except asyncio.CancelledError:
        if not task.cancelled():
            raise


_TURN_SECONDS = 0.0005
"""How long one thread keeps the interpreter while another wants it. A thread of the database lets go of it with every
statement; with Python's 5 ms it would wait so long for it each time, and everybody of its batch with it."""


def _settle_in() -> None:
    """What the start has built stays for good: the collector need not walk it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 100)
    sys.setswitchinterval(_TURN_SECONDS)


@app.command()
def run(
    port: Annotated[int, typer.Option(help="Where a rehearsal's page is served.")] = 8080,
) -> None:
    """Serve Telegram. Without SURVEYBOT_TOKEN: a rehearsal in the browser."""
    settings = console.settings()
    logs.set_up(settings.log_format)
    if settings.token is None:
        console.out.print("There is no SURVEYBOT_TOKEN, so this is a rehearsal: nothing reaches Telegram.")
        console.out.print("`surveybot setup` leads to a bot of your own.")
        _rehearse(settings, port)
        return
    from bot.bootstrap import serve
    from bot.vitals.manager import manager_of

    logs.keep_words_out_of_tracebacks()
    in_the_log = settings.log_format == "json"

    def ready(username: str) -> None:
        _settle_in()
        if in_the_log:
            logs.serves(username)
        else:
            console.out.print(f"Serving @{username}. Stop with Ctrl-C.")

    refuse = _refuse_in_the_log if in_the_log else console.refuse
    _run(serve(settings, ready=ready, manager=manager_of(os.environ)), refuse=refuse, patience=PATIENCE)


@app.command()
def sandbox(
    port: Annotated[int, typer.Option(help="Where the page is served.")] = 8080,
) -> None:
    """Rehearse in the browser: a stand-in for Telegram and the same bot, on this machine alone."""
    settings = console.settings()
    logs.set_up(settings.log_format)
    _rehearse(settings, port)


def _rehearse(settings: Settings, port: int) -> None:
    import bot.bootstrap  # noqa: F401  # before a loop hears a stop, which would wait until all is loaded

    _run(_thrown_away(settings, port))


async def _thrown_away(settings: Settings, port: int) -> None:
    """A rehearsal in a folder of its own, made in the loop: before it, a stop ends the process and would leave it."""
    with tempfile.TemporaryDirectory(prefix="surveybot-rehearsal-") as folder:
        await _sandbox(settings, port, Path(folder))


async def _sandbox(settings: Settings, port: int, folder: Path) -> None:
    from bot.bootstrap import Everybody, serve
    from bot.doors import open_gallery
    from bot.sandbox.server import Sandbox, phones
    from bot.settings import sandbox_settings
    from bot.start_checks import CannotStart
    from bot.vitals.manager import manager_of

    token = "1:rehearsal"  # noqa: S105  # the stand-in takes any
    guide = open_gallery(settings)
    languages = phones(each["id"] for hall in guide.halls() for each in hall["languages"])
    try:
        stand_in = Sandbox(token=token, port=port, page=True, languages=languages, guide=guide)
        await stand_in.begin()
    except OSError:
        raise CannotStart(f"port {port} is taken; choose another: surveybot sandbox --port {port + 1}") from None
    try:

        def ready(_username: str) -> None:
            console.out.print(f"Open {stand_in.page_url}", style="bold green")
            console.out.print("Everything is thrown away when you stop with Ctrl-C.")

        rehearsed = sandbox_settings(settings, stand_in.api_url, token, folder)
        await serve(rehearsed, ready=ready, owners=Everybody(), manager=manager_of(os.environ))
    finally:
        await stand_in.end()


app.command()(checking.check)
app.command()(wording.catalogs)
app.command()(beginning.new)
app.command()(setting_up.setup)
app.command()(doctor.doctor)
app.command()(releases.export)
app.command("move")(moves.move)
app.command("post")(posting.post)
app.command()(erasing.erase)
app.command()(erasing.close)
app.command()(copies.backup)
app.command()(copies.restore)
app.command("progress")(progress.progress)
app.command()(team.halt)
app.command()(team.reopen)
app.command()(team.halts)
app.add_typer(team.app, name="team")
app.add_typer(incidents.app, name="incidents")
app.command("preview")(preview.preview)
app.add_typer(review.app, name="review")
app.add_typer(inviting.app, name="invite")
app.add_typer(piloting.app, name="pilot")
app.add_typer(links.app, name="links")
app.add_typer(keys.app, name="keys")
app.add_typer(payouts.app, name="payouts")
app.add_typer(audit.app, name="audit")
app.add_typer(erasing.retention, name="retention")
app.add_typer(receipt.app, name="receipt")
app.add_typer(recipients.app, name="recipients")
app.add_typer(releases.app, name="releases")
app.add_typer(statistics.app, name="statistics")
app.add_typer(notifying.app, name="notify-breach")
app.add_typer(withdrawals.app, name="withdrawals")
app.add_typer(data.app, name="db")
app.add_typer(api.app, name="api")


def main() -> NoReturn:
    """What `surveybot` does, once it is loaded (bot/entry.py)."""
    _refuse_what_cannot_be_written_down(sys.argv[1:])
    try:
        app()
    except SystemExit as end:
        leave(code_of(end))
    except OSError as error:
        leave_unwritten(error)
    leave(0)


def _refuse_what_cannot_be_written_down(arguments: Sequence[str]) -> None:
    """Before anything is done: the audit takes no such word, and what it is to tell of would be done by then."""
    for place, argument in enumerate(arguments, 1):
        try:
            argument.encode()
        except UnicodeEncodeError:
            console.refuse(
                f"argument {place} is not UTF-8, so it cannot be written down, and nothing was done: set the terminal "
                "to UTF-8 and type it once more, or rename the file that it names"
            )
            leave(2)


if __name__ == "__main__":
    main()
