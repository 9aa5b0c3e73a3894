"""Text as Telegram reads it: HTML mark-up, entities in UTF-16 units, cleaning, trimming, and what it finds by itself.

After tdlib/td (July 2026): MessageEntity.cpp (mark-up and its errors, worded as there) and misc.cpp (cleaning).
"""

import re
from dataclasses import dataclass
from typing import Any, Final

from bot.sandbox.refusals import Refused, bad_request, breach

Entity = dict[str, Any]

_KINDS: Final = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "a": "text_link",
    "tg-emoji": "custom_emoji",
}
_MARKUP: Final = re.compile(r"[<&]")
_REFERENCE: Final = re.compile(r"&(?:#(\d{1,7})(?!\d)|#x([0-9a-fA-F]{1,6})(?![0-9a-fA-F])|([A-Za-z]+));?")
_NAMED: Final = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_SPACE: Final = " \t\r\n\0\v"
_TAG_NAME: Final = re.compile(r"[^ \t\r\n\0\v>]*")
_ATTRIBUTE_NAME: Final = re.compile(r"[^ \t\r\n\0\v=>/\"']*")
_NAME_TOKEN: Final = re.compile(r"[0-9A-Za-z.\-]*")

# Control characters become spaces; line and paragraph separators, embeddings and overrides of direction, and three
# combining lines are dropped. Isolates (U+2066-2069) stay: mixed directions must be isolated with those.
_CLEANED: Final = {
    **{code: " " for code in range(32) if code not in {10, 13}},
    13: None,
    **dict.fromkeys(range(0x2028, 0x202F)),
    **dict.fromkeys((0x0333, 0x033F, 0x030A)),
}
# Spaces of all widths, joiners and direction marks: td's strip_empty_characters.
_INVISIBLE: Final = dict.fromkeys(
    [
        *(0x00A0, 0x1680, 0x180E, 0x202E, 0x202F, 0x205F, 0x2800, 0x3000, 0xFFFC, 0xFEFF),
        *range(0x2000, 0x2010),
    ],
    " ",
)
_UNCLEAN: Final = re.compile("[\x00-\x09\x0b-\x1f\u2028-\u202e\u0333\u033f\u030a]")

_FOUND: Final = re.compile(
    r"(?P<url>https?://[^\s<>\"]+[^\s<>\".,;:!?)\]'])"
    r"|(?P<email>[\w.+-]+@[\w-]+\.[a-z]{2,}\b)"
    r"|(?<![\w/@])(?P<mention>@[A-Za-z][A-Za-z0-9_]{3,31})\b"
    r"|(?<![\w/@#<>])(?P<bot_command>/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?)(?![\w/])"
    r"|(?<![\w#])(?P<hashtag>#\w*[^\W\d_]\w*)"
)
# Inside of these nothing is looked for; a command within bold text is still a command.
_OPAQUE: Final = frozenset({"code", "pre", "text_link", "text_mention", "custom_emoji"})
_MAY_HOLD_ENTITY: Final = re.compile(r"[/@#]")


