"""Posts as stored: rows in, rows out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.tables import posts
from flows.posts import Post, PostState

SHOWN = 30
"""So many posts, the newest, are in front of the team."""


async def newest(connection: AsyncConnection) -> list[Post]:
    """The newest ones."""
    query = select(posts).order_by(posts.c.asked_at.desc()).limit(SHOWN)
    return [_read(row) for row in await connection.execute(query)]


async def read(connection: AsyncConnection, post: str) -> Post | None:
    """One of them."""
    row = (await connection.execute(select(posts).where(posts.c.id == post))).first()
    return _read(row) if row is not None else None


async def move(
    connection: AsyncConnection, post: str, before: Sequence[PostState], after: PostState, why: str = ""
) -> bool:
    """Change the state, where it is one of `before`; whether it was."""
    query = update(posts).where(posts.c.id == post, posts.c.state.in_([each.value for each in before]))
    return (await connection.execute(query.values(state=after.value, why=why))).rowcount == 1


def row_of(post: Post) -> dict[str, Any]:
    """A post as its row."""
    return {**asdict(post), "languages": list(post.languages), "state": post.state.value}


def _read(row: Any) -> Post:  # noqa: ANN401  # a row of the table
    values = dict(row._mapping)  # noqa: SLF001  # SQLAlchemy's own name for it
    return Post(**{**values, "languages": tuple(values["languages"]), "state": PostState(values["state"])})
