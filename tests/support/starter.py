"""Starts `surveybot` as often as tests want, in no time: everything is imported once, and each start is a fork of it.

`python -m support.starter DESCRIPTOR` is given a socket that listens. A connection brings one start: what is asked for
as JSON, and standard input, output and error as open files. Back come a line with the process id, and one with the exit
code. What a command does is the same as in a process begun from nothing, as tests in tests/docs begin some.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import pkgutil
import select
import shutil
import signal
import socket
import sys
import tempfile
import time
import traceback
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

import pytest
from sqlalchemy import create_engine

import bot
import flows
from bot import cli, reading
from bot.checking import launching
from bot.clock import utc_now
from bot.leaving import leave
from bot.review.signed import Signed
from bot.settings import read_settings
from bot.storage import schema
from flows.faults import CollectionFaults

from . import commands_once, read_once, tables_once, unsynced

LONGEST = 1 << 20
"""Bytes in which everything that is asked for has to fit."""

_HEAVY = ("opendp.prelude", "shamir_mnemonic", "alembic.command", "uvloop")


def main(listening: socket.socket) -> None:
    """Start what is asked for until standard input ends, that is until the test process is gone."""
    for package in (bot, flows):
        _import_everything(package)
    for name in _HEAVY:
        importlib.import_module(name)
    commands_once.keep(pytest.MonkeyPatch())
    commands_once.make()
    _read_what_ships()
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    folder = Path(listening.getsockname()).parent
    with listening:
        while listening in select.select([listening, sys.stdin], [], [])[0]:
            connection, _ = listening.accept()
            if os.fork() == 0:
                listening.close()
                _attend(connection)
            connection.close()
    shutil.rmtree(folder)


def _import_everything(package: ModuleType) -> None:
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if "migrations" not in found.name and not found.name.endswith("__main__"):
            importlib.import_module(found.name)


def _read_what_ships() -> None:
    read_once.keep(pytest.MonkeyPatch())
    tables_once.keep(pytest.MonkeyPatch())
    unsynced.keep(pytest.MonkeyPatch())
    _make_tables()
    settings = read_settings(_env_file=None)
    collections = reading.read_collections(settings)
    Signed.of(collections, reading.read_texts(settings, collections))
    with suppress(CollectionFaults):  # what only people can give is not there
        launching.refuse_unfit(settings.collections, utc_now().date(), nobody_real=False)


def _make_tables() -> None:
    with create_engine("sqlite://").begin() as connection:
        schema.upgrade(connection)


def _attend(connection: socket.socket) -> NoReturn:
    """Start one, and tell how it ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    asked, files, _, _ = socket.recv_fds(connection, LONGEST, 3)
    child = os.fork()
    if child == 0:
        connection.close()
        _become(json.loads(asked), files)
    for file in files:
        os.close(file)
    connection.sendall(f"{child}\n".encode())
    _, status = os.waitpid(child, 0)
    connection.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def _become(asked: dict[str, Any], files: list[int]) -> NoReturn:
    """What `surveybot` is when it has been begun from nothing."""
    for place, file in enumerate(files):
        os.dup2(file, place)
        os.close(file)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115  # for as long as the process lives
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)  # noqa: SIM115
    os.environ.clear()
    os.environ.update(asked["environment"])
    os.chdir(asked["folder"])
    time.tzset()
    tempfile.tempdir = None
    sys.argv = ["surveybot", *asked["arguments"]]
    sys.modules["__main__"].__package__ = None  # or usage would speak of `python -m`
    try:
        cli.main()
    except BaseException:  # noqa: BLE001  # as the interpreter does
        traceback.print_exc()
    leave(1)


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
