"""Fetching updates: what is confirmed when, and when others are left to gather."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest
from telegram.error import InvalidToken

from bot.adapter.decode import Decoder
from bot.adapter.source import Polling, Stopped
from bot.arrivals import Arrival

NOW = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)


def said(number: int) -> dict[str, Any]:
    """An update of somebody of their own."""
    person = {"id": number, "is_bot": False, "first_name": "Sam"}
    chat = {"id": number, "type": "private", "first_name": "Sam"}
    return {"update_id": number, "message": {"message_id": 3, "chat": chat, "from": person, "date": 0, "text": "hello"}}


async def fetched(*pages: int) -> list[str]:
    """What Polling did, in order, with pages of so many updates, until the token ended."""
    done: list[str] = []
    left = list(pages)
    number = 0

    async def call(method: str, fields: dict[str, Any], **_: object) -> object:
        nonlocal number
        if method != "getUpdates":
            return True
        done.append(f"ask from {fields['offset']}")
        if not left:
            raise InvalidToken
        first, number = number + 1, number + left.pop(0)
        return [said(each) for each in range(first, number + 1)]

    async def take(arrivals: Sequence[Arrival]) -> None:
        done.append(f"take {len(arrivals)}")

    async def lull(_seconds: float) -> None:
        done.append("let gather")

    async def elsewhere(_: object) -> None:
        raise AssertionError

    decoder = Decoder(lambda: NOW, bytes, "survey_bot")
    with pytest.raises(Stopped):
        await Polling(call, decoder, take, elsewhere, lull).run()
    return done


async def test_a_chat_on_its_own_does_not_wait() -> None:
    """Nor do a few."""
    assert await fetched(1, 7) == ["ask from 0", "take 1", "ask from 2", "take 7", "ask from 9"]


async def test_a_crowd_gathers_while_its_screens_go_out() -> None:
    """So that the next step of all of them is one commit."""
    assert await fetched(50) == ["ask from 0", "take 50", "let gather", "ask from 51"]


async def test_others_that_have_gathered_already_are_fetched_at_once() -> None:
    """Telegram gives a hundred at most, so there are others where it gives as many."""
    assert await fetched(100) == ["ask from 0", "take 100", "ask from 101"]
