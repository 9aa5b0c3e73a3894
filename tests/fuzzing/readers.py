"""Everything that reads a file which somebody else wrote: what it takes, and what it may refuse with.

Each reader is given bytes and a folder of its own. It reads them, or says in its own words why not; anything else that
it raises is a fault.
"""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import hashlib
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import orjson
import pytest
import typer

from bot import shipped
from bot.adapter.callbacks import from_data, from_invite_data
from bot.adapter.decode import Decoder, NotUnderstood
from bot.adapter.transport import from_json
from bot.commands import console, inviting
from bot.links.office import read_codes as read_participants
from bot.notices.wording import read_texts
from bot.settings import Settings, SettingsFault, read_settings
from bot.setup import envfile
from bot.stewardship import manifest, payouts, provider, pruning, shares
from bot.stewardship.acknowledging import _Acknowledgement
from bot.stewardship.recall import LIST_FORMAT, signed
from bot.stewardship.refusing import Refused
from bot.team.office import NotDone
from bot.texts import markdown_to_html
from bot.tombstones import Tombstones
from bot.trail import heads, merkle, receipts
from bot.trail.heads import SEALED, Head
from bot.trail.published import NotAHead, published, read_published
from bot.vault import FIXED_RING_KEYS, KeyFileFault, Vault, read_recovery_copy
from flows.card_files import read_document
from flows.faults import CollectionFaults, Fault, read_yaml
from flows.load import read_collection
from flows.receipts import PROOF, Proof
from flows.voice import MOST_BYTES, NoVoice, voice_of

NOW = dt.datetime(2026, 12, 1, tzinfo=dt.UTC)
LONGEST_REFUSAL = 100_000
"""Letters that a refusal may have: somebody reads it in a terminal."""

Reading = Callable[[bytes, Path], None]


@dataclass(frozen=True, slots=True)
class Reader:
    """Something that reads a file."""

    name: str
    sample: bytes
    """What it reads without complaint: where the hostile ones begin."""
    read: Reading


def told(refusal: BaseException | str) -> None:
    """A refusal is words that a terminal can show."""
    words = str(refusal)
    assert words.strip()
    words.encode()
    assert len(words) < LONGEST_REFUSAL, f"a refusal of {len(words)} letters"
    assert not any(sign in words for sign in ("Traceback", "\x1b", "\x00")), words[:300]


@cache
def vault() -> Vault:
    """Keys that are always the same."""
    ring = {name: hashlib.sha256(name.encode()).digest() for name in FIXED_RING_KEYS}
    return Vault(ring, bytes)


# --- collections -----------------------------------------------------------------------------------------------------


def small_collection(folder: Path) -> Path:
    """The ready collection in one place and one language: quick to read again and again."""
    ready, made = shipped.ready_collections() / "demographics", folder / "demographics"
    if made.exists():
        return made
    for inner in ("consent/en", "regions/US"):
        shutil.copytree(ready / inner, made / inner)
    shutil.copyfile(ready / "questions.yaml", made / "questions.yaml")
    lines = (ready / "collection.yaml").read_text(encoding="utf-8").splitlines(keepends=True)
    lines = ["languages: [en]\n" if line.startswith("languages:") else line for line in lines]
    (made / "collection.yaml").write_text("".join(lines), encoding="utf-8")
    (made / "regions" / "US" / "region.yaml").write_bytes(_sample("regions/US/region.yaml"))
    return made


def _in_a_collection(file: str) -> Reading:
    def read(content: bytes, folder: Path) -> None:
        collection = small_collection(folder)
        path = collection / file
        before = path.read_bytes() if path.exists() else None
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        try:
            reading = read_collection(collection)
        finally:
            path.write_bytes(before) if before is not None else path.unlink()
        if reading.faults:
            told(CollectionFaults(list(reading.faults)))
        else:
            assert reading.collection is not None

    return read


def _sample(file: str) -> bytes:
    content = (shipped.ready_collections() / "demographics" / file).read_bytes()
    # Of a collection with one place, nothing is asked elsewhere.
    return re.sub(rb"^not_asked:.*\n", b"", content, flags=re.MULTILINE) if file.startswith("regions/") else content


def _yaml(content: bytes, folder: Path) -> None:
    path, faults = folder / "some.yaml", list[Fault]()
    path.write_bytes(content)
    file = read_yaml(path, faults)
    assert (file is None) <= bool(faults)
    if faults:
        told(CollectionFaults(faults))
    if file is not None:
        file.line(("purposes", 0, "why"))
        repr(file.value)


