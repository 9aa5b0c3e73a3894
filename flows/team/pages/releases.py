"""Screens of releases: those that were ordered, the form, and what would leave and where it stands."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from flows.releases import FORMATS, OrderState, ReleaseOrder
from flows.screens import Block, Choice, Screen, body, item, lead, quiet, title
from flows.team import releasing
from flows.team.board import Board
from flows.team.pages.in_words import back, numbered, page_words, part_in, ticked_words, title_of
from flows.team.visit import Visit
from flows.words import Percent, Raw, Text, Value, asked, say

LOSSES_SHOWN = 8
_LONGEST = 1_000
"""Letters of a path or a reason, which is the server's and not ours: a message takes 4096."""

_STATES: Mapping[OrderState, Text] = MappingProxyType(
    {
        OrderState.COUNTING: say("is being counted"),
        OrderState.COUNTED: say("is counted"),
        OrderState.WAITING: say("waits for a second steward"),
        OrderState.MAKING: say("is being made"),
        OrderState.MADE: say("is made"),
        OrderState.REFUSED: say("could not be made"),
        OrderState.GIVEN_UP: say("was given up"),
    }
)


def releases_page(visit: Visit, board: Board, _now: dt.datetime) -> Screen:
    """The newest orders."""
    orders = board.roster.releases
    ids = sorted(orders, key=lambda each: (orders[each].at, each), reverse=True)
    part = part_in(ids, visit)
    first = ids.index(part.items[0]) + 1 if part.items else 1
    blocks: list[Block] = [title(say("Releases"))]
    if not ids:
        blocks.append(body(say("No release was ordered yet.")))
    blocks += part.heading(page_words(part))
    blocks += [item(_line(number, orders[each], board)) for number, each in enumerate(part.items, first)]
    rows = [*numbered("open", part.items, first), *part.turning(), (Choice(say("New release"), "new"),)]
    return Screen("team-releases", tuple(blocks), (*rows, back()))


def _line(number: int, order: ReleaseOrder, board: Board) -> Text:
    values: dict[str, Value] = {
        "number": number,
        "title": title_of(order.collection, board),
        "recipient": Raw(order.recipient),
        "state": _STATES[order.state],
    }
    return Text("{number}. {title} → {recipient}: {state}", values)


def release_form_page(visit: Visit, board: Board, _now: dt.datetime) -> Screen:
    """Everything on one card; each press goes on to the next."""
    collection = board.shelf.collections.get(visit.collection)
    if collection is None:
        return Screen("team-release-form", (body(say("That is not among what you look after.")),), (back(),))
    form = releasing.filled_in(visit.release, collection, board.roster)
    blocks: list[Block] = [
        title(say("New release")),
        body(say("What leaves, for what, to whom. Each press goes on to the next.")),
    ]
    there = releasing.recipients_for(board.roster, form.purpose)
    blocks.append(item(say("Collection: {title}", title=title_of(collection.id, board))))
    blocks.append(item(say("For: {purpose}", purpose=_purpose(collection.id, form.purpose, board))))
    if there:
        blocks.append(item(say("To: {recipient}", recipient=Raw(form.recipient))))
    blocks.append(item(say("As: {format}", format=Raw(form.format))))
    if not there:
        blocks.append(body(say("Nobody on file may be given this. On the server: surveybot recipients add")))
    purposes = [each.id for each in releasing.purposes_of(collection)]
    turned: tuple[tuple[Text, str, Sequence[str], str], ...] = (
        (say("Another collection"), "collection", list(board.shelf.collections), collection.id),
        (say("Another purpose"), "purpose", purposes, form.purpose),
        (say("Another recipient"), "recipient", there, form.recipient),
        (say("Another format"), "format", FORMATS, form.format),
    )
    rows: list[tuple[Choice, ...]] = [
        (Choice(words, verb, releasing.following(values, chosen)),)
        for words, verb, values, chosen in turned
        if len(values) > 1
    ]
    purpose = collection.purpose(form.purpose)
    if purpose is not None and purpose.own_words:
        label = ticked_words(say("With own words"), form.own_words)
        rows.append((Choice(label, "own_words", "", form.own_words),))
    if there:
        rows.append((Choice(say("Count what would leave"), "count", look="primary"),))
    return Screen("team-release-form", tuple(blocks), (*rows, back()))


def _purpose(collection: str, purpose: str, board: Board) -> Value:
    found = board.shelf.collections.get(collection)
    meant = found.purpose(purpose) if found is not None else None
    return asked(collection, meant.label) if meant is not None else Raw(purpose)


