"""The team as it stands: rights, open links and halts; and every change that can be made to it.

The bot and the command line make the same changes: `flows.team.deciding` says which are allowed, `applied` what they
come to, and `bot.team` writes them down.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from flows.broadcasts import Audience, Broadcast, BroadcastState
from flows.contact.letter import Letter, claimed, put_back
from flows.grading import CardPause
from flows.halts import Halts, Scope
from flows.links import CollectionLink
from flows.pilots import NOT_PILOTED, PILOTED, Invitable, Tallied
from flows.posts import Post
from flows.releases import OrderState, ReleaseOrder
from flows.sign_offs import SignOff
from flows.team.rights import Limits, Right, Role, Standing, Training


@dataclass(frozen=True, slots=True)
class Link:
    """An open link: it grants a role once, to whoever opens it first, until it expires."""

    id: str
    secret_hash: bytes = field(repr=False)
    """A keyed hash of what stands in the link, which itself is kept nowhere."""
    role: Role
    limits: Limits
    made_by: str
    made_at: dt.datetime
    expires_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Agreement:
    """Somebody who agreed to reopen, and as what."""

    member: str
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class Halt:
    """Something that stands still."""

    id: str
    scope: Scope
    at: dt.datetime
    by: str
    role: Role
    agreed: tuple[Agreement, ...] = ()


@dataclass(frozen=True, slots=True)
class Roster:
    """Everything about the team, by id."""

    rights: Mapping[str, Right] = field(default_factory=dict)
    links: Mapping[str, Link] = field(default_factory=dict)
    halts: Mapping[str, Halt] = field(default_factory=dict)
    letters: Mapping[str, Letter] = field(default_factory=dict)
    """Those that wait for an answer, and those that a chat in hand is about."""
    broadcasts: Mapping[int, Broadcast] = field(default_factory=dict)
    """The newest, by number; below zero what was asked for a moment ago and has no number yet."""
    pilots: Mapping[str, Invitable] = field(default_factory=dict)
    """By collection: who may be invited after its pilot, or while it goes on. Nobody, where there was none."""

    collection_links: Mapping[str, CollectionLink] = field(default_factory=dict)
    """Links to collections, by code."""
    posts: Mapping[str, Post] = field(default_factory=dict)
    """The newest, by id."""
    pauses: Mapping[str, CardPause] = field(default_factory=dict)
    """Languages in which nobody new is asked, since a card is not understood."""
    releases: Mapping[str, ReleaseOrder] = field(default_factory=dict)
    """The newest orders, by id."""
    recipients: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Whose agreement holds, and for which purposes."""
    tallied: Mapping[str, Tallied] = field(default_factory=dict)
    """The counters of collections with invites that wait to be let go, by which pay may have come to be too little."""
    rehearses_invites: bool = False
    """Whether invites that are asked for here take no pilot, and leave at any hour."""

    def standing(self, member: str, *, is_owner: bool) -> Standing:
        """Where a member stands."""
        mine = sorted((r for r in self.rights.values() if r.member == member), key=lambda r: list(Role).index(r.role))
        return Standing(member, is_owner, tuple(mine))

    def link_with(self, secret_hash: bytes, now: dt.datetime) -> Link | None:
        """The open link with this secret, unless it has expired."""
        found = next((link for link in self.links.values() if link.secret_hash == secret_hash), None)
        return found if found is not None and found.expires_at > now else None

    def open_links(self, now: dt.datetime) -> tuple[Link, ...]:
        """Links that still grant something, the next to expire first."""
        return tuple(sorted((k for k in self.links.values() if k.expires_at > now), key=lambda k: k.expires_at))

    def inbox(self, me: Standing, now: dt.datetime) -> tuple[Letter, ...]:
        """What stands in somebody's inbox, the oldest first."""
        mine = [letter for letter in self.letters.values() if letter.is_for(me, now)]
        return tuple(sorted(mine, key=lambda letter: (letter.at, letter.id)))

    def invitable(self, collection: str) -> Invitable:
        """Who may be invited to a collection."""
        return PILOTED if self.rehearses_invites else self.pilots.get(collection, NOT_PILOTED)

    @property
    def halted(self) -> Halts:
        """What is halted."""
        return frozenset(halt.scope for halt in self.halts.values())


# --- changes ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LinkMade:
    """A link was made."""

    link: Link


@dataclass(frozen=True, slots=True)
class LinkCancelled:
    """A link that nobody had opened grants nothing any more."""

    link: str


@dataclass(frozen=True, slots=True)
class RightGranted:
    """A link was opened, and is spent."""

    right: Right
    link: str


@dataclass(frozen=True, slots=True)
class RightLimited:
    """A coordinator looks after something else now."""

    right: str
    limits: Limits


