"""What purposes meant to whoever agreed to them, and how long answers were to be kept

Records of before say neither. What reviewers had signed by then, word for word, tells what can have been shown to each
of them (docs/decisions/0066-what-a-purpose-meant.md). Where several texts can have been, a purpose may do what it might
by all of them; where none was signed, nothing is known, and nothing is let go.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from bot.storage.tables import Instant

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_MAY = ("balance", "needs_participant", "own_words", "statistics")

_Shown = Mapping[str, str]
"""What a reviewer was shown, part by part."""

_RECORDS = sa.table(
    "consent_records",
    *map(sa.column, ("collection", "version", "language", "territory", "sha256", "meanings", "answers_kept")),
    sa.column("given_at", Instant),
)


def upgrade() -> None:
    meant = op.create_table(
        "purpose_meanings",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("collection", sa.String(40), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("language", sa.String(20), nullable=False),
        sa.Column("meanings", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", "collection", "version", "language", name=op.f("pk_purpose_meanings")),
    )
    with op.batch_alter_table("consent_records") as table:
        table.add_column(sa.Column("answers_kept", sa.String(8)))
        table.add_column(sa.Column("meanings", sa.String(64)))
    _fill(op.get_bind(), meant)


def _fill(connection: sa.Connection, meant: sa.Table) -> None:
    columns = _RECORDS.c
    agreed = (columns.collection, columns.version, columns.language, columns.territory, columns.sha256)
    for collection, version, language, territory, sha256 in connection.execute(sa.select(*agreed).distinct()).all():
        signed = list(_signed(connection, collection, version, language, territory, _cards(connection, sha256)))
        mine = [column == value for column, value in zip(
            agreed, (collection, version, language, territory, sha256), strict=True
        )]  # fmt: skip
        for number, (moment, _) in enumerate(signed):
            # What was signed later nobody can have read by then.
            shown = [each for _, each in signed[: number + 1]]
            values = _purposes(shown, language)
            digest = hashlib.sha256(_canonical(values).encode()).hexdigest()
            row = {"collection": collection, "version": version, "language": language}
            _keep_once(connection, meant, {"sha256": digest, **row, "meanings": values})
            ends = [columns.given_at < signed[number + 1][0]] if number + 1 < len(signed) else []
            found = {"meanings": digest, "answers_kept": _shortest(shown)}
            connection.execute(sa.update(_RECORDS).where(*mine, columns.given_at >= moment, *ends).values(found))


def _keep_once(connection: sa.Connection, meant: sa.Table, row: dict[str, Any]) -> None:
    same = [meant.c[name] == row[name] for name in ("sha256", "collection", "version", "language")]
    if connection.execute(sa.select(meant.c.sha256).where(*same)).first() is None:
        connection.execute(sa.insert(meant), row)


def _cards(connection: sa.Connection, sha256: str) -> str:
    """The cards as they were agreed to."""
    documents = sa.table("documents", sa.column("sha256"), sa.column("text"))
    query = sa.select(documents.c.text).where(documents.c.sha256 == sha256).limit(1)
    return connection.scalar(query) or ""


def _signed(
    connection: sa.Connection, collection: str, version: int, language: str, territory: str, cards: str
) -> Iterator[tuple[Any, _Shown]]:
    """What was signed with exactly these cards, and when first, oldest first: there, or else for another region in that
    language, since purposes say the same in every region."""
    words = sa.table(
        "sign_offs",
        *map(sa.column, ("id", "collection", "territory", "language", "content", "verdict")),
        sa.column("at", Instant),
    )
    texts = sa.table("reviewed_texts", sa.column("content"), sa.column("shown", sa.JSON()))
    query = (
        sa.select(words.c.territory, words.c.content, sa.func.min(words.c.at).label("at"))
        .where(words.c.collection == collection, words.c.language == language, words.c.verdict == "signed")
        .group_by(words.c.territory, words.c.content)
    )
    found = []
    for place, content, at in connection.execute(query).all():
        shown = connection.scalar(sa.select(texts.c.shown).where(texts.c.content == content))
        if shown and shown.get("collection · consent.version") == str(version) and _has(shown, cards):
            found.append((place, at, shown))
    here = [each for each in found if each[0] == territory] or found
    return iter(sorted(((at, shown) for _, at, shown in here), key=lambda each: each[0]))


def _has(shown: _Shown, cards: str) -> bool:
    """Whether these cards are the ones that were shown; what stands for values was filled in since."""
    said = {part: words for part, words in shown.items() if re.fullmatch(r"card \d · (title|text|more|question)", part)}
    return bool(said) and all(
        re.search(r".*?".join(map(re.escape, re.split(r"\{\w+\}", words.strip()))), cards, re.DOTALL)
        for words in said.values()
    )


def _purposes(shown: Sequence[_Shown], language: str) -> dict[str, dict[str, Any]]:
    """What purposes meant by all of these texts; in no words where the texts differ in anything of one."""
    found = [_read(each, language) for each in shown]
    meant = {}
    for purpose, newest in found[-1].items():
        alike = [each.get(purpose) for each in found]
        may = [name for name in newest["may"] if all(each is not None and name in each["may"] for each in alike)]
        same = all(each == newest for each in alike)
        meant[purpose] = newest if same else {"label": "", "why": "", "may": may}
    return meant


def _read(shown: _Shown, language: str) -> dict[str, dict[str, Any]]:
    """The purposes that a text shows."""

    def says(part: str) -> str:
        return shown.get(f"collection · {part} · {language}", shown.get(f"collection · {part}", ""))

    return {
        purpose: {
            "label": says(f"purposes.{purpose}.label"),
            "why": says(f"purposes.{purpose}.why"),
            "may": [name for name in _MAY if says(f"purposes.{purpose}.{name}") == "true"],
        }
        for purpose in filter(None, says("purposes.order").split(", "))
    }


_DAYS = {"D": 1.0, "M": 30.4, "Y": 365.2}


def _shortest(shown: Sequence[_Shown]) -> str | None:
    said = [each["collection · retention.answers"] for each in shown if "collection · retention.answers" in each]
    return min(said, key=lambda each: int(each[1:-1]) * _DAYS[each[-1]], default=None)


def _canonical(meant: Mapping[str, Any]) -> str:
    return json.dumps(meant, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
