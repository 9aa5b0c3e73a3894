"""What must hold of an installation whatever was sent to it, looked for in its files (DESIGN, section 2)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

from .texts import MARK


def broken(folder: Path, files: Path, people: Sequence[int]) -> list[str]:
    """Promises that do not hold, in words. `files`: where its stores are files; `people`: whose chat ids may stand
    nowhere."""
    found = [*_records(files / "survey.db", files / "keys" / "keystore.db"), *readable(folder, people)]
    return found if files == folder else [*found, *readable(files, people)]


def readable(folder: Path, people: Iterable[int]) -> Iterator[str]:
    """What lies readable in a file that may not."""
    wanted = {MARK.encode(): "what somebody wrote"}
    for person in people:
        wanted |= {str(person).encode(): "a chat id", person.to_bytes(6, "big"): "a chat id"}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            yield from (f"{path.name} holds {what} in clear" for sign, what in wanted.items() if sign in content)


_QUERIES = {
    "an answer without a contribution": """
        select count(*) from answers where pseudonym not in (select pseudonym from contributions)""",
    "an answer of somebody who has no consent in force": """
        select count(*) from answers join contributions using (pseudonym) where contributions.record is null""",
    "an answer under a consent that was never given": """
        select count(*) from answers where record not in
        (select record from consent_events where event in ('given', 'renewed'))""",
    "a consent in force that was taken back": """
        select count(*) from contributions where record is not null and record in
        (select record from consent_events where event in ('withdrawn', 'declined', 'expired'))""",
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


def _records(data: Path, keys: Path) -> Iterator[str]:
    with closing(sqlite3.connect(f"file:{data}?mode=ro", uri=True, timeout=30)) as connection:
        for what, query in _QUERIES.items():
            ((count,),) = connection.execute(query).fetchall()
            if count:
                yield f"{what}: {count}"
        live = {key for (key,) in connection.execute("select key_id from contributions where key_id is not null")}
    with closing(sqlite3.connect(f"file:{keys}?mode=ro", uri=True, timeout=30)) as connection:
        selves = {key for (key,) in connection.execute("select key_id from wraps where lock = 'self'")}
    if lost := live - selves:
        yield f"a contribution whose key is gone: {len(lost)}"
