"""Which languages are spoken: those that have every word.

A language of which a catalog lacks a word is not offered to anybody: somebody who is asked to agree reads one language
from the first screen to the last. A rehearsal offers it all the same, with English in the gaps, for whoever translates.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from gettext import NullTranslations
from pathlib import Path

from babel.messages.pofile import read_po

from bot import shipped
from bot.catalogs import Words, collection_messages, placeholders
from bot.texts import ORIGINAL, load_catalogs
from flows.collection import Collection
from flows.words import BOT

Missing = Mapping[str, tuple[str, ...]]
"""Language -> messages that have no translation in it, the bot's first; nothing of a language that is complete."""


def words_missing(folder: Path, collection: Collection) -> Missing:
    """What the collection's languages lack. `folder` is the collection's own."""
    catalogs = load_catalogs(shipped.translations(), {collection.id: folder}, collection.languages)
    for catalog in catalogs.values():
        catalog.add_fallback(_Nothing())
    said = {BOT: _bot_messages(), collection.id: [words for words, _ in collection_messages(folder)]}
    found = {
        language: tuple(
            message if isinstance(message, str) else message[0]
            for domain, messages in said.items()
            for message in dict.fromkeys(messages)
            if not _says(catalogs[domain, language], message)
        )
        for language in collection.languages
        if language != ORIGINAL
    }
    return {language: messages for language, messages in found.items() if messages}


def in_whole_languages(collection: Collection, missing: Missing) -> Collection:
    """The collection without the languages that lack words. A region that has no other is left with none: closed."""
    whole = tuple(language for language in collection.languages if language not in missing)
    regions = tuple(
        region.model_copy(update={"languages": tuple(name for name in region.languages if name in whole)})
        for region in collection.regions
    )
    documents = {language: cards for language, cards in collection.documents.items() if language in whole}
    return collection.model_copy(update={"languages": whole, "regions": regions, "documents": documents})


@lru_cache(maxsize=1)
def _bot_messages() -> tuple[Words, ...]:
    """Every message of the bot, from the template that `make catalogs` writes."""
    with (shipped.translations() / "bot.pot").open("rb") as file:
        ids = [message.id for message in read_po(file) if message.id]
    return tuple(each if isinstance(each, str) else (each[0], each[1]) for each in ids)


class _Nothing(NullTranslations):
    """Stands behind a catalog, and is asked for what the catalog has not."""

    def gettext(self, message: str) -> str:
        raise KeyError(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:  # noqa: ARG002  # gettext's own names
        raise KeyError(msgid1)


_COUNTS = (0, 1, 2, 3, 11, 100)
"""Every form that some language has is among those of these numbers."""


def _says(catalog: NullTranslations, message: Words) -> bool:
    """Whether the catalog has the message, with no placeholder in it that nothing would fill."""
    try:
        if isinstance(message, str):
            said = [catalog.gettext(message)]
        else:
            said = [catalog.ngettext(*message, count) for count in _COUNTS]
        known = placeholders("".join(message))
        return all(placeholders(words) <= known for words in said)
    except (KeyError, ValueError):  # not there; or a brace that is never closed
        return False
