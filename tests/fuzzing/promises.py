"""What must hold of an installation whatever was sent to it, looked for in its files (docs/promises.md)."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from os.path import commonprefix
from pathlib import Path

from .texts import MARK, TEAM_MARK


def broken(folder: Path, files: Path, people: Sequence[int]) -> list[str]:
    """Promises that do not hold, in words. `files`: where its stores are files; `people`: whose chat ids may stand
    nowhere."""
    found = [*_records(files / "survey.db", files / "keys" / "keystore.db"), *readable(folder, people)]
    return found if files == folder else [*found, *readable(files, people)]


def readable(folder: Path, people: Iterable[int]) -> Iterator[str]:
    """What lies readable in a file that may not."""
    everybody = list(people)
    wanted = {
        "what somebody wrote": [MARK.encode()],
        "a chat id": [str(person).encode() for person in everybody],
        "a chat id in bytes": [person.to_bytes(6, "big") for person in everybody],
    }
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            yield from (f"{path.name} holds {what} in clear" for what, signs in wanted.items() if _any(signs, content))


def _any(signs: Sequence[bytes], content: bytes) -> bool:
    """Whether any sign stands there. Ids in a row begin alike, so that mostly one look says that none does."""
    alike = commonprefix(signs) or b""  # noqa: RUF071  # bytes, and no path
    return alike in content and any(sign in content for sign in signs)


_QUERIES = {
    "an answer without a contribution": """
        select count(*) from answers where pseudonym not in (select pseudonym from contributions)""",
    "an answer of somebody who has no consent in force": """
        select count(*) from answers join contributions using (pseudonym) where contributions.record is null""",
    "an answer under a consent that was never given": """
        select count(*) from answers where record not in
        (select record from consent_events where event in ('given', 'renewed'))""",
    "a consent that was given twice": """
        select count(*) from (select record from consent_events where event = 'given'
        group by record having count(*) > 1)""",
    "pay that is owed without a consent ever given": """
        select max(0, (select count(*) from entitlements) -
        (select count(distinct pseudonym) from consent_events where event = 'given'))""",
    "a permission to write without its consent": """
        select count(*) from contact_permissions where record not in (select id from consent_records)""",
    "a chat of more than 64 kB": """
        select count(*) from conversations where length(sealed) > 65536""",
}


_EVENTS_IN_FORCE = """
    select record, event, purposes from consent_events
    where record in (select record from contributions where record is not null) order by id"""


def taken_back(connection: sqlite3.Connection) -> int:
    """Consents in force of which nothing is left: every purpose was taken back or has come to its end. A renewal that
    is declined ends nothing."""
    left: defaultdict[str, set[str]] = defaultdict(set)
    for record, event, written in connection.execute(_EVENTS_IN_FORCE):
        purposes = set(json.loads(written))
        if event in {"given", "renewed"}:
            left[record] |= purposes
        elif event in {"withdrawn", "expired"}:
            left[record] -= purposes or set(left[record])  # none named: all of them
    return sum(not purposes for purposes in left.values())


_NAMES_A_LINK = {("links", "name"), ("audit", "detail")}
"""Where words of the team stand in clear (docs/keys.md)."""


def _of_the_team(connection: sqlite3.Connection) -> Iterator[str]:
    for (table,) in connection.execute("select name from sqlite_master where type = 'table'").fetchall():
        for _, column, *_ in connection.execute(f"pragma table_info({table})").fetchall():
            query = f"select count(*) from {table} where instr(cast({column} as blob), cast(? as blob))"  # noqa: S608
            ((count,),) = connection.execute(query, [TEAM_MARK]).fetchall()
            if count and (table, column) not in _NAMES_A_LINK:
                yield f"{table}.{column} holds what somebody of the team wrote in clear"


def _records(data: Path, keys: Path) -> Iterator[str]:
    with closing(sqlite3.connect(f"file:{data}?mode=ro", uri=True, timeout=30)) as connection:
        for what, query in _QUERIES.items():
            ((count,),) = connection.execute(query).fetchall()
            if count:
                yield f"{what}: {count}"
        if count := taken_back(connection):
            yield f"a consent in force that was taken back: {count}"
        yield from _of_the_team(connection)
        live = {key for (key,) in connection.execute("select key_id from contributions where key_id is not null")}
    with closing(sqlite3.connect(f"file:{keys}?mode=ro", uri=True, timeout=30)) as connection:
        selves = {key for (key,) in connection.execute("select key_id from wraps where lock = 'self'")}
    if lost := live - selves:
        yield f"a contribution whose key is gone: {len(lost)}"
