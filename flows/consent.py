"""Consent: the exact cards that a person is shown, their fingerprint, the record of a decision, and receipts.

Field names follow ISO/IEC TS 27560:2023 as tabulated by the W3C DPVCG guide (2024-08-01).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from flows import language as lang
from flows.collection import Card, Collection, Region
from flows.meaning import Meanings, hash_of_meanings, meanings_of

PLACEHOLDERS = frozenset({"organisation", "pay", "minutes", "age", "kept", "place_kept", "contact", "place"})
"""What a card may leave for the program to fill in. Every value becomes part of the text that is hashed."""


Translate = Callable[[str, str, str], str]
"""(collection, words, language) -> the collection's words in that language."""


def untranslated(_collection: str, words: str, _language: str) -> str:
    """Words as the collection's folder has them."""
    return words


def card_values(
    collection: Collection, region: Region, language: str, translate: Translate = untranslated
) -> dict[str, str]:
    """A region's values for the cards, written as the language writes them."""
    values = {
        "organisation": translate(collection.id, collection.organisation.name, language),
        "pay": lang.money(region.pay.amount, region.pay.currency, language, region.territory),
        "minutes": lang.minutes(collection.minutes_in(region), language),
        "age": lang.number(region.minimum_age, language),
        "kept": lang.span(collection.retention.answers, language),
        "place_kept": lang.place_name(collection.kept_in(region), language),
        "contact": translate(collection.id, collection.organisation.contact, language),
        "place": lang.place_name(region.territory, language),
    }
    return {name: lang.isolated(value) for name, value in values.items()}


