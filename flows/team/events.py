"""What the team does in a chat, before it is known whether whoever did it is in the team.

For everybody else none of this exists: `as_anybody` is what it is to them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from flows.events import Event, Opened, RehearsalAsked, Sent


class TeamCommand(StrEnum):
    """What members of the team can ask for."""

    TEAM = "team"
    HALT = "halt"
    INBOX = "inbox"
    INVITE = "invite"
    PROGRESS = "progress"
    LINKS = "links"
    POST = "post"
    REVIEW = "review"
    RELEASE = "release"


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamAsked(Event):
    """A command of the team's was sent, perhaps with something behind it."""

    command: TeamCommand
    argument: str = field(default="", repr=False)
    message: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamLinkOpened(Event):
    """The chat was opened with what looks like a link of the team's."""

    secret: str = field(repr=False)


OfTheTeam = TeamAsked | TeamLinkOpened | RehearsalAsked


def as_anybody(event: OfTheTeam) -> Event:
    """The same for somebody who is not in the team: a command that nobody knows, or a plain /start."""
    if isinstance(event, TeamLinkOpened):
        return Opened(at=event.at, token=event.token, language_code=event.language_code)
    return Sent(at=event.at, token=event.token, language_code=event.language_code, message=event.message)
