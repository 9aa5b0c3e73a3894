"""Every screen of a collection in one region, found by exploring: for the gallery, the rehearsal's page and tests.

Everything is pressed, asked for, written and waited for, and the world is let change around somebody, breadth first;
from a screen that looks as none did before, exploring goes on. Nothing is listed by hand: what the engine can show is
found.
"""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Collection as Several
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from flows.collection import Collection
from flows.events import Command, InviteAnswer
from flows.language import FALLBACK
from flows.moves.answering import awaits_text
from flows.on_record import PayState
from flows.questions import Status
from flows.regions import asks_no_more
from flows.renewal import asks_again_at, between_consents
from flows.screen_words import spoken_by, texts_on
from flows.screens import Screen
from flows.session import Aside, Passage, Session, Stage
from flows.shelf import Shelf
from flows.walk import (
    ANYWHERE_ELSE,
    AS_EXPLAINED,
    THIS_LANGUAGE,
    Act,
    AnswerInvite,
    Ask,
    GetReminded,
    Meanwhile,
    Open,
    OpenLink,
    Pays,
    Press,
    SendPicture,
    Station,
    Vouch,
    Wait,
    Worlds,
    Write,
    go,
    meaning,
)
from flows.worlds import (
    APPROVED,
    CHANGED,
    CLOSED,
    EVERYWHERE,
    FULL,
    LEFT,
    MANY,
    OPENED,
    OTHER_PLACE,
    OTHER_ZONE,
    PAID,
    PAUSED,
    READ_ALOUD,
    RESTING,
    SECOND,
)

ORIGINAL = FALLBACK
"""Every text is written in this language first, and exploring is done in it."""

PARTICIPANT = "a1b2c3d4e5"

OWN_WORDS = "✎ ✎ ✎"
"""Own words of no language."""

TOO_LONG = "✎" * 1001
"""More than any question takes."""

OTHER_CODE = "0000-0000"

NUMBER_WRITTEN = "000000"
"""A number of nobody's."""

_OF_ONE_KIND = frozenset({MANY, FULL, PAUSED, LEFT, EVERYWHERE, APPROVED, READ_ALOUD, OTHER_ZONE, *PAID})
"""Worlds that are there for one thing; all else is met in the others."""

_NOT_HERE = "Antarctica"
"""A place that is open nowhere; English names are understood in every language."""

IDLE = dt.timedelta(minutes=4)
"""Longer than sensitive ticks stay open."""

YEARS = dt.timedelta(days=4000)
"""Longer than any consent lasts."""


@dataclass(frozen=True, slots=True)
class Found:
    """A screen, and what was done on which earlier one to come by it."""

    act: Act
    before: int | None
    station: Station

    @property
    def screens(self) -> tuple[Screen, ...]:
        """What came with it, and the screen."""
        return (*self.station.beside, self.station.screen)


Way = tuple[Found, ...]


def explore(worlds: Worlds, collection: str, territory: str, now: dt.datetime) -> Way:
    """Every screen that is unlike the ones before it.

    Of several that only say other things, which were all said before, the first shows what else can happen there.
    """
    found: list[Found] = []
    met: set[object] = set()
    kinds: set[object] = set()
    said: set[tuple[str, str]] = set()
    waiting: deque[tuple[int | None, Act]] = deque((None, act) for act in _openings(collection))
    while waiting:
        before, act = waiting.popleft()
        station = _gone(worlds, found[before].station if before is not None else None, act, ORIGINAL, now, collection)
        if station is None or (likeness := (_leads(station), _messages(station))) in met:
            continue
        kind, words = (_leads(station), _holds(station.session.passage)), set(_words(station))
        is_known = kind in kinds and words <= said
        met.add(likeness)
        kinds.add(kind)
        said |= words
        waiting.extend((len(found), each) for each in _acts(worlds, station, collection, territory, is_known=is_known))
        found.append(Found(act, before, station))
    return tuple(found)


def _openings(collection: str) -> tuple[Act, ...]:
    return (Open(collection), Open(collection, PARTICIPANT), Open(""), *map(OpenLink, (OPENED, RESTING, CLOSED)))


def _gone(
    worlds: Worlds, station: Station | None, act: Act, language: str, now: dt.datetime, collection: str
) -> Station | None:
    """Where an act leads, with the second collection speaking as the first."""
    there = go(worlds, station, act, language, now)
    if there is None:
        return None
    beside = tuple(spoken_by(collection, screen) for screen in there.beside)
    return replace(there, screen=spoken_by(collection, there.screen), beside=beside)


