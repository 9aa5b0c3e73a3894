"""What each change to the team comes to in rows, gathered for the transaction that commits it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bot.storage import incidents as incidents_stored
from bot.storage import posts as posts_stored
from bot.storage.broadcasts import SEALED_ANSWER
from bot.storage.halt_news import HALT
from bot.storage.keystore import Wrap
from bot.storage.links import row_of
from bot.storage.schedule import Due
from bot.storage.tables import halts, incidents, letters, links, posts, release_orders, rights, team_links
from bot.vault import CONTACT
from flows.broadcasts import GIVEN_UP, BroadcastState
from flows.incidents import Incident, IncidentKind
from flows.releases import OrderState
from flows.team import roster as team
from flows.team.roster import Change
from flows.team.visit import limits_to_json

if TYPE_CHECKING:
    from bot.team.desk import Desk


ANSWER = "answer"
"""Due when an answer is to be shown to whoever wrote: at once, or when they have finished what hides it."""


KNOCK = "knock"
"""Due when somebody of the team is to be told that something waits for them."""


LAPSING = "lapse/"
"""Before what ends soon, in the key of a knock that tells of it."""


CONFIRM = "confirm"
"""Due when somebody of the team is to be told that invites wait for a second person."""


PLAN = "plan"
"""Due when a broadcast is to be planned, or what was planned of one that was given up is to be forgotten."""


POST = "post"
"""Due when an invite is to be put into a channel or a group, and its asker told how it went."""


RELEASE = "release"
"""Due when it is to be counted what a release would be, or one is to be made, and its chat told."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A broadcast that was asked for, to be written down and planned. `chat` is told."""

    row: Mapping[str, Any]
    chat: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Moved:
    """A broadcast that goes from one state to another, unless another process was quicker."""

    broadcast: int
    before: BroadcastState
    after: BroadcastState
    values: Mapping[str, Any] = field(repr=False)


def _link_made(desk: Desk, change: team.LinkMade, _at: dt.datetime) -> None:
    link = change.link
    desk.ledger.insert(
        team_links,
        {
            "id": link.id,
            "secret_hash": link.secret_hash,
            "role": link.role.value,
            "limits": limits_to_json(link.limits),
            "made_by": link.made_by,
            "made_at": link.made_at,
            "expires_at": link.expires_at,
        },
    )


def _link_cancelled(desk: Desk, change: team.LinkCancelled, _at: dt.datetime) -> None:
    desk.ledger.delete(team_links, change.link)


def _right_granted(desk: Desk, change: team.RightGranted, at: dt.datetime) -> None:
    """The link goes, the right comes, in one transaction; its key is in the key store before."""
    right, vault = change.right, desk.vault
    key_id, key = vault.randomness(16), vault.new_key()
    desk.keys[right.id] = (key_id, key)
    desk.wraps.append(Wrap(key_id, CONTACT, vault.wrap(CONTACT, key_id, key), at))
    desk.ledger.delete(team_links, change.link)
    desk.ledger.insert(
        rights,
        {
            "id": right.id,
            "member": right.member,
            "role": right.role.value,
            "key_id": key_id,
            "sealed": desk.sealed(right),
            "limits": limits_to_json(right.limits),
            "granted_by": right.granted_by,
            "granted_at": right.granted_at,
            "trained_on": None,
            "code_version": right.code_version,
            "code_accepted_at": None,
        },
    )


def _right_limited(desk: Desk, change: team.RightLimited, _at: dt.datetime) -> None:
    desk.ledger.update(rights, change.right, {"limits": limits_to_json(change.limits)})


def _training_noted(desk: Desk, change: team.TrainingNoted, _at: dt.datetime) -> None:
    sealed = desk.sealed(desk.roster.rights[change.right])
    desk.ledger.update(rights, change.right, {"trained_on": change.training.on, "sealed": sealed})


def _code_accepted(desk: Desk, change: team.CodeAccepted, _at: dt.datetime) -> None:
    desk.ledger.update(rights, change.right, {"code_version": change.version, "code_accepted_at": change.at})


def _member_named(desk: Desk, change: team.MemberNamed, _at: dt.datetime) -> None:
    for right in desk.roster.rights.values():
        if right.member == change.member:
            desk.ledger.update(rights, right.id, {"sealed": desk.sealed(right)})


def _right_revoked(desk: Desk, change: team.RightRevoked, at: dt.datetime) -> None:
    """The row now, its key right after the commit: so a backup that is put back does not bring the right back."""
    key_id, _ = desk.keys.pop(change.right)
    desk.ledger.delete(rights, change.right)
    desk.notes.destructions.append({"key_id": key_id, "lock": None, "at": at})


