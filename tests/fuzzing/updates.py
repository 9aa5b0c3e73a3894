"""Updates as the Bot API's schema describes them: of every type, with parts missing, added, or of another kind.

Everything is drawn from the dice that are passed in: `random.Random` for long runs, hypothesis's own where it is to
look for the smallest one that goes wrong.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from pathlib import Path
from random import Random
from typing import Any, Final

import orjson

from bot.adapter.callbacks import TRIAL_DATA
from bot.adapter.decode import COMMANDS, CONTACT, REHEARSE, TEAM_COMMANDS
from flows.links import CODE_LETTERS, PREFIX
from flows.team.links import LINK_PREFIX

from .texts import MARK, TEAM_MARK, hostile, number

Json = dict[str, Any]

_TYPES: Final[Json] = orjson.loads(Path(__file__).with_name("update_types.json").read_bytes())["types"]
KINDS: Final = tuple(name for name in _TYPES["Update"] if name != "update_id")
WANTED: Final = ("message", "callback_query", "my_chat_member")
"""What the bot asks for; of the others it is only to be seen that they harm nothing."""

_OFTEN = (*("message",) * 5, *("callback_query",) * 5, "my_chat_member")
_DEEPEST = 4
_CODES = (
    "en",
    "ar",
    "pt-br",
    "zh-hans",
    "xx",
    "",
    "en-us-posix-x-long-" + "y" * 40,
    "\u202e",
    "e\u0301",
    "-",
    "_",
)
_WORDS = (*COMMANDS, *TEAM_COMMANDS, CONTACT, REHEARSE, "start", "unknown", "START", "start@survey_sandbox_bot",
          "help@other_bot", "_" * 33, "")  # fmt: skip
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class Maker:
    """Makes updates, most of them about some people."""

    def __init__(self, dice: Random, people: Sequence[int], collections: Sequence[str] = ("demographics",)) -> None:
        self.dice = dice
        self.people = people
        self.team: Container[int] = ()
        """Whose words bear the team's mark."""
        self.collections = collections

    def update(self) -> Json:
        """What stands in an update beside its id."""
        kind = self.dice.choice(_OFTEN if self.dice.random() < 0.85 else KINDS)
        made = {kind: self._of_kind(kind)}
        if self.dice.random() < 0.03:
            made[self.dice.choice(KINDS)] = self.value(["Message"], 1)
        if self.dice.random() < 0.03:
            made[hostile(self.dice)] = number(self.dice)
        return made

    def _of_kind(self, kind: str) -> Any:  # noqa: ANN401  # JSON
        value = self.value(_TYPES["Update"][kind][1:], 0)
        if not isinstance(value, dict) or self.dice.random() < 0.1:
            return value
        person = self.dice.choice(self.people)
        if kind == "message":
            self._as_message(value, person)
        elif kind == "callback_query":
            self._as_tap(value, person)
        elif kind == "my_chat_member":
            value["chat"], value["from"] = self._chat(person), self._sender(person)
            value["new_chat_member"] = {"status": self.dice.choice(("member", "member", "kicked", hostile(self.dice)))}
        return value

    def _as_message(self, value: Json, person: int) -> None:
        value |= {"message_id": self.dice.randrange(1, 1 << 20), "chat": self._chat(person)}
        value["from"] = self._sender(person)
        if self.dice.random() < 0.9:
            value["text"] = self.text()
        if person in self.team and isinstance(value.get("text"), str):
            value["text"] = value["text"].replace(MARK, TEAM_MARK)

    def _as_tap(self, value: Json, person: int) -> None:
        """Often on somebody else's message, or in somebody else's chat."""
        elsewhere = self.dice.choice(self.people) if self.dice.random() < 0.2 else person
        value |= {"id": str(self.dice.getrandbits(62)), "from": self._sender(person), "data": self.data()}
        message = {"message_id": self.dice.randrange(1, 5000), "chat": self._chat(elsewhere), "date": 0}
        value["message"] = message if self.dice.random() < 0.9 else self.value(["MaybeInaccessibleMessage"], 2)

    def _chat(self, person: int) -> Json:
        chat: Json = {"id": person, "type": "private", "first_name": hostile(self.dice)}
        if self.dice.random() < 0.05:
            chat["type"] = self.dice.choice(("group", "supergroup", "channel", "", None, "Private"))
        if self.dice.random() < 0.03:
            chat["id"] = number(self.dice)
        return chat

    def _sender(self, person: int) -> Any:  # noqa: ANN401  # JSON
        if self.dice.random() < 0.04:
            return self.value(["User"], 2)
        return {"id": person, "is_bot": False, "first_name": hostile(self.dice), "language_code": self._code()}

    def _code(self) -> Any:  # noqa: ANN401  # JSON
        return number(self.dice) if self.dice.random() < 0.05 else self.dice.choice(_CODES)

    # --- what is said and pressed ------------------------------------------------------------------------------------

    def text(self) -> str:
        """What somebody sends: words, commands, links."""
        chance = self.dice.random()
        if chance < 0.5:
            return hostile(self.dice)
        if chance < 0.75:
            argument = hostile(self.dice) if self.dice.random() < 0.4 else ""
            return f"/{self.dice.choice(_WORDS)} {argument}"
        return f"/start {self.payload()}"

    def payload(self) -> str:
        """What a link carries: as they are made, nearly so, or nothing of the kind."""
        dice = self.dice
        letters = "".join(dice.choice(_LETTERS) for _ in range(CODE_LETTERS))
        secret = "".join(dice.choice("abcXYZ019_-") for _ in range(32))
        name = dice.choice(self.collections)
        return dice.choice(
            (name, f"{name}-{letters}", f"{PREFIX}{letters}", f"{PREFIX}{letters}-A1B2C3D4", f"{PREFIX}{letters}-\n",
             f"{LINK_PREFIX}{secret}", f"{LINK_PREFIX}{secret[:31]}", f"{LINK_PREFIX}{secret}\n", hostile(dice), "-",
             "", f"-{name}", f"{name}-" + "1" * 30, f"{name}--", name.upper(), "i.open." + name)
        )  # fmt: skip

    def data(self) -> Any:  # noqa: ANN401  # JSON
        """Callback data: as cards hold it, nearly so, or nothing of the kind."""
        dice = self.dice
        step, layout, choice = dice.randrange(40), dice.randrange(1 << 16), dice.randrange(30)
        name = dice.choice((*self.collections, "other", "a" * 40, "a" * 41, "A"))
        return dice.choice(
            (f"{step:x}.{layout:x}.{choice:x}", f"{step:x}.{layout:x}.{choice:x}+", f"{step:x}.{layout:x}.{choice:x}-",
             f"{step:x}.{layout:X}.{choice:x}", "ffffffffff.ffff.ff", "0.0.0", "١.١.١", f"{step:x}.{layout:x}.1\n",
             f"i.{dice.choice(('open', 'why', 'stop', 'OPEN'))}.{name}", TRIAL_DATA, hostile(dice), "x" * 65, "", None,
             number(dice), [f"{step:x}"])
        )  # fmt: skip

    # --- the schema --------------------------------------------------------------------------------------------------

    def value(self, types: Sequence[str], depth: int) -> Any:  # noqa: ANN401  # JSON
        """A value of one of some types; now and then of none of them."""
        dice = self.dice
        if dice.random() < 0.02:
            return number(dice) if dice.random() < 0.5 else hostile(dice)
        kind = dice.choice(types)
        if kind.startswith("Array of "):
            wanted = kind.removeprefix("Array of ")
            return [self.value([wanted], depth + 1) for _ in range(dice.choice((0, 0, 1, 2)))]
        described = _TYPES.get(kind)
        if described is not None:
            union = isinstance(described, list)
            return self.value(described, depth) if union else self._object(described, depth)
        if kind in {"Integer", "Float"}:
            return number(dice) if dice.random() < 0.1 else dice.randrange(1 << 20)
        return dice.random() < 0.5 if kind == "Boolean" else hostile(dice)

    def _object(self, described: Json, depth: int) -> Json:
        made = {}
        for name, (required, *types) in described.items():
            likely = 0.98 if required else 0.15 / (1 + depth * 8)
            if self.dice.random() < likely:
                made[name] = None if depth > _DEEPEST else self.value(types, depth + 1)
        if self.dice.random() < 0.03:
            made[hostile(self.dice)] = hostile(self.dice)
        return made
