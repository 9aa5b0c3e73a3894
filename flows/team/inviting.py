"""What members may do with invites: ask for a count, let it go, confirm, pause, end it. Nothing comes of what is not
theirs.

Coordinators act within the collections and regions that they look after, owners everywhere.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from enum import StrEnum

from flows.broadcasts import GIVEN_UP, NEVER_SENT, Audience, Broadcast, BroadcastState
from flows.paid_enough import underpaid
from flows.team.board import Board
from flows.team.rights import Standing
from flows.team.roster import BroadcastMoved, Change, InvitesAsked, Roster


class Act(StrEnum):
    """What can be done with a broadcast. The value is what the audit calls it."""

    SEND = "invites sent off"
    CONFIRM = "invites confirmed"
    PAUSE = "invites paused"
    RESUME = "invites resumed"
    CANCEL = "invites cancelled"
    GIVE_UP = "invites given up"


_S = BroadcastState
_BEFORE: Mapping[Act, frozenset[BroadcastState]] = {
    Act.SEND: frozenset({_S.PLANNED}),
    Act.CONFIRM: frozenset({_S.UNCONFIRMED}),
    Act.PAUSE: frozenset({_S.RUNNING}),
    Act.RESUME: frozenset({_S.PAUSED}),
    Act.CANCEL: frozenset({_S.UNCONFIRMED, _S.RUNNING, _S.PAUSED}),
    Act.GIVE_UP: frozenset({_S.ASKED, _S.PLANNING, _S.PLANNED}),
}
_PLANS = _BEFORE[Act.GIVE_UP]
"""States in which a broadcast is nobody's but that of whoever asked for it."""
_WAITING = frozenset({_S.PLANNED, _S.UNCONFIRMED, _S.PAUSED})
"""States in which a broadcast waits to be sent off, confirmed or resumed."""


def covers(me: Standing, collection: str, regions: tuple[str, ...], now: dt.datetime) -> bool:
    """Whether somebody may invite to a collection in these regions, of which none means all."""
    if not me.may_invite(now):
        return False
    limits = me.inviting_limits(now)
    fits = not limits.regions or (bool(regions) and set(regions) <= limits.regions)
    return fits and (not limits.collections or collection in limits.collections)


def is_seen(broadcast: Broadcast, me: Standing, now: dt.datetime) -> bool:
    """Whether a broadcast is among what somebody looks after. A plan is only seen by whoever made it."""
    if not covers(me, broadcast.collection, tuple(broadcast.audience["regions"]), now):
        return False
    is_plan = broadcast.state in _PLANS or broadcast.why in NEVER_SENT
    return not is_plan or broadcast.planned_by == me.member


def broadcasts_of(roster: Roster, me: Standing, now: dt.datetime) -> tuple[Broadcast, ...]:
    """What somebody sees of what was sent off, the newest first; plans are not among it."""
    seen = [b for b in roster.broadcasts.values() if is_seen(b, me, now)]
    sent = [b for b in seen if b.state not in _PLANS and b.why not in NEVER_SENT and b.id > 0]
    return tuple(sorted(sent, key=lambda b: -b.id))


def plan_of(roster: Roster, me: Standing, asked_at: str, now: dt.datetime) -> Broadcast | None:
    """What somebody asked to be counted, by when they did."""
    mine = (b for b in roster.broadcasts.values() if b.planned_by == me.member and is_seen(b, me, now))
    return next((b for b in mine if b.planned_at.isoformat() == asked_at), None)


def previewed(roster: Roster, me: Standing, about: str, now: dt.datetime) -> Broadcast | None:
    """What somebody may look at before it goes out: what they have had counted, or what waits for a second person."""
    if not about.isdecimal():
        found = plan_of(roster, me, about, now)
        return found if found is not None and found.state is _S.PLANNED else None
    sent = (each for each in broadcasts_of(roster, me, now) if str(each.id) == about)
    return next((each for each in sent if each.state is _S.UNCONFIRMED), None)


def ask(
    roster: Roster, me: Standing, collection: str, audience: Audience, now: dt.datetime, answer: str | None = None
) -> tuple[Change, ...]:
    """Have an audience counted. What the same member had counted before and not sent is given up."""
    if not covers(me, collection, audience.regions, now) or roster.invitable(collection).is_refused:
        return ()
    return (*give_up_all(roster, me, now), InvitesAsked(me.member, collection, audience, now, answer=answer))


