"""Checking a receipt's file without the data: whether what it says of a consent is in the log that was signed."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.trail.heads import statement
from bot.trail.merkle import leaf_hash, root_from
from bot.vault import fingerprint, is_signed
from flows.receipts import PROOF, Proof


class NotAReceipt(Exception):
    """This file is no receipt that can be checked; the text says why and what helps."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What came out."""

    matches: dict[str, bool]
    """What was looked at, and whether it holds."""
    fingerprint: str
    """Of the key in the file."""
    key_known: bool
    """Whether that key was held against one that came from somewhere else than the file."""
    place: int
    size: int
    head_at: dt.datetime

    @property
    def holds(self) -> bool:
        """Whether everything that was looked at holds."""
        return all(self.matches.values())


NOT_CHECKED = (
    "names, addresses, what purposes are called, how long and where data is kept: the consent text has it",
    "whether the consent still stands: it may have been withdrawn since",
)
"""What a proof says nothing about."""


def check(text: str, known_key: str | None) -> Checked:
    """Hold a receipt against its own proof, and its key against a known one: public key or fingerprint, in hexadecimal.

    Raises NotAReceipt.
    """
    receipt = _receipt(text)
    if PROOF not in receipt:
        raise NotAReceipt(
            "this receipt carries no proof: it was made before its entry was sealed, or by an earlier surveybot. Ask "
            "the bot for it again: /mydata, then “Receipt as a file”"
        )
    try:
        proof = Proof.from_json(receipt[PROOF])
        entry = json.loads(proof.entry)
        signed = statement(
            proof.installation,
            proof.head_number,
            proof.head_kind,
            proof.size,
            proof.root,
            proof.head_at,
            proof.head_note,
        )
    except (ValueError, OverflowError, RecursionError):
        raise NotAReceipt("the proof in this receipt cannot be read: the file was changed or cut") from None
    leaf = leaf_hash(proof.entry.encode("utf-8", "replace"))
    matches = {
        "the receipt says what the audit entry says": _says_the_same(receipt, entry),
        "the entry is in the log": root_from(leaf, proof.place, proof.size, proof.path) == proof.root,
        "the log's head is signed with the key": is_signed(proof.public_key, signed, proof.signature),
    }
    if known_key is not None:
        matches["the key is the one that was given"] = _is_key(proof.public_key, known_key)
    return Checked(
        matches, fingerprint(proof.public_key), known_key is not None, proof.place, proof.size, proof.head_at
    )


def _receipt(text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise NotAReceipt("this is not JSON; name the file that the bot sent, receipt.jsonld") from None
    if not isinstance(found, dict) or found.get("@type") != "dpv:ConsentReceipt":
        raise NotAReceipt("this is not a receipt of surveybot's; name the file that the bot sent, receipt.jsonld")
    return found


def _is_key(public_key: bytes, known: str) -> bool:
    wanted = "".join(known.split()).lower()
    return wanted in {public_key.hex(), "".join(fingerprint(public_key).split())}


def _says_the_same(receipt: Mapping[str, Any], entry: Any) -> bool:  # noqa: ANN401  # JSON
    """Record, pseudonym, version, language, hashes of the text and of what purposes meant, when, and no purpose that
    was not agreed to."""
    try:
        record, detail = receipt["dpv:hasRecordOfActivity"], entry["detail"]
        notice, status = record["dpv:hasNotice"], record["dpv:hasConsentStatus"][0]
        given = dt.datetime.fromisoformat(detail["given_at"]).replace(microsecond=0)
        purposes = {process["dct:identifier"] for process in record["dpv:hasProcess"]}
        return all(
            (
                entry["action"] in {"consent given", "consent renewed"},
                record["dct:identifier"] == detail["record"],
                record["@id"] == f"urn:uuid:{detail['record']}",
                record["dpv:hasDataSubject"]["dct:identifier"] == entry["pseudonym"],
                notice["schema:version"] == str(detail["version"]),
                notice["dct:language"] == detail["language"].replace("_", "-"),
                notice["survey:sha256"] == detail["text"],
                notice.get("survey:purposesSha256") == detail["meanings"] if "meanings" in detail else True,
                notice["@id"].split(":")[2] == entry["collection"],
                dt.datetime.fromisoformat(status["dpv:isIndicatedAtTime"]) == given,
                bool(purposes),
                purposes <= set(detail["purposes"]),
            )
        )
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):
        return False
