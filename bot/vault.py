"""Sealing and opening, keys and keyed hashes: the only module that imports cryptography.

- The *master key* is a file. It wraps only the *ring*.
- The *ring* holds named random keys: one to look chats up by, one for pseudonyms, entitlements and signing each, one
  for contact keys, one for the person's own screens (`self`), and one per collection and purpose.
- Each person has a random *contact key* and, per contribution, a random *data key*. They are kept only wrapped by ring
  keys, in the key store (`bot.storage.keystore`), apart from what they seal. Destroying the wraps is erasure.

AES-256-GCM throughout, with a random 96-bit nonce, and what a value belongs to as authenticated data, so that a value
moved to another row does not open. A data key seals a few hundred values at most, far below the nonce bound of NIST
SP 800-38D (2^32).
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import hmac
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot import durable

KEY_BYTES = 32
_NONCE_BYTES = 12
_PLAIN, _PADDED = b"\x01", b"\x02"
_PADDING_BEGINS = b"\x80"
_FILE_HEADING = "surveybot master key 1"

Randomness = Callable[[int], bytes]


class CannotOpen(Exception):
    """Something sealed does not open with this key: another key, another place, or changed bytes."""


class KeyFileFault(Exception):
    """The master key's file cannot be used; the text names it and the remedy."""


ANSWER_STEP, PASSAGE_STEP, CONVERSATION_STEP, OUTBOX_STEP = 512, 2048, 512, 2048
RIGHT_STEP, LETTER_STEP, MESSAGE_STEP, CODE_STEP, NUMBER_STEP, COUNTS_STEP, CHOICE_STEP = (
    512,
    2048,
    16,
    256,
    64,
    2048,
    128,
)
"""Bytes to whose multiples values are padded before they are sealed. Sealing keeps lengths, and the length of
"prefer not to answer" is not that of "man": without padding a copy of the data would show answers."""


def seal(key: bytes, value: bytes, belongs_to: bytes, randomness: Randomness, *, step: int = 0) -> bytes:
    """`value` sealed with `key`, bound to what it belongs to; with a `step`, its length says little of it."""
    nonce = randomness(_NONCE_BYTES)
    if step:
        return _PADDED + nonce + AESGCM(key).encrypt(nonce, _padded(value, step), belongs_to)
    return _PLAIN + nonce + AESGCM(key).encrypt(nonce, value, belongs_to)


def _padded(value: bytes, step: int) -> bytes:
    """ISO/IEC 7816-4: one byte 80, then zeros up to a multiple of the step."""
    whole = value + _PADDING_BEGINS
    return whole + bytes(-len(whole) % step)


def unseal(key: bytes, sealed: bytes, belongs_to: bytes) -> bytes:
    """What `seal` sealed. Raises CannotOpen, whose text tells nothing of key or value."""
    form = sealed[:1]
    if form not in {_PLAIN, _PADDED}:
        raise CannotOpen("sealed in a format that this version does not know")
    try:
        value = AESGCM(key).decrypt(sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :], belongs_to)
    except (InvalidTag, ValueError):  # ValueError: cut short
        raise CannotOpen("does not open with this key here") from None
    return value if form == _PLAIN else value[: value.rindex(_PADDING_BEGINS)]


def read_master_key(path: Path) -> bytes:
    """The master key in a file. Raises KeyFileFault where it is missing, open to others, or not a key file."""
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="ascii")
    except FileNotFoundError:
        raise KeyFileFault(f"{path}: there is no master key; SURVEYBOT_KEY_FILE names the file") from None
    except (OSError, UnicodeDecodeError):
        raise KeyFileFault(f"{path}: the master key cannot be read; check whose file it is") from None
    if os.name == "posix" and mode & 0o077:
        raise KeyFileFault(f"{path}: others can read the master key; run: chmod 600 {path}")
    return _parsed_key(path, text)


def read_recovery_copy(path: Path) -> bytes:
    """The master key in a copy, which may lie on a stick that knows no permissions. Raises KeyFileFault."""
    try:
        text = path.read_text(encoding="ascii")
    except FileNotFoundError:
        raise KeyFileFault(f"{path}: there is no file; name the recovery copy of the master key") from None
    except (OSError, UnicodeDecodeError):
        raise KeyFileFault(f"{path}: this cannot be read as a recovery copy of the master key") from None
    return _parsed_key(path, text)


def _parsed_key(path: Path, text: str) -> bytes:
    heading, _, encoded = text.strip().partition("\n")
    try:
        key = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        key = b""
    if heading != _FILE_HEADING or len(key) != KEY_BYTES:
        raise KeyFileFault(f"{path}: this is not a surveybot master key; restore the file from its recovery copy")
    return key


