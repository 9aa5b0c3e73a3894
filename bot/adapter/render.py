"""Screen -> what the Bot API takes: HTML text and an inline keyboard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.adapter.callbacks import TRIAL_DATA, Tap, to_data, to_invite_data
from bot.texts import Texts
from flows.events import InviteAnswer
from flows.screens import Choice, Screen


def keyboard(screen: Screen, texts: Texts, language: str, step: int) -> dict[str, Any] | None:
    """The inline keyboard of a screen. A ticked choice offers to unset, an unticked one to set: never to toggle."""
    if not screen.rows:
        return None
    layout, place = screen.layout, 0
    rows = []
    for row in screen.rows:
        buttons = []
        for choice in row:
            button: dict[str, Any] = {"text": texts.plain(choice.label, language)}
            if choice.url is not None:
                button["url"] = choice.url
            else:
                on = None if choice.ticked is None else not choice.ticked
                button["callback_data"] = to_data(Tap(step, layout, place, on))
                place += 1
            buttons.append(_with_look(button, choice))
        rows.append(buttons)
    return {"inline_keyboard": rows}


def _with_look(button: dict[str, Any], choice: Choice) -> dict[str, Any]:
    if choice.look is not None:
        button["style"] = choice.look
    return button


def invite_keyboard(screen: Screen, texts: Texts, language: str) -> dict[str, Any]:
    """The buttons of an invite, each of which says by itself what it means."""
    return {
        "inline_keyboard": [
            [
                _with_look(
                    {
                        "text": texts.plain(choice.label, language),
                        "callback_data": to_invite_data(InviteAnswer(choice.verb), choice.value),
                    },
                    choice,
                )
                for choice in row
            ]
            for row in screen.rows
        ]
    }


def trial_keyboard(rows: Sequence[Sequence[str]]) -> dict[str, Any]:
    """Buttons with the labels of an invite's, which do nothing but say so."""
    return {"inline_keyboard": [[{"text": label, "callback_data": TRIAL_DATA} for label in row] for row in rows]}