def _halted(desk: Desk, change: team.Halted, at: dt.datetime) -> None:
    halt = change.halt
    desk.ledger.insert(
        halts,
        {
            "id": halt.id,
            "collection": halt.scope.collection,
            "territory": halt.scope.territory,
            "at": halt.at,
            "by": halt.by,
            "role": halt.role.value,
            "agreed": [],
        },
    )
    _tell_who_is_half_way(desk, halt.id, at)
    scope = halt.scope
    noted = Incident(
        0, IncidentKind.HALT, scope.collection or "", scope.territory or "", halt.at, halt.role.value,
        source=f"halt {halt.id}",
    )  # fmt: skip
    desk.ledger.insert_once(incidents, incidents_stored.row_of(noted))


def _tell_who_is_half_way(desk: Desk, halt: str, at: dt.datetime) -> None:
    desk.dues.append(Due(HALT, halt, at))


def _reopening_agreed(desk: Desk, change: team.ReopeningAgreed, _at: dt.datetime) -> None:
    agreed = [[each.member, [role.value for role in each.roles]] for each in desk.roster.halts[change.halt].agreed]
    desk.ledger.update(halts, change.halt, {"agreed": agreed})


def _reopened(desk: Desk, change: team.Reopened, _at: dt.datetime) -> None:
    desk.ledger.delete(halts, change.halt)


def _pause_lifted(desk: Desk, change: team.PauseLifted, _at: dt.datetime) -> None:
    collection, _, language = change.pause.partition("/")
    desk.lifted.append((collection, language))


def _letter_written(desk: Desk, change: team.LetterWritten, at: dt.datetime) -> None:
    letter, vault = change.letter, desk.vault
    key_id, key = vault.randomness(16), vault.new_key()
    desk.keys[letter.id] = (key_id, key)
    desk.wraps.append(Wrap(key_id, CONTACT, vault.wrap(CONTACT, key_id, key), at))
    desk.ledger.insert(
        letters,
        {
            "id": letter.id,
            "sender": letter.sender,
            "key_id": key_id,
            "sealed": desk.sealed(letter),
            "collection": letter.collection,
            "territory": letter.territory,
            "at": letter.at,
            "keep_until": letter.keep_until,
            "for_owner": letter.for_owner,
            "not_right": False,
            "claimed_by": "",
            "claimed_until": None,
            "answered_at": None,
        },
    )
    if letter.for_owner:
        _note_complaint(desk, letter.id, at)
    _tell(desk, letter.id, at)


def _note_complaint(desk: Desk, letter_id: str, at: dt.datetime) -> None:
    """That there was one, where, and on which day: nothing of who it was, which goes with whoever leaves."""
    letter, day = desk.roster.letters[letter_id], at.replace(hour=0, minute=0, second=0, microsecond=0)
    noted = Incident(
        0, IncidentKind.COMPLAINT, letter.collection, letter.territory, day, "contributor", source=f"letter {letter_id}"
    )
    desk.ledger.insert_once(incidents, incidents_stored.row_of(noted))


def _tell(desk: Desk, letter: str, at: dt.datetime) -> None:
    desk.dues += [Due(KNOCK, chat.hex(), at) for chat in desk.to_be_told(letter, at)]


def _letter_changed(desk: Desk, change: Any, _at: dt.datetime) -> None:  # noqa: ANN401  # any change of a letter
    letter = desk.roster.letters[change.letter]
    desk.ledger.update(
        letters,
        letter.id,
        {
            "for_owner": letter.for_owner,
            "not_right": letter.not_right,
            "claimed_by": letter.claimed_by,
            "claimed_until": letter.claimed_until,
        },
    )


def _letter_for_owner(desk: Desk, change: team.LetterHandedOn | team.AnswerNotRight, at: dt.datetime) -> None:
    _letter_changed(desk, change, at)
    _note_complaint(desk, change.letter, at)
    _tell(desk, change.letter, at)


def _letter_answered(desk: Desk, change: team.LetterAnswered, at: dt.datetime) -> None:
    """The answer is sealed beside the words, and comes due at once for whoever wrote."""
    letter = desk.roster.letters[change.letter]
    _letter_changed(desk, change, at)
    desk.ledger.update(letters, letter.id, {"answered_at": letter.answered_at, "sealed": desk.sealed(letter)})
    desk.dues.append(Due(ANSWER, f"{letter.chat.hex()}/{letter.id}", at))


def _invites_asked(desk: Desk, change: team.InvitesAsked, _at: dt.datetime) -> None:
    audience = change.audience.as_json()
    if change.answer is not None:
        audience[SEALED_ANSWER] = desk.vault.seal_choice(change.collection, change.answer).hex()
    row = {
        "collection": change.collection,
        "audience": audience,
        "paragraphs": {},
        "paid": False,
        "any_hour": desk.roster.rehearses_invites,
        "planned_by": change.member,
        "planned_at": change.at,
        "starts_at": change.at,
        "ended_at": None,
        "why": None,
    }
    desk.asked[min(desk.roster.broadcasts)] = Asked(row, change.chat)