def write_master_key(path: Path, key: bytes) -> None:
    """Write a new master key, readable by its owner alone. Raises KeyFileFault where a file is already there."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        durable.write_new(path, f"{_FILE_HEADING}\n{base64.b64encode(key).decode()}\n".encode("ascii"))
    except FileExistsError:
        raise KeyFileFault(f"{path}: a file is already there; a master key is never written over") from None


LOOKUP, PSEUDONYMS, ENTITLEMENTS, SIGNING, CONTACT, SELF, PAYOUTS = (
    "lookup",
    "pseudonyms",
    "entitlements",
    "signing",
    "contact",
    "self",
    "payouts",
)
FIXED_RING_KEYS = (LOOKUP, PSEUDONYMS, ENTITLEMENTS, SIGNING, CONTACT, SELF, PAYOUTS)


def purpose_lock(collection: str, purpose: str) -> str:
    """The ring key's name for a collection's purpose; also the name of the wraps that it locks."""
    return f"purpose:{collection}/{purpose}"


def wrap_ring_key(master: bytes, name: str, key: bytes, randomness: Randomness) -> bytes:
    """A ring key as the key store keeps it."""
    return seal(master, key, f"ring|{name}".encode(), randomness)


def open_ring(master: bytes, wrapped: Mapping[str, bytes]) -> dict[str, bytes]:
    """The ring's keys by name. Raises CannotOpen where the master key is another one."""
    return {name: unseal(master, blob, f"ring|{name}".encode()) for name, blob in wrapped.items()}


class Vault:
    """Everything that needs a ring key. Holds no person's key."""

    def __init__(self, ring: Mapping[str, bytes], randomness: Randomness) -> None:
        self._ring = dict(ring)
        self.randomness = randomness

    def __repr__(self) -> str:
        return "Vault(...)"

    def new_key(self) -> bytes:
        """A fresh key for a person or a contribution."""
        return self.randomness(KEY_BYTES)

    def chat_hash(self, chat_id: int) -> bytes:
        """What a chat is looked up by; says nothing without the ring."""
        return self._keyed_hash(LOOKUP, str(chat_id))

    def member(self, chat_id: int) -> str:
        """What somebody of the team is known by, for good: in rights and in the audit. No contribution leads to it."""
        return "m_" + self._keyed_hash(LOOKUP, f"member|{chat_id}").hex()[:24]

    def sender(self, chat_id: int) -> bytes:
        """What somebody's letters are found by when they leave; no contribution leads to it."""
        return self._keyed_hash(LOOKUP, f"sender|{chat_id}")

    def link_hash(self, secret: str) -> bytes:
        """What a team's link is looked up by; the secret in it is kept nowhere."""
        return self._keyed_hash(LOOKUP, f"link|{secret}")

    def entitlement_hash(self, chat_id: int, collection: str) -> bytes:
        """What pay owed is kept under: never joined to a pseudonym, and outlives a withdrawal."""
        return self._keyed_hash(ENTITLEMENTS, f"{chat_id}|{collection}")

    def code_digest(self, code: str) -> bytes:
        """What a voucher code is known by, so that none is loaded twice; says nothing without the ring."""
        return self._keyed_hash(PAYOUTS, f"code|{code}")

    def answer_digest(self, answer: bytes) -> bytes:
        """What a provider's answer is known by; says nothing without the ring."""
        return self._keyed_hash(PAYOUTS, f"answer|{answer.decode()}")

    def seal_code(self, code_id: str, code: str) -> bytes:
        """A voucher code that is nobody's yet."""
        return seal(self._ring[PAYOUTS], code.encode(), code_place(code_id), self.randomness, step=CODE_STEP)

    def open_code(self, code_id: str, sealed: bytes) -> str:
        """A voucher code that is nobody's yet. Raises CannotOpen."""
        return unseal(self._ring[PAYOUTS], sealed, code_place(code_id)).decode()

    def seal_counts(self, lock: str, collection: str, territory: str, counts: bytes) -> bytes:
        """Counts of a region, for whom nobody in particular is asked: under the ring key of a purpose."""
        return seal(self._ring[lock], counts, counts_place(collection, territory), self.randomness, step=COUNTS_STEP)

    def open_counts(self, lock: str, collection: str, territory: str, sealed: bytes) -> bytes:
        """Counts of a region. Raises CannotOpen."""
        return unseal(self._ring[lock], sealed, counts_place(collection, territory))

    def seal_choice(self, collection: str, answer: str) -> bytes:
        """By which answer people are to be written to; kept only until they are chosen."""
        return seal(self._ring[CONTACT], answer.encode(), choice_place(collection), self.randomness, step=CHOICE_STEP)

    def open_choice(self, collection: str, sealed: bytes) -> str:
        """By which answer people are to be written to. Raises CannotOpen."""
        return unseal(self._ring[CONTACT], sealed, choice_place(collection)).decode()

    def release_pseudonym(self, pseudonym: str, recipient: str) -> str:
        """A contribution's name in one recipient's files; two recipients cannot join theirs."""
        return "c_" + self._keyed_hash(PSEUDONYMS, f"{recipient}|{pseudonym}").hex()[:24]

    def release_record(self, record: str, recipient: str) -> str:
        """A consent record's name in one recipient's files, which a steward can resolve."""
        return "r_" + self._keyed_hash(PSEUDONYMS, f"record|{recipient}|{record}").hex()[:24]

    def sign(self, document: bytes) -> bytes:
        """A signature over what leaves (Ed25519, RFC 8032), with a key of its own that the ring's `signing` gives."""
        return self._signing_key().sign(document)

    def signing_key(self) -> bytes:
        """What `is_signed` checks by: it may be known to everybody."""
        return self._signing_key().public_key().public_bytes_raw()

    def _signing_key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self._keyed_hash(SIGNING, "releases"))

    def _keyed_hash(self, ring_key: str, text: str) -> bytes:
        return hmac.new(self._ring[ring_key], text.encode(), hashlib.sha256).digest()

    def notary(self) -> Notary:
        """What authenticates audit entries, with keys that are derived from the ring's."""
        return Notary(self._keyed_hash(SIGNING, "audit entries 1"), self.randomness)

    def sign_head(self, statement: bytes) -> bytes:
        """Sign the log of audit entries (Ed25519, RFC 8032)."""
        return self._head_signer().sign(statement)

    def head_key(self) -> bytes:
        """The public key that heads of the log are signed with."""
        return self._head_signer().public_key().public_bytes_raw()

    def _head_signer(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self._keyed_hash(SIGNING, "audit heads 1"))

    def wrap(self, lock: str, key_id: bytes, key: bytes) -> bytes:
        """A person's key under a ring key, bound to its id."""
        return seal(self._ring[lock], key, _wrap_place(lock, key_id), self.randomness)

    def unwrap(self, lock: str, key_id: bytes, wrapped: bytes) -> bytes:
        """A person's key. Raises CannotOpen."""
        return unseal(self._ring[lock], wrapped, _wrap_place(lock, key_id))

    def has_lock(self, lock: str) -> bool:
        """Whether the ring holds a key of this name."""
        return lock in self._ring


