"""The master key in shares: so many of them give it back, and fewer say nothing of it.

Shares are words of SLIP-0039 (SatoshiLabs), which can be written on paper and tell a mistyped word; the library is its
reference implementation (docs/decisions/0035-shares.md). Each is a file with what it belongs to in front. No key is
ever printed.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot import durable
from bot.clock import Clock
from bot.settings import Settings
from bot.stewardship.archive import Archive, NothingThere, open_archive, open_data
from bot.stewardship.refusing import Refused
from bot.storage import releases
from bot.storage.database import SchemaFault
from bot.storage.engines import place_of
from bot.storage.keystore import KeyStore, is_key_store
from bot.vault import CannotOpen, KeyFileFault, open_ring, read_master_key, read_recovery_copy, write_master_key

_HEADING = "surveybot share 1"
MOST = 16
"""Shares at most: SLIP-0039 counts them in four bits."""


@dataclass(frozen=True, slots=True)
class Share:
    """One share. `repr` shows none of its words."""

    words: str = field(repr=False)
    installation: str = ""
    """Whose master key it is of; empty where somebody typed the words alone."""
    where: str = "what was typed"


# --- splitting ---------------------------------------------------------------------------------------------------


async def split(settings: Settings, threshold: int, count: int, folder: Path, clock: Clock) -> list[Path]:
    """Write the master key's shares into a folder, a file each. Raises Refused, OSError, what `open_archive` does."""
    if not 2 <= threshold <= count <= MOST:
        raise Refused(
            f"--threshold and --shares: from 2 to {MOST} shares, and to give the key back it takes 2 of them at least "
            "and all at most"
        )
    async with open_archive(settings) as archive:  # so the key is the one that opens these keys
        installation = await archive.keystore.installation() or ""
        made = _made(read_master_key(settings.key_file), threshold, count)
        day = clock().date()
        texts = [_as_text(words, installation, n, count, threshold, day) for n, words in enumerate(made, 1)]
        files = _written(folder, texts)
        detail: dict[str, object] = {"shares": count, "threshold": threshold, "set": _set_of(made[0])}
        await _note(archive, clock, "master key split", detail)
    return files


def _made(master: bytes, threshold: int, count: int) -> list[str]:
    from shamir_mnemonic import generate_mnemonics  # noqa: PLC0415  # nothing else needs it

    shares: list[list[str]] = generate_mnemonics(1, [(threshold, count)], master)
    return shares[0]


def _written(folder: Path, texts: Sequence[str]) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    files = [folder / f"surveybot-share-{number}-of-{len(texts)}.txt" for number in range(1, len(texts) + 1)]
    taken = [path for path in files if path.exists()]
    if taken:
        raise Refused(f"{taken[0]} is there already, and a share is never written over; choose an empty folder")
    for path, text in zip(files, texts, strict=True):
        durable.write_new(path, text.encode("ascii"))
    return files


def _as_text(words: str, installation: str, number: int, count: int, threshold: int, day: dt.date) -> str:
    listed = words.split()
    lines = [" ".join(listed[start : start + 6]) for start in range(0, len(listed), 6)]
    return "\n".join(
        (
            _HEADING,
            f"installation: {installation}",
            f"share: {number} of {count}, made {day}; any {threshold} of them give the master key back",
            "Keep it apart from the others, from the data and from backups of the keys. Paper will do: write the words",
            "and the installation on it. surveybot keys recover takes them.",
            "",
            *lines,
            "",
        )
    )


# --- recovering --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Recovered:
    """The master key is back."""

    key_file: Path
    was_there: bool
    unnoted: str | None
    """Why it does not stand in the trail; None where it does."""


def read_share(path: Path) -> Share:
    """A share from its file. Raises Refused."""
    try:
        text = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        raise Refused(f"{path}: there is no share that can be read") from None
    heading, _, rest = text.strip().partition("\n")
    head, _, words = rest.partition("\n\n")
    installation = re.search(r"^installation: ([0-9a-f]{32})$", head, re.MULTILINE)
    if heading.strip() != _HEADING or installation is None or not words.strip():
        raise Refused(f"{path}: this is no share of a master key")
    return Share(words, installation[1], str(path))


