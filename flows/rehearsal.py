"""A rehearsal: an owner meets any collection as a contributor would, each screen says so, and nothing of it is kept.

First they choose a collection, a region (closed ones too) and a language; then it is the passage itself, on a session
of its own. What that session owes never reaches a table: `bot.owing` carries out only what belongs to the chat.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from flows import language as lang
from flows.cards import language_label
from flows.collection import Collection, Region
from flows.consent import NO_REFERENCE, after
from flows.effects import Effect, Forget, NewCard, SendOwnCopy, SendReceiptFile, SendVoice
from flows.engine import advance, current_screen
from flows.events import Event, Opened, RehearsalAsked, Tapped
from flows.negotiation import negotiate
from flows.on_record import OnRecord, Owed, Records
from flows.regions import spoken
from flows.screens import Choice, Screen, body, item, lead, quiet, title
from flows.session import (
    Consented,
    Passage,
    Session,
    passage_from_json,
    passage_to_json,
    session_from_json,
    session_to_json,
)
from flows.shelf import Shelf
from flows.sign_offs import Closure
from flows.why_closed import why_unsigned
from flows.words import Place, Text, asked, say

SILENCE = dt.timedelta(hours=1)
"""A rehearsal that nobody goes on with is destroyed."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """How far an owner is: choosing, or in a session that was never theirs."""

    language: str
    """In which they choose."""
    step: int
    """Of the card on which they choose."""
    heard_at: dt.datetime
    collection: str | None = None
    territory: str | None = None
    session: Session | None = None
    over: bool = False


@dataclass(frozen=True, slots=True)
class RehearsalStep:
    """What came of an event."""

    rehearsal: Rehearsal
    effects: tuple[Effect, ...] = ()
    notice: Text | None = None


def begin(event: Event, language: str | None, shelf: Shelf) -> RehearsalStep:
    """Begin at the choice, in the owner's own language where it is known."""
    language = language or negotiate(event.language_code, shelf.languages or (lang.FALLBACK,))
    step = int.from_bytes(event.token[24:28], "big") + 1
    return RehearsalStep(_with_the_only_one(Rehearsal(language, step, event.at), shelf), (NewCard(),))


def _with_the_only_one(rehearsal: Rehearsal, shelf: Shelf) -> Rehearsal:
    only = next(iter(shelf.collections)) if len(shelf.collections) == 1 else None
    return replace(rehearsal, collection=only)


def end(rehearsal: Rehearsal) -> Rehearsal:
    """Over: nothing is left of it but that it was."""
    return Rehearsal(rehearsal.language, rehearsal.step + 1, rehearsal.heard_at, over=True)


def rehearse(rehearsal: Rehearsal, event: Event, shelf: Shelf) -> RehearsalStep:
    """What follows from an event. Pure, as `engine.advance` is, and made of it."""
    if isinstance(event, RehearsalAsked):
        return RehearsalStep(end(rehearsal)) if event.stop else begin(event, rehearsal.language, shelf)
    rehearsal = replace(_reconciled(rehearsal, shelf), heard_at=event.at)
    if rehearsal.over:
        return RehearsalStep(rehearsal)
    if rehearsal.session is not None:
        return _go_on(rehearsal, rehearsal.session, event, shelf)
    if isinstance(event, Tapped):
        return _choose(rehearsal, event, shelf)
    return RehearsalStep(rehearsal, (NewCard(),))


def _reconciled(rehearsal: Rehearsal, shelf: Shelf) -> Rehearsal:
    """A rehearsal of what has left the shelf meanwhile is over."""
    if rehearsal.collection is None:
        return rehearsal
    collection = shelf.collections.get(rehearsal.collection)
    there = collection is not None and (rehearsal.territory is None or collection.region(rehearsal.territory))
    return rehearsal if there else end(rehearsal)


def _go_on(rehearsal: Rehearsal, session: Session | None, event: Event, shelf: Shelf) -> RehearsalStep:
    """The passage, on a shelf where the region is open."""
    rehearsed = _shelf(rehearsal, shelf)
    step = advance(session, event, rehearsed, _records(session, rehearsed))
    if step.session is None:
        return RehearsalStep(end(rehearsal))
    over = any(isinstance(effect, Forget) for effect in step.effects)
    unsent = any(isinstance(effect, _FILES) for effect in step.effects)
    notice = say("In a rehearsal no file is sent.") if unsent else step.notice
    return RehearsalStep(replace(rehearsal, session=step.session, over=over), step.effects, notice)