class Notary:
    """Authenticates audit entries (HMAC-SHA256). Whoever has the data alone can make none, and change none."""

    def __init__(self, key: bytes, randomness: Randomness) -> None:
        self._key = key
        self._randomness = randomness

    def __repr__(self) -> str:
        return "Notary(...)"

    def name(self, at: dt.datetime) -> str:
        """A new entry's name: its millisecond, so that names are near one another, and 80 random bits."""
        return f"{int(at.timestamp() * 1000):012x}{self._randomness(10).hex()}"

    def mac(self, content: bytes) -> bytes:
        """What authenticates an entry's content."""
        return self._tag(b"entry", content)

    def seal(self, place: int, row_id: int, mac: bytes) -> bytes:
        """What authenticates the place that an entry was given in the log."""
        return self._tag(b"place", f"{place}|{row_id}|".encode() + mac)

    def has_made(self, tag: bytes, found: object) -> bool:
        """Whether something that stands in a table is this tag."""
        return isinstance(found, bytes) and hmac.compare_digest(tag, found)

    def _tag(self, what: bytes, value: bytes) -> bytes:
        return hmac.new(self._key, what + b"|" + value, hashlib.sha256).digest()


def is_signed(public_key: bytes, statement: bytes, signature: bytes) -> bool:
    """Whether a statement was signed with the private key of this public one."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, statement)
    except (InvalidSignature, ValueError):  # ValueError: not a key
        return False
    return True


def fingerprint(public_key: bytes) -> str:
    """What a public key is called, short enough to be compared by eye and printed on a page."""
    digest = hashlib.sha256(public_key).hexdigest()
    return " ".join(digest[start : start + 4] for start in range(0, len(digest), 4))


def code_place(code_id: str) -> bytes:
    """What a sealed voucher code belongs to."""
    return f"voucher|{code_id}".encode()


def choice_place(collection: str) -> bytes:
    """What a sealed choice of whom to write to belongs to."""
    return f"choice|{collection}".encode()


def counts_place(collection: str, territory: str) -> bytes:
    """What sealed counts of a region belong to."""
    return f"counts|{collection}|{territory}".encode()


def number_place(holder: bytes) -> bytes:
    """What a sealed number belongs to."""
    return b"number|" + holder


def _wrap_place(lock: str, key_id: bytes) -> bytes:
    return b"wrap|" + lock.encode() + b"|" + key_id
