"""What each version of the consent cards changed, in a few words: one file a language, one heading a version."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from pathlib import Path

from flows.card_files import placeholders, unknown_placeholders
from flows.faults import Fault, text_or_fault

NAME = "changes.md"

MOST_LETTERS = 3000
"""Of one language's file: all of it has to fit into one message, for whoever agreed to the first version."""

_HEADING = re.compile(r"^#(?!#)\s*(.*?)\s*$", re.MULTILINE)


def read_changes(folder: Path, version: int, faults: list[Fault]) -> dict[int, str]:
    """What changed, by version; and faults for what is missing. Before the second version there is nothing to say."""
    path = folder / NAME
    remedy = "Add it, with a heading `# 2` and below it what version 2 changed; it is said in every language"
    missing = Fault(path, 1, "the file is missing", remedy) if version > 1 else None
    text = text_or_fault(path, faults, missing)
    if text is None:
        return {}
    faults.extend(unknown_placeholders(path, text))
    if len(text) > MOST_LETTERS:
        problem = f"{len(text)} letters, and {MOST_LETTERS} fit into one message"
        faults.append(Fault(path, 1, problem, "Say what early versions changed in fewer words"))
    return dict(_versions(path, text, version, faults))


def _versions(path: Path, text: str, version: int, faults: list[Fault]) -> Iterator[tuple[int, str]]:
    headings = list(_HEADING.finditer(text))
    begins = headings[0].start() if headings else len(text)
    if text[:begins].strip():
        faults.append(Fault(path, 1, "words before the first heading", "Begin with a version's heading, such as `# 2`"))
    wanted = set(range(2, version + 1))
    for heading, following in zip_longest(headings, headings[1:]):
        end = following.start() if following is not None else len(text)
        line = text[: heading.start()].count("\n") + 1
        number = int(heading[1]) if re.fullmatch(r"[0-9]{1,4}", heading[1]) else 0
        words = text[heading.end() : end].strip()
        if number not in wanted:
            remedy = f"Take one of {', '.join(map(str, sorted(wanted)))}" if wanted else "Take the heading out"
            problem = f"`# {heading[1]}` is no version after the first, or stands here twice"
            faults.append(Fault(path, line, problem, remedy))
        elif not words:
            faults.append(
                Fault(path, line, f"nothing says what version {number} changed", "Write it below the heading")
            )
        else:
            yield number, words
        wanted.discard(number)
    for number in sorted(wanted):
        remedy = f"Add a heading `# {number}`, and below it what changed"
        faults.append(Fault(path, text.count("\n") + 1, f"nothing says what version {number} changed", remedy))


def change_disagreements(folder: Path, changes: Mapping[str, Mapping[int, str]]) -> Iterator[Fault]:
    """Languages that leave something else to be filled in than the first one."""
    languages = list(changes)
    for language in languages[1:]:
        for version in sorted(set(changes[language]) & set(changes[languages[0]])):
            if placeholders(changes[language][version]) != placeholders(changes[languages[0]][version]):
                problem = f"version {version}: its placeholders differ from those of {languages[0]}/{NAME}"
                remedy = "Say the same things in every language"
                yield Fault(folder / language / NAME, 1, problem, remedy, "translations.placeholders_differ")
