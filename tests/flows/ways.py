"""The ready collections, explored once for every test that looks at all their screens."""

from __future__ import annotations

from functools import cache

from explored import once
from made_up import BEGINNING

from bot import shipped
from bot.adapter.render import keyboard
from bot.limits import seen
from bot.texts import Texts, load_catalogs
from flows.collection import Collection
from flows.explore import Way, explore, in_language, telling
from flows.load import load_collections
from flows.regions import in_every_language
from flows.screens import Screen
from flows.walk import Station, Worlds
from flows.worlds import worlds_of

FOLDER = shipped.ready_collections()


@cache
def collections() -> dict[str, Collection]:
    """Every collection that ships."""
    return {collection.id: collection for collection in load_collections(FOLDER)}


@cache
def every_language() -> tuple[str, ...]:
    """Every language that some collection speaks."""
    return tuple(dict.fromkeys(language for each in collections().values() for language in each.languages))


@cache
def texts() -> Texts:
    """The words of the bot and of every collection that ships."""
    folders = {name: FOLDER / name for name in collections()}
    return Texts(load_catalogs(shipped.translations(), folders, every_language()))


PLACES = [(name, region.territory) for name, each in collections().items() for region in each.regions]
"""Every region of every collection."""

SPOKEN = [
    (name, region.territory, language)
    for name, each in collections().items()
    for region in each.regions
    for language in region.languages
]
"""Every language that is offered somewhere, with where."""


@cache
def worlds(name: str) -> Worlds:
    """What may be on offer, as it ships."""
    return worlds_of(collections()[name], texts().of_collection)


@cache
def way(name: str, territory: str) -> Way:
    """Every screen of a region, found in the original language, also where that is not offered."""
    everywhere = worlds_of(in_every_language(collections()[name]), texts().of_collection)
    return once(f"{name}-{territory}", lambda: explore(everywhere, name, territory, BEGINNING))


@cache
def told(name: str, territory: str) -> tuple[int, ...]:
    """The screens on which everything is said."""
    return telling(way(name, territory))


@cache
def stations(name: str, territory: str, language: str) -> tuple[Station, ...]:
    """Those screens, as they are met in a language that the region offers."""
    wanted = told(name, territory)
    found = in_language(way(name, territory), worlds(name), name, language, wanted)
    assert list(found) == list(wanted), "some screens cannot be come by in this language"
    return tuple(found.values())


def messages(name: str, territory: str, language: str) -> list[tuple[Station, Screen]]:
    """Every card, and everything that stands beside one."""
    return [
        (station, screen)
        for station in stations(name, territory, language)
        for screen in (*station.beside, station.screen)
    ]


def words_on(screen: Screen, language: str) -> str:
    """What somebody reads above the buttons."""
    return seen(texts().screen(screen, language))


def labels_on(screen: Screen, language: str) -> list[str]:
    """What stands on the buttons."""
    markup = keyboard(screen, texts(), language, 1)
    return [button["text"] for row in (markup or {"inline_keyboard": []})["inline_keyboard"] for button in row]
