"""Make facts.json from a published Bot API schema: names, types and limits, none of its sentences.

    python -m bot.sandbox.make_facts SCHEMA.json

Kept are all methods and the types that a bot can send. A limit is read out of a field's description, and only its
numbers are written down.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson

FACTS = Path(__file__).with_name("facts.json")

Json = dict[str, Any]

_MEASURED = re.compile(r"(\d+)-(\d+) (characters|bytes)")
_COUNTED = re.compile(r"(\d+)-(\d+) ")
_AT_MOST = re.compile(r"[Aa]t most (\d+) ")
_RANGE = re.compile(r"(?:between |; |, )(\d+)-(\d+)(?= are accepted|$|\.)")
_ONE_OF = re.compile(r"ust be (?:either |one of )(.+?)(?:\. |\.$|$)")
_CONSTANT = re.compile(r", must be ([a-z_0-9]+)$")
_QUOTED = re.compile(r'"([^"]+)"')


def facts_of(schema: Json) -> Json:
    types = {name: schema["types"][name] for name in sorted(_sendable(schema))}
    return {
        "version": schema["version"].removeprefix("Bot API "),
        "methods": {name: _fields(method) for name, method in sorted(schema["methods"].items())},
        "types": {name: _fields(kind) for name, kind in types.items() if "subtypes" not in kind},
        "unions": {name: kind["subtypes"] for name, kind in types.items() if "subtypes" in kind},
    }


def _sendable(schema: Json) -> set[str]:
    """Names of the types that some method's parameters can hold, however deep."""
    found: set[str] = set()
    waiting = [name for method in schema["methods"].values() for name in _named(method)]
    while waiting:
        name = waiting.pop()
        if name in schema["types"] and name not in found:
            found.add(name)
            waiting += [*_named(schema["types"][name]), *schema["types"][name].get("subtypes", [])]
    return found


def _named(described: Json) -> Iterator[str]:
    for field in described.get("fields", []):
        yield from (kind.split("Array of ")[-1] for kind in field["types"])


def _fields(described: Json) -> Json:
    return {field["name"]: _fact(field) for field in described.get("fields", [])}


def _fact(field: Json) -> Json:
    fact: Json = {"types": field["types"]}
    if field["required"]:
        fact["required"] = True
    return fact | _limit(field["types"], field["description"]) | _choices(field["types"], field["description"])


def _limit(types: Iterable[str], description: str) -> Json:
    kinds = list(types)
    if "String" in kinds and (measured := _MEASURED.search(description)):
        limit = _between(measured) | {"unit": measured[3]}
        # These are held after the mark-up is read, by the method itself.
        return limit | {"parsed": True} if re.search(r"after entit(ies|y) parsing", description) else limit
    if kinds[0].startswith("Array of "):
        if counted := _COUNTED.search(description):
            return _between(counted) | {"unit": "items"}
        if most := _AT_MOST.search(description):
            return {"least": 0, "most": int(most[1]), "unit": "items"}
    if kinds in (["Integer"], ["Float"]) and (numbers := _RANGE.search(description)):
        return _between(numbers) | {"unit": "value"}
    return {}


def _between(match: re.Match[str]) -> Json:
    return {"least": int(match[1]), "most": int(match[2])}


def _choices(types: list[str], description: str) -> Json:
    if types != ["String"]:
        return {}
    if constant := _CONSTANT.search(description):
        return {"one_of": [constant[1]]}
    if (listed := _ONE_OF.search(description)) and (quoted := _QUOTED.findall(listed[1])):
        return {"one_of": quoted}
    return {}


def main(schema_path: str) -> None:
    schema = orjson.loads(Path(schema_path).read_bytes())
    FACTS.write_bytes(orjson.dumps(facts_of(schema), option=orjson.OPT_INDENT_2) + b"\n")


if __name__ == "__main__":
    main(sys.argv[1])
