"""What happens on the team's screens: a table of pages, who may be on each, and what each accepts.

Pure, as `flows.engine` is. Rights are asked for on every step: a page that somebody may not be on any more is closed to
them, and `flows.team.deciding` is asked before anything changes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from flows.effects import DeleteMessage, Effect, NewCard
from flows.events import Event, Sent, Tapped, Typed
from flows.screens import Screen
from flows.team.board import Board
from flows.team.events import TeamAsked, TeamCommand, TeamLinkOpened
from flows.team.moves import (
    answering,
    going,
    granting,
    halting,
    inviting,
    linking,
    posting,
    releasing,
    reviewing,
    watching,
)
from flows.team.moves.going import Call, Move
from flows.team.pages.in_words import said_block
from flows.team.pages.table import SCREENS, over_screen
from flows.team.rights import Role, Standing
from flows.team.roster import Change
from flows.team.visit import Page, Visit

Gate = Callable[[Standing, dt.datetime], bool]


def _anybody_in_it(me: Standing, _now: dt.datetime) -> bool:
    return me.is_somebody


def _owner(me: Standing, _now: dt.datetime) -> bool:
    return me.is_owner


def _with_a_right(me: Standing, _now: dt.datetime) -> bool:
    return bool(me.rights)


def _coordinator(me: Standing, _now: dt.datetime) -> bool:
    """Also one whose right is not in effect yet: accepting the code is how it comes into effect."""
    return me.right(Role.COORDINATOR) is not None


def _who_halts(me: Standing, now: dt.datetime) -> bool:
    return me.may_halt_something(now)


def _who_answers(me: Standing, now: dt.datetime) -> bool:
    return me.may_answer(now)


def _who_invites(me: Standing, now: dt.datetime) -> bool:
    return me.may_invite(now)


def _who_reviews(me: Standing, now: dt.datetime) -> bool:
    return me.may_review(now)


def _who_releases(me: Standing, now: dt.datetime) -> bool:
    return me.may_release(now)


def _who_watches(me: Standing, now: dt.datetime) -> bool:
    return me.may_watch(now)


@dataclass(frozen=True, slots=True)
class Row:
    """Who may be on a page, and what it accepts."""

    gate: Gate
    taps: Mapping[str, Move]
    typed: Move | None = None


PAGES: Mapping[Page, Row] = MappingProxyType(
    {
        Page.HOME: Row(
            _anybody_in_it,
            {
                "see": granting.see,
                "invite": going.to(Page.ROLE),
                "links": going.to(Page.LINKS),
                "halts": going.to(Page.HALTS),
                "inbox": going.to(Page.INBOX),
                "invites": inviting.asked_to_invite,
                "progress": watching.asked_how_it_goes,
                "doors": going.to(Page.DOORS),
                "reviews": reviewing.asked_to_review,
                "releases": going.to(Page.RELEASES),
                "code": going.to(Page.CODE),
                "name": going.to(Page.NAME),
                "give_back": granting.ask_to_give_back,
                "turn_page": going.turn_page,
                "close": going.close,
            },
        ),
        Page.ROLE: Row(_owner, {"role": granting.choose_role, "back": going.to(Page.HOME)}),
        Page.LIMITS: Row(
            _owner,
            {
                "collection": granting.limit_to_collection,
                "region": granting.limit_to_region,
                "turn_page": going.turn_page,
                "done": granting.limits_done,
                "back": granting.back_from_limits,
            },
        ),
        Page.LINK: Row(_owner, {"back": going.to(Page.HOME)}),
        Page.LINKS: Row(_owner, {"cancel": granting.cancel_link, "back": going.to(Page.HOME)}),
        Page.MEMBER: Row(
            _owner,
            {
                "training": going.over(Page.TRAINING),
                "limits": granting.open_limits,
                "revoke": going.over(Page.REVOKE),
                "back": going.to(Page.HOME),
            },
        ),
        Page.TRAINING: Row(_owner, {"back": going.over(Page.MEMBER)}, typed=granting.note_training),
        Page.REVOKE: Row(_owner, {"revoke": granting.revoke, "back": going.over(Page.MEMBER)}),
        Page.GIVE_BACK: Row(_with_a_right, {"give_back": granting.give_back, "back": going.to(Page.HOME)}),
        Page.CODE: Row(_coordinator, {"accept": granting.accept_code, "back": going.to(Page.HOME)}),
        Page.NAME: Row(_with_a_right, {"back": going.to(Page.HOME)}, typed=granting.call_oneself),
        Page.HALTS: Row(
            _who_halts,
            {
                "reopen": halting.reopen,
                "lift": halting.lift_pause,
                "halt": halting.begin_to_halt,
                "back": going.to(Page.HOME),
            },
        ),
        Page.HALT_COLLECTION: Row(
            _who_halts,
            {"collection": halting.halt_collection, "turn_page": going.turn_page, "back": going.to(Page.HALTS)},
        ),
        Page.HALT_REGION: Row(
            _who_halts,
            {
                "region": halting.halt_region,
                "turn_page": going.turn_page,
                "show_all": going.show_all,
                "back": going.to(Page.HALTS),
            },
            typed=halting.name_region,
        ),
        Page.INBOX: Row(
            _who_answers, {"letter": answering.open_letter, "turn_page": going.turn_page, "back": going.to(Page.HOME)}
        ),
        Page.LETTER: Row(
            _who_answers, {"hand_on": answering.hand_on, "back": answering.put_letter_back}, typed=answering.answer
        ),
        Page.INVITES: Row(
            _who_invites,
            {
                "open": inviting.open_broadcast,
                "turn_page": going.turn_page,
                "new": inviting.begin,
                "back": going.to(Page.HOME),
            },
        ),
        Page.INVITE_COLLECTION: Row(
            _who_invites,
            {
                "collection": inviting.choose_collection,
                "turn_page": going.turn_page,
                "back": going.to(Page.INVITES),
            },
        ),
        Page.AUDIENCE: Row(
            _who_invites,
            {
                "who": inviting.choose_who,
                "last": inviting.choose_last_invited,
                "language": inviting.choose_language,
                "answer": inviting.by_answer,
                "region": inviting.choose_region,
                "turn_page": going.turn_page,
                "count": inviting.count,
                "back": going.to(Page.INVITES),
            },
        ),
        Page.CHOOSE_QUESTION: Row(
            _who_invites,
            {
                "question": inviting.choose_question,
                "turn_page": going.turn_page,
                "back": inviting.back_from_question,
            },
        ),
        Page.CHOOSE_OPTION: Row(
            _who_invites,
            {"option": inviting.choose_option, "turn_page": going.turn_page, "back": inviting.by_answer},
        ),
        Page.PLAN: Row(
            _who_invites,
            {"look": inviting.show_count, "preview": inviting.preview, "back": inviting.back_to_audience},
        ),
        Page.PREVIEW: Row(
            _who_invites,
            {
                "language": inviting.show_language,
                "try_out": inviting.try_out,
                "leave_out": inviting.leave_paragraphs_out,
                "send": inviting.send,
                "back": inviting.back_to_plan,
            },
            typed=inviting.write_paragraph,
        ),
        Page.BROADCAST: Row(
            _who_invites,
            {
                "look": inviting.look,
                "confirm": inviting.confirm,
                "preview": inviting.preview,
                "pause": inviting.pause,
                "resume": inviting.resume,
                "cancel": inviting.ask_to_cancel,
                "back": going.to(Page.INVITES),
            },
        ),
        Page.CANCEL_BROADCAST: Row(_who_invites, {"cancel": inviting.cancel, "back": inviting.back_to_broadcast}),
        Page.PROGRESS_COLLECTION: Row(
            _who_watches,
            {
                "collection": watching.choose_collection,
                "turn_page": going.turn_page,
                "back": going.to(Page.HOME),
            },
        ),
        Page.PROGRESS: Row(
            _who_watches,
            {
                "show": watching.show,
                "region": watching.choose_region,
                "turn_page": going.turn_page,
                "back": going.to(Page.HOME),
            },
        ),
        Page.DOORS: Row(
            _who_invites,
            {
                "open": linking.open_door,
                "turn_page": going.turn_page,
                "new": linking.begin,
                "back": going.to(Page.HOME),
            },
        ),
        Page.DOOR_COLLECTION: Row(
            _who_invites,
            {"collection": linking.choose_collection, "turn_page": going.turn_page, "back": going.to(Page.DOORS)},
        ),
        Page.DOOR_KIND: Row(_who_invites, {"kind": linking.choose_kind, "back": going.to(Page.DOORS)}),
        Page.DOOR_REGION: Row(
            _who_invites,
            {
                "region": linking.choose_region,
                "turn_page": going.turn_page,
                "show_all": going.show_all,
                "back": going.to(Page.DOORS),
            },
            typed=linking.name_region,
        ),
        Page.DOOR_NAME: Row(_who_invites, {"back": going.to(Page.DOORS)}, typed=linking.make),
        Page.DOOR: Row(
            _who_invites,
            {
                "pause": linking.pause,
                "resume": linking.resume,
                "daily": linking.limit,
                "poster": going.over(Page.DOOR_POSTER),
                "end": going.over(Page.DOOR_END),
                "back": going.to(Page.DOORS),
            },
        ),
        Page.DOOR_POSTER: Row(
            _who_invites,
            {"print": linking.send_poster, "turn_page": going.turn_page, "back": going.over(Page.DOOR)},
        ),
        Page.DOOR_END: Row(_who_invites, {"end": linking.end, "back": going.over(Page.DOOR)}),
        Page.POST_COLLECTION: Row(
            _who_invites,
            {"collection": posting.choose_collection, "turn_page": going.turn_page, "back": going.to(Page.HOME)},
        ),
        Page.POST_PLACE: Row(_who_invites, {"back": going.to(Page.HOME)}, typed=posting.name_place),
        Page.POST_PREVIEW: Row(
            _who_invites,
            {
                "language": posting.tick_language,
                "region": posting.choose_region,
                "turn_page": going.turn_page,
                "send": posting.send,
                "back": posting.begin,
            },
        ),
        Page.POST: Row(_who_invites, {"look": posting.look, "back": going.to(Page.HOME)}),
        Page.REVIEW_COLLECTION: Row(
            _who_reviews,
            {"collection": reviewing.choose_collection, "turn_page": going.turn_page, "back": going.to(Page.HOME)},
        ),
        Page.REVIEW_REGION: Row(
            _who_reviews,
            {"region": reviewing.choose_region, "turn_page": going.turn_page, "back": going.to(Page.HOME)},
        ),
        Page.REVIEW_PLACES: Row(_who_reviews, {"language": reviewing.choose_language, "back": reviewing.to_regions}),
        Page.REVIEW_PLACE: Row(
            _who_reviews,
            {
                "changes": reviewing.look_at_changes,
                "sign": reviewing.sign_as,
                "refuse": reviewing.begin_to_refuse,
                "remark": reviewing.begin_to_remark,
                "back": reviewing.to_languages,
            },
        ),
        Page.REVIEW_CHANGES: Row(
            _who_reviews,
            {"sign": reviewing.sign_as, "turn_page": going.turn_page, "back": reviewing.to_place},
        ),
        Page.REVIEW_SIGN: Row(_who_reviews, {"back": reviewing.to_place}, typed=reviewing.sign),
        Page.REVIEW_REFUSE: Row(_who_reviews, {"back": reviewing.to_place}, typed=reviewing.refuse),
        Page.REVIEW_REMARK: Row(_who_reviews, {"back": reviewing.to_place}, typed=reviewing.remark),
        Page.RELEASES: Row(
            _who_releases,
            {
                "open": releasing.open_order,
                "turn_page": going.turn_page,
                "new": releasing.begin,
                "back": going.to(Page.HOME),
            },
        ),
        Page.RELEASE_FORM: Row(
            _who_releases,
            {
                "collection": releasing.choose_collection,
                "purpose": releasing.choose_purpose,
                "recipient": releasing.choose_recipient,
                "format": releasing.choose_format,
                "own_words": releasing.with_own_words,
                "count": releasing.count,
                "back": going.to(Page.RELEASES),
            },
        ),
        Page.RELEASE: Row(
            _who_releases,
            {
                "look": releasing.look,
                "send": releasing.send_off,
                "confirm": releasing.confirm,
                "give_up": releasing.give_up,
                "back": going.to(Page.RELEASES),
            },
        ),
        Page.HALT_SURE: Row(_who_halts, {"halt": halting.halt_now, "back": going.to(Page.HALTS)}),
    }
)

COMMANDS: Mapping[TeamCommand, tuple[Gate, Move]] = MappingProxyType(
    {
        TeamCommand.TEAM: (_anybody_in_it, going.to(Page.HOME)),
        TeamCommand.HALT: (_who_halts, halting.asked_to_halt),
        TeamCommand.INVITE: (_who_invites, inviting.asked_to_invite),
        TeamCommand.PROGRESS: (_who_watches, watching.asked_how_it_goes),
        TeamCommand.LINKS: (_who_invites, going.to(Page.DOORS)),
        TeamCommand.POST: (_who_invites, posting.begin),
        TeamCommand.REVIEW: (_who_reviews, reviewing.asked_to_review),
        TeamCommand.RELEASE: (_who_releases, going.to(Page.RELEASES)),
        TeamCommand.INBOX: (_who_answers, going.to(Page.INBOX)),
    }
)
"""Who may ask for what. For whoever is not in the team there is none of them."""


@dataclass(frozen=True, slots=True)
class VisitStep:
    """What came of an event: the visit (`over` where it has ended), what changes in the team, what the chat is owed."""

    visit: Visit
    changes: tuple[Change, ...] = ()
    effects: tuple[Effect, ...] = ()


def answers_to(me: Standing, command: TeamCommand, now: dt.datetime) -> TeamCommand | None:
    """What a command is to somebody: itself; the team's first page, where their right waits for something; or None."""
    if COMMANDS[command][0](me, now):
        return command
    waits = any(not right.is_in_effect(now) for right in me.rights)
    return TeamCommand.TEAM if me.is_somebody and waits else None


