"""What every command shares: where it prints, how it refuses, how it runs."""

from __future__ import annotations

import asyncio
import datetime as dt
import getpass
import json
import os
import signal
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console

from bot.settings import Settings, SettingsFault, read_settings

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

OTHER_KEY = "the master key is not the one that this data was sealed with; check SURVEYBOT_KEY_FILE"

MOST = (1 << 31) - 1
"""The largest number of anything: a PostgreSQL column of type integer takes no larger one ("Numeric Types")."""

MOST_DAYS = 36_500
"""The most days that anything is counted back: a calendar that counts from now on has them."""

LAST_YEAR = 2999
"""A moment after it is a slip of the pen, and at the end of the calendar no zone's clock can say it."""

Json = Annotated[bool, typer.Option("--json", help="Print it as JSON, for a program to read.")]

_Result = TypeVar("_Result")


def refuse(text: object) -> typer.Exit:
    """Say why not, and end with 1."""
    err.print(str(text), style="bold red", markup=False)
    return typer.Exit(1)


def settings() -> Settings:
    """The settings, or a refusal that names each wrong one."""
    try:
        return read_settings()
    except SettingsFault as fault:
        raise refuse(fault) from None


def settings_without_token() -> Settings:
    """The settings but for the token, which may be wrong or missing still."""
    try:
        return read_settings(token=None)
    except SettingsFault as fault:
        raise refuse(fault) from None


def somebody() -> str:
    """Who is logged in; behind sudo, who called it."""
    return os.environ.get("SUDO_USER") or getpass.getuser()


def say(text: str) -> None:
    """A line for people."""
    out.print(text, markup=False)


def moment(said: dt.datetime) -> dt.datetime:
    """A moment that has a zone, in UTC. Raises ValueError, OverflowError where no calendar has it."""
    found = said.astimezone(dt.UTC)
    if found.year > LAST_YEAR:
        raise ValueError("too far ahead")
    return found


def counted(number: int, one: str, many: str = "") -> str:
    """How many of something: 1 right, 2 rights."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def say_json(value: object) -> None:
    """A value for programs."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def finish(work: Coroutine[Any, Any, _Result]) -> _Result:
    """Run to the end and give the result; what is expected to go wrong is one message, and no traceback."""
    from bot.broadcasts.refusal import Refused as NotInvited
    from bot.broadcasts.seeding import NoGround
    from bot.progress.merging import NotMerged
    from bot.stewardship.archive import NothingThere
    from bot.stewardship.export import Refused
    from bot.stewardship.manifest import NotABackup
    from bot.storage.copying import Damaged
    from bot.storage.database import SchemaFault, StoreUnavailable
    from bot.team.office import NotDone
    from bot.vault import CannotOpen, KeyFileFault
    from flows.load import CollectionFaults

    try:
        return asyncio.run(_until_told(work))
    except asyncio.CancelledError:
        raise refuse("stopped before it was done") from None
    except CannotOpen:
        raise refuse(OTHER_KEY) from None
    except StoreUnavailable as error:
        raise refuse(f"the data cannot be reached just now ({error}); try again") from None
    except OSError as error:
        raise refuse(f"{error.filename or 'the file'}: {error.strerror or type(error).__name__}") from None
    except (
        NothingThere,
        NotDone,
        NotInvited,
        NotMerged,
        NoGround,
        Refused,
        NotABackup,
        Damaged,
        SchemaFault,
        KeyFileFault,
        CollectionFaults,
    ) as error:
        raise refuse(error) from None


async def ask(question: str) -> bool:
    """Yes or no, while the loop goes on and hears a stop. Raises click's Abort where the input has ended.

    The thread is waited for by nobody: after a stop it still reads, and the process ends beside it.
    """
    answered: Future[bool] = Future()
    answered.set_running_or_notify_cancel()  # or a stop would cancel it, and the thread would have nowhere to answer

    def read() -> None:
        try:
            answered.set_result(typer.confirm(question, default=False))
        except BaseException as error:  # noqa: BLE001  # it is raised where it is waited for
            answered.set_exception(error)

    threading.Thread(target=read, daemon=True).start()
    return await asyncio.wrap_future(answered)


async def _until_told(work: Coroutine[Any, Any, _Result]) -> _Result:
    """Interrupting cancels the work, which then cleans up after itself."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, task.cancel)
    return await task
