"""The table of facts is made of a schema's names, types and numbers, and agrees with what the methods hold to."""

from typing import Any

from bot.sandbox import keyboards, messages, profile, updates
from bot.sandbox.contract import FACTS
from bot.sandbox.make_facts import facts_of

SCHEMA: dict[str, Any] = {
    "version": "Bot API 10.1",
    "methods": {
        "say": {
            "fields": [
                {
                    "name": "words",
                    "types": ["String"],
                    "required": True,
                    "description": "What is said, 1-20 characters after entities parsing",
                },
                {
                    "name": "tone",
                    "types": ["Tone"],
                    "required": False,
                    "description": "How it is said",
                },
                {
                    "name": "times",
                    "types": ["Integer"],
                    "required": False,
                    "description": "How often. Values between 1-9 are accepted.",
                },
                {
                    "name": "to",
                    "types": ["Array of Integer"],
                    "required": False,
                    "description": "A list of 1-100 identifiers of who is to hear it",
                },
            ]
        }
    },
    "types": {
        "Tone": {"subtypes": ["ToneLoud"]},
        "ToneLoud": {
            "fields": [
                {
                    "name": "type",
                    "types": ["String"],
                    "required": True,
                    "description": "Type of the tone, must be loud",
                },
                {
                    "name": "style",
                    "types": ["String"],
                    "required": False,
                    "description": 'Optional. Must be one of "calm" (soft) or "sharp". If omitted, calm.',
                },
            ]
        },
        "NeverSent": {"fields": []},
    },
}


def test_facts_are_names_types_and_numbers() -> None:
    assert facts_of(SCHEMA) == {
        "version": "10.1",
        "methods": {
            "say": {
                "words": {
                    "types": ["String"],
                    "required": True,
                    "least": 1,
                    "most": 20,
                    "unit": "characters",
                    "parsed": True,
                },
                "tone": {"types": ["Tone"]},
                "times": {"types": ["Integer"], "least": 1, "most": 9, "unit": "value"},
                "to": {"types": ["Array of Integer"], "least": 1, "most": 100, "unit": "items"},
            }
        },
        "types": {
            "ToneLoud": {
                "type": {"types": ["String"], "required": True, "one_of": ["loud"]},
                "style": {"types": ["String"], "one_of": ["calm", "sharp"]},
            }
        },
        "unions": {"Tone": ["ToneLoud"]},
    }


def test_the_methods_hold_to_the_facts_limits() -> None:
    methods = FACTS["methods"]
    assert methods["sendMessage"]["text"]["most"] == messages.TEXT_AT_MOST
    assert methods["sendDocument"]["caption"]["most"] == messages.CAPTION_AT_MOST
    assert methods["answerCallbackQuery"]["text"]["most"] == messages.TOAST_AT_MOST
    assert methods["deleteMessages"]["message_ids"]["most"] == messages.DELETED_AT_ONCE
    assert methods["setMyCommands"]["commands"]["most"] == profile.COMMANDS_AT_MOST
    assert methods["getUpdates"]["limit"]["most"] == updates.POLL_LIMIT
    assert FACTS["types"]["InlineKeyboardButton"]["callback_data"]["most"] == keyboards.DATA_BYTES