def begin(language: str, event: Event, board: Board) -> VisitStep:
    """A member comes in, with a command or by a link. Steps begin at a random number, as a session's do."""
    fresh = Visit(language, int.from_bytes(event.token[4:8], "big") + 1, event.at)
    return step(fresh, event, board)


def step(visit: Visit, event: Event, board: Board) -> VisitStep:
    """What follows from an event. Pure: same visit, event and board, same step."""
    before = replace(visit, said=None, heard_at=event.at)
    if not board.me.is_somebody and not isinstance(event, TeamLinkOpened):
        return VisitStep(end(before))
    before = _where_one_may_be(before, board.me, event.at)
    call = _react(Call(before, event, board))
    after = _where_one_may_be(call.visit, call.board.me, event.at)
    if not call.board.me.is_somebody:
        after = replace(after, over=True)
    if _whereabouts(after) != _whereabouts(visit):
        after = replace(after, step=visit.step + 1)
    return VisitStep(after, call.changes, call.effects)


def end(visit: Visit) -> Visit:
    """Over: nothing is left of it but that it was."""
    return Visit(visit.language, visit.step + 1, visit.heard_at, over=True)


def _where_one_may_be(visit: Visit, me: Standing, now: dt.datetime) -> Visit:
    if PAGES[visit.page].gate(me, now):
        return visit
    return Visit(visit.language, visit.step, visit.heard_at, said=visit.said, over=visit.over)


