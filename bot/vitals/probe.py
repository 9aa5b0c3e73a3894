"""Whether the bot of this container is alive: `python -m bot.vitals.probe` ends with 0 where it is, with 1 otherwise.

An engine that is told to ends a container by it, so it asks where the bot listens, and nowhere that is only usual.
"""

from __future__ import annotations

import http.client
import os

from bot.addresses import host_and_port, reached_at

_PATIENCE = 4.0
"""Seconds; the engine itself gives up after five."""


def is_alive(address: str) -> bool:
    """What `/healthz` says at SURVEYBOT_HEALTH_LISTEN; True without an address, since then nobody is there to ask."""
    if not address:
        return True
    host, port = host_and_port(address)
    # No proxy is asked, as urllib would.
    asked = http.client.HTTPConnection(reached_at(host), port, timeout=_PATIENCE)
    try:
        asked.request("GET", "/healthz")
        return asked.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        asked.close()


if __name__ == "__main__":
    raise SystemExit(0 if is_alive(os.environ.get("SURVEYBOT_HEALTH_LISTEN", "")) else 1)
