"""HTML mark-up is read, and refused, as Telegram reads and refuses it."""

import pytest

from bot.sandbox.entities import parse_html, read_text
from bot.sandbox.refusals import Refused

# From tdlib/td's own tests of its parser (test/message_entities.cpp), offsets in bytes.
REFUSED = [
    ("🏟 🏟&lt;<abac aba>", 'Unsupported start tag "abac" at byte offset 13'),
    ("🏟 🏟&lt;<i   =aba>", 'Empty attribute name in the tag "i" at byte offset 13'),
    ("🏟 🏟&lt;<abacaba", "Unclosed start tag at byte offset 13"),
    ("🏟 🏟&lt;<i    aba>", 'Can\'t find end tag corresponding to start tag "i"'),
    ("🏟 🏟&lt;<i    aba  =  ", 'Unclosed start tag "i" at byte offset 13'),
    ("<i   ", 'Empty attribute name in the tag "i" at byte offset 0'),
    ("🏟 🏟&lt;<i    aba  =  190azAz-.,", "Unexpected end of name token at byte offset 27"),
    ('🏟 🏟&lt;<i    aba  =  "&lt;&gt;&quot;>', "Unclosed start tag at byte offset 13"),
    ("🏟 🏟&lt;</", "Unexpected end tag at byte offset 13"),
    ("🏟 🏟&lt;<b></b></", "Unexpected end tag at byte offset 20"),
    ("🏟 🏟&lt;<i>a</i   ", "Unclosed end tag at byte offset 17"),
    ("🏟 🏟&lt;<i>a</em   >", 'Unmatched end tag at byte offset 17, expected "</i>", found "</em>"'),
    ("<b>open", 'Can\'t find end tag corresponding to start tag "b"'),
    ("a < b", 'Unsupported start tag "" at byte offset 2'),
    ("<b", "Unclosed start tag at byte offset 0"),
    ('<span class="red">x</span>', 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
]


@pytest.mark.parametrize(("source", "words"), REFUSED)
def test_markup_that_does_not_parse_is_refused_in_telegrams_words(source: str, words: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_html(source)
    assert refused.value.description == f"Bad Request: can't parse entities: {words}"


BOLD_IN_ITALIC = [{"type": "italic", "offset": 2, "length": 7}, {"type": "bold", "offset": 6, "length": 3}]
READ = [
    ("➡️ ➡️<i>➡️ ➡️</i>", "➡️ ➡️➡️ ➡️", [{"type": "italic", "offset": 5, "length": 5}]),
    ("&ge;&lt;&gt;&amp;&quot;&laquo;&#12345678;", '&ge;<>&"&laquo;&#12345678;', []),
    ("&#x1F600;<b>x</b>", "😀x", [{"type": "bold", "offset": 2, "length": 1}]),
    ("<b></b>", "", []),
    ("🏟<i>🏟 &gt;<b aba   =   caba>&lt🏟</b></i>", "🏟🏟 ><🏟", BOLD_IN_ITALIC),
    ("<i>a</>", "a", [{"type": "italic", "offset": 0, "length": 1}]),
    ('<a href="https://a.example/?x=1&amp;y=2">go</a>', "go", [("text_link", 0, 2, "https://a.example/?x=1&y=2")]),
    ('<pre><code class="language-python">1</code></pre>', "1", [("pre", 0, 1, "python")]),
    ("<blockquote expandable>q</blockquote>", "q", [{"type": "expandable_blockquote", "offset": 0, "length": 1}]),
    (
        "<B>a<I>b</I></B>",
        "ab",
        [{"type": "bold", "offset": 0, "length": 2}, {"type": "italic", "offset": 1, "length": 1}],
    ),
]


@pytest.mark.parametrize(("source", "text", "entities"), READ)
def test_markup_becomes_text_and_entities_in_utf16_units(source: str, text: str, entities: list[object]) -> None:
    read, found = parse_html(source)
    assert read == text
    shaped = [
        entity if "url" not in entity and "language" not in entity else _short(entity)  # the long ones as tuples
        for entity in found
    ]
    assert shaped == entities


def _short(entity: dict[str, object]) -> tuple[object, ...]:
    return entity["type"], entity["offset"], entity["length"], entity.get("url") or entity.get("language")


def test_spaces_around_the_text_are_dropped_unless_marked_and_entities_move_along() -> None:
    assert read_text("\n  <b> a</b>  ", "HTML", None) == (" a", [{"type": "bold", "offset": 0, "length": 2}])


def test_overrides_of_direction_are_dropped_and_isolates_stay() -> None:
    assert read_text("\u202eabc\u2066x\u2069", None, None)[0] == "abc\u2066x\u2069"


def test_commands_links_and_mentions_are_found_outside_of_marked_text() -> None:
    text, entities = read_text("/help https://a.example/b, <code>/no</code> @somebody", "HTML", None)
    found = [(entity["type"], text[entity["offset"] : entity["offset"] + entity["length"]]) for entity in entities]
    assert found == [
        ("bot_command", "/help"),
        ("url", "https://a.example/b"),
        ("code", "/no"),
        ("mention", "@somebody"),
    ]


def test_an_unknown_parse_mode_is_refused() -> None:
    with pytest.raises(Refused, match="unsupported parse_mode"):
        read_text("x", "bbcode", None)
