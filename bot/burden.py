"""What taking part costs a person, in taps and in words to read: python -m bot.burden draws docs/budget.md."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot import shipped
from bot.limits import seen
from bot.texts import Texts, load_catalogs
from flows.collection import Collection
from flows.load import load_collections
from flows.screens import Screen
from flows.session import Stage
from flows.shelf import Shelf
from flows.walk import AS_EXPLAINED, Open, Press, Station, Worlds, go
from flows.words import letters

TAPS_TO_RECEIPT, WORDS_TO_RECEIPT, TAPS_TO_THANKS = 10, 400, 16
"""The most that we allow ourselves; words are counted in the original."""

WITHOUT_SPACES = frozenset({"ja", "zh", "th", "km", "lo", "my"})
"""Languages in which words stand without spaces, so that there is nothing to count but letters."""


def counts_in_letters(language: str) -> bool:
    """Whether what is read in the language is counted in letters, in whatever script it is written."""
    return language.partition("_")[0] in WITHOUT_SPACES


_ANY_DAY = dt.datetime(2026, 12, 1, 9, 30, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Cost:
    """From a deep link: what is pressed until the receipt stands there, and read until then; and presses to thanks."""

    territory: str
    language: str
    taps_to_receipt: int
    words: int
    letters: int
    taps_to_thanks: int
    words_to_thanks: int
    letters_to_thanks: int


def cost(collection: Collection, territory: str, language: str, texts: Texts, participant: str | None = None) -> Cost:
    """What it costs somebody who reads everything but *More*, mistakes nothing, and answers with one press each."""
    return cost_of(list(passage(collection, territory, language, texts, participant)), territory, language, texts)


def cost_of(stations: Sequence[Station], territory: str, language: str, texts: Texts) -> Cost:
    """What a passage cost whoever stood at these stations."""
    read = [read_on(station.screen, station.session.language, texts) for station in stations]
    receipts = (taps for taps, each in enumerate(stations) if any(screen.name == "receipt" for screen in each.beside))
    to_receipt = next(receipts, 0)
    words, lengths = [visible_words(each) for each in read], [letters(each) for each in read]
    return Cost(
        territory,
        language,
        to_receipt,
        sum(words[:to_receipt]),
        sum(lengths[:to_receipt]),
        len(stations) - 1,
        sum(words),
        sum(lengths),
    )


def passage(
    collection: Collection, territory: str, language: str, texts: Texts, participant: str | None = None
) -> Iterator[Station]:
    """Where that somebody stands, from the deep link to the thanks, with one press between each and the next."""
    worlds = {"open": Shelf((collection,), unreviewed=True, translate=texts.of_collection)}
    station = _gone(worlds, None, Open(collection.id, participant), language)
    yield station
    while not _is_through(station):
        station = _gone(worlds, station, _press_on(station.screen, territory), language)
        yield station


def _is_through(station: Station) -> bool:
    """Where somebody is paid in a way of their choice, that is asked in front of the thanks."""
    current = station.session.passage
    return current is not None and current.stage is Stage.THANKS


def _gone(worlds: Worlds, station: Station | None, act: Open | Press, language: str) -> Station:
    there = go(worlds, station, act, language, _ANY_DAY)
    if there is None:
        raise LookupError(f"{act} leads nowhere")
    return there


def _press_on(screen: Screen, territory: str) -> Press:
    """What leads on: one option of a question, and "Done" where several may be chosen."""
    ticked = any(choice.ticked for choice in screen.choices)
    verbs = ("done",) if ticked else ("live_in", "next", "card_answer", "agree", "choose", "tick", "submit")
    verb = next(verb for verb in verbs if any(choice.verb == verb for choice in screen.choices))
    if verb in {"live_in", "card_answer"}:
        return Press(verb, territory if verb == "live_in" else AS_EXPLAINED)
    choice = next(choice for choice in screen.choices if choice.verb == verb)
    return Press(verb, choice.value, None if choice.ticked is None else not choice.ticked)


def read_on(screen: Screen, language: str, texts: Texts) -> str:
    """Everything that stands on a screen, buttons too."""
    labels = [texts.plain(choice.label, language) for row in screen.rows for choice in row]
    return "\n".join((seen(texts.screen(screen, language)), *labels))


def visible_words(words: str) -> int:
    """How many words somebody reads: runs of letters or digits between spaces."""
    return sum(any(c.isalnum() for c in word) for word in words.split())


def costs(collection: Collection, texts: Texts) -> Iterator[Cost]:
    """What it costs in each region, in each of its languages."""
    for region in collection.regions:
        for language in region.languages:
            yield cost(collection, region.territory, language, texts)


def drawn() -> str:
    """The whole of docs/budget.md."""
    folder = shipped.ready_collections()
    collections = load_collections(folder)
    languages = tuple(dict.fromkeys(language for each in collections for language in each.languages))
    texts = Texts(load_catalogs(shipped.translations(), {each.id: folder / each.id for each in collections}, languages))
    lines = [
        "# What taking part costs a person",
        "",
        "Counted by `make budget` from the screens themselves: presses and words from a deep link to the receipt, when",
        "consent has been given, and presses to the thanks. Somebody reads every screen and button but not *More*,",
        "mistakes nothing, and gives one answer a question. We allow ourselves",
        f"{TAPS_TO_RECEIPT} taps and {WORDS_TO_RECEIPT} English words to the receipt, and {TAPS_TO_THANKS} taps to the",
        "thanks; a test holds every region to it, and this page to the screens.",
    ]
    for collection in collections:
        lines += ["", f"## {collection.id}", "", *_table(collection, texts)]
    return "\n".join((*lines, ""))


def _table(collection: Collection, texts: Texts) -> Iterator[str]:
    yield "| region | language | taps to receipt | to read until then | taps to thanks |"
    yield "| --- | --- | ---: | ---: | ---: |"
    for each in costs(collection, texts):
        read = f"{each.letters} letters" if counts_in_letters(each.language) else f"{each.words} words"
        cells = (each.territory, each.language, each.taps_to_receipt, read, each.taps_to_thanks)
        yield f"| {' | '.join(map(str, cells))} |"


if __name__ == "__main__":
    sys.stdout.write(drawn())
