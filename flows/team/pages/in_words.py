"""What the team's screens share: rights in words, lists with numbers, and what has just been done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from flows.contact.letter import ANSWER_LONGEST
from flows.invites import LONGEST_PARAGRAPH
from flows.language import place_name
from flows.links import NAME_LETTERS as LINK_NAME_LETTERS
from flows.listing import Part, part_of
from flows.posts import LANGUAGES_AT_MOST
from flows.screens import Block, Choice, quiet
from flows.session import Looking
from flows.sign_offs import REMARK_LETTERS, ROLE_LETTERS, last_day
from flows.team.board import Board
from flows.team.rights import NAME_LETTERS, Lack, Limits, Right, Role
from flows.team.visit import Visit
from flows.words import Day, Listed, Place, Raw, Text, Value, asked, say

NUMBERS_A_ROW = 4


def closed_words() -> Text:
    """Why nothing is posted where everything stands still."""
    return say("Nothing was posted: nobody can begin there just now, since it is halted or closed.")


def said_block(said: str, now: dt.datetime) -> Block:
    """What has just been done, or is asked for once more."""
    return quiet(_SAID[said](now))


_SAID: Mapping[str, Callable[[dt.datetime], Text]] = MappingProxyType(
    {
        "done": lambda _: say("✓ Done."),
        "buttons": lambda _: say("Please choose with the buttons here."),
        "granted": lambda _: say("✓ Welcome to the team."),
        "have_already": lambda _: say("You have that right already. The link stays good for somebody else."),
        "training_help": lambda now: say(
            "Please write a day that is not still to come, such as {day}, and then what it was.",
            day=Raw(now.date().isoformat()),
        ),
        "name_help": lambda _: say("Please write {count} letters at most.", count=NAME_LETTERS),
        "answer_help": lambda _: say("Please write {count} letters at most.", count=ANSWER_LONGEST),
        "paragraph_help": lambda _: say("Please write {count} letters at most.", count=LONGEST_PARAGRAPH),
        "plan_ended": lambda _: say("This could not be counted, or it has ended. Please begin anew."),
        "tried": lambda _: say("✓ It stands above, as people read it. Its buttons do nothing."),
        "pilot_changed": lambda _: say("Its pilot allows fewer people by now. Please count them anew."),
        "underpaid": lambda _: say(
            "It pays less than its floor for the time that it took people, so nobody is invited to it. {command} says "
            "what to pay.",
            command=Raw("surveybot check"),
        ),
        "link_name_help": lambda _: say("Please write {count} letters at most.", count=LINK_NAME_LETTERS),
        "link_made": lambda _: say("✓ The link is open from now on."),
        "no_place": lambda _: say(
            "That names no channel and no group. Write its @name, or its number, which begins with a minus."
        ),
        "post_languages": lambda _: say("At most {count} languages stand in one post.", count=LANGUAGES_AT_MOST),
        "file_sent": lambda _: say("✓ Done: the file is on its way."),
        "not_free": lambda _: say("It has been answered, or somebody else is answering it."),
        "picture": lambda _: say("✓ The picture is on its way."),
        "answered": lambda _: say("✓ Your answer is on its way."),
        "word_signed": lambda _: say("✓ Signed, in your name and for exactly what is shown now."),
        "word_refused": lambda _: say("✓ Refused. It is closed from now on."),
        "word_remarked": lambda _: say("✓ Your remark is noted."),
        "other_code": lambda _: say(
            "That is not the code of what is shown now. Please look at a new booklet: what changed is marked in it."
        ),
        "sign_day": lambda now: say(
            "Please write a day that is still to come, and not after {day}.", day=Day(last_day(now.date()))
        ),
        "no_role": lambda _: say("Please write behind the code what you are, in {count} letters.", count=ROLE_LETTERS),
        "no_words": lambda _: say("Please write {count} letters at most.", count=REMARK_LETTERS),
        "no_writer": lambda _: say("The collection's file does not say who wrote it, so nobody can sign it off yet."),
        "example": lambda _: say(
            "This collection is an example: nobody can sign it off before real names stand in it."
        ),
        "wrote_it": lambda _: say("Nobody signs what they wrote themselves. Somebody else has to."),
        "end": lambda _: say("The ethics committee's approval has ended, so nothing can be signed."),
        "halted": lambda _: say("✓ It stands still."),
        "not_there": lambda _: say("That is not among what you look after."),
        "agreed": lambda _: say("✓ You have agreed. It goes on once an owner and a reviewer have, two people."),
        "reopened": lambda _: say("✓ It goes on again."),
    }
)


def role_words(role: Role) -> Text:
    """A role's name."""
    return _ROLES[role]


_ROLES: Mapping[Role, Text] = MappingProxyType(
    {
        Role.OWNER: say("Owner"),
        Role.COORDINATOR: say("Coordinator"),
        Role.REVIEWER: say("Reviewer"),
        Role.STEWARD: say("Steward"),
    }
)


def limits_words(limits: Limits, board: Board, language: str) -> Text:
    if limits.are_none:
        return say("everywhere")
    titles: list[Value] = [title_of(name, board) for name in sorted(limits.collections)]
    places: list[Value] = [Place(each) for each in sorted(limits.regions, key=lambda t: place_name(t, language))]
    return Text("{what}", {"what": Listed((*titles, *places))})


def title_of(collection: str, board: Board) -> Value:
    found = board.shelf.collections.get(collection)
    return asked(found.id, found.title) if found is not None else Raw(collection)


def state_words(right: Right, now: dt.datetime) -> Text:
    lacks = right.lacks(now)
    if lacks:
        return Text("{what}", {"what": Listed(tuple(_LACKS[lack] for lack in lacks))})
    until = right.code_until if right.role is Role.COORDINATOR else None
    return say("in effect until {day}", day=Day(until.date())) if until is not None else say("in effect")


_LACKS: Mapping[Lack, Text] = MappingProxyType(
    {
        Lack.TRAINING: say("waits for an owner to note a training"),
        Lack.CODE: say("waits for the code of conduct"),
    }
)


def called(right: Right) -> Raw:
    return Raw(right.name or right.member[:8])


def back() -> tuple[Choice, ...]:
    return (Choice(say("‹ Back"), "back"),)


def numbered(verb: str, values: Sequence[str], first: int = 1) -> list[tuple[Choice, ...]]:
    """Buttons with numbers, for what stands numbered in the text."""
    choices = [Choice(Text("{number}", {"number": number}), verb, value) for number, value in enumerate(values, first)]
    return [tuple(choices[start : start + NUMBERS_A_ROW]) for start in range(0, len(choices), NUMBERS_A_ROW)]


def part_in(items: Sequence[str], visit: Visit) -> Part:
    return part_of(items, Looking(visit.turned, visit.found))


def page_words(part: Part) -> Text:
    return say("Page {number} of {count}.", number=part.number, count=part.pages)


def place_words(territory: str) -> Text:
    return Text("{place}", {"place": Place(territory)})


def ticked_words(label: Text, ticked: bool) -> Text:
    return Text("☑ {label}" if ticked else "☐ {label}", {"label": label})
