"""Words in one language: Text -> HTML for a message, or plain text for a button.

Catalogs are gettext's. The bot's own words are `translations/<language>/LC_MESSAGES/bot.mo`; a collection's are
`translations/<language>/LC_MESSAGES/<collection>.mo` in its own folder. English is the original and has no catalog.
"""

from __future__ import annotations

import html
import re
import struct
from collections.abc import Mapping
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from string import Formatter

from flows import language as lang
from flows.screens import Block, Screen, Style
from flows.words import BOT, Day, InLanguage, Language, Listed, Money, Percent, Place, Raw, Span, Text, Value, asked

ORIGINAL = "en"

Catalogs = Mapping[tuple[str, str], NullTranslations]
"""(domain, language) -> catalog."""


def load_catalogs(own: Path, collections: Mapping[str, Path], languages: tuple[str, ...]) -> Catalogs:
    """The bot's catalogs and each collection's, for the languages that are spoken.

    `collections` maps a collection's id to its folder. What a catalog lacks is said in English; `bot.spoken` sees to
    it that people are offered whole languages only.
    """
    folders = {BOT: own, **{name: folder / "translations" for name, folder in collections.items()}}
    return {
        (domain, language): _catalog(folder, domain or "bot", language)
        for domain, folder in folders.items()
        for language in languages
    }


def _catalog(folder: Path, domain: str, language: str) -> NullTranslations:
    path = folder / language / "LC_MESSAGES" / f"{domain}.mo"
    if not path.exists():
        return NullTranslations()
    try:
        with path.open("rb") as file:
            return GNUTranslations(file)
    except (OSError, ValueError, LookupError, struct.error):  # cut short, or no catalog at all: as good as missing
        return NullTranslations()


class Texts:
    """Turns words into one language. Holds catalogs, and nothing of any person."""

    def __init__(self, catalogs: Catalogs) -> None:
        self._catalogs = catalogs
        # Of messages alone: nothing that is put into one is kept.
        self._pieces = lru_cache(maxsize=8192)(self._parse)

    def plain(self, text: Text, language: str) -> str:
        """A text without markup, for a button or a toast."""
        return self._filled(text, language, escape=False)

    def pattern(self, text: Text, language: str) -> str:
        """What a message says in a language, its placeholders left as they are."""
        return self._message(text, language)

    def of_collection(self, collection: str, words: str, language: str) -> str:
        """A collection's own words, for the consent cards."""
        return self.plain(asked(collection, words), language)

    def html(self, text: Text, language: str) -> str:
        """A text for a message that is sent as HTML: every value is escaped."""
        return self._filled(text, language, escape=True)

    def screen(self, screen: Screen, language: str) -> str:
        """A screen's blocks as one HTML message."""
        said: str | None = screen.renderings.get((self, language))
        if said is None:
            said = screen.renderings[self, language] = self._screen(screen, language)
        return said

    def _screen(self, screen: Screen, language: str) -> str:
        lines: list[str] = []
        previous: Style | None = None
        for block in screen.blocks:
            if lines and not (block.style is Style.ITEM and previous in {Style.ITEM, Style.LEAD}):
                lines.append("")
            lines.append(self._block(block, language))
            previous = block.style
        return "\n".join(lines)

    def _block(self, block: Block, language: str) -> str:
        if isinstance(block.words, str):
            return markdown_to_html(block.words)
        words = self.html(block.words, language)
        if block.style is Style.TITLE:
            return f"<b>{words}</b>"
        return f"<i>{words}</i>" if block.style is Style.QUIET else words

    def _filled(self, text: Text, language: str, *, escape: bool) -> str:
        message, values, domain, plural, how_many = text
        said = self._pieces(message, domain, plural, how_many, language, escape)
        if len(said) == 1 and said[0][1] is None:
            return said[0][0]
        pieces: list[str] = []
        for literal, name in said:
            pieces.append(literal)
            if name:
                pieces.append(self._value(values[name], language, escape=escape))
        return "".join(pieces)

    def _message(self, text: Text, language: str) -> str:
        catalog = self._catalogs.get((text.domain, language))
        if catalog is None:
            return text.message if text.plural is None or text.how_many == 1 else text.plural
        if text.plural is not None:
            return catalog.ngettext(text.message, text.plural, text.how_many)
        return catalog.gettext(text.message)

    def _parse(
        self, message: str, domain: str, plural: str | None, how_many: int, language: str, escape: bool
    ) -> tuple[tuple[str, str | None], ...]:
        """A message's literal pieces in a language, each with the name of the value that follows it."""
        words = self._message(Text(message, domain=domain, plural=plural, how_many=how_many), language)
        return tuple(
            (html.escape(literal, quote=False) if escape else literal, name)
            for literal, name, _, _ in Formatter().parse(words)
        )

    def _value(self, value: Value, language: str, *, escape: bool) -> str:
        """One value, in the language, and isolated where its direction could differ from the sentence's."""
        if isinstance(value, Text):
            return self._filled(value, language, escape=escape)
        if isinstance(value, Listed):
            parts = [self._value(part, language, escape=escape) for part in value.items]
            return lang.listed(parts, language) if parts else ""
        if isinstance(value, InLanguage):
            return lang.isolated(self._filled(value.text, value.language, escape=escape))
        words = _formatted(value, language)
        return html.escape(words, quote=False) if escape else words


def _formatted(value: str | int | Money | Place | Language | Day | Span | Percent | Raw, language: str) -> str:  # noqa: PLR0911
    match value:
        case str():
            return lang.isolated(value)
        case int():
            return lang.number(value, language)
        case Money(amount, currency, territory):
            return lang.isolated(lang.money(amount, currency, language, territory))
        case Place(territory):
            return lang.place_name(territory, language)
        case Language(name, own):
            return lang.language_name(name, name if own else language)
        case Day(day):
            return lang.isolated(lang.day(day, language))
        case Span(period):
            return lang.span(period, language)
        case Percent(share):
            return lang.percent(share, language)
        case Raw(text):
            return lang.isolated(text)


_BOLD = re.compile(r"\*\*(.+?)\*\*", re.DOTALL)


@lru_cache(maxsize=1024)
def markdown_to_html(text: str) -> str:
    """The Markdown of a consent card (paragraphs, **bold**, "- " lists) as Telegram's HTML."""
    escaped = html.escape(text, quote=False)
    listed = re.sub(r"^- ", "• ", escaped, flags=re.MULTILINE)
    return _BOLD.sub(r"<b>\1</b>", listed)