def _card(content: bytes, folder: Path) -> None:
    faults = list[Fault]()
    for number in range(1, 5):
        (folder / f"{number}.md").write_bytes(content if number == 2 else _sample(f"consent/en/{number}.md"))
    cards = read_document(folder, faults)
    assert cards is not None or faults
    for card in cards or ():
        markdown_to_html(card.text)
        markdown_to_html(card.more)
    if faults:
        told(CollectionFaults(faults))


def _voice(content: bytes, _folder: Path) -> None:
    try:
        assert 0 < voice_of(content).size <= MOST_BYTES
    except NoVoice as refusal:
        told(refusal)


# --- what stewards and coordinators are given ------------------------------------------------------------------------


def _vouchers(content: bytes, _folder: Path) -> None:
    try:
        codes = payouts.read_codes("codes.txt", content)
    except Refused as refusal:
        told(refusal)
        return
    assert len(set(codes)) == len(codes)
    assert all(0 < len(code) <= payouts.LONGEST_CODE for code in codes)


def _participants(content: bytes, _folder: Path) -> None:
    try:
        read_participants("codes.txt", content)
    except NotDone as refusal:
        told(refusal)


def _outcomes(content: bytes, _folder: Path) -> None:
    try:
        for outcome in provider.read_outcomes("settled.csv", content):
            assert len(outcome.reason) <= payouts.LONGEST_REASON
    except Refused as refusal:
        told(refusal)


def _paragraphs(content: bytes, folder: Path) -> None:
    path = folder / "words.yaml"
    path.write_bytes(content)
    with pytest.MonkeyPatch.context() as patch, contextlib.suppress(typer.Exit):
        patch.setattr(console.err, "quiet", True)
        inviting._paragraphs([], path)


def _notice(content: bytes, folder: Path) -> None:
    (folder / "notice").mkdir(exist_ok=True)
    (folder / "notice" / "en.md").write_bytes(content)
    try:
        read_texts(folder / "notice")
    except Refused as refusal:
        told(refusal)


def receipt() -> bytes:
    """A receipt with its proof, of a log with this one entry in it."""
    detail = {
        "record": "r",
        "version": 1,
        "language": "en",
        "text": "t",
        "given_at": NOW.isoformat(),
        "purposes": ["e"],
    }
    said = {"action": "consent given", "collection": "c", "pseudonym": "p", "detail": detail}
    entry = json.dumps(said)
    leaf = merkle.leaf_hash(entry.encode())
    statement = heads.statement("i" * 32, 1, SEALED, 1, leaf, NOW, "")
    proof = Proof(entry, 0, "i" * 32, 1, SEALED, 1, leaf, NOW, "", (), vault().sign_head(statement), vault().head_key())
    record = {
        "@id": "urn:uuid:r", "dct:identifier": "r", "dpv:hasDataSubject": {"dct:identifier": "p"},
        "dpv:hasNotice": {"schema:version": "1", "dct:language": "en", "survey:sha256": "t", "@id": "urn:notice:c"},
        "dpv:hasConsentStatus": [{"dpv:isIndicatedAtTime": NOW.isoformat()}],
        "dpv:hasProcess": [{"dct:identifier": "e"}],
    }  # fmt: skip
    made = {"@type": "dpv:ConsentReceipt", "dpv:hasRecordOfActivity": record, PROOF: proof.as_json()}
    return json.dumps(made, indent=1).encode()


def _receipt(content: bytes, _folder: Path) -> None:
    try:
        checked = receipts.check(content.decode("utf-8", "replace"), None)
    except receipts.NotAReceipt as refusal:
        told(refusal)
        return
    assert isinstance(checked.holds, bool)


def _head() -> bytes:
    leaf = merkle.leaf_hash(b"entry")
    head = Head(3, SEALED, 1, leaf, NOW, "", b"")
    signature = vault().sign_head(head.statement("i" * 32))
    return published(Head(3, SEALED, 1, leaf, NOW, "", b"", signature), "i" * 32, vault().head_key()).encode()


def _published(content: bytes, _folder: Path) -> None:
    try:
        found = read_published(content.decode("utf-8", "replace"))
    except NotAHead as refusal:
        told(refusal)
        return
    assert isinstance(found.is_signed and found.is_of("00"), bool)


def withdrawals(rows: object = None) -> bytes:
    """A signed list of withdrawals."""
    one = {"contributor": "c_1", "collection": "c", "purpose": "p", "withdrawn_on": "2026-11-01", "releases": ["r1"]}
    body = {"format": LIST_FORMAT, "list": "l" * 36, "recipient": "lab", "withdrawn": [one] if rows is None else rows}
    return signed(vault(), body)