def _broadcast_moved(desk: Desk, change: team.BroadcastMoved, at: dt.datetime) -> None:
    """What is given up before it has a number was never there."""
    if desk.asked.pop(change.broadcast, None) is not None:
        return
    values: dict[str, Any] = {"why": change.why}
    if change.after is BroadcastState.CANCELLED:
        values["ended_at"] = change.at
    if change.paragraphs is not None:
        values["paragraphs"] = dict(change.paragraphs)
    if change.why == GIVEN_UP:
        values["cancelled"] = desk.roster.broadcasts[change.broadcast].recipients
        desk.dues.append(Due(PLAN, f"/{change.broadcast}", at))
    if change.after is BroadcastState.UNCONFIRMED:
        desk.dues += desk.who_may_confirm(desk.roster.broadcasts[change.broadcast], at)
    desk.moved.append(Moved(change.broadcast, change.before, change.after, values))


def _collection_link_made(desk: Desk, change: team.CollectionLinkMade, _at: dt.datetime) -> None:
    desk.ledger.insert(links, row_of(change.link))


def _collection_link_moved(desk: Desk, change: team.CollectionLinkMoved, _at: dt.datetime) -> None:
    """Counts are left alone: they go on while somebody looks."""
    after = change.after
    moved = {"state": after.state.value, "why": after.why, "daily": after.daily, "busiest": after.busiest}
    desk.ledger.update(links, after.id, moved)


def _post_asked(desk: Desk, change: team.PostAsked, at: dt.datetime) -> None:
    """Whoever asked in a chat has it posted by the bot that serves; a command posts it itself."""
    desk.ledger.insert(posts, posts_stored.row_of(change.post))
    if change.chat:
        desk.dues.append(Due(POST, f"{change.chat.hex()}/{change.post.id}", at))


def _word_said(desk: Desk, change: team.WordSaid, _at: dt.datetime) -> None:
    """Kept with the text that it is about, and its audit entry, by `bot.review.saying` in the same transaction."""
    desk.reviewed.append(change.word)


def _release_asked(desk: Desk, change: team.ReleaseAsked, at: dt.datetime) -> None:
    order = change.order
    wanted = {
        "collection": order.collection, "purpose": order.purpose, "recipient": order.recipient,
        "format": order.format, "own_words": order.own_words,
    }  # fmt: skip
    desk.ledger.insert(
        release_orders,
        {
            "id": order.id, "wanted": wanted, "ordered_by": order.by, "ordered_at": order.at, "release": None,
            "state": order.state.value, "told": {}, "also_by": "",
        },
    )  # fmt: skip
    desk.dues.append(Due(RELEASE, f"{change.chat.hex()}/{order.id}", at))


def _release_moved(desk: Desk, change: team.ReleaseMoved, at: dt.datetime) -> None:
    desk.ledger.update(release_orders, change.order, {"state": change.after.value, "also_by": change.also_by})
    if change.after is OrderState.MAKING:
        desk.dues.append(Due(RELEASE, f"{change.chat.hex()}/{change.order}", at))
    if change.after is OrderState.WAITING:
        desk.dues += desk.who_may_release(desk.roster.releases[change.order], at)


WRITTEN: Mapping[type[Change], Callable[[Desk, Any, dt.datetime], None]] = MappingProxyType(
    {
        team.LinkMade: _link_made,
        team.LinkCancelled: _link_cancelled,
        team.RightGranted: _right_granted,
        team.RightLimited: _right_limited,
        team.TrainingNoted: _training_noted,
        team.CodeAccepted: _code_accepted,
        team.MemberNamed: _member_named,
        team.RightRevoked: _right_revoked,
        team.Halted: _halted,
        team.ReopeningAgreed: _reopening_agreed,
        team.Reopened: _reopened,
        team.PauseLifted: _pause_lifted,
        team.LetterWritten: _letter_written,
        team.LetterClaimed: _letter_changed,
        team.LetterPutBack: _letter_changed,
        team.LetterHandedOn: _letter_for_owner,
        team.LetterAnswered: _letter_answered,
        team.AnswerNotRight: _letter_for_owner,
        team.InvitesAsked: _invites_asked,
        team.BroadcastMoved: _broadcast_moved,
        team.CollectionLinkMade: _collection_link_made,
        team.CollectionLinkMoved: _collection_link_moved,
        team.PostAsked: _post_asked,
        team.WordSaid: _word_said,
        team.ReleaseAsked: _release_asked,
        team.ReleaseMoved: _release_moved,
    }
)
