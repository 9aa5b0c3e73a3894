"""Logs: events and counts, in structlog. Never an answer, a name, a chat id, or a token."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import logging
import sys
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


def log_loop_errors(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:  # noqa: ARG001  # asyncio's shape
    """An asyncio exception handler that says what kind of thing went wrong and not what was in it."""
    error = context.get("exception")
    structlog.get_logger().warning("something in the background failed", why=type(error).__name__)
