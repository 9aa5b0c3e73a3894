"""Screens of inviting: the list, who gets it, how many, what it says, and how it goes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TypeVar

from flows.broadcasts import ENDS, RECIPIENTS, TOO_FEW, Broadcast, BroadcastState, Reason, shown_ends, shown_tally
from flows.choosing import FEWEST_CHOSEN
from flows.invites import invite_screen
from flows.language import place_name
from flows.listing import in_rows
from flows.regions import spoken
from flows.screens import Block, Choice, Screen, body, item, lead, quiet, title
from flows.small_counts import FEWEST
from flows.team import inviting
from flows.team.board import Board
from flows.team.draft import LAST_INVITED, Who
from flows.team.moves.inviting import languages_of, missing_in, region_for
from flows.team.pages.choosing import answer_words
from flows.team.pages.in_words import (
    back,
    numbered,
    page_words,
    part_in,
    place_words,
    ticked_words,
    title_of,
)
from flows.team.pages.piloting import by_lot, pilot_first
from flows.team.rights import Limits
from flows.team.visit import Visit
from flows.words import Day, InLanguage, Language, Listed, Raw, Text, Value, say

_STATES: Mapping[BroadcastState, Text] = MappingProxyType(
    {
        BroadcastState.UNCONFIRMED: say("waits for a second person"),
        BroadcastState.RUNNING: say("on its way"),
        BroadcastState.PAUSED: say("paused"),
        BroadcastState.CANCELLED: say("cancelled"),
        BroadcastState.DONE: say("everything is sent"),
    }
)

_WHO: Mapping[Who, Text] = MappingProxyType(
    {
        Who.NEW: say("Who: not in it yet"),
        Who.BEGUN: say("Who: began and did not finish"),
        Who.FINISHED: say("Who: finished"),
    }
)

_LAST_INVITED: Mapping[str, Text] = MappingProxyType(
    {
        "": say("Last invited: at any time"),
        "30": say("Last invited: 30 days ago or more"),
        "90": say("Last invited: 90 days ago or more"),
        "never": say("Last invited: never"),
    }
)

_REASONS: Mapping[Reason, Text] = MappingProxyType(
    {
        Reason.NOT_AGREED: say("did not agree to invites, or stopped them"),
        Reason.UNREACHABLE: say("blocked the bot, or are gone"),
        Reason.OTHER_REGION: say("live in a region that was not asked for"),
        Reason.CLOSED_REGION: say("live where the collection, or its pilot, is not open"),
        Reason.ALREADY_IN: say("are in the collection already"),
        Reason.NOT_BEGUN: say("are not in the collection"),
        Reason.NOT_FINISHED: say("have not finished it"),
        Reason.FINISHED: say("have finished it already"),
        Reason.LATELY: say("were invited too recently"),
        Reason.OFTEN: say("were invited as often as one may be"),
        Reason.OTHER_LANGUAGE: say("read a language that was not asked for"),
        Reason.NOT_DRAWN: say("were not drawn: the pilot has fewer places left"),
        Reason.HEARD: say("belong to groups that have been heard enough"),
        Reason.OTHER_ANSWER: say("have not given this answer, or have not agreed to be chosen by it"),
    }
)

_ENDS: Mapping[str, Callable[[Value], Text]] = MappingProxyType(
    {
        "delivered": lambda count: say("Delivered: {count}", count=count),
        "unreachable": lambda count: say("Unreachable: {count}", count=count),
        "unknown": lambda count: say("Unknown: {count}", count=count),
        "cancelled": lambda count: say("Not sent: {count}", count=count),
        "to_go": lambda count: say("To go: {count}", count=count),
    }
)

_Value = TypeVar("_Value")

_BAR = 10
"""Pieces of the bar."""


def invites_page(visit: Visit, board: Board, now: dt.datetime) -> Screen:
    """What was sent off, the newest first, and the way to a new one."""
    found = {str(each.id): each for each in inviting.broadcasts_of(board.roster, board.me, now)}
    part = part_in(list(found), visit)
    first = list(found).index(part.items[0]) + 1 if part.items else 1
    blocks = [title(say("Invites")), *part.heading(page_words(part))]
    if not found:
        is_limited = not board.me.inviting_limits(now).are_none
        nothing = (
            say("Nothing that you look after has been sent yet.") if is_limited else say("Nothing has been sent yet.")
        )
        blocks.append(body(nothing))
    for number, each in enumerate(part.items, first):
        line: dict[str, Value] = {"number": number, "broadcast": _line(found[each], board)}
        blocks.append(item(Text("{number}. {broadcast}", line)))
    new = (Choice(say("New invite"), "new", look="primary"),)
    return Screen("team-invites", tuple(blocks), (*numbered("open", part.items, first), *part.turning(), new, back()))


def _line(broadcast: Broadcast, board: Board) -> Text:
    values: dict[str, Value] = {
        "collection": title_of(broadcast.collection, board),
        "day": Day(broadcast.planned_at.date()),
        "state": _STATES[broadcast.state],
    }
    return Text("{collection} · {day} · {state}", values)


def invite_collection_page(visit: Visit, board: Board, now: dt.datetime) -> Screen:
    """To which collection."""
    part = part_in(board.collections(board.me.inviting_limits(now)), visit)
    rows = [(Choice(Text("{title}", {"title": title_of(name, board)}), "collection", name),) for name in part.items]
    blocks = (body(say("Which collection?")), *part.heading(page_words(part)))
    return Screen("team-invite-collection", blocks, (*rows, *part.turning(), back()))


def audience_page(visit: Visit, board: Board, now: dt.datetime) -> Screen:
    """Who gets it. What is there already is what is meant most often, so one press goes on."""
    limits = board.me.inviting_limits(now)
    there = board.open_territories(visit.collection, limits, visit.language, now.date())
    if visit.collection not in board.collections(limits) or not there:
        return Screen("team-audience", (body(say("It is open nowhere that you look after.")),), (back(),))
    may = board.roster.invitable(visit.collection)
    if may.is_refused:
        named = title(Text("{title}", {"title": title_of(visit.collection, board)}))
        return Screen("team-audience", (named, *pilot_first(may, visit.collection)), (back(),))
    part, ticked = part_in(there, visit), visit.limits.regions
    chosen = answer_words(visit, board)
    blocks = (
        title(Text("{title}", {"title": title_of(visit.collection, board)})),
        body(say("Who is invited? Only people who agreed to invites are ever among them.")),
        body(say("Where no region is ticked, it is every one that you look after.")),
        *by_lot(may),
        *([] if chosen is None else [body(chosen)]),
        *part.heading(page_words(part)),
    )
    places = [
        (
            Choice(ticked_words(place_words(each), each in ticked), "region", each, each in ticked),
            f"☐ {place_name(each, visit.language)}",
        )
        for each in part.items
    ]
    go_on = (Choice(say("Count them"), "count", look="primary"),)
    return Screen("team-audience", blocks, (*_filters(visit, board), *in_rows(places), *part.turning(), go_on, back()))


def _filters(visit: Visit, board: Board) -> list[tuple[Choice, ...]]:
    """Each press goes on to the next value."""
    draft = visit.draft
    languages = ("", *spoken(board.shelf.collections[visit.collection]))
    language = draft.language if draft.language in languages else ""
    words = say("Language: {language}", language=Language(language, own=False)) if language else say("Language: all")
    whos = tuple(Who)
    return [
        (Choice(_WHO[draft.who], "who", _after(draft.who, whos).value),),
        (Choice(_LAST_INVITED[draft.last_invited], "last", _after(draft.last_invited, LAST_INVITED)),),
        (Choice(words, "language", _after(language, languages)),),
        (Choice(say("By an answer: yes") if draft.answer else say("By an answer: no"), "answer"),),
    ]


def _after(value: _Value, values: Sequence[_Value]) -> _Value:
    return values[(values.index(value) + 1) % len(values)]


def plan_page(visit: Visit, board: Board, now: dt.datetime) -> Screen:
    """How many would get it, and why others would not."""
    found = inviting.plan_of(board.roster, board.me, visit.about, now)
    again = (Choice(say("Look again"), "look"),)
    if found is not None and found.state in {BroadcastState.ASKED, BroadcastState.PLANNING}:
        words = say("Everybody is being looked at. The count comes here by itself.")
        return Screen("team-plan", (title(say("Counting")), body(words)), (again, back()))
    if found is not None and found.why == TOO_FEW:
        words = say(
            "Fewer than {few} people would be chosen by this answer, so nobody is: it could tell who they are. Ask for "
            "more regions, or for whatever they answered.",
            few=FEWEST_CHOSEN,
        )
        return Screen("team-plan", (body(words),), (back(),))
    if found is None or found.state is not BroadcastState.PLANNED:
        return Screen(
            "team-plan", (body(say("This could not be counted, or it has ended. Please begin anew.")),), (back(),)
        )
    blocks = [
        title(Text("{title}", {"title": title_of(visit.collection, board)})),
        *_tally(found, board.me.inviting_limits(now)),
    ]
    if found.recipients == 0:
        return Screen("team-plan", tuple(blocks), (back(),))
    if inviting.needs_second(found.recipients, board.confirm_above, alone=board.alone):
        words = say("Before it goes out, a second person confirms it under {command}.", command=Raw("/invite"))
        blocks.append(body(words))
    return Screen("team-plan", tuple(blocks), ((Choice(say("See what it says"), "preview", look="primary"),), back()))


_EVERYWHERE = frozenset({Reason.NOT_AGREED, Reason.UNREACHABLE, Reason.OTHER_REGION})
"""Reasons that are looked for before it is asked where somebody lives."""


def _tally(found: Broadcast, limits: Limits) -> list[Block]:
    """In tens: two audiences that differ by one person are not to be told apart from a phone. Who looks after some
    regions sees nothing of the people in others."""
    shown = shown_tally(found)
    if found.recipients == 0:
        blocks = [body(say("Nobody would get it."))]
    else:
        blocks = [body(say("It would go to: {count}", count=_tens(shown[RECIPIENTS])))]
    theirs = [reason for reason in Reason if not limits.regions or reason not in _EVERYWHERE]
    out = [(reason, shown[reason.value]) for reason in theirs]
    seen = [(reason, count) for reason, count in out if count is not None]
    if seen:
        blocks.append(lead(say("Others who agreed to something do not get it, because they…")))
        blocks += [
            item(Text("• {reason}: {count}", {"reason": _REASONS[reason], "count": _tens(count)}))
            for reason, count in seen
        ]
    if not limits.regions:
        blocks.append(quiet(say("For each other reason it is fewer than {few}.", few=FEWEST)))
    return blocks


def _tens(count: int | None) -> Text:
    return _few() if count is None else say("{count} or a few more", count=count - count % FEWEST)


def _few() -> Text:
    return say("fewer than {few}", few=FEWEST)


def preview_page(visit: Visit, board: Board, now: dt.datetime) -> Screen:
    """What people read, a language at a time, and the press that lets it go."""
    found = inviting.previewed(board.roster, board.me, visit.about, now)
    collection = board.shelf.collections.get(found.collection) if found is not None else None
    shown = visit.draft.shown
    if found is None or collection is None:
        return Screen(
            "team-preview", (body(say("This could not be counted, or it has ended. Please begin anew.")),), (back(),)
        )
    region = region_for(found, board, shown)
    blocks = [quiet(say("As it is read in {language}:", language=Language(shown, own=False)))]
    is_mine = found.state is BroadcastState.PLANNED
    paragraphs = visit.draft.paragraphs if is_mine else found.paragraphs
    if region is not None:
        screen = invite_screen(collection, region, paragraphs.get(shown), has_finished=found.has_finished)
        blocks += [Block(b.style, _spoken(b.words, shown)) for b in screen.blocks if isinstance(b.words, Text)]
        blocks += [item(Text("[ {label} ]", {"label": InLanguage(c.label, shown)})) for c in screen.choices]
    missing = missing_in(found, visit, board) if is_mine else ()
    if missing:
        names = Listed(tuple(Language(each, own=False) for each in missing))
        blocks.append(body(say("Your paragraph is still missing in: {languages}", languages=names)))
    elif is_mine:
        blocks.append(quiet(say("You can write a paragraph of your own in this language, or send it as it is.")))
    return Screen("team-preview", tuple(blocks), _preview_rows(found, visit, board, ready=is_mine and not missing))


def _preview_rows(found: Broadcast, visit: Visit, board: Board, *, ready: bool) -> tuple[tuple[Choice, ...], ...]:
    languages, shown = languages_of(found, board), visit.draft.shown
    rows: list[tuple[Choice, ...]] = []
    if len(languages) > 1 and shown in languages:
        place = languages.index(shown)
        before, after = languages[place - 1], languages[(place + 1) % len(languages)]
        rows.append((Choice(Text("{language} ›", {"language": Language(after, own=False)}), "language", after),))
        if before != after:
            rows.append((Choice(Text("‹ {language}", {"language": Language(before, own=False)}), "language", before),))
    rows.append((Choice(say("Send it to me first"), "try_out"),))
    if visit.draft.paragraphs:
        rows.append((Choice(say("Leave my paragraph out"), "leave_out"),))
    if ready:
        rows.append((Choice(say("Send now"), "send", look="primary"),))
    return (*rows, back())


def _spoken(words: Text, language: str) -> Text:
    return Text("{words}", {"words": InLanguage(words, language)})


def broadcast_page(visit: Visit, board: Board, now: dt.datetime) -> Screen:
    """How it goes."""
    found = _broadcast(visit, board, now)
    if found is None:
        return Screen("team-broadcast", (body(say("That is not among what you look after.")),), (back(),))
    blocks = [
        title(Text("{title}", {"title": title_of(found.collection, board)})),
        body(Text("{number} · {state}", {"number": Raw(f"#{found.id}"), "state": _STATES[found.state]})),
    ]
    if found.why:
        blocks.append(quiet(Text("{why}", {"why": Raw(found.why[:300])})))
    if found.state is not BroadcastState.UNCONFIRMED:
        blocks += _how_it_goes(found, visit)
    elif not inviting.may_confirm(found, board.me, alone=board.alone):
        words = say("Before it goes out, a second person confirms it under {command}.", command=Raw("/invite"))
        blocks.append(body(words))
    else:
        blocks += _tally(found, board.me.inviting_limits(now))[:1]
    return Screen("team-broadcast", tuple(blocks), (*_broadcast_rows(found, board), back()))


def _broadcast(visit: Visit, board: Board, now: dt.datetime) -> Broadcast | None:
    seen = inviting.broadcasts_of(board.roster, board.me, now)
    return next((each for each in seen if str(each.id) == visit.about), None)


def _how_it_goes(found: Broadcast, visit: Visit) -> list[Block]:
    counts = shown_ends(found)
    blocks: list[Block] = []
    if found.recipients >= FEWEST:
        done = (found.recipients - (counts["to_go"] or 0)) / found.recipients
        full = int(done * _BAR)
        blocks.append(body(Text("{bar}", {"bar": Raw(f"{'▓' * full}{'░' * (_BAR - full)} {int(done * 100)} %")})))
    for name in ENDS:
        count = counts[name]
        if name == "cancelled" and count == 0:
            continue
        blocks.append(item(_ENDS[name](_few() if count is None else count)))
    if found.state is BroadcastState.RUNNING:
        blocks.append(quiet(_speed(found, visit)))
    return blocks


def _speed(found: Broadcast, visit: Visit) -> Text:
    """What two looks say: how fast it went between them, and how long the rest takes at that."""
    looks = visit.draft.looks
    if len(looks) < 2 or looks[-1][0] - looks[0][0] < 1:
        return say("Look again in a moment to see how fast it goes.")
    (began, before), (ended, after) = looks
    rate = (after - before) / (ended - began)
    if rate <= 0:
        return say("Nothing has moved since the last look: it waits for its time, for waking hours, or for Telegram.")
    a_minute, minutes = max(1, round(rate * 60)), max(1, round(found.to_go / rate / 60))
    return say(
        "Between the last two looks: {rate} a minute. At that rate the rest takes {minutes} min.",
        rate=a_minute, minutes=minutes,
    )  # fmt: skip


def _broadcast_rows(found: Broadcast, board: Board) -> list[tuple[Choice, ...]]:
    rows: list[tuple[Choice, ...]] = []
    if found.state is BroadcastState.UNCONFIRMED and inviting.may_confirm(found, board.me, alone=board.alone):
        rows.append((Choice(say("Confirm: it goes out"), "confirm", look="primary"),))
    if found.state is BroadcastState.UNCONFIRMED:
        rows.append((Choice(say("See what it says"), "preview"),))
    if found.state is BroadcastState.RUNNING:
        rows.append((Choice(say("Look again"), "look", look="primary"), Choice(say("Pause it"), "pause")))
    if found.state is BroadcastState.PAUSED:
        rows.append((Choice(say("Let it go on"), "resume", look="primary"),))
    if found.state in {BroadcastState.UNCONFIRMED, BroadcastState.RUNNING, BroadcastState.PAUSED}:
        rows.append((Choice(say("Cancel it"), "cancel", look="danger"),))
    return rows


def cancel_broadcast_page(visit: Visit, board: Board, now: dt.datetime) -> Screen:
    """One press before it has ended."""
    if _broadcast(visit, board, now) is None:
        return Screen("team-cancel-invite", (body(say("That is not among what you look after.")),), (back(),))
    words = say("Nothing more of it is sent then, for good. What has been delivered stays where it is.")
    return Screen("team-cancel-invite", (body(words),), ((Choice(say("Cancel it"), "cancel", look="danger"),), back()))
