"""Whom what somebody takes back had been passed on to: before they leave, and on the receipt of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from flows.cards import View
from flows.on_record import Records
from flows.screens import Block, body, item, lead
from flows.session import Passage, Reached
from flows.shelf import Shelf
from flows.words import Day, Listed, Raw, Text, Value, asked, say

SHOWN_BEFORE = 3
SHOWN_AFTER = 12
"""So many lines fit beside everything else in the longest language. On a receipt the rest are named in one line."""

FOR_GOOD = say("What an AI has already learned and numbers already published cannot be undone.")


def reached_by(
    records: Records, passages: Iterable[Passage], purposes: Sequence[str] | None = None
) -> tuple[Reached, ...]:
    """Releases that hold rows of these passages, for some purposes or for all: the newest a recipient and purpose."""
    found: dict[tuple[str, str, str], Reached] = {}
    for passage in passages:
        record = records.get(passage.collection)
        for each in record.releases if record is not None else ():
            if purposes is None or each.purpose in purposes:
                reached = Reached(passage.collection, each.recipient, each.purpose, each.at.date())
                found[reached[:3]] = reached
    return tuple(sorted(found.values(), key=lambda each: each.on, reverse=True))


def passed_on_blocks(view: View) -> list[Block]:
    """Before anything is taken back: who holds it now, for what is still agreed to."""
    records = {passage.collection: view.on_record_of(passage.collection) for passage in view.session.consents}
    live = {
        (passage.collection, purpose)
        for passage in view.session.consents
        if passage.consented is not None
        for purpose in passage.consented.live_purposes()
    }
    reached = [each for each in reached_by(records, view.session.consents) if (each.collection, each.purpose) in live]
    if not reached:
        return []
    blocks = [lead(say("Passed on:")), *_lines(reached[:SHOWN_BEFORE], view.shelf)]
    if len(reached) > SHOWN_BEFORE:
        blocks.append(item(say("All of them stand in the file.")))
    return blocks


def reached_blocks(view: View) -> list[Block]:
    """On the receipt: who is told to take it out of their copies."""
    reached = view.session.reached
    if not reached:
        return [body(say("It had been passed on to nobody."))]
    blocks = [
        lead(say("It had been passed on to these, and each is told to take it out:")),
        *_lines(reached[:SHOWN_AFTER], view.shelf),
    ]
    rest = tuple(dict.fromkeys(each.recipient for each in reached[SHOWN_AFTER:]))
    if rest:
        blocks.append(item(Text("• {recipients}", {"recipients": Listed(tuple(Raw(each) for each in rest))})))
    return blocks


def _lines(reached: Sequence[Reached], shelf: Shelf) -> list[Block]:
    return [item(_line(each, shelf)) for each in reached]


def _line(reached: Reached, shelf: Shelf) -> Text:
    collection = shelf.collections.get(reached.collection)
    purpose = collection.purpose(reached.purpose) if collection is not None else None
    values: Mapping[str, Value] = {"recipient": Raw(reached.recipient), "day": Day(reached.on)}
    if purpose is None:  # the collection is not there any more, and an id says nothing to anybody
        return Text("• {recipient}, {day}", values)
    return Text("• {recipient}, {day}: {purpose}", {**values, "purpose": asked(reached.collection, purpose.label)})
