"""What the folder of collections says, as this installation offers it, and the words of every language spoken here."""

from __future__ import annotations

import structlog

from bot import shipped
from bot.settings import Settings
from bot.spoken import in_whole_languages, words_missing
from bot.texts import Catalogs, Texts, load_catalogs
from flows.collection import Collection
from flows.load import load_collections

log = structlog.get_logger()


def read_collections(settings: Settings) -> tuple[Collection, ...]:
    """Every collection of the folder, in the languages that have every word; a rehearsal has the others too.

    Raises CollectionFaults with every fault.
    """
    collections = load_collections(settings.collections)
    return tuple(_in_languages(settings, collection) for collection in collections)


def _in_languages(settings: Settings, collection: Collection) -> Collection:
    missing = words_missing(settings.collections / collection.id, collection)
    for language, messages in missing.items():
        log.warning("a language lacks words", collection=collection.id, language=language, words=len(messages))
    return collection if settings.allow_unreviewed else in_whole_languages(collection, missing)


def read_texts(settings: Settings, collections: tuple[Collection, ...]) -> Texts:
    """The words of every language that is spoken."""
    return Texts(read_catalogs(settings, collections))


def read_catalogs(settings: Settings, collections: tuple[Collection, ...]) -> Catalogs:
    """The bot's catalogs and the collections', of every language that one of them is in."""
    languages = tuple(dict.fromkeys(language for c in collections for language in c.languages))
    folders = {collection.id: settings.collections / collection.id for collection in collections}
    return load_catalogs(shipped.translations(), folders, languages)
