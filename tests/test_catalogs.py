"""Every word that the code says is found, wherever in the code it stands, and every language has it."""

from __future__ import annotations

import re

from bot import shipped
from bot.catalogs import bot_messages, check

ROOT = shipped.translations().parent


def test_every_module_that_says_something_is_looked_through() -> None:
    """A module in a folder further down is not passed over."""
    found = {place for _, place in bot_messages(ROOT)}
    saying = {
        path.relative_to(ROOT).as_posix()
        for path in [*ROOT.glob("flows/**/*.py"), *ROOT.glob("bot/**/*.py")]
        if re.search(r"(?<![.\w])say(_count)?\(\s*\"", path.read_text(encoding="utf-8"))
    }
    assert found == saying


def test_every_language_has_every_word() -> None:
    assert check(ROOT) == []


def test_contributors_never_read_words_that_judge_them() -> None:
    """Nobody is tested, wrong, failed or refused here, and nobody is a subject."""
    judging = re.compile(r"\b(test|wrong|fail(ed|ure)?|refused?|subject)\b", re.IGNORECASE)
    said = [message for words, _ in bot_messages(ROOT) for message in ([words] if isinstance(words, str) else words)]
    cards = [path.read_text(encoding="utf-8") for path in ROOT.glob("collections/*/consent/en/*.md")]
    assert [text for text in [*said, *cards] if judging.search(text)] == []
