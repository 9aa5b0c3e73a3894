"""Logs: events and counts, in structlog. Never an answer, a name, a chat id, or a token."""

from __future__ import annotations

import asyncio
import logging
import sys
from typing import Any

import structlog


def set_up(*, as_json: bool) -> None:
    """Write the log to standard error: lines for people on a terminal, JSON where a program reads it."""
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
    logging.basicConfig(level=logging.ERROR, format="%(name)s: %(levelname)s")


def log_loop_errors(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:  # noqa: ARG001  # asyncio's shape
    """An asyncio exception handler that says what kind of thing went wrong and not what was in it."""
    error = context.get("exception")
    structlog.get_logger().warning("something in the background failed", why=type(error).__name__)
