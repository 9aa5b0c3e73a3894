"""Engines by SQLAlchemy URL: SQLite set up to keep what is committed and to delete what is deleted; servers."""

from __future__ import annotations

from pathlib import Path

import orjson
from sqlalchemy import Engine, event, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.storage import server
from bot.storage.places import place_on_server
from bot.storage.together import let_statements_go_together

_BUSY_MILLISECONDS = 15_000


def open_engine(url: str, *, journal: str) -> AsyncEngine:
    """An engine; `journal` is SQLite's journal_mode. Opens nothing. Raises ModuleNotFoundError without its driver."""
    if file_of(url) is None:
        return server.open_server(url)
    # Every transaction here ends by commit or rollback, so the pool need not roll back once more on each return.
    # The connection that was last used is taken first: it has in its cache what it wrote, as long as nobody else wrote.
    engine = create_async_engine(
        url, pool_reset_on_return=None, pool_use_lifo=True, hide_parameters=True, json_deserializer=orjson.loads
    )
    let_statements_go_together(engine)
    _set_up_sqlite(engine.sync_engine, journal)
    return engine


def file_of(url: str) -> Path | None:
    """The file that a URL names; none where a server keeps the data."""
    parsed = make_url(url)
    return Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None


def place_of(url: str) -> str:
    """What to call it in a message: a file's path, or a server's URL without the password."""
    file = file_of(url)
    return place_on_server(make_url(url)) if file is None else str(file)


def host_of(url: str) -> str | None:
    """The server that a URL names, by host and port or by its socket's folder; none for a file."""
    if file_of(url) is not None:
        return None
    parsed = make_url(url)
    host = parsed.host or parsed.query.get("host", "localhost")
    return f"{host}:{parsed.port or 5432}"


def make_folder(url: str) -> None:
    """The folder of a SQLite file, for its owner alone."""
    file = file_of(url)
    if file is not None and file.name not in {"", ":memory:"}:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)


def make_private_file(url: str) -> None:
    """An empty SQLite file that only its owner can read, before anything is written to it."""
    file = file_of(url)
    if file is not None and file.name:
        make_folder(url)
        file.touch(mode=0o600)


def _set_up_sqlite(engine: Engine, journal: str) -> None:
    @event.listens_for(engine, "connect")
    def _set_up(connection: object, _record: object) -> None:
        # The driver must not begin transactions by itself: `Database.write` says how they begin.
        connection.isolation_level = None  # type: ignore[attr-defined]
        cursor = connection.cursor()  # type: ignore[attr-defined]
        for pragma in (
            f"busy_timeout={_BUSY_MILLISECONDS}",
            f"journal_mode={journal}",
            "synchronous=FULL",
            "secure_delete=ON",
            "temp_store=MEMORY",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()
