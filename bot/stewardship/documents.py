"""Everything that goes with the data of a release, and the signed manifest that names each file's hash."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
from collections import Counter
from collections.abc import Mapping

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.stewardship.codebook import codebook
from bot.stewardship.croissant import croissant
from bot.stewardship.datasheet import datasheet, protection, readme
from bot.stewardship.drafts import Draft
from bot.stewardship.sorting import Sorted
from bot.stewardship.telling import Told
from bot.storage import released, releases
from bot.storage.released import AgreedPurposes, AgreedText
from bot.storage.releases import Release
from bot.vault import Vault
from flows.collection import Collection

MANIFEST, SIGNATURE = "manifest.json", "manifest.json.sig"


def about_file(release: Release, collection: Collection) -> dict[str, str]:
    """What a data file says of itself, where its format has a place for that."""
    return {
        "surveybot_release": release.id,
        "collection": release.collection,
        "purpose": release.purpose,
        "recipient": release.recipient,
        "made_by": collection.organisation.name,
        "consent_version": str(collection.consent.version),
    }


def write_documents(vault: Vault, draft: Draft, told: Told) -> str:
    """Write every document and the manifest. Gives the manifest's SHA-256 in hex."""
    draft.take_back()
    hashes = dict(told.hashes)
    for name, content in _documents(told).items():
        hashes[name] = draft.put(name, content)
    if told.changes is not None:
        hashes["changes.csv"] = draft.settle("changes.csv")
    manifest = orjson.dumps(_manifest(told, vault, hashes), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)
    draft.put(SIGNATURE, base64.b64encode(vault.sign(manifest)) + b"\n")
    return draft.put(MANIFEST, manifest)


def _documents(told: Told) -> dict[str, bytes]:
    found = {
        "README.md": readme(told).encode(),
        "codebook.csv": codebook(told),
        "datasheet.md": datasheet(told).encode(),
        "protection.md": protection(told).encode(),
        "croissant.json": croissant(told),
    }
    found |= {_place_of(text): text.text.encode() for text in told.texts}
    return found | {_place_of_purposes(each): _purposes(each).encode() for each in told.meant}


def _place_of(text: AgreedText) -> str:
    """Cards are parted by form feeds, as their fingerprint is made."""
    return f"consent/{text.version}-{text.language}-{text.territory}-{text.sha256[:12]}.txt"


def _place_of_purposes(agreed: AgreedPurposes) -> str:
    return f"purposes/{agreed.version}-{agreed.language}-{agreed.sha256[:12]}.txt"


def _purposes(agreed: AgreedPurposes) -> str:
    """Purposes as they were read, and what each might do; in no words where those are not known for sure."""
    return "\n".join(
        f"{purpose}\n{each.label}\n{each.why}\n[{', '.join(sorted(each.may))}]\n"
        for purpose, each in agreed.meanings.items()
    )


def _manifest(told: Told, vault: Vault, hashes: Mapping[str, str]) -> dict[str, object]:
    release = told.release
    return {
        "format": "surveybot release 1",
        "release": release.id,
        "collection": release.collection,
        "purpose": release.purpose,
        "recipient": release.recipient,
        "agreement": told.recipient.agreement,
        "delete_within_days": told.recipient.delete_within,
        "made_at": release.made_at.isoformat(),
        "data_format": release.format,
        "data": [sheet.name for sheet in told.sheets],
        "rows": release.rows,
        "smallest_group": release.smallest_group,
        "own_words": release.own_words,
        "exact_times": release.exact_times,
        "purposes_of_everybody": sorted(told.agreed),
        "stewards": release.stewards,
        "one_person_team": len(release.stewards) == 1,
        "changes": dict(told.changes) if told.changes is not None else None,
        "files": dict(hashes),
        "signing_key": base64.b64encode(vault.signing_key()).decode(),
    }


async def write_changes(
    connection: AsyncConnection, vault: Vault, draft: Draft, release: Release, since: Release
) -> dict[str, int]:
    """Write who is new, changed or gone since an earlier release, by the recipient's own pseudonyms. Gives counts."""
    withdrawn = {
        each.pseudonym async for each in releases.recalled(connection, release.recipient) if each.release == since.id
    }
    counted: Counter[str] = Counter(added=0, changed=0, withdrawn=0, left_out=0)
    with Sorted(draft.path) as lines:
        async for pseudonym, change in released.changes_since(connection, release.id, since.id, since.made_at):
            what = ("withdrawn" if pseudonym in withdrawn else "left_out") if change == "gone" else change
            lines.add([f"{vault.release_pseudonym(pseudonym, release.recipient)} {what}"])
            counted[what] += 1
        draft.remove("changes.csv")
        text = io.TextIOWrapper(draft.file("changes.csv"), encoding="utf-8", newline="")
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(["contributor", "change"])
        for batch in lines.batches(500):
            writer.writerows(line.split(" ") for line in batch)
        text.detach()
    return dict(counted)


def hash_of_hashes(hashes: Mapping[str, str]) -> str:
    """One hash for several files: of lines `hash  name`, as sha256sum writes them, in the order of names."""
    lines = "".join(f"{sha256}  {name}\n" for name, sha256 in sorted(hashes.items()))
    return hashlib.sha256(lines.encode()).hexdigest()
