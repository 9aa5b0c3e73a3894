"""Words that are owed to a person, before any language is chosen: a message and the values that go into it.

`say` and `say_count` mark the bot's own messages for extraction (`bot.catalogs`); `asked` marks words that a
collection's folder says. `bot.texts` turns all of them into one language.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import NamedTuple

BOT = ""
"""The domain of the bot's own messages; a collection's words have the collection's id as their domain."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in a currency (ISO 4217), as it is written in a territory."""

    amount: Decimal
    currency: str
    territory: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A territory (ISO 3166-1, two letters), named as CLDR does."""

    territory: str


@dataclass(frozen=True, slots=True)
class Language:
    """A language's name: in itself (`own`), or in the reader's language."""

    language: str
    own: bool = True


@dataclass(frozen=True, slots=True)
class Day:
    """A calendar day, in UTC."""

    day: dt.date


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time in one ISO 8601 unit, such as P24M."""

    period: str


@dataclass(frozen=True, slots=True)
class Percent:
    """A share of a hundred: 45 % in German, 45% in English."""

    value: int


@dataclass(frozen=True, slots=True)
class Raw:
    """Text that is nobody's to translate: a code, an address, somebody's own words. Never shown as markup."""

    text: str


@dataclass(frozen=True, slots=True)
class Listed:
    """Several things, joined as the language joins them."""

    items: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class InLanguage:
    """Words as readers of another language read them, whoever looks at them here."""

    text: Text
    language: str


_NO_VALUES: Mapping[str, Value] = MappingProxyType({})


class Text(NamedTuple):
    """A message (English, and the id that translators find it by) and its values.

    A named tuple, as blocks and choices are: a screen is made of dozens, and named tuples are made faster.
    """

    message: str
    values: Mapping[str, Value] = _NO_VALUES
    domain: str = BOT
    plural: str | None = None
    how_many: int = 0


Value = str | int | Text | Money | Place | Language | Day | Span | Percent | Raw | Listed | InLanguage


def say(message: str, **values: Value) -> Text:
    """One of the bot's own messages."""
    return Text(message, values)


def say_count(one: str, many: str, count: int, **values: Value) -> Text:
    """A message whose form depends on a number, which it may show as {count}."""
    return Text(one, {"count": count, **values}, plural=many, how_many=count)


def asked(collection: str, message: str) -> Text:
    """Words that a collection's folder says."""
    return Text(message, domain=collection)


def letters(words: str) -> int:
    """How long Telegram takes a text to be: in units of UTF-16, as its clients count."""
    return len(words.encode("utf-16-le")) // 2