def _whereabouts(visit: Visit) -> tuple[object, ...]:
    """What makes one card another. Ticks do not: a second quick tick is still good."""
    draft = visit.draft
    chosen = (draft.who, draft.last_invited, draft.language, draft.answered, draft.shown)
    return (visit.page, visit.about, visit.collection, visit.territory, visit.secret, visit.turned, visit.found, chosen)


def _react(call: Call) -> Call:
    event = call.event
    if isinstance(event, TeamLinkOpened):
        return granting.open_link(call).owing(NewCard())
    if isinstance(event, TeamAsked):
        gate, move = COMMANDS[event.command]
        move = move if gate(call.board.me, event.at) else going.to(Page.HOME)
        return move(call, event.argument, None).owing(NewCard())
    if isinstance(event, Tapped):
        return _tapped(call, event)
    if isinstance(event, Typed | Sent):
        return _typed(call, event)
    return call


def _tapped(call: Call, event: Tapped) -> Call:
    """A tap on the open card; any other only shows what is open."""
    screen = visit_screen(call.visit, call.board, event.at)
    fits = event.step == call.visit.step and event.layout == screen.layout
    if not fits or not 0 <= event.choice < len(screen.choices):
        return call
    choice = screen.choices[event.choice]
    return PAGES[call.visit.page].taps[choice.verb](call, choice.value, event.on)


def _typed(call: Call, event: Typed | Sent) -> Call:
    typed = PAGES[call.visit.page].typed
    if typed is None or isinstance(event, Sent):
        return call.saying("buttons").owing(NewCard())
    return typed(call, event.text, None).owing(DeleteMessage(event.message), NewCard())


def visit_screen(visit: Visit, board: Board, now: dt.datetime) -> Screen:
    """The card; it can be derived again at any time, and is never one that its reader may not see any more."""
    if visit.over or not board.me.is_somebody:
        return over_screen(is_somebody=board.me.is_somebody)
    visit = _where_one_may_be(visit, board.me, now)
    screen = SCREENS[visit.page](visit, board, now)
    if visit.said is None:
        return screen
    return replace(screen, blocks=(said_block(visit.said, now), *screen.blocks))