@dataclass(frozen=True, slots=True)
class TrainingNoted:
    """A training was written down."""

    right: str
    training: Training


@dataclass(frozen=True, slots=True)
class CodeAccepted:
    """The code of conduct was accepted."""

    right: str
    version: int
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class MemberNamed:
    """A member said what to be called."""

    member: str
    name: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RightRevoked:
    """A right is no more."""

    right: str
    given_back: bool = False
    """Whether its holder gave it back."""


@dataclass(frozen=True, slots=True)
class Halted:
    """Something stands still now."""

    halt: Halt


@dataclass(frozen=True, slots=True)
class ReopeningAgreed:
    """One of the two who are needed has agreed."""

    halt: str
    agreement: Agreement


@dataclass(frozen=True, slots=True)
class Reopened:
    """What was halted goes on."""

    halt: str
    alone: bool
    """Whether one person did what takes two."""


@dataclass(frozen=True, slots=True)
class PauseLifted:
    """Somebody has looked at a card that was not understood; people are asked in its language again."""

    pause: str


@dataclass(frozen=True, slots=True)
class LetterWritten:
    """A contributor wrote to a human."""

    letter: Letter


@dataclass(frozen=True, slots=True)
class LetterClaimed:
    """Somebody reads a letter and is to answer it: for a while it is nobody else's."""

    letter: str
    member: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class LetterPutBack:
    """Anybody's to answer again."""

    letter: str


@dataclass(frozen=True, slots=True)
class LetterHandedOn:
    """A complaint: from now on only an owner reads it."""

    letter: str


@dataclass(frozen=True, slots=True)
class LetterAnswered:
    """An answer, on its way to whoever wrote."""

    letter: str
    words: str = field(repr=False)
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class AnswerNotRight:
    """Whoever wrote said that the answer was not right: only an owner reads that."""

    letter: str


@dataclass(frozen=True, slots=True)
class InvitesAsked:
    """An audience is to be counted, and then perhaps invited."""

    member: str
    collection: str
    audience: Audience
    at: dt.datetime
    chat: bytes = field(default=b"", repr=False)
    """The hash of the chat that the count comes to; whoever writes it down knows it."""
    answer: str | None = field(default=None, repr=False)
    """By which answer people are chosen. It lies sealed until they are, and nowhere after that."""


@dataclass(frozen=True, slots=True)
class CollectionLinkMade:
    """A link to a collection was made."""

    link: CollectionLink


@dataclass(frozen=True, slots=True)
class CollectionLinkMoved:
    """A link to a collection rests, goes on, has ended, or takes another number of people a day."""

    link: str
    action: str
    """As the audit calls it."""
    after: CollectionLink


@dataclass(frozen=True, slots=True)
class PostAsked:
    """An invite is to be put into a channel or a group."""

    post: Post
    chat: bytes = field(default=b"", repr=False)
    """The hash of the chat that is told how it went; whoever writes it down knows it."""


@dataclass(frozen=True, slots=True)
class ReleaseAsked:
    """What a release would be is to be counted."""

    order: ReleaseOrder
    chat: bytes = field(default=b"", repr=False)
    """The hash of the chat that is told; whoever writes it down knows it."""


@dataclass(frozen=True, slots=True)
class ReleaseMoved:
    """An order waits for a second steward, is to be made, or was given up."""

    order: str
    action: str
    """As the audit calls it."""
    after: OrderState
    also_by: str = ""
    chat: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class BroadcastMoved:
    """A broadcast goes on, waits or ends."""

    broadcast: int
    action: str
    """As the audit calls it."""
    before: BroadcastState
    after: BroadcastState
    at: dt.datetime
    why: str | None = None
    paragraphs: Mapping[str, str] | None = field(default=None, repr=False)
    """What is added to the invite, by language; None leaves it as it is."""


@dataclass(frozen=True, slots=True)
class WordSaid:
    """A reviewer has signed something off, refused it or remarked on it."""

    word: SignOff


Change = (
    LinkMade
    | LinkCancelled
    | RightGranted
    | RightLimited
    | TrainingNoted
    | CodeAccepted
    | MemberNamed
    | RightRevoked
    | Halted
    | ReopeningAgreed
    | Reopened
    | PauseLifted
    | LetterWritten
    | LetterClaimed
    | LetterPutBack
    | LetterHandedOn
    | LetterAnswered
    | AnswerNotRight
    | InvitesAsked
    | BroadcastMoved
    | CollectionLinkMade
    | CollectionLinkMoved
    | PostAsked
    | WordSaid
    | ReleaseAsked
    | ReleaseMoved
)


def applied(roster: Roster, change: Change) -> Roster:
    """The team after a change."""
    return _APPLIED[type(change)](roster, change)


def _without(found: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in found.items() if name != key}


def _with_right(roster: Roster, right: Right) -> Roster:
    return replace(roster, rights={**roster.rights, right.id: right})


