"""Moves of inviting: whom, how many, what it says, and how it goes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flows.broadcasts import Broadcast, BroadcastState
from flows.collection import Region
from flows.effects import NewCard, SendTrial
from flows.invites import LONGEST_PARAGRAPH
from flows.regions import spoken
from flows.team import inviting
from flows.team.board import Board
from flows.team.draft import NO_DRAFT, Who
from flows.team.inviting import Act
from flows.team.moves.going import Call
from flows.team.rights import Limits
from flows.team.visit import Page, Visit


def asked_to_invite(call: Call, _value: str, _on: bool | None) -> Call:
    """/invite: what there is, and the way to a new one."""
    return call.on(Page.INVITES)


def begin(call: Call, _value: str, _on: bool | None) -> Call:
    """A new invite: to which collection, where there are several."""
    mine = call.board.collections(call.board.me.inviting_limits(call.now))
    return call.on(Page.AUDIENCE, collection=mine[0]) if len(mine) == 1 else call.on(Page.INVITE_COLLECTION)


def choose_collection(call: Call, value: str, _on: bool | None) -> Call:
    """To which; then who."""
    return call.on(Page.AUDIENCE, collection=value)


def _with_draft(call: Call, **changes: Any) -> Call:  # noqa: ANN401  # fields of Draft
    return call.with_visit(draft=replace(call.visit.draft, **changes))


def choose_who(call: Call, value: str, _on: bool | None) -> Call:
    return _with_draft(call, who=Who(value))


def choose_last_invited(call: Call, value: str, _on: bool | None) -> Call:
    return _with_draft(call, last_invited=value)


def choose_language(call: Call, value: str, _on: bool | None) -> Call:
    return _with_draft(call, language=value)


def by_answer(call: Call, _value: str, _on: bool | None) -> Call:
    """To the questions by which people may be chosen."""
    return _choosing(call, Page.CHOOSE_QUESTION, call.visit.draft.answered)


def choose_question(call: Call, value: str, _on: bool | None) -> Call:
    """By which question; empty is by none."""
    if not value:
        return _choosing(call, Page.AUDIENCE, "")
    return _choosing(call, Page.CHOOSE_OPTION, f"{value}=")


def choose_option(call: Call, value: str, _on: bool | None) -> Call:
    """By which answer to it."""
    question = call.visit.draft.answered.partition("=")[0]
    return _choosing(call, Page.AUDIENCE, f"{question}={value}")


def back_from_question(call: Call, _value: str, _on: bool | None) -> Call:
    """Back, with what was chosen before."""
    return _choosing(call, Page.AUDIENCE, call.visit.draft.answer or "")


def _choosing(call: Call, page: Page, answered: str) -> Call:
    visit = call.visit
    draft = replace(visit.draft, answered=answered)
    return call.on(page, collection=visit.collection, limits=visit.limits, draft=draft)


def choose_region(call: Call, value: str, on: bool | None) -> Call:
    """Tick a region or untick it; where none is ticked, it is all that one looks after."""
    regions = call.visit.limits.regions
    return call.with_visit(limits=Limits(regions=regions | {value} if on else regions - {value}))


def count(call: Call, _value: str, _on: bool | None) -> Call:
    """Have it counted beside the conversation; the page shows it when it is there."""
    visit, me = call.visit, call.board.me
    ticked = visit.limits.regions or me.inviting_limits(call.now).regions
    there = call.board.open_territories(visit.collection, me.inviting_limits(call.now), visit.language, call.now.date())
    regions = tuple(sorted(ticked & set(there)))
    if not there or (ticked and not regions):
        return call.saying("not_there")
    draft = visit.draft
    changes = inviting.ask(call.board.roster, me, visit.collection, draft.audience(regions), call.now, draft.answer)
    if not changes:
        return call.saying("not_there")
    kept = {"collection": visit.collection, "limits": visit.limits, "draft": visit.draft}
    return call.changing(changes).on(Page.PLAN, about=call.now.isoformat(), **kept)


def look(call: Call, _value: str, _on: bool | None) -> Call:
    """Show how it stands now, and note it, so that the next look can say how fast it goes."""
    found = call.board.roster.broadcasts.get(int(call.visit.about))
    if found is None:
        return call
    seen = (call.now.timestamp(), found.recipients - found.to_go)
    return _with_draft(call, looks=(*call.visit.draft.looks, seen)[-2:])


def show_count(call: Call, _value: str, _on: bool | None) -> Call:
    """Whether the count is there by now."""
    return call


def preview(call: Call, _value: str, _on: bool | None) -> Call:
    """What people read, in the first language of those that get it."""
    visit = call.visit
    found = inviting.previewed(call.board.roster, call.board.me, visit.about, call.now)
    if found is None:
        return call
    shown = next(iter(languages_of(found, call.board)), "")
    draft = replace(visit.draft, shown=shown)
    return call.on(Page.PREVIEW, about=visit.about, collection=visit.collection, limits=visit.limits, draft=draft)


def languages_of(broadcast: Broadcast, board: Board) -> tuple[str, ...]:
    """Every language that the invite is read in."""
    collection = board.shelf.collections.get(broadcast.collection)
    return tuple(broadcast.audience["languages"]) or (spoken(collection) if collection is not None else ())


def try_out(call: Call, _value: str, _on: bool | None) -> Call:
    """Have it sent to oneself as people read it, in the language that is looked at."""
    visit = call.visit
    found = inviting.previewed(call.board.roster, call.board.me, visit.about, call.now)
    region = region_for(found, call.board, visit.draft.shown) if found is not None else None
    if found is None or region is None:
        return call
    paragraphs = visit.draft.paragraphs if found.state is BroadcastState.PLANNED else found.paragraphs
    shown = visit.draft.shown
    trial = SendTrial(found.collection, region.territory, shown, paragraphs.get(shown), found.has_finished)
    return call.owing(trial, NewCard()).saying("tried")


def region_for(found: Broadcast, board: Board, language: str) -> Region | None:
    """A region whose money is shown: the first of the audience's in which the language is spoken."""
    collection = board.shelf.collections.get(found.collection)
    asked_for = set(found.audience["regions"])
    regions = [r for r in collection.regions if not asked_for or r.territory in asked_for] if collection else []
    return next((r for r in regions if language in r.languages), regions[0] if regions else None)


