"""Everything that somebody in a region is shown or promised in a language, part by part, and its hash.

A sign-off is bound to the hash. It covers the collection's facts and words, the region's, the cards of that language
(and no other's), what changed between versions of the cards, and the bot's own words for contributors in that language:
one changed word, wherever it stands, is another hash. Who recruits, targets and who wrote it are shown to nobody and
left out; so are the lists of languages, so that adding one closes no other.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from babel.messages.pofile import read_po

from bot import shipped
from bot.texts import ORIGINAL, Texts
from flows.collection import Card, Collection, Region
from flows.sign_offs import Contents, Place
from flows.words import Text

Shown = Mapping[str, str]
"""Part -> what it says: `card 1 · text`, `region · pay.amount`, `bot · Back`."""

_NOT_PROMISED = {
    "version", "languages", "regions", "documents", "what_changed", "suppliers", "targets", "written_by",
    "example",
}  # fmt: skip
"""What of a collection is not in every region: it is there by region and language, or shown to nobody."""

OF_THE_TEAM = (
    "flows/team/", "flows/rehearsal.py", "flows/painting.py", "flows/groups.py", "flows/why_closed.py", "bot/team/",
    "bot/broadcasts/trial.py", "bot/progress/",
)  # fmt: skip
"""Modules whose words the team alone reads."""


def shown_in(collection: Collection, region: Region, language: str, texts: Texts) -> Shown:
    """All of it for one region and language. Raises KeyError where the collection has no cards in it."""
    parts = {
        **_facts("collection", collection.model_dump(mode="json", exclude=_NOT_PROMISED)),
        **_facts("region", region.model_dump(mode="json", exclude={"languages"})),
    }
    if language != ORIGINAL:
        translated = {part: texts.of_collection(collection.id, words, language) for part, words in parts.items()}
        parts |= {f"{part} · {language}": words for part, words in translated.items() if words != parts[part]}
    for number, card in enumerate(collection.documents[language], 1):
        parts |= _card(number, card)
    for version, words in collection.what_changed.get(language, {}).items():
        parts[f"changed in version {version}"] = words
    parts |= _own_words(texts, language)
    return {part: unicodedata.normalize("NFC", words) for part, words in parts.items()}


def content_of(shown: Shown) -> str:
    """SHA-256 of what is shown, in hex; the order of parts does not matter."""
    return hashlib.sha256(json.dumps(dict(shown), sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def contents_of(collections: Sequence[Collection], texts: Texts) -> Contents:
    """The hash of what is shown in every region and each of its languages."""
    return {
        Place(collection.id, region.territory, language): content_of(shown_in(collection, region, language, texts))
        for collection in collections
        for region in collection.regions
        for language in region.languages
    }


def _card(number: int, card: Card) -> dict[str, str]:
    said = {"title": card.title, "text": card.text, "more": card.more}
    if card.question is not None:
        said["question"] = card.question.text
        said |= {f"answer {place}": answer for place, answer in enumerate(card.question.answers, 1)}
        said |= {"right answer": card.question.answers[card.question.right], "once more": card.question.once_more}
    if card.voice is not None:
        said["read aloud"] = card.voice.sha256
    return {f"card {number} · {name}": words for name, words in said.items()}


def _facts(of: str, value: Any) -> dict[str, str]:  # noqa: ANN401  # what a model dumps
    return {f"{of} · {path}": words for path, words in _leaves(value, "")}


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:  # noqa: ANN401  # JSON
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _leaves(each, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list):
        for number, each in enumerate(value):
            name = each["id"] if isinstance(each, dict) and "id" in each else str(number)
            yield from _leaves(each, f"{path}.{name}")
        yield (
            f"{path}.order",
            ", ".join(
                each["id"] if isinstance(each, dict) and "id" in each else str(number)
                for number, each in enumerate(value)
            ),
        )
    elif value is not None:
        yield path, value if isinstance(value, str) else json.dumps(value)


def _own_words(texts: Texts, language: str) -> dict[str, str]:
    """The bot's own words for contributors, each message with what it says in a language."""
    return {
        f"bot · {one}": "\n".join(dict.fromkeys(texts.pattern(each, language) for each in _forms(one, many)))
        for one, many in _messages()
    }


_COUNTS = (0, 1, 2, 3, 11, 100)
"""Every form that some language has is among those of these numbers."""


def _forms(one: str, many: str | None) -> tuple[Text, ...]:
    if many is None:
        return (Text(one),)
    return tuple(Text(one, plural=many, how_many=count) for count in _COUNTS)


@lru_cache(maxsize=1)
def _messages() -> tuple[tuple[str, str | None], ...]:
    """Messages that contributors may read, from the template that `make catalogs` writes."""
    with (shipped.translations() / "bot.pot").open("rb") as file:
        found = [each for each in read_po(file) if each.id and not _is_of_the_team(each.locations)]
    return tuple((each.id, None) if isinstance(each.id, str) else (each.id[0], each.id[1]) for each in found)


def _is_of_the_team(locations: Sequence[tuple[str, int | None]]) -> bool:
    return bool(locations) and all(path.startswith(OF_THE_TEAM) for path, _ in locations)