_FILES = (SendReceiptFile, SendOwnCopy, SendVoice)


def _shelf(rehearsal: Rehearsal, shelf: Shelf) -> Shelf:
    collection = shelf.collections[rehearsal.collection or ""]
    return shelf.rehearsed(collection, rehearsal.territory or "")


def _records(session: Session | None, shelf: Shelf) -> Records:
    """Nothing of a rehearsal is on record; the text agreed to is the one that it has just shown, and pay that would be
    owed is said to be.
    """
    found = {}
    for passage in session.consents if session is not None else ():
        consented = passage.consented
        if consented is not None:
            collection = shelf.collections[passage.collection]
            document = shelf.document(collection, consented.language, passage.territory or "")
            owed = _would_be_owed(passage, consented, collection)
            found[passage.collection] = OnRecord(document.text, owed=owed, meant=document.meanings)
    return found


def _would_be_owed(passage: Passage, consented: Consented, collection: Collection) -> Owed | None:
    region = collection.region(passage.territory)
    if not passage.accrued or region is None:
        return None
    on, pay = consented.given_at, region.pay
    kept_until = after(on, collection.compensation.kept)
    return Owed(pay.amount, pay.currency, on, kept_until, region.territory, reference=NO_REFERENCE)


# --- choosing --------------------------------------------------------------------------------------------------------


def _choose(rehearsal: Rehearsal, event: Tapped, shelf: Shelf) -> RehearsalStep:
    """A tap on the open card; any other only shows what is open."""
    screen = _choosing_screen(rehearsal, shelf, event.at)
    fits = event.step == rehearsal.step and event.layout == screen.layout
    if not fits or not 0 <= event.choice < len(screen.choices):
        return RehearsalStep(rehearsal)
    choice = screen.choices[event.choice]
    chosen = replace(rehearsal, step=rehearsal.step + 1)
    if choice.verb == "rehearse_language":
        opened = Opened(at=event.at, token=event.token, language_code=choice.value, collection=rehearsal.collection)
        return _go_on(chosen, None, opened, shelf)
    return RehearsalStep(_CHOSEN[choice.verb](chosen, choice.value))


_CHOSEN: Mapping[str, Callable[[Rehearsal, str], Rehearsal]] = MappingProxyType(
    {
        "rehearse_collection": lambda rehearsal, value: replace(rehearsal, collection=value),
        "rehearse_region": lambda rehearsal, value: replace(rehearsal, territory=value),
        "rehearse_back": lambda rehearsal, _: (
            replace(rehearsal, territory=None) if rehearsal.territory else replace(rehearsal, collection=None)
        ),
        "rehearse_end": lambda rehearsal, _: end(rehearsal),
    }
)


# --- screens ---------------------------------------------------------------------------------------------------------


def language_of(rehearsal: Rehearsal) -> str:
    """The language of the card."""
    return rehearsal.session.language if rehearsal.session is not None else rehearsal.language


def step_of(rehearsal: Rehearsal) -> int:
    """The step of the card."""
    return rehearsal.session.step if rehearsal.session is not None else rehearsal.step


def rehearsal_screen(rehearsal: Rehearsal, shelf: Shelf, now: dt.datetime) -> Screen:
    """The card, marked; it can be derived again at any time."""
    rehearsal = _reconciled(rehearsal, shelf)
    if rehearsal.session is not None:
        rehearsed = _shelf(rehearsal, shelf)
        screen = current_screen(rehearsal.session, rehearsed, now, _records(rehearsal.session, rehearsed))
        return marked(screen, over=rehearsal.over)
    if rehearsal.over:
        return _over_screen()
    return marked(_choosing_screen(rehearsal, shelf, now))


def marked(screen: Screen, *, over: bool = False) -> Screen:
    """A screen that says that it is a rehearsal, before anything else."""
    line = (
        say("The rehearsal ends here. Nothing of it is kept.")
        if over
        else say("Nothing of it is kept. It ends with “/rehearse stop”.")
    )
    return replace(screen, blocks=(title(say("🎭 Rehearsal")), quiet(line), *screen.blocks))