def _acts(worlds: Worlds, station: Station, collection: str, territory: str, *, is_known: bool) -> Iterator[Act]:
    """Everything that can be done here, and, where no screen of its kind was met before, everything that may happen."""
    shelf = worlds[station.world]
    if station.world in _OF_ONE_KIND:
        yield from _acts_of_one_kind(station, shelf, territory)
        return
    yield from _presses(station, shelf, territory)
    if station.session.aside is Aside.PLACES:
        yield from (Meanwhile(EVERYWHERE), Meanwhile(OTHER_ZONE))
    if not (is_known or _reads_cards_again(station.session) or _lies_over_a_stage(station.session)):
        # What else can happen there happens the same way on the stage beneath, or happened before the first consent.
        yield from _whatever_happens(worlds, station, collection, territory)


def _presses(station: Station, shelf: Shelf, territory: str) -> Iterator[Act]:
    """Every button that leads on here."""
    read_before = _reads_cards_again(station.session)
    for choice in station.screen.choices:
        value = meaning(choice, station, shelf)
        if read_before and (choice.verb, value) not in _READING_ON:
            continue
        if not _leads_elsewhere(choice.verb, value, territory):
            yield Press(choice.verb, value, None if choice.ticked is None else not choice.ticked, choice.label)


def _whatever_happens(worlds: Worlds, station: Station, collection: str, territory: str) -> Iterator[Act]:
    """Commands, texts, time, and what others do."""
    yield from (Ask(command) for command in Command)
    yield from (Write(words) for words in (OWN_WORDS, TOO_LONG, OTHER_CODE, None))
    yield SendPicture()
    yield from (Wait(time) for time in (IDLE, *_almost_over(station), YEARS))
    few = [CHANGED] if len(station.session.consents) != 1 else []
    elsewhere = {station.world, *_OF_ONE_KIND, *few}
    yield from (Meanwhile(world) for world in worlds if world not in elsewhere)
    if _decides(station.session):
        yield from (Meanwhile(world) for world in (FULL, PAUSED, APPROVED))
    if _is_thanked(station.session):  # an invite is answered in the same way wherever it comes
        yield Meanwhile(LEFT)
        yield from (AnswerInvite(answer) for answer in InviteAnswer)
        yield from (Meanwhile(world) for world in PAID)
    if _is_half_way(station.session):
        yield GetReminded()
    if _in_a_list(station.session):
        yield from (Write(words) for words in (territory, ORIGINAL, _NOT_HERE))
        yield Meanwhile(MANY)
    if _says_where(station.session):
        yield from (Meanwhile(OTHER_ZONE), Meanwhile(READ_ALOUD))
    yield from (Open(each) for each in (collection, SECOND) if each != station.session.current)


def _acts_of_one_kind(station: Station, shelf: Shelf, territory: str) -> Iterator[Act]:
    """What a world is there for; all else is met elsewhere."""
    if station.world == MANY:
        yield from _acts_in_a_list(station)
    elif station.world == EVERYWHERE:
        yield from _acts_of_moving(station, shelf, territory)
    elif station.world in PAID:
        yield from _acts_of_being_paid(station)
    elif station.world == APPROVED:
        yield from _acts_of_reading_on(station, shelf)
    elif station.world == READ_ALOUD:
        yield from _acts_of_listening(station, territory)
    elif station.world == OTHER_ZONE:
        yield from _acts_of_living_there(station)


def _acts_of_living_there(station: Station) -> Iterator[Act]:
    """To the place that another installation serves; all else is met where none does."""
    for choice in station.screen.choices:
        if choice.verb in {"live_in", "choose_place"} and choice.value == OTHER_PLACE:
            yield Press(choice.verb, choice.value, label=choice.label)


def _acts_of_listening(station: Station, territory: str) -> Iterator[Act]:
    """To the first card, and hearing it; all else is met where cards are read."""
    for choice in station.screen.choices:
        if choice.verb == "listen" or (choice.verb, choice.value) == ("live_in", territory):
            yield Press(choice.verb, choice.value, label=choice.label)


def _acts_of_reading_on(station: Station, shelf: Shelf) -> Iterator[Act]:
    """From the first card to the last; all else is met where no committee is named."""
    for choice in station.screen.choices:
        value = meaning(choice, station, shelf)
        if choice.verb != "back" and (choice.verb, value) in _READING_ON:
            yield Press(choice.verb, value, label=choice.label)


_READING_ON = frozenset({("next", ""), ("card_answer", AS_EXPLAINED), ("back", "")})