def _list(content: bytes, folder: Path) -> None:
    path = folder / "withdrawals.json"
    path.write_bytes(content)
    try:
        pruning.read_list(path).contributors("r1")
    except Refused as refusal:
        told(refusal)


def _release() -> bytes:
    key = base64.b64encode(vault().signing_key()).decode()
    return orjson.dumps({"release": "r1", "recipient": "lab", "signing_key": key, "files": {}})


def _release_manifest(content: bytes, folder: Path) -> None:
    """As it was signed, whatever stands in it: whoever makes one up signs it too."""
    (folder / "manifest.json").write_bytes(content)
    (folder / "manifest.json.sig").write_bytes(base64.b64encode(vault().sign(content)))
    _prune(b"contributor,age\r\nc_1,3\r\nc_2,4\r\n", folder)


def _prune(content: bytes, folder: Path, suffix: str = "csv") -> None:
    listed = pruning.SignedList("l" * 36, "lab", base64.b64encode(vault().signing_key()).decode(), [])
    path = folder / f"data.{suffix}"
    path.write_bytes(content)
    try:
        pruning.prune(path, listed, None if (folder / "manifest.json").exists() else "r1", NOW)
    except Refused as refusal:
        told(refusal)
        assert path.read_bytes() == content, "nothing is half done"


def _signature(content: bytes, folder: Path) -> None:
    (folder / "manifest.json").write_bytes(_release())
    (folder / "manifest.json.sig").write_bytes(content)
    try:
        pruning._manifest(folder / "manifest.json")
    except Refused as refusal:
        told(refusal)


def _acknowledgement(content: bytes, _folder: Path) -> None:
    try:
        said = _Acknowledgement.model_validate_json(content)
    except ValueError:
        return
    assert said.removed < 1 << 63


def _backup(content: bytes, folder: Path) -> None:
    (folder / "backup").mkdir(exist_ok=True)
    (folder / "backup" / manifest.NAME).write_bytes(content)
    try:
        manifest.read(folder / "backup", "data")
    except manifest.NotABackup as refusal:
        told(refusal)


def _share(content: bytes, folder: Path) -> None:
    path = folder / "share.txt"
    path.write_bytes(content)
    try:
        shares._together([shares.read_share(path)])
    except Refused as refusal:
        told(refusal)


def _master_key(content: bytes, folder: Path) -> None:
    path = folder / "master.key"
    path.write_bytes(content)
    try:
        assert len(read_recovery_copy(path)) == 32
    except KeyFileFault as refusal:
        told(refusal)


def _destroyed(content: bytes, folder: Path) -> None:
    path = folder / "destroyed-keys.log"
    path.write_bytes(content)
    try:
        Tombstones(path).read()
    except KeyFileFault as refusal:
        told(refusal)


# --- settings, and what comes by Telegram ----------------------------------------------------------------------------


def _settings(content: bytes, folder: Path) -> None:
    path = folder / "some.env"
    path.write_bytes(content)
    try:
        found: Settings = read_settings(_env_file=path)
    except SettingsFault as refusal:
        told(refusal)
        return
    assert isinstance(found.is_rehearsal, bool)
    assert found.folders is not None
    for each in (found.webhook_address, found.key_store, found.tombstones, found.reminder_pause):
        str(each).encode()
    host, _, port = found.listen.rpartition(":")
    assert host
    assert 0 <= int(port) < 1 << 16


def _env(content: bytes, folder: Path) -> None:
    path = folder / "other.env"
    path.write_bytes(content)
    try:
        envfile.read(path)
    except envfile.EnvFault as refusal:
        told(refusal)


def _callback(content: bytes, _folder: Path) -> None:
    data = content.decode("utf-8", "replace")
    from_data(data)
    from_invite_data(data)


def _update(content: bytes, _folder: Path) -> None:
    try:
        Decoder(lambda: NOW, bytes, "survey_sandbox_bot").decode(from_json(content))
    except NotUnderstood as refusal:
        told(refusal)
    except Exception as error:
        if type(error).__name__ != "TelegramError":
            raise


def _payload(content: bytes, folder: Path) -> None:
    text = json.dumps("/start " + content.decode("utf-8", "replace"))
    _update(
        f'{{"update_id":1,"message":{{"message_id":1,"chat":{{"id":5,"type":"private"}},'
        f'"from":{{"id":5,"is_bot":false}},"text":{text}}}}}'.encode(),
        folder,
    )


