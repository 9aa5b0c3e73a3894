"""What somebody could write who means no good, and what phones write that nobody thinks of."""

from __future__ import annotations

from random import Random

MARK = "qzmarkqz"
"""Stands in what is written, and so shows where it got to: it may lie readable nowhere but in the chat."""

TEAM_MARK = "qzteamqz"
"""The same, of what an owner writes: it may name a link in clear as well."""

_PIECES = (
    "\u202egnp.exe\u202c", "\u2066\u2067\u2068\u2069", "\u2067\u2067\u2067 no end", "\u200f\u200e", "\u061c",
    "\u200b\u200b\u200b", "\u200d\u200d", "\u2060\ufeff", "a\u00adb", "\u180e", "\u3164", "\u2800",
    "👩‍👩‍👧‍👦", "🏳️‍🌈", "👨🏿‍🚀", "🇪🇬🇺🇸🇮",
    "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "e\u0301", "ﷺ", "﷽", "Ω", "ﬃ", "İstanbul", "ẞ", "ΰ", "\u1e9e",
    "<b>bold", "</b></i>", "<script>alert(1)</script>", "<a href='tg://user?id=1'>x</a>", "&lt;&#0;&amp",
    "<tg-spoiler>",
    "'; DROP TABLE answers; --", "\" OR 1=1 --", "%' AND '1'='1", "\\'; vacuum; --",
    "=HYPERLINK(\"http://example.org\";\"x\")", "=1+1", "+1", "-2+3", "@SUM(A1)", "\t=cmd|' /C calc'!A0",
    "{0}", "{step}", "{{7*7}}", "${jndi:ldap://example.org}", "%s%n%x", "$(id)", "`id`", "../../../etc/passwd",
    "\x00", "\x1b[2J", "\x07", "\x7f", "\u2028", "\u2029", "\x85", "\r\n", "\n\n\n\n",
    "\ud83d", "\udc00", "\uffff", "\U0010ffff", "\ufffd",
    "NaN", "null", "true", "1e309", "-0", "9" * 40, "[" * 60, '{"a":' * 20, "/start", "/leave", "/stop@nobody",
    "العربية", "اردو", "हिन्दी", "日本語", "中文", "Kiswahili", "\u202eעברית", "ﻻ",
    "@survey_sandbox_bot", "https://t.me/x?start=y", "mailto:a@b", "+1 555 0100", "a" * 64,
)  # fmt: skip

_RUNS = (
    ("\u0301", 4096), ("a\u0300\u0301\u0302", 1024), ("\u202e", 500), ("👩‍👩‍👧‍👦", 300), ("ﷺ", 1000), ("x", 4096),
    (" ", 300), ("\n", 300), ("&", 4000), ("<", 4000), ("🧵", 2048), ("\u200b", 4096), ("=1+", 1000), ("{", 2000),
)  # fmt: skip


def hostile(dice: Random) -> str:
    """Some words."""
    chance = dice.random()
    if chance < 0.06:
        sign, count = dice.choice(_RUNS)
        return MARK + sign * count
    if chance < 0.12:
        return "".join(chr(dice.choice((dice.randrange(32, 127), dice.randrange(0xFFFF)))) for _ in range(12))
    if chance < 0.2:
        return dice.choice(("", " ", "0", "word", "Two words", "  led by spaces"))
    return MARK + "".join(dice.choice(_PIECES) for _ in range(dice.randrange(1, 5)))


def written(dice: Random) -> str:
    """Some words as a chat carries them: never empty, and of whole characters."""
    text = hostile(dice).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text if text.strip() else "word"


def number(dice: Random) -> object:
    """A number, of any size, or what only looks like one."""
    return dice.choice(
        (0, 1, -1, 2, 7, 255, 1 << 31, -(1 << 31), (1 << 53) + 1, (1 << 63) - 1, 1 << 63, -(1 << 64), 10**30,
         1.5, 1e308, float("inf"), float("nan"), True, "12", "-0", None, [], {})
    )  # fmt: skip
