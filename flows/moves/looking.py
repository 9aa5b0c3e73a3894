"""Moves in long lists: turning pages, and typing a name instead. What was typed is compared and not kept."""

from __future__ import annotations

from dataclasses import replace

from flows import language as lang
from flows.effects import DeleteMessage, NewCard
from flows.finding import languages_called, place_called_exactly, places_called
from flows.listing import is_long
from flows.moves.going import message_of, territories_to_name
from flows.moves.turn import Turn
from flows.session import FROM_THE_TOP, Looking


def turn_page(turn: Turn, value: str, _on: bool | None) -> Turn:
    """To the page before or after."""
    return turn.with_session(looking=replace(turn.session.looking, page=int(value)))


def show_all(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """The whole list again."""
    return turn.with_session(looking=FROM_THE_TOP)


def name_place(turn: Turn, value: str, _on: bool | None) -> Turn:
    """A place was typed: what fits is shown, to be pressed. One that is not open, or not just now, is named as such."""
    language = turn.session.language
    open_here = lang.sorted_by_name(territories_to_name(turn), language)
    found = places_called(value, open_here, language)
    elsewhere = None if found else place_called_exactly(value, language)
    if elsewhere is not None:
        said = "not_open_now" if _has_opened(turn, elsewhere) else "not_open"
        return looking_at(turn.saying(f"{said}:{elsewhere}"), ())
    return looking_at(turn if found else turn.saying(_not_found(open_here)), found)


def _has_opened(turn: Turn, territory: str) -> bool:
    """Whether reviewers have signed a place, so that it is full, halted or lapsed if nobody can choose it."""
    region = turn.shelf.signed(turn.collection, territory)
    return region is not None and bool(region.languages)


def name_language(turn: Turn, value: str, _on: bool | None) -> Turn:
    """A language was typed."""
    offered = turn.shelf.languages
    found = languages_called(value, lang.sorted_by_own_name(offered), turn.session.language)
    return looking_at(turn if found else turn.saying(_not_found(offered)), found)


def looking_at(turn: Turn, found: tuple[str, ...]) -> Turn:
    """What was found of a list, in front of somebody.

    Of somebody who has agreed, what was typed goes from the chat, whatever it was taken for: it may be own words for
    the question beneath, and where somebody travels can endanger them.
    """
    if turn.session.consents:
        turn = turn.with_effects(DeleteMessage(message_of(turn.event)))
    return turn.with_session(looking=Looking(found=found)).with_effects(NewCard())


def _not_found(items: list[str] | tuple[str, ...]) -> str:
    """Where all stand on one screen, the way is to press one."""
    return "not_found" if is_long(items) else "buttons"