def release_page(visit: Visit, board: Board, now: dt.datetime) -> Screen:
    """One order: what would leave, and what comes next."""
    order = board.roster.releases.get(visit.about)
    if order is None:
        return Screen("team-release", (body(say("That is not among what you look after.")),), (back(),))
    purpose = _purpose(order.collection, order.purpose, board)
    values: dict[str, Value] = {"title": title_of(order.collection, board), "purpose": purpose}
    blocks: list[Block] = [
        title(Text("{title}: {purpose}", values)),
        body(say("To {recipient}, as {format}.", recipient=Raw(order.recipient), format=Raw(order.format))),
    ]
    if order.own_words:
        blocks.append(body(say("With own words")))
    blocks += _foreseen(order, board)
    blocks += _standing(order, board)
    return Screen("team-release", tuple(blocks), (*_choices(order, board, now), back()))


def _foreseen(order: ReleaseOrder, board: Board) -> list[Block]:
    """Counts that point at nobody, and what protecting few people costs each answer."""
    if "smallest" not in order.told:
        return []
    smallest, rows, left_out = (order.told[name] for name in ("smallest", "rows", "left_out"))
    few = say("fewer than {count}", count=smallest)
    blocks = [
        body(say("People whose row would leave: {count}", count=few if rows is None else rows)),
        body(say("Left out, because few are like them: {count}", count=few if left_out is None else left_out)),
    ]
    losses = order.told["losses"]
    if not losses:
        return [*blocks, body(say("No answer that may be told of loses anything."))]
    blocks.append(lead(say("Not said exactly, or left out, of those who gave an answer:")))
    return [*blocks, *(item(_loss(order.collection, each, board)) for each in losses[:LOSSES_SHOWN])]


def _loss(collection: str, loss: tuple[str, str, int], board: Board) -> Text:
    question_id, option_id, percent = loss
    found = board.shelf.collections.get(collection)
    labels = (
        option.label
        for region in (found.regions if found is not None else ())
        for question in region.questions
        if question.id == question_id  # each region has options of its own
        for option in question.options
        if option.id == option_id
    )
    label = next(labels, None)
    answer: Value = asked(collection, label) if label is not None else Raw(option_id)
    return say("• {answer}: about {share}", answer=answer, share=Percent(percent))


_BEING_MADE = say("It is being made. Where it stands comes here by itself.")
"""Also of what stands in the ledger, until its folder has its name."""

_STANDS: Mapping[OrderState, Text] = MappingProxyType(
    {
        OrderState.COUNTING: say("It is being counted. What would leave comes here by itself."),
        OrderState.MAKING: _BEING_MADE,
        OrderState.MADE: _BEING_MADE,
        OrderState.GIVEN_UP: say("It was given up, and nothing left."),
    }
)


def _standing(order: ReleaseOrder, board: Board) -> list[Block]:
    told = {name: Raw(str(order.told.get(name, ""))[:_LONGEST]) for name in ("folder", "release", "why")}
    if order.state is OrderState.WAITING and order.by == board.me.member:
        return [body(say("It waits for a second steward, who finds it under /release."))]
    if order.state is OrderState.MADE and "folder" in order.told:
        return [
            body(say("✓ It stands on the server, and no file is sent here: {folder}", folder=told["folder"])),
            quiet(say("In the ledger it is {release}.", release=told["release"])),
        ]
    if "why" in order.told:
        return [body(say("It could not be made: {why}", why=told["why"]))]
    return [body(_STANDS[order.state])] if order.state in _STANDS else []


def _choices(order: ReleaseOrder, board: Board, now: dt.datetime) -> list[tuple[Choice, ...]]:
    mine = order.by == board.me.member
    rows: list[tuple[Choice, ...]] = []
    if order.state in {OrderState.COUNTING, OrderState.MAKING}:
        rows.append((Choice(say("Look again"), "look"),))
    if mine and order.state is OrderState.COUNTED:
        alone = releasing.can_be_made_alone(order, board)
        words = say("Make it now") if alone else say("Send it to a second steward")
        rows.append((Choice(words, "send", look="primary"),))
    if releasing.waits_for(order, board.me, now):
        rows.append((Choice(say("Confirm and make it"), "confirm", look="primary"),))
    if mine and order.state in releasing.OPEN:
        rows.append((Choice(say("Give it up"), "give_up"),))
    return rows
