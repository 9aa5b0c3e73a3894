"""Calls that Telegram would let pass in silence, or refuse, are named."""

import pytest

from bot.sandbox.contract import FACTS, decode_strings, violations

GOOD = {"chat_id": 7, "text": "hello"}


def button(**fields: object) -> dict[str, object]:
    return {**GOOD, "reply_markup": {"inline_keyboard": [[{"text": "a", **fields}]]}}


SOUND = [
    ("sendMessage", GOOD),
    ("sendMessage", {**GOOD, "chat_id": "@channel"}),
    ("sendMessage", button(callback_data="x" * 64, style="danger")),
    ("sendMessage", button(copy_text={"text": "copied"})),
    ("sendMessage", {**GOOD, "reply_markup": {"keyboard": [[{"text": "a"}]]}}),
    ("sendMessage", {**GOOD, "reply_markup": {"keyboard": [["a bare label"]]}}),
    ("sendMessage", {**GOOD, "reply_markup": {"remove_keyboard": True}}),
    ("sendMessage", {**GOOD, "link_preview_options": {"is_disabled": True}, "protect_content": True}),
    (
        "setMyCommands",
        {"commands": [{"command": "help", "description": "Help"}], "scope": {"type": "chat", "chat_id": 1}},
    ),
    ("deleteMessages", {"chat_id": 1, "message_ids": [1, 2]}),
    ("getMe", {}),
]


@pytest.mark.parametrize(("method", "parameters"), SOUND)
def test_a_correct_call_has_no_violations(method: str, parameters: dict[str, object]) -> None:
    assert violations(method, parameters) == []


WRONG = [
    ("sendMessage", {**GOOD, "silent": True}, "sendMessage.silent: no such field"),
    ("sendMessage", {"chat_id": 7}, "sendMessage.text: missing"),
    ("sendMessage", {**GOOD, "text": 5}, "sendMessage.text: String expected, not int"),
    ("sendMessage", {**GOOD, "protect_content": 1}, "sendMessage.protect_content: Boolean expected, not int"),
    (
        "sendMessage",
        button(callback_data="ق" * 33),
        "sendMessage.reply_markup.inline_keyboard[0][0].callback_data: 66 bytes, allowed are 1-64",
    ),
    (
        "sendMessage",
        button(style="red"),
        "sendMessage.reply_markup.inline_keyboard[0][0].style: 'red' is none of danger, primary, success",
    ),
    (
        "deleteMessages",
        {"chat_id": 1, "message_ids": [1] * 101},
        "deleteMessages.message_ids: 101 items, allowed are 1-100",
    ),
    (
        "deleteMessages",
        {"chat_id": 1, "message_ids": ["1"]},
        "deleteMessages.message_ids[0]: Integer expected, not str",
    ),
    (
        "sendMessage",
        {**GOOD, "reply_markup": {"keyboard": [[5]]}},
        "sendMessage.reply_markup.keyboard[0][0]: KeyboardButton expected, not int",
    ),
    ("getUpdates", {"limit": 101}, "getUpdates.limit: 101, allowed are 1-100"),
    (
        "answerCallbackQuery",
        {"callback_query_id": "1", "text": "x" * 201},
        "answerCallbackQuery.text: 201 characters, allowed are 0-200",
    ),
]


@pytest.mark.parametrize(("method", "parameters", "words"), WRONG)
def test_a_wrong_call_is_named_with_its_place(method: str, parameters: dict[str, object], words: str) -> None:
    assert violations(method, parameters) == [words]


def test_values_of_forms_are_read_as_what_the_method_wants() -> None:
    read = decode_strings("sendMessage", {"chat_id": "7", "text": "1", "protect_content": "true", "reply_markup": "{}"})
    assert read == {"chat_id": "7", "text": "1", "protect_content": True, "reply_markup": {}}


def test_the_facts_hold_no_sentences() -> None:
    def words(value: object) -> list[str]:
        if isinstance(value, dict):
            return [word for inner in value.values() for word in words(inner)]
        if isinstance(value, list):
            return [word for inner in value for word in words(inner)]
        return [value] if isinstance(value, str) else []

    # "Array of Array of InlineKeyboardButton" is the longest that a type's name gets.
    assert max(len(word.split()) for word in words(FACTS)) <= 5