def _granted(roster: Roster, change: RightGranted) -> Roster:
    return replace(_with_right(roster, change.right), links=_without(roster.links, change.link))


def _named(roster: Roster, change: MemberNamed) -> Roster:
    for right in roster.rights.values():
        if right.member == change.member:
            roster = _with_right(roster, replace(right, name=change.name))
    return roster


def _agreed(roster: Roster, change: ReopeningAgreed) -> Roster:
    halt = roster.halts[change.halt]
    others = tuple(each for each in halt.agreed if each.member != change.agreement.member)
    return replace(roster, halts={**roster.halts, halt.id: replace(halt, agreed=(*others, change.agreement))})


def _with_letter(roster: Roster, letter: Letter) -> Roster:
    return replace(roster, letters={**roster.letters, letter.id: letter})


def _asked(roster: Roster, change: InvitesAsked) -> Roster:
    number = min(0, *roster.broadcasts, 0) - 1
    asked = Broadcast(
        id=number, collection=change.collection, state=BroadcastState.ASKED, audience=change.audience.as_json(),
        paragraphs={}, paid=False, any_hour=roster.rehearses_invites, planned_by=change.member, planned_at=change.at,
        starts_at=change.at, ended_at=None, why=None, fallen_out={}, recipients=0, delivered=0, unreachable=0,
        unknown=0, cancelled=0,
    )  # fmt: skip
    return replace(roster, broadcasts={**roster.broadcasts, number: asked})


def _moved(roster: Roster, change: BroadcastMoved) -> Roster:
    before = roster.broadcasts[change.broadcast]
    paragraphs = before.paragraphs if change.paragraphs is None else change.paragraphs
    ended = change.at if change.after is BroadcastState.CANCELLED else None
    after = replace(before, state=change.after, why=change.why, paragraphs=paragraphs, ended_at=ended)
    return replace(roster, broadcasts={**roster.broadcasts, change.broadcast: after})


def _release_moved(roster: Roster, change: ReleaseMoved) -> Roster:
    after = replace(roster.releases[change.order], state=change.after, also_by=change.also_by)
    return replace(roster, releases={**roster.releases, change.order: after})


def _with_collection_link(roster: Roster, link: CollectionLink) -> Roster:
    return replace(roster, collection_links={**roster.collection_links, link.id: link})


_APPLIED: Mapping[type[Change], Callable[[Roster, Any], Roster]] = MappingProxyType(
    {
        LinkMade: lambda r, c: replace(r, links={**r.links, c.link.id: c.link}),
        LinkCancelled: lambda r, c: replace(r, links=_without(r.links, c.link)),
        RightGranted: _granted,
        RightLimited: lambda r, c: _with_right(r, replace(r.rights[c.right], limits=c.limits)),
        TrainingNoted: lambda r, c: _with_right(r, replace(r.rights[c.right], training=c.training)),
        CodeAccepted: lambda r, c: _with_right(
            r, replace(r.rights[c.right], code_version=c.version, code_accepted_at=c.at)
        ),
        MemberNamed: _named,
        RightRevoked: lambda r, c: replace(r, rights=_without(r.rights, c.right)),
        Halted: lambda r, c: replace(r, halts={**r.halts, c.halt.id: c.halt}),
        ReopeningAgreed: _agreed,
        Reopened: lambda r, c: replace(r, halts=_without(r.halts, c.halt)),
        PauseLifted: lambda r, c: replace(r, pauses=_without(r.pauses, c.pause)),
        LetterWritten: lambda r, c: _with_letter(r, c.letter),
        LetterClaimed: lambda r, c: _with_letter(r, claimed(r.letters[c.letter], c.member, c.at)),
        LetterPutBack: lambda r, c: _with_letter(r, put_back(r.letters[c.letter])),
        LetterHandedOn: lambda r, c: _with_letter(r, replace(put_back(r.letters[c.letter]), for_owner=True)),
        LetterAnswered: lambda r, c: _with_letter(
            r, replace(put_back(r.letters[c.letter]), answer=c.words, answered_at=c.at, not_right=False)
        ),
        InvitesAsked: _asked,
        BroadcastMoved: _moved,
        CollectionLinkMade: lambda r, c: _with_collection_link(r, c.link),
        CollectionLinkMoved: lambda r, c: _with_collection_link(r, c.after),
        WordSaid: lambda r, _: r,
        ReleaseAsked: lambda r, c: replace(r, releases={**r.releases, c.order.id: c.order}),
        ReleaseMoved: _release_moved,
        PostAsked: lambda r, c: replace(r, posts={**r.posts, c.post.id: c.post}),
        AnswerNotRight: lambda r, c: _with_letter(r, replace(r.letters[c.letter], for_owner=True, not_right=True)),
    }
)
