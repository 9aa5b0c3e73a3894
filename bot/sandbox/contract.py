"""Check calls against the Bot API's facts: unknown fields, wrong types, missing fields, limits passed.

Real Telegram lets much of this pass in silence, so a bot that is wrong seems right until the day it matters. The facts
(facts.json, made by make_facts) are compiled once into small closures, since every call goes through here.
"""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson

Json = dict[str, Any]
Found = list[str]
Value = Any  # whatever JSON holds: narrowing is what these checks are for
Check = Callable[[Value, str, Found], None]

FACTS: Final[Json] = orjson.loads(Path(__file__).with_name("facts.json").read_bytes())
METHODS: Final[dict[str, str]] = {name.lower(): name for name in FACTS["methods"]}


_SCALARS: Final[dict[str, type]] = {"String": str, "InputFile": str, "Integer": int, "Boolean": bool}
_MEASURES: Final[dict[str, Callable[[Any], int]]] = {
    "bytes": lambda value: len(value.encode()),
    "characters": len,
    "items": len,
    "value": lambda value: value,
}


def violations(method: str, parameters: Json) -> Found:
    """What is wrong with this call, a sentence each; empty when nothing is. `method` as the Bot API spells it."""
    found: Found = []
    _method_check(method)(parameters, method, found)
    return found


def decode_strings(method: str, parameters: Json) -> Json:
    """Read values that came as text (forms, or JSON in JSON) as what the method wants; leave what does not parse."""
    facts = FACTS["methods"][method]
    return {
        name: _decode(facts[name]["types"], value) if isinstance(value, str) and name in facts else value
        for name, value in parameters.items()
    }


def _decode(types: list[str], text: str) -> Value:
    if "String" in types or "InputFile" in types:
        return text
    if types == ["Boolean"]:
        # Telegram's reading of truth: td's to_bool.
        return text.lower() in {"true", "yes", "1"}
    try:
        return int(text) if types == ["Integer"] else orjson.loads(text)
    except ValueError:
        return text


@cache
def _method_check(method: str) -> Check:
    return _fields_check(FACTS["methods"][method])


@cache
def _type_check(name: str) -> Check:
    return _fields_check(FACTS["types"][name])


def _fields_check(facts: Json) -> Check:
    checks = {name: _value_check(fact) for name, fact in facts.items()}
    required = tuple(name for name, fact in facts.items() if fact.get("required"))

    def check(value: Value, where: str, found: Found) -> None:
        for name, inner in value.items():
            if known := checks.get(name):
                known(inner, f"{where}.{name}", found)
            else:
                found.append(f"{where}.{name}: no such field")
        found.extend(f"{where}.{name}: missing" for name in required if name not in value)

    return check


def _value_check(fact: Json) -> Check:
    typed = _types_check(fact["types"])
    limited = _limit_check(fact)
    if limited is None:
        return typed

    def check(value: Value, where: str, found: Found) -> None:
        before = len(found)
        typed(value, where, found)
        if len(found) == before:
            limited(value, where, found)

    return check


def _types_check(types: list[str]) -> Check:
    scalars = tuple(_SCALARS[name] for name in types if name in _SCALARS)
    if "KeyboardButton" in types:
        scalars = (*scalars, str)  # a bare label may stand for a button that only has one
    number = "Float" in types
    item = next(
        (_types_check([name.removeprefix("Array of ")]) for name in types if name.startswith("Array of ")), None
    )
    objects = tuple(name for name in types if name in FACTS["types"] or name in FACTS["unions"])
    expected = " or ".join(types)

    def check(value: Value, where: str, found: Found) -> None:
        kind = type(value)
        if kind in scalars or (number and kind in {int, float}):
            return
        if kind is list and item is not None:
            for place, inner in enumerate(value):
                item(inner, f"{where}[{place}]", found)
        elif kind is dict and objects:
            _object_check(objects, value, where, found)
        else:
            found.append(f"{where}: {expected} expected, not {kind.__name__}")

    return check


def _object_check(names: tuple[str, ...], value: Json, where: str, found: Found) -> None:
    """Hold a value against the likeliest of the types it may have: what it lacks least of, then offends least."""
    if len(names) == 1 and names[0] in FACTS["types"]:
        _type_check(names[0])(value, where, found)
        return
    attempts: list[tuple[int, int, Found]] = []
    for name in _members(names):
        attempt: Found = []
        _type_check(name)(value, where, attempt)
        if not attempt:
            return
        missing = sum(one.endswith(": missing") for one in attempt)
        attempts.append((missing, len(attempt), attempt))
    found.extend(min(attempts)[2])


def _members(names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        if name in FACTS["unions"]:
            yield from _members(tuple(FACTS["unions"][name]))
        elif name in FACTS["types"]:
            yield name


def _limit_check(fact: Json) -> Check | None:
    if "one_of" in fact:
        return _choice_check(frozenset(fact["one_of"]))
    if "unit" not in fact or "parsed" in fact:
        return None
    least, most, unit = fact["least"], fact["most"], fact["unit"]
    measure = _MEASURES[unit]
    named = "" if unit == "value" else f" {unit}"

    def check(value: Value, where: str, found: Found) -> None:
        if not least <= (size := measure(value)) <= most:
            found.append(f"{where}: {size}{named}, allowed are {least}-{most}")

    return check


def _choice_check(choices: frozenset[str]) -> Check:
    def check(value: Value, where: str, found: Found) -> None:
        if value not in choices:
            found.append(f"{where}: {value!r} is none of {', '.join(sorted(choices))}")

    return check
