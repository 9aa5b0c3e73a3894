"""Screen -> what the Bot API takes: HTML text and an inline keyboard."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

from bot.adapter.callbacks import TRIAL_DATA, begun_data, ended_data, to_invite_data
from bot.texts import Texts
from flows.events import InviteAnswer
from flows.screens import Choice, Screen

_KEYBOARD = "keyboard"

_Rows = tuple[tuple[tuple[dict[str, Any], str | None], ...], ...]
"""Buttons, each with the end of its callback data, or None where it has a link instead."""


def keyboard(screen: Screen, texts: Texts, language: str, step: int) -> dict[str, Any] | None:
    """The inline keyboard of a screen. A ticked choice offers to unset, an unticked one to set: never to toggle."""
    if not screen.rows:
        return None
    rows: _Rows | None = screen.renderings.get((_KEYBOARD, texts, language))
    if rows is None:
        rows = screen.renderings[_KEYBOARD, texts, language] = _rows(screen, texts, language)
    begun = begun_data(step, screen.layout)
    return {
        "inline_keyboard": [
            [button if end is None else {**button, "callback_data": begun + end} for button, end in row] for row in rows
        ]
    }


def _rows(screen: Screen, texts: Texts, language: str) -> _Rows:
    place = itertools.count()
    return tuple(tuple(_button(choice, texts, language, place) for choice in row) for row in screen.rows)


def _button(choice: Choice, texts: Texts, language: str, place: Iterator[int]) -> tuple[dict[str, Any], str | None]:
    button = _with_look({"text": texts.plain(choice.label, language)}, choice)
    if choice.url is not None:
        return {**button, "url": choice.url}, None
    return button, ended_data(next(place), None if choice.ticked is None else not choice.ticked)


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
