"""Which changes to the team are allowed, to whom. Nothing comes of one that is not.

Every function is given where its caller stands, so that nobody acts on a right that has ended meanwhile.
"""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Iterable

from flows.contact.letter import ANSWER_LONGEST, Letter
from flows.halts import Scope
from flows.questions import clean_own_words
from flows.team.code import CODE_VERSION
from flows.team.rights import GRANTED, NAME_LETTERS, NO_LIMITS, Limits, Right, Role, Standing, Training
from flows.team.roster import (
    Agreement,
    Change,
    CodeAccepted,
    Halt,
    Halted,
    LetterAnswered,
    LetterClaimed,
    LetterHandedOn,
    LetterPutBack,
    Link,
    LinkCancelled,
    LinkMade,
    MemberNamed,
    PauseLifted,
    Reopened,
    ReopeningAgreed,
    RightGranted,
    RightLimited,
    RightRevoked,
    Roster,
    TrainingNoted,
    applied,
)
from flows.words import letters

LINK_HOLDS = dt.timedelta(hours=48)
"""How long a link can be opened, unless whoever makes it says otherwise."""

LINK_HOLDS_AT_MOST = dt.timedelta(days=14)

SECRET_BYTES = 24
"""192 random bits: 32 letters of the 64 that Telegram takes behind `?start=` (`telegram.md`)."""

Changes = tuple[Change, ...]


def new_id(kind: str, token: bytes) -> str:
    """An id for a right (r), a link (l) or a halt (h), drawn from an event's token."""
    return f"{kind}_{token[:5].hex()}"


def secret_in(token: bytes) -> str:
    """What stands in a link, drawn from the part of a token that no id is drawn from."""
    return base64.urlsafe_b64encode(token[-SECRET_BYTES:]).decode()


def make_link(
    me: Standing,
    role: Role,
    limits: Limits,
    now: dt.datetime,
    *,
    id_: str,
    secret_hash: bytes,
    holds: dt.timedelta = LINK_HOLDS,
) -> Changes:
    """An owner makes a link. Only a coordinator can be limited."""
    if not me.is_owner or role not in GRANTED or not dt.timedelta(0) < holds <= LINK_HOLDS_AT_MOST:
        return ()
    limits = limits if role is Role.COORDINATOR else NO_LIMITS
    return (LinkMade(Link(id_, secret_hash, role, limits, me.member, now, now + holds)),)


def cancel_link(roster: Roster, me: Standing, link: str) -> Changes:
    """An owner takes a link back that nobody has opened."""
    return (LinkCancelled(link),) if me.is_owner and link in roster.links else ()


def open_link(roster: Roster, me: Standing, secret_hash: bytes, now: dt.datetime, *, id_: str) -> Changes:
    """Somebody opens a link. Whoever has its role already leaves it to somebody else."""
    link = roster.link_with(secret_hash, now)
    if link is None or me.right(link.role) is not None:
        return ()
    name = me.rights[0].name if me.rights else ""
    return (RightGranted(Right(id_, me.member, link.role, now, link.made_by, link.limits, name), link.id),)


def limit(roster: Roster, me: Standing, right: str, limits: Limits) -> Changes:
    """An owner says what a coordinator looks after."""
    found = roster.rights.get(right)
    if not me.is_owner or found is None or found.role is not Role.COORDINATOR or found.limits == limits:
        return ()
    return (RightLimited(right, limits),)


def note_training(roster: Roster, me: Standing, right: str, training: Training, now: dt.datetime) -> Changes:
    """An owner writes a coordinator's training down; one that is still to come is none."""
    found = roster.rights.get(right)
    if not me.is_owner or found is None or found.role is not Role.COORDINATOR:
        return ()
    return (TrainingNoted(right, training),) if training.on <= now.date() and training.what else ()


def accept_code(me: Standing, now: dt.datetime) -> Changes:
    """A coordinator accepts the code of conduct as it stands."""
    mine = me.right(Role.COORDINATOR)
    return (CodeAccepted(mine.id, CODE_VERSION, now),) if mine is not None else ()