def show_language(call: Call, value: str, _on: bool | None) -> Call:
    return _with_draft(call, shown=value)


def write_paragraph(call: Call, value: str, _on: bool | None) -> Call:
    """Add a paragraph in the language that is looked at."""
    words = value.strip()
    if not 0 < len(words) <= LONGEST_PARAGRAPH:
        return call.saying("paragraph_help")
    draft = call.visit.draft
    if inviting.plan_of(call.board.roster, call.board.me, call.visit.about, call.now) is None:
        return call.saying("buttons")
    return _with_draft(call, paragraphs={**draft.paragraphs, draft.shown: words})


def leave_paragraphs_out(call: Call, _value: str, _on: bool | None) -> Call:
    return _with_draft(call, paragraphs={})


def missing_in(broadcast: Broadcast, visit: Visit, board: Board) -> tuple[str, ...]:
    """Languages of the audience that the own paragraph is missing in; none where there is no paragraph."""
    paragraphs = visit.draft.paragraphs
    return tuple(each for each in languages_of(broadcast, board) if each not in paragraphs) if paragraphs else ()


def send(call: Call, _value: str, _on: bool | None) -> Call:
    """Let it go, or have it wait for a second person."""
    board = call.board
    found = inviting.plan_of(board.roster, board.me, call.visit.about, call.now)
    if found is None:
        return call.saying("plan_ended")
    if missing_in(found, call.visit, board):
        return call
    if not inviting.pays_enough(board, found, call.now.date()):
        return call.saying("underpaid")
    changes = inviting.send(
        board.roster, board.me, found.id, call.visit.draft.paragraphs, call.now,
        confirm_above=board.confirm_above, alone=board.alone,
    )  # fmt: skip
    if not changes:
        return call.saying("plan_ended" if inviting.fits_pilot(board.roster, found) else "pilot_changed")
    return _looking_at(call.changing(changes), found.id)


def back_to_audience(call: Call, _value: str, _on: bool | None) -> Call:
    """Choose anew; what was counted is given up."""
    visit = call.visit
    call = call.changing(inviting.give_up_all(call.board.roster, call.board.me, call.now))
    return call.on(Page.AUDIENCE, collection=visit.collection, limits=visit.limits, draft=visit.draft)


def back_to_plan(call: Call, _value: str, _on: bool | None) -> Call:
    """Back to the count, or to what waits for a second person."""
    visit = call.visit
    if visit.about.isdecimal():
        return _looking_at(call, int(visit.about))
    return call.on(Page.PLAN, about=visit.about, collection=visit.collection, limits=visit.limits, draft=visit.draft)


def open_broadcast(call: Call, value: str, _on: bool | None) -> Call:
    """Look at one that was sent off."""
    return _looking_at(call, int(value))


def _looking_at(call: Call, number: int) -> Call:
    return look(call.on(Page.BROADCAST, about=str(number), draft=NO_DRAFT), "", None)


def ask_to_cancel(call: Call, _value: str, _on: bool | None) -> Call:
    """Cancelling is for good: one press more."""
    return call.on(Page.CANCEL_BROADCAST, about=call.visit.about)


def back_to_broadcast(call: Call, _value: str, _on: bool | None) -> Call:
    return _looking_at(call, int(call.visit.about))


def _act(call: Call, what: Act) -> Call:
    board, number = call.board, int(call.visit.about)
    found = board.roster.broadcasts.get(number)
    fits = {Act.CONFIRM: inviting.fits_pilot, Act.RESUME: inviting.may_go_on}.get(what)
    if fits is not None and found is not None and not fits(board.roster, found):
        return call.saying("pilot_changed")
    if fits is not None and found is not None and not inviting.pays_enough(board, found, call.now.date()):
        return call.saying("underpaid")
    changes = inviting.act(board.roster, board.me, number, what, call.now, alone=board.alone)
    call = call.changing(changes)
    return look(call.on(Page.BROADCAST, about=str(number), draft=NO_DRAFT), "", None) if changes else call


def confirm(call: Call, _value: str, _on: bool | None) -> Call:
    return _act(call, Act.CONFIRM)


def pause(call: Call, _value: str, _on: bool | None) -> Call:
    return _act(call, Act.PAUSE)


def resume(call: Call, _value: str, _on: bool | None) -> Call:
    return _act(call, Act.RESUME)


def cancel(call: Call, _value: str, _on: bool | None) -> Call:
    return _act(call, Act.CANCEL)
