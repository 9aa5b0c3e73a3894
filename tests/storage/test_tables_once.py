"""Tests begin with tables that nothing was migrated for (tests/support/tables_once.py): those that migrations make."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection
from support import stores

from bot.storage.database import Database
from bot.storage.schema import alembic


def _migrate(connection: Connection) -> None:
    command.upgrade(alembic(connection), "head")


def _everything(folder: Path) -> dict[str, Any]:
    made = stores.rows(folder, "select type, name, tbl_name, sql from sqlite_master order by type, name")
    tables = [name for kind, name, _, _ in made if kind == "table"]
    return {"made": made, **{name: stores.rows(folder, f'select * from "{name}"') for name in tables}}  # noqa: S608


@pytest.mark.sqlite("tables are taken over there alone")
async def test_tables_that_are_taken_over_are_those_that_the_migrations_make(tmp_path: Path) -> None:
    (tmp_path / "migrated").mkdir()
    migrated = Database.connect(stores.url(tmp_path / "migrated", stores.DATA))
    async with migrated.write_beside() as connection:
        await connection.run_sync(_migrate)
    await migrated.close()
    for name in ("first", "second"):
        taken_over = Database.connect(stores.url(tmp_path / name, stores.DATA))
        await taken_over.upgrade()
        await taken_over.check_schema()
        await taken_over.close()
        assert _everything(tmp_path / name) == _everything(tmp_path / "migrated")