def _fill(text: str, values: Mapping[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: values.get(found[1], found[0]), text)


def filled(card: Card, values: Mapping[str, str]) -> Card:
    """The card with its placeholders filled in."""

    def fill(text: str) -> str:
        return _fill(text, values)

    question = card.question
    if question is not None:
        question = question.model_copy(
            update={
                "text": fill(question.text),
                "answers": tuple(fill(answer) for answer in question.answers),
                "once_more": fill(question.once_more),
            }
        )
    return card.model_copy(
        update={"title": fill(card.title), "text": fill(card.text), "more": fill(card.more), "question": question}
    )


@dataclass(frozen=True, slots=True)
class Document:
    """A consent document as one person meets it: a version, a language, a region's values, and its fingerprint."""

    collection: str
    version: int
    language: str
    territory: str
    cards: tuple[Card, ...]
    text: str
    sha256: str
    meanings: Meanings
    """The purposes that are decided on once the cards are read."""
    meanings_sha256: str


def canonical(cards: tuple[Card, ...]) -> str:
    """The text that is hashed: NFC, LF, cards joined by form feed; a card's parts by a blank line.

    Both what is on the phone at once and what *More* unfolds are in it, each card's question, and what stands for a
    voice note: its own SHA-256.
    """
    return "\f".join(_canonical_card(card) for card in cards)


def _canonical_card(card: Card) -> str:
    parts = [card.title, card.text, card.more]
    if card.question is not None:
        parts += [card.question.text, *card.question.answers, card.question.once_more]
    if card.voice is not None:
        parts.append(f"🔊 SHA-256: {card.voice.sha256}")
    joined = "\n\n".join(part.strip() for part in parts)
    return unicodedata.normalize("NFC", joined).replace("\r\n", "\n").replace("\r", "\n")


def ethics_text(collection: Collection) -> str:
    """What the last card says below its own words of the committee that approved the collection; part of the text that
    is hashed, so that the record shows it. Empty where none is named."""
    ethics = collection.ethics
    if ethics is None:
        return ""
    parts = (ethics.committee, ethics.approval, ethics.expires_on.isoformat(), ethics.contact)
    return unicodedata.normalize("NFC", "\f" + "\n\n".join(parts))


def fingerprint(text: str) -> str:
    """SHA-256 of a canonical text, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


class Documents:
    """The documents of one collection, filled in once each; consent text never falls back to another language."""

    def __init__(self, collection: Collection, translate: Translate = untranslated) -> None:
        self._collection = collection
        self._translate = translate
        self._document = lru_cache(maxsize=None)(self._make)
        self.meanings = lru_cache(maxsize=None)(self._make_meanings)
        """What the purposes mean to whoever reads them in a language."""

    def get(self, language: str, territory: str) -> Document:
        """The document for a language and a region.

        Raises KeyError where the collection has no cards in that language: whoever asks offers another language.
        """
        return self._document(language, territory)

    def what_changed(self, language: str, territory: str, since: int) -> tuple[str, ...]:
        """What every version after `since` changed, newest first. Raises KeyError like `get`."""
        values = self._values(language, territory)
        changes = self._collection.what_changed[language]
        return tuple(_fill(changes[version], values) for version in sorted(changes, reverse=True) if version > since)

    def _values(self, language: str, territory: str) -> dict[str, str]:
        region = self._collection.region(territory)
        if region is None:
            raise KeyError(territory)
        return card_values(self._collection, region, language, self._translate)

    def _make(self, language: str, territory: str) -> Document:
        values = self._values(language, territory)
        cards = tuple(filled(card, values) for card in self._collection.documents[language])
        text = canonical(cards) + ethics_text(self._collection)
        meant = self.meanings(language)
        return Document(
            self._collection.id, self._collection.consent.version, language, territory, cards, text, fingerprint(text),
            meant, hash_of_meanings(meant),
        )  # fmt: skip

    def _make_meanings(self, language: str) -> Meanings:
        return meanings_of(self._collection, lambda words: self._translate(self._collection.id, words, language))


@dataclass(frozen=True, slots=True)
class ConsentRecord:
    """What somebody agreed to: exact text by hash, purpose by purpose, and how they said so. Times are UTC."""

    id: str
    collection: str
    version: int
    language: str
    territory: str
    sha256: str
    shown_at: dt.datetime
    given_at: dt.datetime
    expires_at: dt.datetime
    decisions: Mapping[str, bool]
    card_answers: tuple[bool, ...]
    """Whether each card's question was answered as meant at first; asks whether we explained, and never gates."""
    minimum_age: int

    def agreed(self, purpose: str) -> bool:
        """Whether this purpose has a live yes."""
        return self.decisions.get(purpose, False)


def shorter(start: dt.datetime, *periods: str | None) -> str | None:
    """Of some ISO 8601 periods from one moment on the one that ends first; None where none is said."""
    said = [each for each in periods if each is not None]
    return min(said, key=lambda each: after(start, each), default=None)


# Crockford's base 32: no I, L, O or U, so that a code copied by hand reads back the same.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 8


def receipt_code(randomness: bytes) -> str:
    """A code to write down, such as K7M4-QX2P: 40 bits taken from five random bytes."""
    letters = letters_of(randomness[:5], CODE_LENGTH)
    return f"{letters[:4]}-{letters[4:]}"


def letters_of(randomness: bytes, count: int) -> str:
    """So many letters that are told apart when read aloud, five bits each, from the end of some random bytes."""
    value = int.from_bytes(randomness, "big")
    return "".join(_ALPHABET[value >> (5 * place) & 31] for place in reversed(range(count)))


def pay_reference(randomness: bytes) -> str:
    """What pay that is owed is named by, such as PAY-K7M4-QX2P: made anew for each, and told from receipt codes."""
    return f"PAY-{receipt_code(randomness)}"


NO_REFERENCE = "PAY-0000-0000"
"""What pay is named by where none is owed to anybody: in a rehearsal, and on a walk."""


def same_code(typed: str, code_hash: str) -> bool:
    """Whether a typed code is the one whose hash is kept; case, spaces, look-alikes are forgiven.

    So are digits of other scripts: an Arabic keyboard types ٢٠٨.
    """
    return code_hash == hash_code(typed)


def hash_code(code: str) -> str:
    """What is kept of a receipt code (inside a sealed passage): SHA-256 of its normal form."""
    latin = "".join(str(unicodedata.digit(c)) if c.isdigit() else c for c in code.upper())
    plain = latin.translate(str.maketrans("ILO", "110"))
    return hashlib.sha256("".join(c for c in plain if c in _ALPHABET).encode()).hexdigest()


def after(start: dt.datetime, period: str) -> dt.datetime:
    """`start` plus an ISO 8601 period of one unit. Months and years keep the day, or take the month's last one."""
    count, unit = int(period[1:-1]), period[-1]
    if unit == "D":
        return start + dt.timedelta(days=count)
    months = start.month - 1 + count * (12 if unit == "Y" else 1)
    year, month = start.year + months // 12, months % 12 + 1
    last = (dt.date(year + month // 12, month % 12 + 1, 1) - dt.timedelta(days=1)).day
    return start.replace(year=year, month=month, day=min(start.day, last))
