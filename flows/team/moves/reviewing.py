"""Moves of reviewing: which place, and what is said of it. What is signed is named by the code on its booklet."""

from __future__ import annotations

import datetime as dt

from flows.questions import clean_own_words
from flows.sign_offs import Capacity, MayNotSign, Place, SignOff, Verdict, checked, last_day
from flows.team.moves.going import Call
from flows.team.rights import Role
from flows.team.roster import WordSaid
from flows.team.visit import Page

CODE_LETTERS = 6
"""So much of a booklet's code is written by hand at least."""


def asked_to_review(call: Call, _value: str, _on: bool | None) -> Call:
    """/review: of which collection, where there are several; then where."""
    known = list(call.board.shelf.collections)
    return choose_collection(call, known[0], None) if len(known) == 1 else call.on(Page.REVIEW_COLLECTION)


def choose_collection(call: Call, value: str, _on: bool | None) -> Call:
    """Which collection."""
    return call.on(Page.REVIEW_REGION, collection=value)


def choose_region(call: Call, value: str, _on: bool | None) -> Call:
    """Where."""
    return call.on(Page.REVIEW_PLACES, collection=call.visit.collection, territory=value)


def choose_language(call: Call, value: str, _on: bool | None) -> Call:
    """In which language."""
    return _with_place(call, Page.REVIEW_PLACE, value)


def to_regions(call: Call, _value: str, _on: bool | None) -> Call:
    """Somewhere else."""
    return call.on(Page.REVIEW_REGION, collection=call.visit.collection)


def to_languages(call: Call, _value: str, _on: bool | None) -> Call:
    """Another language."""
    return choose_region(call, call.visit.territory, None)


def to_place(call: Call, _value: str, _on: bool | None) -> Call:
    """Not signed, refused or remarked on after all."""
    return _with_place(call, Page.REVIEW_PLACE, _language(call))


def look_at_changes(call: Call, _value: str, _on: bool | None) -> Call:
    """Only what differs from what was signed last."""
    return _with_place(call, Page.REVIEW_CHANGES, _language(call))


def sign_as(call: Call, value: str, _on: bool | None) -> Call:
    """As what; the code and the role are written next."""
    return _with_place(call, Page.REVIEW_SIGN, f"{_language(call)}/{value}")


def begin_to_refuse(call: Call, _value: str, _on: bool | None) -> Call:
    """Why, is written next."""
    return _with_place(call, Page.REVIEW_REFUSE, _language(call))


def begin_to_remark(call: Call, _value: str, _on: bool | None) -> Call:
    """What, is written next."""
    return _with_place(call, Page.REVIEW_REMARK, _language(call))


def sign(call: Call, value: str, _on: bool | None) -> Call:
    """The code that stands on the booklet, a last day where it is not the latest that may be, and what they are."""
    code, _, role = clean_own_words(value).partition(" ")
    shown = _shown(call)
    if len(code) < CODE_LETTERS or not shown.startswith(code.casefold()):
        return call.saying("other_code")
    latest = last_day(call.now.date())
    collection = call.board.shelf.collections[call.visit.collection]
    if collection.ethics is not None:
        latest = min(latest, collection.ethics.expires_on)
    until, role = _until(role, latest)
    if not call.now.date() < until <= latest:
        return call.saying("end" if latest <= call.now.date() else "sign_day")
    capacity = Capacity(call.visit.about.partition("/")[2] or Capacity.REVIEWER.value)
    return _say(call, Verdict.SIGNED, "word_signed", capacity=capacity, role=role, expires_on=until)


def _until(words: str, latest: dt.date) -> tuple[dt.date, str]:
    """The day that some words begin with, and the rest; the latest, and all of them, where they begin with none."""
    day, _, rest = words.partition(" ")
    try:
        return dt.datetime.strptime(day, "%Y-%m-%d").date(), rest  # noqa: DTZ007  # a day has no time zone
    except ValueError:
        return latest, words


def refuse(call: Call, value: str, _on: bool | None) -> Call:
    """Why it is refused: closed from now on."""
    return _say(call, Verdict.REFUSED, "word_refused", words=clean_own_words(value))


def remark(call: Call, value: str, _on: bool | None) -> Call:
    """A remark, with the number of a screen in front where it is about one."""
    words = clean_own_words(value)
    number, _, rest = words.partition(" ")
    screen = int(number) if number.isascii() and number.isdigit() and len(number) < 5 and rest else None
    return _say(call, Verdict.REMARKED, "word_remarked", words=rest if screen is not None else words, screen=screen)


def _say(  # what a word is made of
    call: Call, verdict: Verdict, said: str, *, capacity: Capacity = Capacity.REVIEWER, role: str = "Reviewer",
    words: str = "", screen: int | None = None, expires_on: dt.date | None = None,
) -> Call:  # fmt: skip
    board, visit = call.board, call.visit
    collection, shown = board.shelf.collections.get(visit.collection), _shown(call)
    right = board.me.right(Role.REVIEWER)
    if collection is None or not shown or right is None:
        return to_regions(call, "", None).saying("not_there")
    place = Place(visit.collection, visit.territory, _language(call))
    word = SignOff(
        0, place, shown, verdict, capacity, role, board.me.member, call.now, expires_on, screen, words
    )  # fmt: skip
    try:
        word = checked(word, collection, call.now.date(), alone=board.alone, names=(right.name,) if right.name else ())
    except MayNotSign as why:
        return call.saying(why.key)
    return to_place(call.changing((WordSaid(word),)), "", None).saying(said)


def _shown(call: Call) -> str:
    return call.board.shelf.review(call.visit.collection, call.visit.territory, _language(call)).content


def _language(call: Call) -> str:
    return call.visit.about.partition("/")[0]


def _with_place(call: Call, page: Page, about: str) -> Call:
    return call.on(page, collection=call.visit.collection, territory=call.visit.territory, about=about)
