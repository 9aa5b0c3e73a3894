"""Logs: events and counts, in structlog. Never an answer, a name, a chat id, or a token."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import logging
import sys
import threading
import traceback
from types import FrameType, TracebackType
from typing import Any

import structlog


def set_up(form: str) -> None:
    """Write the log to standard error, one line an event.

    `form`: "lines" for people, "json" for programs, "auto" for lines on a terminal and JSON elsewhere
    (SURVEYBOT_LOG_FORMAT).
    """
    as_json = form == "json" or (form == "auto" and not sys.stderr.isatty())
    renderer: Any = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=True)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
    # Libraries may put addresses, and with them the token, into their debug and info lines.
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_OfLibraries() if as_json else logging.Formatter("%(name)s: %(levelname)s"))
    logging.basicConfig(level=logging.ERROR, handlers=[handler])


class _OfLibraries(logging.Formatter):
    """A library's error as one event: which library, and not what it says, which could hold anything."""

    def format(self, record: logging.LogRecord) -> str:
        at = dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat().replace("+00:00", "Z")
        said = {"library": record.name, "event": "a library complains", "level": record.levelname.lower()}
        return json.dumps({**said, "timestamp": at})


def refused(why: str) -> None:
    """Why the bot does not serve, for whoever reads the log and not the terminal."""
    structlog.get_logger().error("the bot does not serve", why=why)


def serves(username: str) -> None:
    """The bot answers, for whoever reads the log and not the terminal."""
    structlog.get_logger().info("the bot serves", bot=username)


def keep_words_out_of_tracebacks() -> None:
    """Say of an error that nobody has caught its kind and its place alone, as one event: a traceback has the error's
    words too, which could carry an answer."""
    sys.excepthook = _uncaught
    sys.unraisablehook = lambda found: _in_the_background(found.exc_type, found.exc_traceback)
    threading.excepthook = _in_a_thread


def _uncaught(kind: type[BaseException], _error: BaseException, trace: TracebackType | None) -> None:
    structlog.get_logger().error("the bot ended by a fault of the program", why=kind.__name__, where=_place(trace))


def _in_a_thread(found: threading.ExceptHookArgs) -> None:
    if found.exc_type is not SystemExit:  # by which a thread may end, as Python's own hook has it
        _in_the_background(found.exc_type, found.exc_traceback)


def _in_the_background(kind: type[BaseException], trace: TracebackType | None) -> None:
    structlog.get_logger().warning("something in the background failed", why=kind.__name__, where=_place(trace))


def _place(trace: TracebackType | None) -> str:
    """Where it went wrong, and below it the innermost place in a library, if it went wrong in one."""
    places = [_named(frame, line) for frame, line in traceback.walk_tb(trace)]
    ours = [place for place in places if place.startswith(("bot.", "flows."))]
    return " < ".join(dict.fromkeys([*places[-1:], *ours[-1:]]))


def _named(frame: FrameType, line: int) -> str:
    return f"{frame.f_globals.get('__name__', '?')}:{frame.f_code.co_name}:{line}"


def log_loop_errors(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:  # noqa: ARG001  # asyncio's shape
    """An asyncio exception handler that says what kind of thing went wrong and not what was in it."""
    error = context.get("exception")
    structlog.get_logger().warning("something in the background failed", why=type(error).__name__)
