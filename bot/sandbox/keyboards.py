"""Keyboards under messages: what Telegram refuses, and what a person sees of them."""

from dataclasses import dataclass
from typing import Any

import orjson

from bot.sandbox.refusals import breach

Markup = dict[str, Any]

# 8 a row and 100 in all are what Telegram keeps to (reference: keyboards beyond it lose buttons or are refused).
BUTTONS_A_ROW = 8
BUTTONS_IN_ALL = 100
MARKUP_BYTES = 10_000
DATA_BYTES = 64
_KINDS = ("inline_keyboard", "keyboard", "remove_keyboard", "force_reply")
_STYLES = (None, "", "default", "primary", "danger", "success")
_ACTIONS = (
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
)


@dataclass(frozen=True, slots=True)
class Button:
    """A button as a person sees it. `data` is what pressing it sends; a reply keyboard's button sends its label."""

    label: str
    data: str | None = None
    url: str | None = None
    style: str | None = None
    row: int = 0
    copy_text: str | None = None


def checked(markup: object) -> Markup | None:
    """The mark-up as it will be kept, or a refusal in Telegram's words."""
    if markup is None or markup in ("", {}):
        return None
    if not isinstance(markup, dict):
        raise breach("object expected as reply markup")
    if "inline_keyboard" in markup:
        return _inline(markup["inline_keyboard"])
    if "keyboard" in markup:
        _within_limits(_rows(markup["keyboard"], 'field "keyboard"'), markup)
    # An object of no known kind is passed over in silence, as Client.cpp does it; the contract has noted it.
    return markup if any(kind in markup for kind in _KINDS) else None


def _rows(rows: object, what: str) -> list[list[Any]]:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise breach(f"{what} must be an Array of Arrays")
    return [row for row in rows if row]


def _inline(given: object) -> Markup | None:
    rows = _rows(given, 'field "inline_keyboard" of the InlineKeyboardMarkup')
    for row in rows:
        for button in row:
            _check_inline_button(button)
    markup = {"inline_keyboard": rows}
    _within_limits(rows, markup)
    return markup if rows else None


def _check_inline_button(button: object) -> None:
    if not isinstance(button, dict):
        raise breach("can't parse inline keyboard button: InlineKeyboardButton must be an Object")
    if not str(button.get("text") or "").strip():
        raise breach("inline keyboard button text must be non-empty")
    if not any(button.get(action) not in (None, "") for action in _ACTIONS):
        raise breach("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if button.get("style") not in _STYLES:
        raise breach("can't parse inline keyboard button: invalid button style specified")
    if len(str(button.get("callback_data", "")).encode()) > DATA_BYTES:
        raise breach("BUTTON_DATA_INVALID")
    url = str(button.get("url") or ".")
    if "://" not in url and "." not in url:
        raise breach(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
    if "copy_text" in button and not 1 <= len(str(button["copy_text"].get("text", ""))) <= 256:
        raise breach("BUTTON_COPY_TEXT_INVALID")


def _within_limits(rows: list[list[Any]], markup: Markup) -> None:
    if any(len(row) > BUTTONS_A_ROW for row in rows) or sum(map(len, rows)) > BUTTONS_IN_ALL:
        raise breach("reply markup is too long")
    if sum(map(len, rows)) > BUTTONS_A_ROW and len(orjson.dumps(markup)) > MARKUP_BYTES:
        raise breach("reply markup is too long")


def visible_buttons(markup: Markup | None) -> list[Button]:
    if markup is None:
        return []
    if "inline_keyboard" in markup:
        return [
            Button(
                label=button["text"],
                data=button.get("callback_data"),
                url=button.get("url"),
                style=button.get("style"),
                row=row_number,
                copy_text=(button.get("copy_text") or {}).get("text"),
            )
            for row_number, row in enumerate(markup["inline_keyboard"])
            for button in row
        ]
    return [
        _reply_button(button, row_number) for row_number, row in enumerate(markup.get("keyboard", [])) for button in row
    ]


def _reply_button(button: str | Markup, row: int) -> Button:
    """A reply keyboard's button may be a bare string."""
    if isinstance(button, str):
        return Button(label=button, row=row)
    return Button(label=button["text"], style=button.get("style"), row=row)
