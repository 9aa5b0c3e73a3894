"""What a contributor sees of writing to a human: pure, over an unchanged session, as a member's visit is.

Whatever is typed on an open sheet is a letter; any command of a contributor's ends it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from flows.consent import after
from flows.contact.letter import LONGEST, MOST_WAITING, Letter, clean
from flows.effects import DeleteMessage, Effect, NewCard
from flows.events import Event, Sent, Tapped, Typed
from flows.moves.coming_due import JUST_NOW
from flows.parts import Part, goes_on, part_from_json, part_of, part_to_json
from flows.screens import Block, Choice, Screen, body, quiet, title
from flows.team.deciding import new_id
from flows.team.roster import AnswerNotRight, Change, LetterWritten
from flows.words import Raw, Span, Text, letters, say, say_count

MOST_UNKEPT = 20
"""So many messages that were not taken are known to go: more of them go with *Clean this chat*."""

READ_WITHIN = dt.timedelta(days=7)
"""So long after it came, and after somebody's last word, an answer to them counts as one that they have not read."""

BEFORE_CONSENT = "P3D"
"""Nothing of whoever has not agreed to anything is kept for longer (`flows.moves.coming_due.SILENCE`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactAsked(Event):
    """/contact was sent."""

    message: int | None = None
    """Its number, where something was written behind it: that is no letter, and stands there to be written anew."""


class Sheet(StrEnum):
    """What lies in front of the contributor."""

    WRITE = "write"
    SENT = "sent"
    ANSWER = "answer"
    NOT_RIGHT = "not_right"


@dataclass(frozen=True, slots=True)
class Correspondence:
    """How far somebody is in writing to a human, or reading what came back."""

    language: str
    step: int
    sheet: Sheet = Sheet.WRITE
    complaint: bool = False
    about: str = ""
    """The letter that was answered."""
    answer: str = field(default="", repr=False)
    came_at: dt.datetime | None = None
    """When it came (UTC)."""
    said: str | None = None
    over: bool = False
    unkept: tuple[int, ...] = ()
    """Messages that were not taken: they stand there to be written anew."""
    part: Part | None = None
    """The newest of them, where the rest of the same text may follow."""


@dataclass(frozen=True, slots=True)
class Writer:
    """What is known of whoever writes; none of it but collection, place and language is shown to anybody."""

    sender: bytes = field(repr=False)
    chat: bytes = field(repr=False)
    collection: str
    territory: str
    keeps: str
    """How long a letter is kept, as the collection says (ISO 8601)."""
    waiting: int
    """How many of theirs wait for an answer."""


@dataclass(frozen=True, slots=True)
class CorrespondenceStep:
    """What came of an event."""

    correspondence: Correspondence
    changes: tuple[Change, ...] = ()
    effects: tuple[Effect, ...] = ()


def asks_for_text(current: Correspondence) -> bool:
    """Whether what stands in front asks for a letter. An answer came by itself, so it does not."""
    return current.sheet is Sheet.WRITE


def is_left_lying(current: Correspondence, heard_at: dt.datetime | None, now: dt.datetime) -> bool:
    """Whether somebody has gone away over it, last heard of then. An answer may be one that they have not read yet."""
    if heard_at is None:
        return False
    if current.sheet is Sheet.ANSWER:
        return now - max(heard_at, current.came_at or heard_at) >= READ_WITHIN
    return now - heard_at >= JUST_NOW


def may_be_followed(current: Correspondence, heard_at: dt.datetime | None, now: dt.datetime) -> bool:
    """Whether an answer may take its place. One that nobody has pressed anything on stays, since it is shown once; so
    does a sheet on which somebody is writing.
    """
    if current.sheet is Sheet.ANSWER:
        return False
    return current.sheet is not Sheet.WRITE or is_left_lying(current, heard_at, now)


def put_away(current: Correspondence) -> tuple[Effect, ...]:
    """What was not taken goes from the chat once no letter comes of it any more."""
    return tuple(DeleteMessage(message) for message in current.unkept)


def begin(language: str, event: Event) -> CorrespondenceStep:
    """An empty sheet."""
    first = int.from_bytes(event.token[4:8], "big") + 1
    return CorrespondenceStep(Correspondence(language, first, unkept=_behind(event)), effects=(NewCard(),))


def _behind(event: Event) -> tuple[int, ...]:
    """The message of /contact, where words stand behind it."""
    return (event.message,) if isinstance(event, ContactAsked) and event.message is not None else ()


def answered(language: str, token: bytes, letter: Letter, now: dt.datetime) -> CorrespondenceStep:
    """An answer has come."""
    first = int.from_bytes(token[4:8], "big") + 1
    shown = Correspondence(language, first, Sheet.ANSWER, about=letter.id, answer=letter.answer, came_at=now)
    return CorrespondenceStep(shown, effects=(NewCard(),))


def step(before: Correspondence, event: Event, writer: Writer) -> CorrespondenceStep:
    """What follows from an event. Pure: same correspondence, event and writer, same step."""
    current = replace(before, said=None)
    if isinstance(event, ContactAsked):
        unkept = (*before.unkept, *_behind(event))[-MOST_UNKEPT:]
        return CorrespondenceStep(_turned(before, Sheet.WRITE, unkept=unkept), effects=(NewCard(),))
    if isinstance(event, Typed | Sent) and current.sheet is Sheet.ANSWER:
        return _meant_for_whom(current, event)
    if isinstance(event, Typed):
        return _written(current, event, writer)
    if isinstance(event, Sent):
        return CorrespondenceStep(replace(current, said="as_text", unkept=_and(current, event)), effects=(NewCard(),))
    if isinstance(event, Tapped):
        return _tapped(current, event, writer)
    return CorrespondenceStep(current)


def _turned(before: Correspondence, sheet: Sheet, **changes: Any) -> Correspondence:  # noqa: ANN401  # fields
    return replace(Correspondence(before.language, before.step + 1, sheet), **changes)


def _written(current: Correspondence, event: Typed, writer: Writer) -> CorrespondenceStep:
    """A letter; its message goes from the chat, as own words do, and what was not taken before it."""
    words = clean(event.text)
    length = letters(words) + goes_on(current.part, event.at)
    if not words:
        return _not_taken(current, event, length, "as_text")
    if length > LONGEST:
        return _not_taken(current, event, length, f"too_long:{length}")
    if writer.waiting >= MOST_WAITING:
        return _not_taken(current, event, length, "wait")
    letter = Letter(
        id=new_id("c", event.token),
        sender=writer.sender,
        collection=writer.collection,
        territory=writer.territory,
        at=event.at,
        keep_until=after(event.at, writer.keeps),
        for_owner=current.complaint,
        words=words,
        language=current.language,
        chat=writer.chat,
    )
    gone = (DeleteMessage(event.message), *put_away(current), NewCard())
    return CorrespondenceStep(_turned(current, Sheet.SENT), (LetterWritten(letter),), gone)


def _meant_for_whom(current: Correspondence, event: Typed | Sent) -> CorrespondenceStep:
    """Somebody writes over an answer: it may be meant for what lay in front before, as own words are."""
    return CorrespondenceStep(replace(current, said="press_first", unkept=_and(current, event)), effects=(NewCard(),))


def _not_taken(current: Correspondence, event: Typed, length: int, why: str) -> CorrespondenceStep:
    """It stands there to be written anew."""
    part = part_of(event.text, length, event.at)
    shown = replace(current, said=why, unkept=_and(current, event), part=part)
    return CorrespondenceStep(shown, effects=(NewCard(),))


def _and(current: Correspondence, event: Typed | Sent) -> tuple[int, ...]:
    """What was not taken, with one message more."""
    return (*current.unkept, event.message)[-MOST_UNKEPT:] if event.message else current.unkept


def _tapped(current: Correspondence, event: Tapped, writer: Writer) -> CorrespondenceStep:
    """A tap on the open card; any other only shows what is open."""
    screen = correspondence_screen(current, writer.keeps)
    fits = event.step == current.step and event.layout == screen.layout
    if not fits or not 0 <= event.choice < len(screen.choices):
        return CorrespondenceStep(current)
    verb = screen.choices[event.choice].verb
    if verb == "complaint":
        return CorrespondenceStep(replace(current, complaint=bool(event.on)))
    if verb == "write":
        return CorrespondenceStep(_turned(current, Sheet.WRITE, unkept=current.unkept))
    if verb == "not_right":
        return CorrespondenceStep(
            _turned(current, Sheet.NOT_RIGHT, unkept=current.unkept), (AnswerNotRight(current.about),)
        )
    return CorrespondenceStep(replace(current, over=True), effects=put_away(current))


# --- screens ---------------------------------------------------------------------------------------------------------


def correspondence_screen(current: Correspondence, keeps: str, support: tuple[Block, ...] = ()) -> Screen:
    """The card; it can be derived again at any time. Below an answer stands `support`: somebody to talk to."""
    screen = _SHEETS[current.sheet](current, keeps)
    if current.sheet is Sheet.ANSWER:
        screen = replace(screen, blocks=(*screen.blocks, *support))
    if current.said is None:
        return screen
    return replace(screen, blocks=(quiet(_said(current.said)), *screen.blocks))


def _said(said: str) -> Text:
    name, _, number = said.partition(":")
    if name == "too_long":
        return say_count(
            "That was {count} letter. Please send it again as a new message, a little shorter.",
            "That was {count} letters. Please send it again as a new message, a little shorter.",
            int(number),
        )
    if name == "wait":
        return say("Several of your messages wait for an answer already. Please give it a little time.")
    if name == "press_first":
        return say("To answer this, please press “Write back” and send it again.")
    return say("Please write it as a text.")


def _close() -> tuple[Choice, ...]:
    return (Choice(say("‹ Back"), "close"),)


def _write(current: Correspondence, keeps: str) -> Screen:
    blocks = (
        title(say("Write to a human")),
        body(
            say(
                "Write what you want to say, in one message. The people behind this read it and answer here. They see "
                "neither your name nor your chat."
            )
        ),
        body(say("It is sealed, kept for {time} at most, and goes when you leave.", time=Span(keeps))),
    )
    complaint = {"label": say("A complaint, for an owner only")}
    label = Text("☑ {label}" if current.complaint else "☐ {label}", complaint)
    return Screen("contact", blocks, ((Choice(label, "complaint", ticked=current.complaint),), _close()))


def _sent(_current: Correspondence, _keeps: str) -> Screen:
    return Screen("contact-sent", (body(say("✓ It is on its way. The answer comes here.")),), (_close(),))


def _answer(current: Correspondence, _keeps: str) -> Screen:
    blocks = (title(say("An answer to what you wrote")), body(Text("{words}", {"words": Raw(current.answer)})))
    rows = (
        (Choice(say("Write back"), "write"),),
        (Choice(say("This was not right"), "not_right"),),
        _close(),
    )
    return Screen("contact-answer", blocks, rows, discreet=True)


def _not_right(_current: Correspondence, _keeps: str) -> Screen:
    words = say("✓ Thank you for saying so. Only an owner reads that.")
    return Screen("contact-not-right", (body(words),), ((Choice(say("Write back"), "write"),), _close()))


_SHEETS = {Sheet.WRITE: _write, Sheet.SENT: _sent, Sheet.ANSWER: _answer, Sheet.NOT_RIGHT: _not_right}


# --- kept between two events -----------------------------------------------------------------------------------------


def correspondence_to_json(current: Correspondence) -> dict[str, Any]:
    """A correspondence as JSON values."""
    return {
        "language": current.language,
        "step": current.step,
        "sheet": current.sheet.value,
        "complaint": current.complaint,
        "about": current.about,
        "answer": current.answer,
        "came_at": current.came_at.isoformat() if current.came_at is not None else None,
        "said": current.said,
        "unkept": current.unkept,
        "part": part_to_json(current.part),
    }


def correspondence_from_json(data: Mapping[str, Any]) -> Correspondence:
    """The correspondence that `correspondence_to_json` wrote."""
    return Correspondence(
        language=data["language"],
        step=data["step"],
        sheet=Sheet(data["sheet"]),
        complaint=data["complaint"],
        about=data["about"],
        answer=data["answer"],
        came_at=dt.datetime.fromisoformat(data["came_at"]) if data.get("came_at") else None,
        said=data["said"],
        # An earlier version kept each with how many letters it had.
        unkept=tuple(each if isinstance(each, int) else each[0] for each in data.get("unkept", ())),
        part=part_from_json(data.get("part")),
    )