def _reads_cards_again(session: Session) -> bool:
    """Whether the cards are read between two consents: what else they can show was met before the first."""
    passage = session.passage
    between = passage is not None and between_consents(passage) and passage.stage is Stage.CARDS
    return between and session.aside is None


def _almost_over(station: Station) -> Iterator[dt.timedelta]:
    """How long until the only consent is asked for again."""
    passage = station.session.passage
    if len(station.session.consents) != 1 or passage is None:
        return
    if passage.consented is not None and asks_again_at(passage.consented) > station.now:
        yield asks_again_at(passage.consented) - station.now


_ABOUT_PAY = frozenset(
    {
        "open_pay",
        "choose_way",
        "close",
        "open_mydata",
        "open_leave",
        "stop_messages",
        "open_take_back",
        "take_back_all",
    }
)


def _decides(session: Session) -> bool:
    """Whether somebody is about to agree, and to nothing else before."""
    passage = session.passage
    alone = session.aside is None and not session.consents
    return alone and passage is not None and passage.stage is Stage.DECIDE


def _is_half_way(session: Session) -> bool:
    passage = session.passage
    half_way = passage is not None and passage.stage in {Stage.QUESTION, Stage.REVIEW} and passage.submitted_at is None
    return half_way and session.aside is None and len(session.consents) == 1


def _is_thanked(session: Session) -> bool:
    passage = session.passage
    alone = len(session.consents) == 1 and session.aside is None
    return alone and passage is not None and passage.stage is Stage.THANKS


def _acts_of_being_paid(station: Station) -> Iterator[Act]:
    """Looking at pay, being paid, and leaving with some still owed; all else is met where a person pays."""
    for choice in station.screen.choices:
        if choice.verb in _ABOUT_PAY:
            yield Press(choice.verb, choice.value, label=choice.label)
    if station.session.aside is Aside.PAY:
        yield from (Pays(state) for state in PayState)
    if station.session.paying is not None:
        yield from (Write(words) for words in (NUMBER_WRITTEN, OWN_WORDS))


def _acts_of_moving(station: Station, shelf: Shelf, territory: str) -> Iterator[Act]:
    """To one place where no more is asked and to one where somebody is asked first, and what stands there."""
    passage = station.session.passage
    if passage is None or station.session.aside not in {Aside.PLACES, Aside.MOVING, None}:
        return
    if passage.moving_code is not None:
        yield Vouch()
    wanted = set(_places_to_try(shelf.collections[passage.collection], territory))
    for choice in station.screen.choices:
        leads_on = choice.verb in {"move", "other_place", "look_for_word", "leave_as_it_was"}
        if leads_on or (choice.verb == "choose_place" and choice.value in wanted):
            yield Press(choice.verb, choice.value, label=choice.label)


def _places_to_try(collection: Collection, territory: str) -> Iterator[str]:
    here = collection.region(territory)
    elsewhere = [region for region in collection.regions if region.territory != territory]
    for freely in (True, False):
        alike = (region for region in elsewhere if here is not None and asks_no_more(here, region) is freely)
        yield from (region.territory for region in islice(alike, 1))


def _in_a_list(session: Session) -> bool:
    if session.aside is not None:
        return session.aside in {Aside.COLLECTIONS, Aside.LANGUAGE, Aside.PLACES}
    return _says_where(session)


def _says_where(session: Session) -> bool:
    """Whether somebody is asked where they live."""
    return session.aside is None and session.passage is not None and session.passage.stage is Stage.PLACE


def _acts_in_a_list(station: Station) -> Iterator[Act]:
    """What only a long list takes; all else is met where lists are short."""
    for choice in station.screen.choices:
        if choice.verb in {"turn_page", "show_all"}:
            yield Press(choice.verb, choice.value, label=choice.label)
    yield Write(OWN_WORDS)


def _lies_over_a_stage(session: Session) -> bool:
    """Whether there is an aside with a stage beneath, and nothing to be written."""
    over = session.passage is not None and session.aside is not None
    if session.aside is Aside.TRAVELLING:  # a list of its own, with everything else met in others
        return True
    return over and not awaits_text(session) and not _in_a_list(session)


def _leads_elsewhere(verb: str, value: str, territory: str) -> bool:
    """Whether a press leads to another language or place: each has a walk of its own."""
    if verb == "choose_place":
        return True
    if verb == "travel_to":
        return value != ANYWHERE_ELSE
    return (verb == "speak" and value != THIS_LANGUAGE) or (verb == "live_in" and value != territory)