def give_up_all(roster: Roster, me: Standing, now: dt.datetime) -> tuple[Change, ...]:
    """Plans of a member's that they do not go on with: nobody of them counts as invited."""
    mine = sorted(
        (b for b in roster.broadcasts.values() if b.planned_by == me.member and b.state in _PLANS), key=lambda b: b.id
    )
    return tuple(BroadcastMoved(each.id, Act.GIVE_UP.value, each.state, _S.CANCELLED, now, GIVEN_UP) for each in mine)


def needs_second(recipients: int, confirm_above: int, *, alone: bool) -> bool:
    """Whether somebody else has to confirm it."""
    return recipients > confirm_above and not alone


def send(
    roster: Roster,
    me: Standing,
    number: int,
    paragraphs: Mapping[str, str],
    now: dt.datetime,
    *,
    confirm_above: int,
    alone: bool,
) -> tuple[Change, ...]:
    """Let what one has planned oneself go, or wait for a second person."""
    found = _actable(roster, me, number, Act.SEND, now)
    if found is None or found.recipients == 0 or not fits_pilot(roster, found):
        return ()
    waits = needs_second(found.recipients, confirm_above, alone=alone)
    after = _S.UNCONFIRMED if waits else _S.RUNNING
    return (BroadcastMoved(number, Act.SEND.value, found.state, after, now, paragraphs=dict(paragraphs)),)


def act(roster: Roster, me: Standing, number: int, what: Act, now: dt.datetime, *, alone: bool) -> tuple[Change, ...]:
    """Confirm, pause, resume or cancel. Nobody confirms what they have sent off themselves, unless `alone`."""
    found = _actable(roster, me, number, what, now)
    if found is None:
        return ()
    if what is Act.CONFIRM and not (may_confirm(found, me, alone=alone) and fits_pilot(roster, found)):
        return ()
    if what is Act.RESUME and not may_go_on(roster, found):
        return ()
    after = _S.PAUSED if what is Act.PAUSE else _S.CANCELLED if what is Act.CANCEL else _S.RUNNING
    return (BroadcastMoved(number, what.value, found.state, after, now),)


def fits_pilot(roster: Roster, broadcast: Broadcast) -> bool:
    """Whether so many may be invited: after a finished pilot, as many as one has places left, or for a reason."""
    return _needs_no_pilot(broadcast) or roster.invitable(broadcast.collection).takes(broadcast.recipients)


def may_go_on(roster: Roster, broadcast: Broadcast) -> bool:
    """Whether anybody may still be invited: those who have it already may have taken places of its pilot."""
    return _needs_no_pilot(broadcast) or not roster.invitable(broadcast.collection).is_refused


def waiting_collections(broadcasts: Iterable[Broadcast]) -> set[str]:
    """Collections with invites that wait to be let go by somebody, and are no rehearsal."""
    return {each.collection for each in broadcasts if each.state in _WAITING and not each.any_hour}


def pays_enough(board: Board, broadcast: Broadcast, today: dt.date) -> bool:
    """Whether the time that it took is still paid for: more people were measured since it was planned, or pay is
    another."""
    collection = board.shelf.collections.get(broadcast.collection)
    if collection is None or broadcast.any_hour:
        return True
    opened = (region.territory for region in board.shelf.beginning(collection, today))
    where = broadcast.audience["regions"] or tuple(opened)
    return underpaid(collection, board.roster.tallied.get(collection.id, {}), where, today) is None


def _needs_no_pilot(broadcast: Broadcast) -> bool:
    return broadcast.any_hour or broadcast.without_pilot is not None


def may_confirm(broadcast: Broadcast, me: Standing, *, alone: bool) -> bool:
    """Whether somebody is a second person."""
    return alone or broadcast.planned_by != me.member


def waits_for(broadcast: Broadcast, me: Standing, now: dt.datetime, *, alone: bool) -> bool:
    """Whether a broadcast waits for somebody to confirm it who is not the one who sent it off."""
    others = broadcast.planned_by != me.member and may_confirm(broadcast, me, alone=alone)
    return broadcast.state is _S.UNCONFIRMED and others and is_seen(broadcast, me, now)


def _actable(roster: Roster, me: Standing, number: int, what: Act, now: dt.datetime) -> Broadcast | None:
    found = roster.broadcasts.get(number)
    fits = found is not None and is_seen(found, me, now) and found.state in _BEFORE[what]
    return found if fits else None