async def recover(
    settings: Settings, shares: Sequence[Share], key_store: Path | None, to: Path | None, clock: Clock
) -> Recovered:
    """Put the master key together, prove it against the key store, and write it.

    `key_store`: a key store's file to prove it by, such as a backup's, where the one beside the key is lost too; `to`:
    where to write it, by default where SURVEYBOT_KEY_FILE says. Raises Refused, KeyFileFault, NothingThere, OSError.
    Then nothing is written.
    """
    key_file = to or settings.key_file
    if key_file.is_dir():
        raise Refused(f"{key_file} is a folder; name the file that the key is to be written into")
    installation, ring = await _keys_at(settings, key_store)
    for share in shares:
        if share.installation and share.installation != installation:
            raise Refused(f"{share.where}: this share is of another installation, {share.installation}")
    master = _together(shares)
    try:
        open_ring(master, ring)
    except CannotOpen:
        raise Refused(
            "the shares fit together, but their key does not open this key store: the master key was changed since "
            "they were made, or they are of another installation. Nothing was written"
        ) from None
    was_there = key_file.exists()
    if not was_there:
        write_master_key(key_file, master)
    elif read_recovery_copy(key_file) != master:
        raise KeyFileFault(f"{key_file}: another master key is there, and is never written over; move it away first")
    detail: dict[str, object] = {"shares": len(shares), "set": _set_of(shares[0].words)}
    if key_store is not None or to is not None:
        return Recovered(key_file, was_there, "with --key-store or --to the data may be elsewhere")
    return Recovered(key_file, was_there, await _note_if_there(settings, clock, detail))


async def _keys_at(settings: Settings, key_store: Path | None) -> tuple[str, dict[str, bytes]]:
    url = settings.key_store if key_store is None else f"sqlite+aiosqlite:///{key_store}"
    keystore = KeyStore.connect(url)
    try:
        if await keystore.is_new():
            raise NothingThere(
                f"there is no key store at {place_of(url)} to prove the key by; --key-store names the file of a backup"
            )
        if key_store is not None and not is_key_store(key_store):
            raise NothingThere(f"{key_store}: this is no key store; --key-store names the file of a backup of the keys")
        ring = await keystore.ring()
        installation = await keystore.installation()
    finally:
        await keystore.close()
    if not ring:
        raise NothingThere("the key store is empty: there is nothing to prove the key by")
    return installation or "", ring


def _together(shares: Sequence[Share]) -> bytes:
    from shamir_mnemonic import MnemonicError, combine_mnemonics  # noqa: PLC0415
    from shamir_mnemonic.share import Share as Words  # noqa: PLC0415

    read: dict[int, Words] = {}
    for share in shares:
        try:
            words = Words.from_mnemonic(" ".join(share.words.split()).lower())
        except MnemonicError:
            raise Refused(f"{share.where}: a word is missing or is not right; compare it with the paper") from None
        first = next(iter(read.values()), words)
        if words.common_parameters() != first.common_parameters():
            raise Refused(f"{share.where}: this share was made at another time than the others; they do not fit")
        if words.index in read and words.value != read[words.index].value:
            raise Refused(f"{share.where}: this share and another one have the same number and other words")
        read[words.index] = words
    needed = next(iter(read.values())).member_threshold if read else 0
    if not read or len(read) < needed:
        raise Refused(f"it takes {needed or 'more'} different shares, and here are {len(read)}; nothing was written")
    enough = [words.mnemonic() for words in list(read.values())[:needed]]
    try:
        master: bytes = combine_mnemonics(enough)
    except MnemonicError:
        raise Refused("these shares do not give a key together: one of them is not of the same set") from None
    return master


def _set_of(words: str) -> int:
    """What shares that were made together have in common; says nothing of the key."""
    from shamir_mnemonic.share import Share as Words  # noqa: PLC0415

    found: int = Words.from_mnemonic(" ".join(words.split()).lower()).identifier
    return found


async def _note_if_there(settings: Settings, clock: Clock, detail: dict[str, object]) -> str | None:
    """Why it was not noted, if so. The key is written already; where the data is missing or of another version, it
    still is."""
    try:
        async with open_data(settings):
            pass
        async with open_archive(settings) as archive:
            await _note(archive, clock, "master key recovered", detail)
    except NothingThere:
        return "there is no data here"
    except SchemaFault:
        return "the tables of the data are of another version"
    return None


async def _note(archive: Archive, clock: Clock, action: str, detail: dict[str, object]) -> None:
    async with archive.database.write() as connection:
        await releases.note_act(connection, clock(), action, None, detail)
