"""A language that nobody speaks: the original with longer, accented words, and if asked running the other way.

On screens in it, what no translator could reach stands out in plain letters, and what has no room for a longer language
is cut. `python -m bot.pseudo` looks through every screen of every region and says where.
"""

from __future__ import annotations

import argparse
import datetime as dt
import re
import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import chain
from typing import Any

from bot import shipped
from bot.adapter.render import keyboard
from bot.limits import LABEL_WIDTHS, excesses, seen
from bot.texts import ORIGINAL, Catalogs, Texts, markdown_to_html
from flows import collection as col
from flows import language as lang
from flows.explore import explore, telling
from flows.load import load_collections
from flows.regions import in_every_language
from flows.screens import Block, Screen
from flows.walk import RECIPIENT
from flows.words import Day, Language, Listed, Place, Raw, Span, Text, Value
from flows.worlds import worlds_of

LONGER = 1.25
"""How much longer a message gets, its brackets counted. What is longer still in a real language, the tests of that
language's own screens notice."""

_SHORT = 12
"""A word on a button grows by its brackets alone."""

_ROOM = LABEL_WIDTHS[1] - len("☐ …")
"""So long may a label be that stands alone in its row, with a tick and what says that something follows. A message that
fits in the original is made to fit here too: what is looked for is the one that could not grow at all."""

_ACCENTS = str.maketrans(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
    "ÀƁÇÐÉƑĜĤÎĴĶĻṀÑÖÞǪŔŠŢÛṼŴẊÝŽåƀçðéƒĝĥîĵķļɱñöþǫŕšţûṽŵẋýž",
)
_VOWELS = frozenset("aeiouAEIOU")

# Placeholders, commands, addresses and entities are no words: every translation keeps them.
_KEPT = re.compile(r"(\{\w*\}|/rehearse stop|/[a-z]+|https?://\S+|\S+@\S+|&[a-z]+;)")

# RIGHT-TO-LEFT OVERRIDE and POP DIRECTIONAL FORMATTING (UAX 9): letters one by one from right to left.
_OVERRIDE, _POP = "\u202e", "\u202c"

_PAYMENT = "PAY"
"""How the number of a payment begins."""

_NOBODYS = re.compile(
    r"/[a-z]+|https?://\S+|\S+@\S+|\b[0-9a-f]{64}\b|\b[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}\b|\b[0-9a-f]{10}\b"
)
"""Commands, addresses, fingerprints and codes: no language's words."""


def accented(words: str) -> str:
    """Words with an accent on each letter, and no longer than they were."""
    return "".join(part if _KEPT.fullmatch(part) else part.translate(_ACCENTS) for part in _KEPT.split(words))


def pseudo(message: str, *, mirrored: bool = False) -> str:
    """A message in brackets, accented and longer; mirrored, it also runs from right to left."""
    if not any(letter.isalpha() for letter in _KEPT.sub("", message)):
        return message
    parts = _KEPT.split(_lengthened(message))
    turned = (_turned(part, mirrored=mirrored) if not _KEPT.fullmatch(part) else part for part in parts)
    return f"[{''.join(turned)}]"


def _turned(part: str, *, mirrored: bool) -> str:
    """Line by line: an override ends with its paragraph."""
    said = part.translate(_ACCENTS)
    if not mirrored:
        return said
    return "\n".join(f"{_OVERRIDE}{line}{_POP}" if line.strip() else line for line in said.split("\n"))


def _lengthened(message: str) -> str:
    """Vowels twice, one after the other, until the message is long enough."""
    most = int(len(message) * LONGER) if len(message) > _ROOM else min(int(len(message) * LONGER), _ROOM)
    wanted = most - len(message) - len("[]") if len(message) >= _SHORT else 0
    out = []
    for part in _KEPT.split(message):
        for letter in part:
            out.append(letter)
            if wanted > 0 and letter in _VOWELS and not _KEPT.fullmatch(part):
                out.append(letter)
                wanted -= 1
    return "".join(out)


