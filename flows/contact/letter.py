"""A letter from a contributor to the people who run a collection, and what may become of it.

It carries no name and no chat: those who answer know the collection, the region and the language. What was written is
sealed under a key of the letter's own.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace

from flows.halts import Scope
from flows.questions import clean_own_words
from flows.team.rights import Role, Standing

LONGEST = 2000
"""Letters that one may have, as Telegram counts: with an answer as long, both fit into one message (4096)."""

ANSWER_LONGEST = 1500
"""The same of an answer."""

MOST_WAITING = 5
"""So many of one person's may wait for an answer; then they are asked to wait, too."""

CLAIM_HOLDS = dt.timedelta(minutes=30)
"""How long a letter is somebody's to answer before others may."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What a contributor wrote. Times are UTC."""

    id: str
    sender: bytes = field(repr=False)
    """A keyed hash of the chat that nothing else is looked up by: whose letters go when they leave."""
    collection: str
    territory: str
    """Both empty where nothing had been chosen yet."""
    at: dt.datetime
    keep_until: dt.datetime
    for_owner: bool = False
    """A complaint, or an answer that was not right: only an owner reads it."""
    not_right: bool = False
    claimed_by: str = ""
    claimed_until: dt.datetime | None = None
    answered_at: dt.datetime | None = None
    words: str = field(default="", repr=False)
    """Empty where it was not opened."""
    answer: str = field(default="", repr=False)
    language: str = ""
    chat: bytes = field(default=b"", repr=False)
    """Where the answer goes; sealed with the words."""

    @property
    def waits(self) -> bool:
        """Whether somebody is to answer it still."""
        return self.answered_at is None or self.not_right

    def is_free_for(self, member: str, now: dt.datetime) -> bool:
        """Whether nobody else is answering it."""
        until = self.claimed_until
        return self.claimed_by in {"", member} or until is None or until <= now

    def is_for(self, me: Standing, now: dt.datetime) -> bool:
        """Whether it stands in somebody's inbox: an owner's, or a coordinator's within limits if it is no complaint."""
        if not self.waits:
            return False
        if me.is_owner:
            return True
        right = me.right(Role.COORDINATOR)
        if right is None or self.for_owner or not right.is_in_effect(now):
            return False
        return right.limits.allow(Scope(self.collection or None, self.territory or None))


def clean(text: str) -> str:
    """What somebody typed, as others read it: line by line without what turns a line around."""
    return "\n".join(clean_own_words(line) for line in text.strip().splitlines())


def claimed(letter: Letter, member: str, now: dt.datetime) -> Letter:
    """Somebody's to answer, for a while."""
    return replace(letter, claimed_by=member, claimed_until=now + CLAIM_HOLDS)


def put_back(letter: Letter) -> Letter:
    """Anybody's to answer."""
    return replace(letter, claimed_by="", claimed_until=None)
