"""Make update_types.json from a published Bot API schema: names and types of all that an update can hold, no sentences.

PYTHONPATH=tests python -m fuzzing.make_types SCHEMA.json
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import orjson

TYPES = Path(__file__).with_name("update_types.json")

Json = dict[str, Any]


def types_of(schema: Json) -> Json:
    """Every type that an update holds, however deep: its fields and their types, or what it can be."""
    found: Json = {}
    waiting = ["Update"]
    while waiting:
        name = waiting.pop()
        described = schema["types"].get(name)
        if described is None or name in found:
            continue
        found[name] = described.get("subtypes") or {
            field["name"]: [int(field["required"]), *field["types"]] for field in described.get("fields", [])
        }
        waiting += [kind.split("Array of ")[-1] for kind in _named(described)]
    return {"version": schema["version"], "types": dict(sorted(found.items()))}


def _named(described: Json) -> list[str]:
    return [
        *described.get("subtypes", []),
        *(kind for field in described.get("fields", []) for kind in field["types"]),
    ]


if __name__ == "__main__":
    made = types_of(orjson.loads(Path(sys.argv[1]).read_bytes()))
    TYPES.write_bytes(orjson.dumps(made, option=orjson.OPT_INDENT_2) + b"\n")
