"""Files that were sent, by the ids that Telegram would give them."""

import hashlib
import mimetypes
import secrets
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file in a call's body."""

    name: str
    content: bytes
    mime: str | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    file_id: str
    unique_id: str
    name: str
    mime: str
    content: bytes
    path: str

    @property
    def bytes(self) -> bytes:
        return self.content

    def wire(self) -> Json:
        return {"file_id": self.file_id, "file_unique_id": self.unique_id, "file_size": len(self.content)}

    def as_document(self) -> Json:
        return {**self.wire(), "file_name": self.name, "mime_type": self.mime}

    def as_voice(self, seconds: int) -> Json:
        return {**self.wire(), "duration": seconds, "mime_type": self.mime}

    def as_photo(self) -> list[Json]:
        """One size. The dimensions are made up: nothing here reads pictures."""
        return [{**self.wire(), "width": 800, "height": 600}]


class Files:
    def __init__(self) -> None:
        self._by_id: dict[str, Stored] = {}
        self._by_path: dict[str, Stored] = {}

    def add(self, upload: Upload, folder: str) -> Stored:
        number = len(self._by_id)
        suffix = "." + upload.name.rsplit(".", 1)[-1] if "." in upload.name else ""
        stored = Stored(
            file_id=secrets.token_urlsafe(40),
            unique_id=hashlib.sha256(upload.content).hexdigest()[:16],
            name=upload.name,
            mime=upload.mime or mimetypes.guess_type(upload.name)[0] or "application/octet-stream",
            content=upload.content,
            path=f"{folder}/file_{number}{suffix}",
        )
        self._by_id[stored.file_id] = stored
        self._by_path[stored.path] = stored
        return stored

    def by_id(self, file_id: str) -> Stored | None:
        return self._by_id.get(file_id)

    def by_path(self, path: str) -> Stored | None:
        return self._by_path.get(path)