_UPDATE = (
    b'{"update_id":1,"callback_query":{"id":"1","from":{"id":5,"is_bot":false},"data":"1.2.3+",'
    b'"message":{"message_id":7,"chat":{"id":5,"type":"private"}}}}'
)
_ACKNOWLEDGED = {
    "format": pruning.ACKNOWLEDGEMENT_FORMAT, "list": "l", "recipient": "lab", "release": "r1", "file": "data.csv",
    "removed": 1, "sha256_before": "0" * 64, "sha256_after": "1" * 64, "done_at": NOW.isoformat(),
}  # fmt: skip
_BACKED_UP = {
    "format": 1, "part": "data", "backup": "b", "installation": "i", "made_at": NOW.isoformat(), "schema": "0001",
    "files": {},
}  # fmt: skip
_NOTICE = (
    b"# what happened\nA disk was lost.\n# what was exposed\nNothing of yours.\n# what to do\nNothing.\n"
    b"# contact\nhello@example.org\n"
)
_SETTINGS = (
    b"SURVEYBOT_TOKEN=1:abc\nSURVEYBOT_API_URL=http://127.0.0.1:8080\nSURVEYBOT_OWNERS=1,2\n"
    b"SURVEYBOT_LISTEN=127.0.0.1:8081\nSURVEYBOT_KEY_FILE=keys/master.key\nSURVEYBOT_SEND_RATE=25\n"
    b"SURVEYBOT_DATABASE_URL=sqlite+aiosqlite:///data/survey.db\nSURVEYBOT_REMIND_AFTER=3\nSURVEYBOT_WEBHOOK_URL=\n"
)
_KEY = b"surveybot master key 1\n" + base64.b64encode(bytes(32)) + b"\n"


@cache
def readers() -> dict[str, Reader]:
    """Every reader by name."""
    made = [
        *(
            Reader(file, _sample(file), _in_a_collection(file))
            for file in ("collection.yaml", "questions.yaml", "regions/US/region.yaml", "consent/en/3.md")
        ),
        Reader("targets.yaml", b"people: 100\nlanguages: {en: 50}\n", _in_a_collection("regions/US/targets.yaml")),
        Reader("changes.md", b"# 2\n\nMore.\n", _in_a_collection("consent/en/changes.md")),
        Reader(
            "catalog",
            _sample("translations/sw/LC_MESSAGES/demographics.po")[:4000],
            _in_a_collection("translations/en/LC_MESSAGES/demographics.po"),
        ),
        Reader("yaml", b"a: [1, 2]\nb: {c: 2026-01-01, d: &x 3}\ne: *x\n", _yaml),
        Reader("card", _sample("consent/en/2.md"), _card),
        Reader("voice", b"OggS\x00\x02" + bytes(20) + b"\x01\x13OpusHead\x01\x01" + bytes(9), _voice),
        Reader("vouchers", b"AAAA-1\nAAAA-2\n", _vouchers),
        Reader("participants", b"A1B2C3D4\nZ9Y8X7W6\n", _participants),
        Reader("outcomes", b'reference,outcome,reason\nPAY-1,paid\nPAY-2,failed,"no, such number"\n', _outcomes),
        Reader("paragraphs", b'en: "Come again"\nar: "x"\n', _paragraphs),
        Reader("notice", _NOTICE, _notice),
        Reader("receipt", receipt(), _receipt),
        Reader("head", _head(), _published),
        Reader("list", withdrawals(), _list),
        Reader("release", _release(), _release_manifest),
        Reader("signature", base64.b64encode(bytes(64)), _signature),
        Reader("data.csv", b"contributor,age\r\nc_1,3\r\n", _prune),
        Reader("data.jsonl", b'{"contributor":"c_1"}\n', lambda content, folder: _prune(content, folder, "jsonl")),
        Reader("acknowledgement", orjson.dumps(_ACKNOWLEDGED), _acknowledgement),
        Reader("backup", orjson.dumps(_BACKED_UP), _backup),
        Reader("share", b"surveybot share 1\ninstallation: " + b"0" * 32 + b"\n\nacademic acid acrobat\n", _share),
        Reader("key", _KEY, _master_key),
        Reader("destroyed", b"00ff purpose:a/b\n11aa\n", _destroyed),
        Reader("settings", _SETTINGS, _settings),
        Reader("env", _SETTINGS, _env),
        Reader("callback", b"1.2.3+", _callback),
        Reader("payload", b"demographics-A1B2C3D4", _payload),
        Reader("update", _UPDATE, _update),
    ]
    return {reader.name: reader for reader in made}