def _leads(station: Station) -> tuple[object, ...]:
    """What tells where a screen can lead, whatever it says."""
    session, passage = station.session, station.session.passage
    stage = passage.stage if passage is not None and session.aside in {None, Aside.CODE} else None
    return (
        station.screen.name,
        station.world if station.world in {EVERYWHERE, APPROVED, READ_ALOUD, OTHER_ZONE, *PAID} else None,
        stage,
        passage is not None and between_consents(passage),
        passage is not None and passage.submitted_at is not None,
        passage is not None and bool(passage.earlier),
        passage is not None and passage.link is not None and stage is Stage.PLACE,
        sum(passage.decisions.values()) if passage is not None and stage is Stage.DECIDE else 0,
        passage.code_tries if passage is not None and session.aside is Aside.CODE else 0,
        # In own words: they are read back in the review, some questions later.
        stage in {Stage.QUESTION, Stage.REVIEW} and passage is not None and _has_own_words(passage),
        # Why somebody is invited is said by what they have agreed to.
        _agreed(passage) if passage is not None and _may_take_back(session, passage) else None,
        len(session.consents),
        all(all(each.consented.decisions.values()) for each in session.consents if each.consented is not None),
    )


def _holds(passage: Passage | None) -> tuple[bool, ...]:
    """What of a passage is said elsewhere, by commands that can be sent and invites that come on any screen."""
    if passage is None:
        return ()
    answered = any(answer.status is Status.ANSWERED for answer in passage.answers.values())
    return (answered, bool(passage.retired), passage.exactly)


def _may_take_back(session: Session, passage: Passage) -> bool:
    first = len(session.consents) == 1 and not passage.earlier
    return first and passage.stage is Stage.THANKS and session.aside in {None, Aside.TAKE_BACK, Aside.LEFT}


def _agreed(passage: Passage) -> frozenset[str]:
    decisions = passage.consented.decisions if passage.consented is not None else {}
    return frozenset(name for name, yes in decisions.items() if yes)


def _messages(station: Station) -> frozenset[str]:
    """What a screen says of the bot's own words."""
    return frozenset(text.message for screen in _all(station) for text in texts_on(screen) if not text.domain)


def _has_own_words(passage: Passage) -> bool:
    return any(answer.own_words is not None for answer in passage.answers.values())


def _all(station: Station) -> tuple[Screen, ...]:
    return (station.screen, *station.beside)


def in_language(
    way: Way, worlds: Worlds, collection: str, language: str, wanted: Several[int] | None = None
) -> dict[int, Station]:
    """The same screens by number, met by somebody who speaks another language; all, or the wanted ones.

    One that cannot be come by in that language is left out, and so is what lies behind it.
    """
    met: dict[int, Station] = {}
    on_the_way = _on_the_way(way, range(len(way)) if wanted is None else wanted)
    begin = way[0].station.now
    for number, found in enumerate(way):
        before = met.get(found.before) if found.before is not None else None
        if number in on_the_way and (found.before is None or before is not None):
            there = _gone(worlds, before, found.act, language, begin, collection)
            if there is not None:
                met[number] = there
    return met if wanted is None else {number: met[number] for number in wanted if number in met}


def _on_the_way(way: Way, wanted: Several[int]) -> set[int]:
    found: set[int] = set()
    for number in wanted:
        at: int | None = number
        while at is not None and at not in found:
            found.add(at)
            at = way[at].before
    return found


def acts_to(way: Way, number: int) -> tuple[Act, ...]:
    """Everything that is done to come by a screen, from the first."""
    acts = []
    at: int | None = number
    while at is not None:
        acts.append(way[at].act)
        at = way[at].before
    return tuple(reversed(acts))


def telling(way: Way) -> tuple[int, ...]:
    """As few screens as needed, in the order of the way, for everything that each can say to be said once."""
    known: set[tuple[str, str]] = set()
    kept = []
    for number, found in enumerate(way):
        words = set(_words(found.station))
        if not words <= known:
            known |= words
            kept.append(number)
    return tuple(kept)


def _words(station: Station) -> Iterator[tuple[str, str]]:
    """Each message with the name of its screen; what is said on top of a screen counts once for all screens."""
    on_top = station.session.said is not None
    for screen in _all(station):
        said = on_top and screen is station.screen
        blocks = screen.blocks[1:] if said else screen.blocks
        if said:
            yield from (("", text.message) for text in texts_on(Screen("", screen.blocks[:1])))
        yield from ((screen.name, block.words) for block in blocks if isinstance(block.words, str))
        yield from ((screen.name, text.message) for text in texts_on(Screen("", blocks, screen.rows)))
