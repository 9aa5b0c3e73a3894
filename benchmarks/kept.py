"""What was measured last, part by part, kept in `results.json` and written out in `results.md`."""

import datetime as dt
import json
import os
from collections.abc import Sequence
from pathlib import Path

from benchmarks import figures
from benchmarks.figures import Figure
from benchmarks.report import machine

FOLDER = Path(__file__).parent
_HEAD = """# What was measured last

Written by `python -m benchmarks --write`; how each part is measured stands in [README.md](README.md). Parts may have
been measured on different days. Ratio: of the median to that of what stands beside it.
"""


def keep(part: str, found: Sequence[Figure], order: str, databases: Path, when: dt.datetime) -> None:
    """Put a part's figures in the place of those that it had, and write the page anew."""
    kept = _read()
    kept[part] = {
        "measured": f"{when:%Y-%m-%d}",
        "order": order,
        "machine": machine(databases),
        "load": f"{os.getloadavg()[1]:.1f}",
        "figures": [each.as_values() for each in found],
    }
    (FOLDER / "results.json").write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    (FOLDER / "results.md").write_text(_page(kept), encoding="utf-8")


def _read() -> dict[str, dict[str, object]]:
    file = FOLDER / "results.json"
    found: dict[str, dict[str, object]] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    return found


def _page(kept: dict[str, dict[str, object]]) -> str:
    lines = [_HEAD]
    for part, each in kept.items():
        rows = each["figures"]
        assert isinstance(rows, list)  # noqa: S101 - as it was written
        said = f"`{each['order']}`, {each['measured']}; load average over five minutes at its end {each['load']}."
        lines += [f"## {part[0].upper()}{part[1:]}", "", said, ""]
        places = each["machine"]
        assert isinstance(places, list)  # noqa: S101
        lines += [*(f"- {line}" for line in places), ""]
        lines += [*figures.markdown(map(figures.from_values, rows)), ""]
    return "\n".join(lines).rstrip() + "\n"
