"""What a server is called in a message."""

from __future__ import annotations

from sqlalchemy import URL


def place_on_server(url: URL) -> str:
    """A server's URL for a message. A password may stand among its parameters too, so that only where it is stays."""
    where = {name: value for name, value in url.query.items() if name in {"host", "port"}}
    return url.set(query=where).render_as_string(hide_password=True)
