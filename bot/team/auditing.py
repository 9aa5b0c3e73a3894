"""What the audit says of each change to the team: who, as what, to whom. Pseudonyms, never a name or a chat."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from flows.halts import Scope
from flows.links import CollectionLink
from flows.releases import ReleaseOrder
from flows.team import roster as team
from flows.team.rights import COMMAND_LINE, Right, Role, Standing
from flows.team.roster import Change, Halt, Link, Roster
from flows.team.visit import limits_to_json

Entry = dict[str, Any]


def audit_entry(change: Change, roster: Roster, me: Standing, at: dt.datetime) -> Entry | None:
    """The entry of a change, given the team before it; None for what is nobody's business but the member's."""
    told = _TOLD.get(type(change))
    never_there = isinstance(change, team.BroadcastMoved) and change.broadcast < 0
    if told is None or never_there:
        return None
    action, collection, detail = told(change, roster)
    return {
        "at": at,
        "actor": _actor(change, me, at),
        "action": action,
        "collection": collection,
        "pseudonym": None,  # that of a contributor, and none has anything to do with it
        "detail": {"by": me.member, **detail},
    }


def _actor(change: Change, me: Standing, at: dt.datetime) -> str:
    """In which role they acted."""
    if me == COMMAND_LINE:
        return COMMAND_LINE.member
    if isinstance(change, team.Halted):
        return change.halt.role.value
    if isinstance(change, team.RightGranted):
        return change.right.role.value
    roles = me.roles(at)
    return (roles[0] if roles else me.rights[0].role if me.rights else Role.COORDINATOR).value


Told = tuple[str, str | None, Entry]


def _of_right(right: Right) -> Entry:
    return {"member": right.member, "right": right.id, "role": right.role.value}


def _of_link(link: Link) -> Entry:
    return {"link": link.id, "role": link.role.value, "limits": limits_to_json(link.limits)}


def _of_scope(scope: Scope) -> Entry:
    return {"collection": scope.collection or "all", "region": scope.territory or "all"}


def _of_halt(halt: Halt) -> Entry:
    return {"halt": halt.id, **_of_scope(halt.scope)}


def _link_made(change: team.LinkMade, _roster: Roster) -> Told:
    return "link made", None, {**_of_link(change.link), "expires_at": change.link.expires_at.isoformat()}


def _link_cancelled(change: team.LinkCancelled, roster: Roster) -> Told:
    return "link cancelled", None, _of_link(roster.links[change.link])


def _right_granted(change: team.RightGranted, _roster: Roster) -> Told:
    right = change.right
    granted = {**_of_right(right), "link": change.link, "granted_by": right.granted_by}
    return "right granted", None, {**granted, "limits": limits_to_json(right.limits)}


def _right_limited(change: team.RightLimited, roster: Roster) -> Told:
    detail = {**_of_right(roster.rights[change.right]), "limits": limits_to_json(change.limits)}
    return "right limited", None, detail


def _training_noted(change: team.TrainingNoted, roster: Roster) -> Told:
    detail = {**_of_right(roster.rights[change.right]), "trained_on": change.training.on.isoformat()}
    return "training noted", None, detail


def _code_accepted(change: team.CodeAccepted, roster: Roster) -> Told:
    return "code accepted", None, {**_of_right(roster.rights[change.right]), "version": change.version}


def _right_revoked(change: team.RightRevoked, roster: Roster) -> Told:
    action = "right given back" if change.given_back else "right revoked"
    return action, None, _of_right(roster.rights[change.right])


def _halted(change: team.Halted, _roster: Roster) -> Told:
    return "halted", change.halt.scope.collection, _of_halt(change.halt)


def _reopening_agreed(change: team.ReopeningAgreed, roster: Roster) -> Told:
    halt = roster.halts[change.halt]
    return (
        "reopening agreed",
        halt.scope.collection,
        {**_of_halt(halt), "as": [r.value for r in change.agreement.roles]},
    )


def _reopened(change: team.Reopened, roster: Roster) -> Told:
    halt = roster.halts[change.halt]
    agreed = [each.member for each in halt.agreed]
    return "reopened", halt.scope.collection, {**_of_halt(halt), "agreed": agreed, "one_person_team": change.alone}


def _pause_lifted(change: team.PauseLifted, roster: Roster) -> Told:
    pause = roster.pauses[change.pause]
    return "language pause lifted", pause.collection, {"language": pause.language, "card": pause.card}


def _letter_handed_on(change: team.LetterHandedOn, roster: Roster) -> Told:
    letter = roster.letters[change.letter]
    return "letter handed to an owner", letter.collection or None, {"letter": letter.id}


def _letter_answered(change: team.LetterAnswered, roster: Roster) -> Told:
    letter = roster.letters[change.letter]
    return "letter answered", letter.collection or None, {"letter": letter.id}


def _invites_asked(change: team.InvitesAsked, _roster: Roster) -> Told:
    return "invites counted", change.collection, {"audience": change.audience.as_json()}


def _broadcast_moved(change: team.BroadcastMoved, roster: Roster) -> Told:
    found = roster.broadcasts[change.broadcast]
    detail = {"broadcast": found.id, "recipients": found.at_most, "paid": found.paid}
    return change.action, found.collection, detail


def _collection_link_made(change: team.CollectionLinkMade, _roster: Roster) -> Told:
    return "collection link made", change.link.collection, of_collection_link(change.link)


def _collection_link_moved(change: team.CollectionLinkMoved, _roster: Roster) -> Told:
    return change.action, change.after.collection, of_collection_link(change.after)


def _post_asked(change: team.PostAsked, _roster: Roster) -> Told:
    post = change.post
    detail = {"post": post.id, "link": post.link, "place": post.place, "languages": list(post.languages)}
    return "post asked", post.collection, {**detail, "region": post.territory or None}


def _release_asked(change: team.ReleaseAsked, _roster: Roster) -> Told:
    return "release counted", change.order.collection, _of_order(change.order)


def _release_moved(change: team.ReleaseMoved, roster: Roster) -> Told:
    order = roster.releases[change.order]
    return change.action, order.collection, _of_order(order)


def _of_order(order: ReleaseOrder) -> Entry:
    return {
        "order": order.id, "purpose": order.purpose, "recipient": order.recipient, "format": order.format,
        "own_words": order.own_words,
    }  # fmt: skip


def of_collection_link(link: CollectionLink) -> Entry:
    """What an entry says of a link: nothing that was counted."""
    return {
        "link": link.id, "kind": link.kind.value, "name": link.name, "supplier": link.supplier,
        "region": link.territory, "daily": link.daily, "state": link.state.value,
    }  # fmt: skip


_TOLD: Mapping[type[Change], Callable[[Any, Roster], Told]] = MappingProxyType(
    {
        team.LinkMade: _link_made,
        team.LinkCancelled: _link_cancelled,
        team.RightGranted: _right_granted,
        team.RightLimited: _right_limited,
        team.TrainingNoted: _training_noted,
        team.CodeAccepted: _code_accepted,
        team.RightRevoked: _right_revoked,
        team.Halted: _halted,
        team.ReopeningAgreed: _reopening_agreed,
        team.Reopened: _reopened,
        team.PauseLifted: _pause_lifted,
        team.LetterHandedOn: _letter_handed_on,
        team.LetterAnswered: _letter_answered,
        team.InvitesAsked: _invites_asked,
        team.BroadcastMoved: _broadcast_moved,
        team.CollectionLinkMade: _collection_link_made,
        team.CollectionLinkMoved: _collection_link_moved,
        team.PostAsked: _post_asked,
        team.ReleaseAsked: _release_asked,
        team.ReleaseMoved: _release_moved,
    }
)
