"""What the bot says about itself: name, descriptions, commands, menu button, each per language."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson

from bot.sandbox.files import Upload
from bot.sandbox.refusals import breach

Json = dict[str, Any]
Method = Callable[[Json, Mapping[str, Upload]], Any]

COMMANDS_AT_MOST: Final = 100
_COMMAND: Final = re.compile(r"/?[a-z0-9_]{1,32}")
_LANGUAGE: Final = re.compile(r"([a-z]{2})?")
_TEXT_LIMITS: Final = {"name": 64, "description": 512, "short_description": 120}
_COMMAND_DESCRIPTION_AT_MOST: Final = 256


class Profile:
    def __init__(self, name: str) -> None:
        self._texts: dict[tuple[str, str], str] = {("name", ""): name}
        self._commands: dict[tuple[str, str], list[Json]] = {}
        self._menu_buttons: dict[object, Json] = {}
        # What only BotFather can be told: /setjoingroups and /setprivacy.
        self.joins_groups = True
        self.reads_groups = False

    def set_text(self, field: str, text: str, language: str) -> None:
        if len(text) > _TEXT_LIMITS[field]:
            raise breach(f"{field.replace('_', ' ')} is too long")
        if text or field == "name":
            self._texts[field, checked_language(language)] = text
        else:
            self._texts.pop((field, checked_language(language)), None)

    def text(self, field: str, language: str = "") -> str:
        """In the language asked for, or what holds for all languages."""
        return self._texts.get((field, language)) or self._texts.get((field, ""), "")

    def exact_text(self, field: str, language: str) -> str:
        return self._texts.get((field, checked_language(language)), "")

    def set_commands(self, commands: object, scope: Json, language: str) -> None:
        if not isinstance(commands, list) or len(commands) > COMMANDS_AT_MOST:
            raise breach("there can be no more than 100 bot commands")
        self._commands[_scope_key(scope), checked_language(language)] = [_command(command) for command in commands]

    def delete_commands(self, scope: Json, language: str) -> None:
        self._commands.pop((_scope_key(scope), checked_language(language)), None)

    def commands(self, scope: Json, language: str) -> list[Json]:
        return self._commands.get((_scope_key(scope), checked_language(language)), [])

    def commands_shown(self, chat_id: int, language: str | None) -> list[Json]:
        """What a person's menu holds: the narrowest scope first, their language before none (as documented)."""
        two_letters = (language or "")[:2]
        for scope in ({"type": "chat", "chat_id": chat_id}, {"type": "all_private_chats"}, {"type": "default"}):
            for wanted in (two_letters, ""):
                if commands := self._commands.get((_scope_key(scope), wanted)):
                    return commands
        return []

    def set_menu_button(self, chat_id: object, button: Json) -> None:
        self._menu_buttons[chat_id] = button

    def menu_button(self, chat_id: object) -> Json:
        return self._menu_buttons.get(chat_id) or self._menu_buttons.get(None) or {"type": "commands"}


def checked_language(language: str) -> str:
    """Empty or two lowercase letters: `pt-br` is refused (td's validate_bot_language_code)."""
    if not _LANGUAGE.fullmatch(language):
        raise breach("invalid language code specified")
    return language


def _scope_key(scope: Json) -> str:
    return orjson.dumps(scope or {"type": "default"}, option=orjson.OPT_SORT_KEYS).decode()


def _command(command: object) -> Json:
    if not isinstance(command, dict) or not _COMMAND.fullmatch(str(command.get("command"))):
        raise breach("BOT_COMMAND_INVALID")
    description = str(command.get("description", "")).strip()
    if not 1 <= len(description) <= _COMMAND_DESCRIPTION_AT_MOST:
        raise breach("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": command["command"].removeprefix("/"), "description": description}


class ProfileMethods:
    """The Bot API's methods on the profile. `changed` is told after each change."""

    def __init__(self, profile: Profile, changed: Callable[[], None]) -> None:
        self._profile = profile
        self._changed = changed

    def set_commands(self, parameters: Json, _: Mapping[str, Upload]) -> bool:
        scope = parameters.get("scope") or {}
        self._profile.set_commands(parameters.get("commands"), scope, _language(parameters))
        self._changed()
        return True

    def get_commands(self, parameters: Json, _: Mapping[str, Upload]) -> list[Json]:
        return self._profile.commands(parameters.get("scope") or {}, _language(parameters))

    def delete_commands(self, parameters: Json, _: Mapping[str, Upload]) -> bool:
        self._profile.delete_commands(parameters.get("scope") or {}, _language(parameters))
        self._changed()
        return True

    def setter(self, field: str) -> Method:
        def set_text(parameters: Json, _: Mapping[str, Upload]) -> bool:
            self._profile.set_text(field, str(parameters.get(field) or ""), _language(parameters))
            self._changed()
            return True

        return set_text

    def getter(self, field: str) -> Method:
        def get_text(parameters: Json, _: Mapping[str, Upload]) -> Json:
            return {field: self._profile.exact_text(field, _language(parameters))}

        return get_text

    def set_menu_button(self, parameters: Json, _: Mapping[str, Upload]) -> bool:
        self._profile.set_menu_button(parameters.get("chat_id"), parameters.get("menu_button") or {})
        return True

    def get_menu_button(self, parameters: Json, _: Mapping[str, Upload]) -> Json:
        return self._profile.menu_button(parameters.get("chat_id"))


def _language(parameters: Json) -> str:
    return str(parameters.get("language_code") or "")
