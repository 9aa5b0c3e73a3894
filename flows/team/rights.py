"""Who may do what: roles, limits, what a coordinator's right waits for, and where somebody stands in the team."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum

from flows.consent import after
from flows.halts import Scope
from flows.team.code import CODE_VERSION

CODE_HOLDS = "P12M"
"""How long an accepted code of conduct holds; then it is asked for again."""

NAME_LETTERS = 40
"""As long as what a member wants to be called may be."""


class Role(StrEnum):
    """What somebody is in the team. Owners are named in settings; the other three are granted by links."""

    OWNER = "owner"
    COORDINATOR = "coordinator"
    REVIEWER = "reviewer"
    STEWARD = "steward"


GRANTED = (Role.COORDINATOR, Role.REVIEWER, Role.STEWARD)
"""Roles that a link can grant."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a coordinator looks after; an empty set stands for everything."""

    collections: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()

    @property
    def are_none(self) -> bool:
        """Whether nothing is left out."""
        return not self.collections and not self.regions

    def allow(self, scope: Scope) -> bool:
        """Whether all of a scope is within them."""
        return _within(scope.collection, self.collections) and _within(scope.territory, self.regions)


def _within(asked: str | None, allowed: frozenset[str]) -> bool:
    return not allowed or asked in allowed


NO_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Training:
    """What a coordinator was trained in, and on which day. An owner writes it down."""

    on: dt.date
    what: str = field(repr=False)


class Lack(StrEnum):
    """What a right waits for."""

    TRAINING = "training"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Right:
    """One role of one member. `member` is a pseudonym that lasts; no chat id is in here."""

    id: str
    member: str
    role: Role
    granted_at: dt.datetime
    granted_by: str
    limits: Limits = NO_LIMITS
    name: str = field(default="", repr=False)
    """What the member wants to be called in the team; their own words."""
    training: Training | None = field(default=None, repr=False)
    code_version: int = 0
    code_accepted_at: dt.datetime | None = None
    chat_id: int = field(default=0, repr=False)
    """Where its holder is told that something waits for them; sealed with the name. 0: not known yet."""
    language: str = ""

    @property
    def code_until(self) -> dt.datetime | None:
        """When the accepted code of conduct ends; None where none, or an earlier text, was accepted."""
        if self.code_accepted_at is None or self.code_version != CODE_VERSION:
            return None
        return after(self.code_accepted_at, CODE_HOLDS)

    def lacks(self, now: dt.datetime) -> tuple[Lack, ...]:
        """What is missing before the right takes effect: only a coordinator's waits for anything."""
        if self.role is not Role.COORDINATOR:
            return ()
        until = self.code_until
        missing = {Lack.TRAINING: self.training is None, Lack.CODE: until is None or until <= now}
        return tuple(lack for lack, is_missing in missing.items() if is_missing)

    def is_in_effect(self, now: dt.datetime) -> bool:
        """Whether it can be used now."""
        return not self.lacks(now)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where somebody stands in the team."""

    member: str
    is_owner: bool = False
    rights: tuple[Right, ...] = ()

    @property
    def is_somebody(self) -> bool:
        """Whether there is anything in the team for them; for everybody else there is no team."""
        return self.is_owner or bool(self.rights)

    def right(self, role: Role) -> Right | None:
        """Their right of a role, in effect or not."""
        return next((right for right in self.rights if right.role is role), None)

    def acts_as(self, role: Role, now: dt.datetime) -> bool:
        """Whether they may act in a role now."""
        right = self.right(role)
        return self.is_owner if role is Role.OWNER else right is not None and right.is_in_effect(now)

    def roles(self, now: dt.datetime) -> tuple[Role, ...]:
        """Every role that they may act in now."""
        return tuple(role for role in Role if self.acts_as(role, now))

    def may_rehearse(self, now: dt.datetime) -> bool:
        """Owners, coordinators and reviewers may."""
        return any(self.acts_as(role, now) for role in (Role.OWNER, Role.COORDINATOR, Role.REVIEWER))

    def halts_without_limits(self, now: dt.datetime) -> bool:
        """Owners and reviewers halt anything."""
        return self.acts_as(Role.OWNER, now) or self.acts_as(Role.REVIEWER, now)

    def may_halt(self, scope: Scope, now: dt.datetime) -> bool:
        """Any one owner or reviewer; a coordinator within limits."""
        if self.halts_without_limits(now):
            return True
        right = self.right(Role.COORDINATOR)
        return right is not None and right.is_in_effect(now) and right.limits.allow(scope)

    def may_halt_something(self, now: dt.datetime) -> bool:
        """Whether halting is theirs at all."""
        return self.halts_without_limits(now) or self.acts_as(Role.COORDINATOR, now)

    def may_answer(self, now: dt.datetime) -> bool:
        """Owners and coordinators answer what contributors write."""
        return self.acts_as(Role.OWNER, now) or self.acts_as(Role.COORDINATOR, now)

    def may_review(self, now: dt.datetime) -> bool:
        """Reviewers sign off, refuse and remark."""
        return self.acts_as(Role.REVIEWER, now)

    def may_invite(self, now: dt.datetime) -> bool:
        """Owners and coordinators invite people."""
        return self.acts_as(Role.OWNER, now) or self.acts_as(Role.COORDINATOR, now)

    def may_watch(self, now: dt.datetime) -> bool:
        """Owners and coordinators see how it goes, within what they may invite to (`inviting_limits`)."""
        return self.may_invite(now)

    def inviting_limits(self, now: dt.datetime) -> Limits:
        """Whom they may invite at most."""
        right = self.right(Role.COORDINATOR)
        return NO_LIMITS if self.acts_as(Role.OWNER, now) or right is None else right.limits

    def may_reopen(self, now: dt.datetime) -> bool:
        """Owners and reviewers agree to reopening."""
        return self.halts_without_limits(now)

    def halting_limits(self, now: dt.datetime) -> Limits:
        """What they may halt at most."""
        right = self.right(Role.COORDINATOR)
        return NO_LIMITS if self.halts_without_limits(now) or right is None else right.limits

    def halting_role(self, now: dt.datetime) -> Role:
        """In which role they halt."""
        return next((role for role in self.roles(now) if role is not Role.STEWARD), Role.COORDINATOR)


NOBODY = Standing("")
COMMAND_LINE = Standing("command line", is_owner=True)
"""Whoever runs commands on the machine holds data and keys: they act as an owner does."""
