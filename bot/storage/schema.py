"""Versions of the tables: migrations from each to the next, made by Alembic on a connection that is handed over."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection


class SchemaFault(Exception):
    """The database's tables are not those of this version, or cannot be, and what to do about it."""

    def __init__(self, says: str, remedy: str, *, between: str = "; ") -> None:
        super().__init__(says, remedy)
        self.says, self.remedy, self._between = says, remedy, between

    def __str__(self) -> str:
        return f"{self.says}{self._between}{self.remedy}"


@cache
def newest_schema() -> str | None:
    """The version of the tables that this program works with: whoever puts another program into its place while it
    serves changes nothing about it."""
    return ScriptDirectory.from_config(alembic()).get_current_head()


def knows_schema(version: str | None) -> bool:
    """Whether this program can bring tables of a version to its own; those of a newer program it cannot."""
    known = {script.revision for script in ScriptDirectory.from_config(alembic()).walk_revisions()}
    return version is None or version in known


def upgrade(connection: Connection) -> None:
    """Bring the tables to this version. Raises CommandError where they are of a newer one."""
    command.upgrade(alembic(connection), "head")


def stamp(connection: Connection) -> None:
    """Say of tables that were made from the program's own list that they are of this version."""
    command.stamp(alembic(connection), "head")


def revision(connection: Connection) -> str | None:
    """The version of the tables that are there; none where there are none."""
    return MigrationContext.configure(connection).get_current_revision()


def alembic(connection: Connection | None = None) -> Config:
    """Where the migrations are, and the connection that they are made on."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