def call_oneself(me: Standing, name: str) -> Changes:
    """A member says what to be called."""
    name = clean_own_words(name)
    return (MemberNamed(me.member, name),) if me.rights and 0 < len(name) <= NAME_LETTERS else ()


def revoke(roster: Roster, me: Standing, right: str) -> Changes:
    """An owner takes a right back, or its holder gives it back."""
    found = roster.rights.get(right)
    if found is None or not (me.is_owner or found.member == me.member):
        return ()
    return (RightRevoked(right, given_back=found.member == me.member),)


def halt(roster: Roster, me: Standing, scopes: Iterable[Scope], now: dt.datetime, *, token: bytes) -> Changes:
    """Any one who may halts, at once. What is halted already stays as it is."""
    standing_still = roster.halted
    wanted = [scope for scope in dict.fromkeys(scopes) if scope not in standing_still and me.may_halt(scope, now)]
    role = me.halting_role(now)
    return tuple(
        Halted(Halt(f"{new_id('h', token)}{number or ''}", scope, now, me.member, role))
        for number, scope in enumerate(wanted)
    )


def agree_to_reopen(roster: Roster, me: Standing, halt_id: str, now: dt.datetime, *, alone: bool) -> Changes:
    """An owner and a reviewer, who are two people, agree; `alone` lets one owner do it in a team of one."""
    if halt_id not in roster.halts or not me.may_reopen(now):
        return ()
    roles = tuple(role for role in (Role.OWNER, Role.REVIEWER) if me.acts_as(role, now))
    agreed = ReopeningAgreed(halt_id, Agreement(me.member, roles))
    if _are_two(applied(roster, agreed), halt_id):
        return (agreed, Reopened(halt_id, alone=False))
    return (agreed, Reopened(halt_id, alone=True)) if alone and me.is_owner else (agreed,)


def lift_pause(roster: Roster, me: Standing, pause: str, now: dt.datetime) -> Changes:
    """An owner or a reviewer has looked at the card: nobody is endangered by asking again, so one is enough."""
    return (PauseLifted(pause),) if pause in roster.pauses and me.may_reopen(now) else ()


def _are_two(roster: Roster, halt_id: str) -> bool:
    """Whether an owner and another person, who is a reviewer still, have agreed."""
    reviewers = {right.member for right in roster.rights.values() if right.role is Role.REVIEWER}
    agreed = roster.halts[halt_id].agreed
    return any(
        Role.OWNER in one.roles and Role.REVIEWER in other.roles and one.member != other.member
        for one in agreed
        for other in agreed
        if other.member in reviewers
    )


def claim(roster: Roster, me: Standing, letter: str, now: dt.datetime) -> Changes:
    """Read a letter, to answer it; not one that somebody else is answering."""
    found = _letter(roster, me, letter, now)
    return (LetterClaimed(letter, me.member, now),) if found is not None and found.is_free_for(me.member, now) else ()


def put_letter_back(roster: Roster, me: Standing, letter: str, now: dt.datetime) -> Changes:
    """Leave it to somebody else."""
    return (LetterPutBack(letter),) if _is_mine(roster, me, letter, now) else ()


def hand_on(roster: Roster, me: Standing, letter: str, now: dt.datetime) -> Changes:
    """Leave a complaint to an owner."""
    return (LetterHandedOn(letter),) if _is_mine(roster, me, letter, now) else ()


def answer(roster: Roster, me: Standing, letter: str, words: str, now: dt.datetime) -> Changes:
    """Answer a letter that one has claimed."""
    fits = 0 < letters(words) <= ANSWER_LONGEST
    return (LetterAnswered(letter, words, now),) if fits and _is_mine(roster, me, letter, now) else ()


def _letter(roster: Roster, me: Standing, letter: str, now: dt.datetime) -> Letter | None:
    found = roster.letters.get(letter)
    return found if found is not None and found.is_for(me, now) else None


def _is_mine(roster: Roster, me: Standing, letter: str, now: dt.datetime) -> bool:
    """Whether it is theirs to answer. A claim whose time is over still is, as long as nobody else has taken it."""
    found = _letter(roster, me, letter, now)
    return found is not None and found.claimed_by == me.member
