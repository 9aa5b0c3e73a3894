"""Ports for what is started, killed and started again."""

from __future__ import annotations

import secrets
import socket

_LOWEST, _COUNT = 12_000, 18_000
"""Below 32,768, from where on Linux gives ports to whoever connects: while a bot is down its own could go to any
connection of another test, and nothing could listen on it again."""


def free_port() -> int:
    """A port of this machine that nobody listens on just now, and no connection is given."""
    while True:
        port = _LOWEST + secrets.randbelow(_COUNT)
        with socket.socket() as one:
            try:
                one.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port


def free_address() -> str:
    """Such a port of this machine, with its host."""
    return f"127.0.0.1:{free_port()}"
