"""The process that bots are forked from: everything is imported and read once, so that a start takes no time.

What is left of a start is what differs from one to the next: settings, locks, data, keys, Telegram. Collections and
their words stand in files that do not change meanwhile; they are read before the first fork, and what `surveybot check`
says of them is not asked.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import signal
import socket
import sys
import traceback
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import typer

from bot import bootstrap, cli, logs
from bot.reading import read_collections, read_texts
from bot.review import shown, signed
from bot.settings import Settings, read_settings
from bot.stopping import PATIENCE
from bot.texts import Texts
from flows.collection import Collection
from flows.sign_offs import Contents

from .clocks import SharedClock

_LONGEST = 65_536
_only_folder: list[Path] = []
_CRASHED = 70
"""Exit code of an error that nobody expected."""

_DIE_WITH_PARENT = 1  # linux/prctl.h, PR_SET_PDEATHSIG
_CAPABILITIES_VERSION = 0x20080522  # linux/capability.h, _LINUX_CAPABILITY_VERSION_3


@cache
def _read(folder: Path) -> tuple[tuple[Collection, ...], Texts, Contents]:
    settings = read_settings(_env_file=None, collections=folder, api_url="http://127.0.0.1:1", allow_unreviewed=True)
    collections = read_collections(settings)
    texts = read_texts(settings, collections)
    return collections, texts, _contents_of(collections, texts)


_contents_of = shown.contents_of


def _once_and_for_all() -> None:
    """Have the bot take what was read before the fork."""
    known: dict[str, object] = {
        "read_collections": lambda settings: _read(settings.collections)[0],
        "read_texts": lambda settings, _collections: _read(settings.collections)[1],
        "refuse_what_is_unfit": lambda _settings, _today: None,
    }
    for name, instead in known.items():
        assert hasattr(bootstrap, name)
        setattr(bootstrap, name, instead)
    # All bots of a nursery have the same collections, so what these show has been hashed.
    setattr(signed, "contents_of", lambda _collections, _texts: _read(_only_folder[0])[2])  # noqa: B010


def _lay_down_rights() -> None:
    """Be nobody special: root writes into a folder that is closed to writing. And do not outlive the nursery."""
    if sys.platform != "linux":
        return
    # capset(2) of this process, with nothing effective, permitted or inheritable.
    header = (ctypes.c_uint32 * 2)(_CAPABILITIES_VERSION, 0)
    nothing = (ctypes.c_uint32 * 6)()
    library = ctypes.CDLL(None, use_errno=True)
    if library.capset(header, nothing) or library.prctl(_DIE_WITH_PARENT, signal.SIGKILL):
        raise OSError(ctypes.get_errno(), "capset, prctl")


def _be_a_bot(order: dict[str, Any], log: int) -> int:
    """What `surveybot run` does once it has its settings; the exit code."""
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
    settings: Settings = read_settings(_env_file=None, **order["settings"])
    setattr(bootstrap, "utc_now", SharedClock(Path(order["clock"]), order["ahead"]).now)  # noqa: B010  # a function, to mypy
    os.chdir(settings.key_file.parent)
    _lay_down_rights()
    logs.set_up("lines")

    def ready(_username: str) -> None:
        print("Serving", flush=True)  # noqa: T201  # for whoever keeps it

    try:
        cli._run(bootstrap.serve(settings, ready=ready), patience=PATIENCE)
    except typer.Exit as ended:
        return int(ended.exit_code)
    return 0


def _fork(order: dict[str, Any], log: int, ours: socket.socket) -> int:
    child = os.fork()
    if child:
        return child
    code = _CRASHED
    try:
        ours.close()
        code = _be_a_bot(order, log)
    except BaseException:  # noqa: BLE001  # nothing may come back to the loop below
        traceback.print_exc()
    finally:
        with contextlib.suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def main() -> None:
    """Take orders until there are none: a folder of collections to read, a bot to start, a bot to wait for."""
    import alembic.command  # noqa: F401  # what a start would import
    import uvloop  # noqa: F401

    import bot.adapter.webhook  # noqa: F401

    ours = socket.socket(fileno=int(sys.argv[1]))
    _once_and_for_all()
    while True:
        line, descriptors, _flags, _from = socket.recv_fds(ours, _LONGEST, 1)
        if not line:
            return
        order: dict[str, Any] = orjson.loads(line)
        said: dict[str, int] = {}
        if "read" in order:
            _only_folder[:] = [Path(order["read"])]
            _read(_only_folder[0])
            gc.collect()
            gc.freeze()
        elif "wait" in order:
            said = {"code": os.waitstatus_to_exitcode(os.waitpid(order["wait"], 0)[1])}
        else:
            said = {"pid": _fork(order, descriptors[0], ours)}
            os.close(descriptors[0])
        ours.sendall(orjson.dumps(said) + b"\n")


if __name__ == "__main__":
    main()
