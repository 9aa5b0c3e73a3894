"""What Telegram shows of the bot before anybody writes to it: descriptions and the command menu, per language.

The name is the organisation's own choice, made with BotFather or with `surveybot setup`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.account import Commands
from bot.texts import ORIGINAL, Texts
from flows.collection import Collection
from flows.negotiation import negotiate
from flows.words import Listed, Text, asked, say


@dataclass(frozen=True, slots=True)
class Profile:
    """What is shown to people whose app speaks a language."""

    code: str
    """Two letters, as Telegram takes them (pt-br is refused), or empty for everybody else."""
    language: str
    description: str
    short_description: str
    commands: Commands


def codes(languages: Iterable[str]) -> Mapping[str, str]:
    """Telegram's code -> our language, the one that such a phone is spoken to in; empty, for all others, the original.

    Telegram knows no scripts here: `zh` is simplified Chinese, and traditional alone is nobody's menu.
    """
    offered = tuple(languages)
    short = {language: language.partition("_")[0] for language in offered}
    meant = {code: language for language, code in short.items() if negotiate(code, (ORIGINAL, *offered)) == language}
    return {"": ORIGINAL, **{code: language for code, language in meant.items() if len(code) == 2}}


def menu(texts: Texts, language: str) -> Commands:
    """The four commands. All the others are answered too, and stand in the help."""
    return (
        ("mydata", texts.plain(say("What is held about you"), language)),
        ("language", texts.plain(say("Another language"), language)),
        ("help", texts.plain(say("Help, and a person to write to"), language)),
        ("leave", texts.plain(say("Stop, or take everything back"), language)),
    )


def profiles(texts: Texts, collections: Sequence[Collection], languages: Iterable[str]) -> list[Profile]:
    """What is to be shown, for everybody else first."""
    return [
        Profile(
            code,
            language,
            texts.plain(_description(collections), language),
            texts.plain(say("A survey that asks you first. You decide what for, and can take it all back."), language),
            menu(texts, language),
        )
        for code, language in codes(languages).items()
    ]


def _description(collections: Sequence[Collection]) -> Text:
    """Shown in an empty chat, above the button that starts it."""
    organisations = {c.organisation.name: asked(c.id, c.organisation.name) for c in collections}
    return say(
        "A survey by {organisations}. First you read who asks, what for, what it pays and what the risks are. Then "
        "you decide, use by use. You can leave out any question, and take everything back at any time: /leave\n\n"
        "Starting agrees to nothing yet. What happens to your data: /privacy",
        organisations=Listed(tuple(organisations.values())),
    )