class PseudoTexts(Texts):
    """Every word that goes through a catalog, a card or CLDR in the language that nobody speaks, whichever is asked."""

    def __init__(
        self, catalogs: Catalogs, collections: Iterable[col.Collection] = (), *, mirrored: bool = False
    ) -> None:
        super().__init__(catalogs)
        self._mirrored = mirrored
        self._on_cards = frozenset(chain.from_iterable(map(_asked_on_cards, collections)))

    def _message(self, text: Text, language: str) -> str:
        return pseudo(super()._message(text, language), mirrored=self._mirrored)

    def _block(self, block: Block, language: str) -> str:
        if isinstance(block.words, str):
            paragraphs = block.words.split("\n\n")
            return markdown_to_html("\n\n".join(pseudo(each, mirrored=self._mirrored) for each in paragraphs))
        return super()._block(block, language)

    def _value(self, value: Value, language: str, *, escape: bool) -> str:
        """What CLDR says is translated too: only accented, since its length is the language's own."""
        if isinstance(value, Listed):
            parts = [self._value(part, language, escape=escape) for part in value.items]
            return accented(lang.listed(["{}"] * len(parts), language)).format(*parts) if parts else ""
        said = super()._value(value, language, escape=escape)
        on_a_card = isinstance(value, str | Raw) and value in self._on_cards
        translated = on_a_card or isinstance(value, Place | Language | Day | Span)
        return accented(said) if translated else said


def _asked_on_cards(collection: col.Collection) -> Iterator[str | Raw]:
    """What the cards ask, and the answers to it: a file in each language has them, and no catalog."""
    for card in collection.documents[ORIGINAL]:
        if card.question is not None:
            for words in (card.question.text, *card.question.answers):
                yield from (words, Raw(words))


def untranslated(words: str, names: Collection[str] = ()) -> set[str]:
    """Words in plain letters on a screen in the language that nobody speaks, but for the names."""
    left = seen(words)
    for name in sorted(names, key=len, reverse=True):
        left = left.replace(name, " ")
    return set(re.findall(r"[A-Za-z]{2,}", _NOBODYS.sub(" ", left)))


def names_in(collection: col.Collection) -> frozenset[str]:
    """What is written alike in every language: an address, currencies, the collection's id and a recipient's."""
    currencies = {
        "".join(filter(str.isalpha, lang.money(region.pay.amount, region.pay.currency, ORIGINAL, region.territory)))
        for region in collection.regions
    }
    return frozenset({collection.organisation.address, collection.id, RECIPIENT, _PAYMENT, *currencies} - {""})


def faults(screen: Screen, texts: PseudoTexts, names: Collection[str], step: int = 1) -> Iterator[str]:
    """What of a screen was not translated, and what does not fit."""
    words, markup = texts.screen(screen, ORIGINAL), keyboard(screen, texts, ORIGINAL, step)
    yield from excesses(words, markup)
    for said in (words, *_labels(markup)):
        if left := untranslated(said, names):
            yield f"not translated: {', '.join(sorted(left))}"


def _labels(markup: dict[str, Any] | None) -> list[str]:
    return [button["text"] for row in (markup or {"inline_keyboard": []})["inline_keyboard"] for button in row]


def report(say: Callable[[str], object], *, mirrored: bool = False) -> int:
    """Look through the ready collections, and say each fault once. Returns how many there are."""
    collections = load_collections(shipped.ready_collections())
    texts, found = PseudoTexts({}, collections, mirrored=mirrored), 0
    for collection in collections:
        worlds, names = worlds_of(in_every_language(collection)), names_in(collection)
        for region in collection.regions:
            way = explore(worlds, collection.id, region.territory, _ANY_DAY)
            screens = [screen for number in telling(way) for screen in way[number].screens]
            told = dict.fromkeys(
                f"{collection.id} {region.territory} {screen.name}: {fault}"
                for screen in screens
                for fault in faults(screen, texts, names)
            )
            found += len(told)
            for line in told:
                say(line)
    return found


_ANY_DAY = dt.datetime(2026, 12, 1, 9, 30, tzinfo=dt.UTC)


def main(arguments: list[str]) -> int:
    """Say what is not translated or does not fit; exit with 1 where there is such."""
    parser = argparse.ArgumentParser(prog="python -m bot.pseudo", description=__doc__)
    parser.add_argument("--mirrored", action="store_true", help="run from right to left, too")
    asked = parser.parse_args(arguments)
    return 1 if report(lambda line: sys.stdout.write(line + "\n"), mirrored=asked.mirrored) else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