def _over_screen() -> Screen:
    words = say("It is over, and nothing of it is kept. /start takes you back to your own chat.")
    return Screen("rehearsal-over", (title(say("🎭 Rehearsal")), body(words)))


def _choosing_screen(rehearsal: Rehearsal, shelf: Shelf, now: dt.datetime) -> Screen:
    collection = shelf.collections.get(rehearsal.collection or "")
    if collection is None:
        return _collections_screen(shelf)
    region = collection.region(rehearsal.territory)
    if region is None:
        return _regions_screen(rehearsal, collection, shelf, now.date())
    return _languages_screen(collection, region)


def _collections_screen(shelf: Shelf) -> Screen:
    rows = [
        (Choice(asked(collection.id, collection.title), "rehearse_collection", collection.id),)
        for collection in shelf.collections.values()
    ]
    return Screen("rehearsal-collections", (body(say("Which collection?")),), (*rows, (_end(),)))


def _regions_screen(rehearsal: Rehearsal, collection: Collection, shelf: Shelf, today: dt.date) -> Screen:
    """Every region; beneath the question, each that is closed and why."""
    territories = lang.sorted_by_name((region.territory for region in collection.regions), rehearsal.language)
    blocks = [body(say("Where does the contributor live?"))]
    regions = {region.territory: region for region in collection.regions}
    reasons = ((each, _why_closed(regions[each], collection, shelf, today)) for each in territories)
    closed = [(each, why) for each, why in reasons if why is not None]
    if closed:
        blocks.append(lead(say("Closed to contributors:")))
        blocks += [item(Text("• {place}: {why}", {"place": Place(each), "why": why})) for each, why in closed]
    choices = [Choice(Text("{place}", {"place": Place(each)}), "rehearse_region", each) for each in territories]
    rows = [(choice,) for choice in choices]
    way_out = (_back(), _end()) if len(shelf.collections) > 1 else (_end(),)
    return Screen("rehearsal-regions", tuple(blocks), (*rows, way_out))


def _why_closed(region: Region, collection: Collection, shelf: Shelf, today: dt.date) -> Text | None:
    why = shelf.closure(collection, region, today)
    if why is None:
        return None
    if why is Closure.SPEECHLESS:
        return say("none of its languages has every word")
    return why_unsigned(why, shelf.review(collection.id, region.territory, region.languages[0]).until)


def _languages_screen(collection: Collection, region: Region) -> Screen:
    """Every language that has texts, those that the region offers first."""
    there = sorted(spoken(collection), key=lambda language: language not in region.languages)
    rows = [(Choice(language_label(language), "rehearse_language", language),) for language in there]
    blocks = (body(say("In which language?")),)
    return Screen("rehearsal-languages", blocks, (*rows, (_back(), _end())))


def _back() -> Choice:
    return Choice(say("‹ Back"), "rehearse_back")


def _end() -> Choice:
    return Choice(say("End the rehearsal"), "rehearse_end")


# --- kept between two events -----------------------------------------------------------------------------------------


def rehearsal_to_json(rehearsal: Rehearsal) -> dict[str, Any]:
    """A rehearsal as JSON values, its session with everything in it: it has no rows of its own."""
    session = rehearsal.session
    data: dict[str, Any] = {
        "language": rehearsal.language,
        "step": rehearsal.step,
        "heard_at": rehearsal.heard_at.isoformat(),
        "collection": rehearsal.collection,
        "territory": rehearsal.territory,
        "over": rehearsal.over,
    }
    if session is not None:
        data["session"] = session_to_json(session)
        data["passages"] = [passage_to_json(passage) for passage in session.passages.values()]
    return data


def rehearsal_from_json(data: Mapping[str, Any]) -> Rehearsal:
    """The rehearsal that `rehearsal_to_json` wrote."""
    session = None
    if "session" in data:
        passages = {each["collection"]: passage_from_json(each) for each in data["passages"]}
        session = session_from_json(data["session"], passages)
    return Rehearsal(
        language=data["language"],
        step=data["step"],
        heard_at=dt.datetime.fromisoformat(data["heard_at"]),
        collection=data["collection"],
        territory=data["territory"],
        session=session,
        over=data["over"],
    )
