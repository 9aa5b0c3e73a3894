"""A recipient's word that withdrawn rows are gone, taken to the record."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.stewardship.archive import Archive
from bot.stewardship.ordering import file_names
from bot.stewardship.pruning import ACKNOWLEDGEMENT_FORMAT
from bot.stewardship.refusing import Refused
from bot.storage import recipients, releases

_Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_Name = Annotated[str, Field(max_length=255, pattern=r"^[^\x00]*$")]
"""PostgreSQL takes no NUL in a text, neither to keep it nor to look for it."""


class _Acknowledgement(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["surveybot acknowledgement 1"]
    list: _Name
    recipient: _Name
    release: _Name
    file: _Name
    removed: int = Field(ge=0, lt=1 << 31)
    sha256_before: _Hash
    sha256_after: _Hash
    done_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """What was acknowledged, and what is still to come for the same list."""

    list: str
    recipient: str
    release: str
    file: str
    removed: int
    whole: bool
    """Whether everything that the list asks for is answered now."""
    missing: tuple[str, ...]
    """Releases of the list that are not."""


async def acknowledge(archive: Archive, path: Path, now: dt.datetime) -> Acknowledged:
    """Record an acknowledgement. Raises Refused where it is none, or answers no list; OSError."""
    try:
        said = _Acknowledgement.model_validate_json(await asyncio.to_thread(path.read_bytes))
    except ValidationError:
        raise Refused(f"{path}: this is not an acknowledgement ({ACKNOWLEDGEMENT_FORMAT})") from None
    async with archive.database.write() as connection:
        known = {each.id: each for each in await recipients.handed_out(connection, said.recipient)}
        if said.list not in known:
            raise Refused(f"{path}: no such list was handed out to {said.recipient!r}")
        given = known[said.list]
        made = {each.id: each for each in await releases.every_release(connection) if each.recipient == said.recipient}
        if said.release not in made:
            raise Refused(f"{path}: no release {said.release} went to {said.recipient!r}")
        files = {each.id: file_names(each) for each in made.values()}
        _refuse_other_file(path, said.recipient, said.file, files[said.release])
        answered = await recipients.acknowledge(
            connection,
            given,
            said.release,
            said.file,
            now,
            said.removed,
            said.sha256_after,
            files,
        )
        missing = tuple(sorted(set(given.releases) - answered))
        detail: dict[str, object] = {
            "list": said.list,
            "recipient": said.recipient,
            "release": said.release,
            "removed": said.removed,
            "sha256_after": said.sha256_after,
            "whole": not missing,
        }
        await releases.note_act(connection, now, "withdrawals acknowledged", None, detail)
    return Acknowledged(said.list, said.recipient, said.release, said.file, said.removed, not missing, missing)


def _refuse_other_file(path: Path, recipient: str, file: str, sent: Sequence[str]) -> None:
    """A copy under a name of its own is no word on the file that went out. Raises Refused."""
    if file not in sent:
        more = f" and {len(sent) - 3} more" if len(sent) > 3 else ""
        raise Refused(
            f"{path}: this is about {file!r}, and no file of that name went to {recipient!r}. Have the copy named "
            f"as it went out, pruned, and its acknowledgement sent: {', '.join(sent[:3])}{more}"
        )