def utf16_length(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


@dataclass(slots=True)
class _Open:
    tag: str
    argument: str
    offset: int
    begin: int


def cant_parse(text: str) -> Refused:
    return breach(f"can't parse entities: {text}")


def read_text(text: str, parse_mode: str | None, given: list[Entity] | None) -> tuple[str, list[Entity]]:
    """A message's text and entities as it will be shown. Entities that were given are taken at their word."""
    mode = (parse_mode or "").lower()
    # Cleaned first, so that offsets are those of the text that is kept.
    text = text if given else _clean(text)
    if mode == "html":
        text, entities = parse_html(text)
    elif mode in {"markdown", "markdownv2"}:
        raise bad_request("the sandbox reads HTML only: parse_mode Markdown is not built")
    elif mode:
        raise breach("unsupported parse_mode")
    else:
        entities = list(given or [])
    text, entities = _trimmed(text, entities)
    return text, _with_found(text, entities)


def _clean(text: str) -> str:
    return text.translate(_CLEANED) if _UNCLEAN.search(text) else text


def _trimmed(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    begin_of_marked = min((entity["offset"] for entity in entities), default=len(text))
    # Space at the beginning stays where it is marked.
    lead = min(len(text) - len(text.lstrip(" \n")), begin_of_marked)
    stripped = text[lead:].rstrip(" \n")
    if len(stripped) == len(text):
        return text, entities
    end = utf16_length(stripped)
    kept = []
    for entity in entities:
        begin = max(0, entity["offset"] - lead)
        length = min(end, entity["offset"] + entity["length"] - lead) - begin
        if length > 0:
            kept.append({**entity, "offset": begin, "length": length})
    return stripped, kept


def _with_found(text: str, entities: list[Entity]) -> list[Entity]:
    """Add what Telegram finds by itself (commands, links, mentions), outside of what is marked already."""
    if not _MAY_HOLD_ENTITY.search(text):
        return entities
    taken = [(one["offset"], one["offset"] + one["length"]) for one in entities if one["type"] in _OPAQUE]
    found = []
    for match in _FOUND.finditer(text):
        begin = utf16_length(text[: match.start()])
        end = begin + utf16_length(match[0])
        if not any(begin < other_end and other_begin < end for other_begin, other_end in taken):
            found.append({"type": match.lastgroup, "offset": begin, "length": end - begin})
    return sorted([*entities, *found], key=lambda entity: (entity["offset"], -entity["length"])) if found else entities


def is_blank(text: str) -> bool:
    """Nothing that can be seen: such a text is refused."""
    return not text.translate(_INVISIBLE).strip(" \n")


def find_entities(text: str) -> list[Entity]:
    return _with_found(text, [])


def parse_html(text: str) -> tuple[str, list[Entity]]:
    if not _MARKUP.search(text):
        return text, []
    return _HtmlReader(text).read()


class _HtmlReader:
    """One pass over the source. Positions in errors are byte offsets, as Telegram counts them."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0
        self._parts: list[str] = []
        self._offset = 0  # in UTF-16 units of the text so far
        self._open: list[_Open] = []
        self._entities: list[Entity] = []

    def read(self) -> tuple[str, list[Entity]]:
        while match := _MARKUP.search(self._source, self._at):
            self._keep(self._source[self._at : match.start()])
            self._at = match.start()
            if match[0] == "&":
                self._keep(self._reference() or self._next_character())
            elif self._source.startswith("</", self._at):
                self._end_tag()
            else:
                self._start_tag()
        self._keep(self._source[self._at :])
        if self._open:
            raise cant_parse(f'Can\'t find end tag corresponding to start tag "{self._open[-1].tag}"')
        entities = sorted(self._entities, key=lambda entity: (entity["offset"], -entity["length"]))
        return "".join(self._parts), entities

    def _keep(self, text: str) -> None:
        self._parts.append(text)
        self._offset += utf16_length(text)

    def _next_character(self) -> str:
        self._at += 1
        return self._source[self._at - 1]

    def _reference(self) -> str | None:
        """The character that a reference stands for, or None where it is none and stays as written."""
        match = _REFERENCE.match(self._source, self._at)
        if match is None or (character := _resolved(match)) == match[0]:
            return None
        self._at = match.end()
        return character

    def _byte(self, position: int) -> int:
        return len(self._source[:position].encode())

    def _matched(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._source, self._at)
        found = match[0] if match else ""
        self._at += len(found)
        return found

    def _skip_space(self) -> None:
        while self._at < len(self._source) and self._source[self._at] in _SPACE:
            self._at += 1

    def _here(self) -> str:
        return self._source[self._at : self._at + 1]

    def _start_tag(self) -> None:
        begin = self._at
        self._at += 1
        tag = self._matched(_TAG_NAME).lower()
        if not self._here():
            raise cant_parse(f"Unclosed start tag at byte offset {self._byte(begin)}")
        if tag not in _KINDS:
            raise cant_parse(f'Unsupported start tag "{tag}" at byte offset {self._byte(begin)}')
        argument = self._attributes(tag, begin)
        if tag == "span" and argument != "spoiler":
            raise cant_parse(f'Tag "span" must have class "tg-spoiler" at byte offset {self._byte(begin)}')
        self._at += 1
        self._open.append(_Open(tag, argument, self._offset, len(self._parts)))

    def _attributes(self, tag: str, begin: int) -> str:
        """Read to the closing bracket; the one value that means something for this tag."""
        argument = ""
        while True:
            self._skip_space()
            if self._here() == ">":
                return argument
            name = self._matched(_ATTRIBUTE_NAME)
            if not name:
                raise cant_parse(f'Empty attribute name in the tag "{tag}" at byte offset {self._byte(begin)}')
            argument = _meaning(tag, name, self._attribute_value(tag, begin)) or argument

    def _attribute_value(self, tag: str, begin: int) -> str:
        """Empty where the attribute has none, which is allowed."""
        self._skip_space()
        if self._here() and self._here() != "=":
            return ""
        self._at += 1
        self._skip_space()
        if not self._here():
            raise cant_parse(f'Unclosed start tag "{tag}" at byte offset {self._byte(begin)}')
        quote = self._here()
        if quote in "'\"":
            end = self._source.find(quote, self._at + 1)
            if end < 0:
                raise cant_parse(f"Unclosed start tag at byte offset {self._byte(begin)}")
            value = _REFERENCE.sub(_resolved, self._source[self._at + 1 : end])
            self._at = end + 1
            if not self._here():
                raise cant_parse(f"Unclosed start tag at byte offset {self._byte(begin)}")
            return value
        token = self._at
        value = self._matched(_NAME_TOKEN).lower()
        if self._here() and self._here() not in _SPACE + ">":
            raise cant_parse(f"Unexpected end of name token at byte offset {self._byte(token)}")
        return value

    def _end_tag(self) -> None:
        begin = self._at
        if not self._open:
            raise cant_parse(f"Unexpected end tag at byte offset {self._byte(begin)}")
        self._at += 2
        name = self._matched(_TAG_NAME).lower()
        self._skip_space()
        if self._here() != ">":
            raise cant_parse(f"Unclosed end tag at byte offset {self._byte(begin)}")
        opened = self._open.pop()
        if name and name != opened.tag:
            wanted = f'expected "</{opened.tag}>", found "</{name}>"'
            raise cant_parse(f"Unmatched end tag at byte offset {self._byte(begin)}, {wanted}")
        self._at += 1
        if self._offset > opened.offset:
            self._close(opened)

    def _close(self, opened: _Open) -> None:
        entity: Entity = {
            "type": _KINDS[opened.tag],
            "offset": opened.offset,
            "length": self._offset - opened.offset,
        }
        if opened.tag == "a":
            url = opened.argument or "".join(self._parts[opened.begin :])
            if "." not in url and "://" not in url:
                return  # not a link that Telegram would keep
            entity["url"] = url
        elif opened.tag == "pre" and opened.argument:
            entity["language"] = opened.argument
        elif opened.tag == "code" and opened.argument:
            entity = {**entity, "type": "pre", "language": opened.argument}
        elif opened.tag == "blockquote" and opened.argument:
            entity["type"] = "expandable_blockquote"
        elif opened.tag == "tg-emoji":
            entity["custom_emoji_id"] = opened.argument
        self._add(entity)

    def _add(self, entity: Entity) -> None:
        """<pre><code class="language-x"> is one entity, not two over the same text."""
        last = self._entities[-1] if self._entities else {}
        same_place = (last.get("offset"), last.get("length")) == (entity["offset"], entity["length"])
        if not (entity["type"] == "pre" and same_place and last.get("type") in {"pre", "code"}):
            self._entities.append(entity)


def _resolved(reference: re.Match[str]) -> str:
    """The character of a reference; the reference itself where there is no such character."""
    decimal, hexadecimal, name = reference.groups()
    if name:
        return _NAMED.get(name, reference[0])
    number = int(decimal) if decimal else int(hexadecimal, 16)
    return chr(number) if 0 < number < 0x10FFFF else reference[0]


def _meaning(tag: str, name: str, value: str) -> str:
    if (tag, name) in {("a", "href"), ("tg-emoji", "emoji-id")}:
        return value
    if (tag, name) == ("blockquote", "expandable"):
        return "expandable"
    if tag == "code" and name == "class":
        return value.removeprefix("language-") if value.startswith("language-") else ""
    if tag == "span" and name == "class":
        return value.removeprefix("tg-") if value.startswith("tg-") else ""
    return ""
