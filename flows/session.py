"""One chat's passage through what is asked of it: frozen, and kept as versioned JSON between any two events."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple

from flows.parts import Part, part_from_json, part_to_json
from flows.questions import Answer
from flows.records import replace
from flows.trail import NOT_COUNTED, Trail, trail_from_json, trail_to_json

FORMAT = 1
"""Grows when the JSON below changes its meaning; `from_json` reads every earlier format."""


class Stage(StrEnum):
    """Where somebody stands in one collection."""

    PLACE = "place"
    CARDS = "cards"
    DECIDE = "decide"
    QUESTION = "question"
    REVIEW = "review"
    THANKS = "thanks"
    RENEW = "renew"
    """Between two consents: what changed is shown, or that the time is almost over, and nothing else is collected."""


class Aside(StrEnum):
    """What lies over an unchanged stage. `COLLECTIONS` and `GOODBYE` also stand where there is no stage at all."""

    COLLECTIONS = "collections"
    CLOSED = "closed"
    OTHER_ZONE = "other_zone"
    """Where they live, another installation asks; something else was agreed to here."""
    HELP = "help"
    PRIVACY = "privacy"
    MY_DATA = "my_data"
    AGREED_TEXT = "agreed_text"
    RECEIPT_FILE = "receipt_file"
    OWN_COPY = "own_copy"
    PLACES = "places"
    MOVING = "moving"
    TRAVELLING = "travelling"
    CODE = "code"
    PAY = "pay"
    LANGUAGE = "language"
    LINK_RESTING = "link_resting"
    """The link that somebody came by takes nobody just now."""
    LINK_CLOSED = "link_closed"
    PAUSED = "paused"
    CLEANED = "cleaned"
    REMINDED = "reminded"
    WHY_INVITED = "why_invited"
    LEAVE = "leave"
    TAKE_BACK = "take_back"
    LEAVE_ALL = "leave_all"
    LEFT = "left"
    GOODBYE = "goodbye"


ABOUT_WHAT_IS_HELD = frozenset(
    {
        Aside.MY_DATA,
        Aside.AGREED_TEXT,
        Aside.RECEIPT_FILE,
        Aside.OWN_COPY,
        Aside.PLACES,
        Aside.MOVING,
        Aside.CODE,
        Aside.PAY,
    }
)
"""Asides over one collection's passage, which need not be the collection in hand."""


class Farewell(StrEnum):
    """Why a conversation ended; each has kind words of its own."""

    DECLINED = "declined"
    UNDER_AGE = "under_age"
    NOT_LISTED = "not_listed"
    OTHER_ZONE = "other_zone"
    """Where they live, another installation asks."""
    TAKEN_BACK = "taken_back"
    LEFT_ALL = "left_all"


RECEIPTS = frozenset({Farewell.TAKEN_BACK, Farewell.LEFT_ALL})
"""Those of who had agreed: a goodbye is the receipt for leaving."""


@dataclass(frozen=True, slots=True)
class Consented:
    """What the passage needs to know of its consent record. Times are UTC."""

    record: str
    version: int
    language: str
    sha256: str
    given_at: dt.datetime
    expires_at: dt.datetime
    decisions: Mapping[str, bool]
    code_hash: str = field(repr=False)
    territory: str = ""
    """The place whose rules were agreed to; empty where an earlier surveybot wrote it."""
    renewed: bool = False
    """Whether it follows another consent."""

    def live_purposes(self) -> tuple[str, ...]:
        """Purposes with a yes that still stands."""
        return tuple(purpose for purpose, agreed in self.decisions.items() if agreed)


@dataclass(frozen=True, slots=True)
class SubmittedAnswer:
    """An answer as it was submitted, and since when it has said the same."""

    answer: Answer
    since: dt.datetime
    record: str
    """The consent that it was submitted under, and stays under until it is submitted again."""


@dataclass(frozen=True, slots=True)
class EarlierAnswer:
    """What somebody said before: an answer that was submitted, and that a later one took the place of."""

    question: str
    answer: Answer
    since: dt.datetime
    until: dt.datetime
    record: str


@dataclass(frozen=True)
class Passage:
    """How far one person is in one collection. Its `repr` shows no answer."""

    collection: str
    stage: Stage = Stage.PLACE
    territory: str | None = None
    participant: str | None = field(default=None, repr=False)
    link: str | None = field(default=None, repr=False)
    """The link that they came by, until they submit: only to count how many got how far by it."""
    card: int = 0
    unfolded: bool = False
    misread: int = 0
    """How often this card's question was answered off the mark."""
    card_answers: tuple[bool, ...] = ()
    shown_at: dt.datetime | None = None
    shown: str | None = None
    """Fingerprint of the cards that are being read; when they change, they are read again from the first."""
    meant: str | None = None
    """The same, of what the purposes mean that are decided on; None where the cards were begun before it was kept."""
    decisions: Mapping[str, bool] = field(default_factory=dict)
    consented: Consented | None = None
    """The consent that is in force: what is answered and submitted from now on stands under it."""
    former: tuple[Consented, ...] = ()
    """Consents to an earlier text, oldest first: what was submitted under one stays under it while it lasts."""
    kept_at: int = 0
    """The newest version of the text for which somebody left what they had agreed to as it was."""
    code: str | None = field(default=None, repr=False)
    """The receipt code, only while it stands in the chat."""
    asking: str | None = None
    describing: bool = False
    returning: bool = False
    """Whether the question was opened from the review, and leads back to it."""
    folded: bool = False
    revealed: bool = False
    answers: Mapping[str, Answer] = field(default_factory=dict, repr=False)
    retired: Mapping[str, Answer] = field(default_factory=dict, repr=False)
    """Answers to questions that the collection no longer asks."""
    exactly: bool = False
    """Release as said; otherwise in a broader group when few share it."""
    accrued: bool = False
    submitted_at: dt.datetime | None = None
    submitted: Mapping[str, SubmittedAnswer] = field(default_factory=dict, repr=False)
    """What stands submitted, by question; `answers` are ahead of it while something is being changed."""
    earlier: tuple[EarlierAnswer, ...] = field(default=(), repr=False)
    """What was submitted before, oldest first; sealed with everything else here, and gone with its key."""
    code_tries: int = 0
    code_tried_at: dt.datetime | None = None
    moving_to: str | None = None
    """Where somebody says that they live now, until they have looked at what that means."""
    moving_code: str | None = field(default=None, repr=False)
    """What they name to the person who is asked first, where more would be asked of them."""
    unkept: tuple[int, ...] = ()
    """Messages with own words that were too long to keep; they are deleted with the next ones."""
    part: Part | None = None
    """The newest of them, where the rest of the same text may follow."""
    reminded: bool = False
    """Whether somebody was reminded of it, which is done once."""
    trail: Trail = NOT_COUNTED
    """What was counted of it."""


class Reached(NamedTuple):
    """A release that holds a row which has just been taken back."""

    collection: str
    recipient: str
    purpose: str
    on: dt.date
    """The UTC day of the newest one to that recipient for that purpose."""


@dataclass(frozen=True, slots=True)
class Onward:
    """The way to another installation's bot."""

    bot: str
    start: str = field(repr=False)
    """What its deep link carries."""


@dataclass(frozen=True, slots=True)
class Looking:
    """Where somebody is in a long list: on which page, and which of it fits what they typed (by code; never typed)."""

    page: int = 0
    found: tuple[str, ...] = ()


FROM_THE_TOP = Looking()


@dataclass(frozen=True)
class Session:
    """One chat: its language, the collection in hand, what lies over it, and every collection's passage."""

    language: str
    step: int
    current: str | None = None
    aside: Aside | None = None
    farewell: Farewell | None = None
    receipt_first: bool = False
    """Whether the receipt for leaving comes before all else: until it is there, or cannot be brought."""
    language_chosen: bool = False
    heard_at: dt.datetime | None = None
    stopped: bool = False
    """Whether "no more messages" was pressed: nothing is sent unasked until the contributor agrees to it anew."""
    held: str | None = None
    """The collection of which it is looked at what is held; only while an aside about that is open."""
    paying: str | None = None
    """The way of getting paid that a number is awaited for; only while pay is looked at."""
    after_code: Aside | None = None
    """What the code opens, where that is not what is held itself."""
    travelling: str | None = None
    """Where somebody said that they are for a while; it can only put questions away (`flows.travelling`)."""
    travelling_until: dt.datetime | None = None
    said: str | None = None
    """What has just been done or is due, said on top of the next screen and then forgotten."""
    reached: tuple[Reached, ...] = ()
    """Whom what has just been taken back had been passed on to; on the receipt of that, and forgotten with it."""
    onward: Onward | None = None
    """Whom somebody has just been handed over to; on the screen that says so, and forgotten with it."""
    looking: Looking = FROM_THE_TOP
    """Of the list that is in front of somebody; forgotten with the list."""
    passages: Mapping[str, Passage] = field(default_factory=dict)

    @property
    def passage(self) -> Passage | None:
        """The passage in hand: the one that is looked at, where what is held is looked at."""
        return self.passages.get(self.held or self.current or "")

    def with_passage(self, passage: Passage) -> Session:
        """The session with one passage put in."""
        return replace(self, passages={**self.passages, passage.collection: passage})

    def without_passage(self, collection: str) -> Session:
        """The session with one collection's passage gone."""
        kept = {name: passage for name, passage in self.passages.items() if name != collection}
        return replace(self, passages=kept, current=None if self.current == collection else self.current)

    @property
    def consents(self) -> tuple[Passage, ...]:
        """Passages with a live consent."""
        return tuple(passage for passage in self.passages.values() if passage.consented is not None)


def passage_to_json(passage: Passage) -> dict[str, Any]:
    """A passage as JSON values; what stands at its default is left out."""
    data: dict[str, Any] = {"format": FORMAT}
    for name, value in vars(passage).items():
        _put(data, name, _PASSAGE_OUT[name](value) if value and name in _PASSAGE_OUT else value)
    return data


def passage_from_json(data: Mapping[str, Any]) -> Passage:
    """The passage that `passage_to_json` wrote. Raises ValueError for a format from the future.

    What it does not know, a later format may have left behind or an earlier one needed; it is not kept.
    """
    _check_format(data)
    values = {name: _PASSAGE_IN[name](value) for name, value in data.items() if name in _PASSAGE_IN}
    consented = values.get("consented")
    record = consented.record if consented is not None else ""
    if "submitted" in data:
        values["submitted"] = {name: _submitted_in(each, record) for name, each in data["submitted"].items()}
    if "earlier" in data:
        values["earlier"] = tuple(_earlier_in(each, record) for each in data["earlier"])
    return replace(_UNTOUCHED, **values)


def what_leaves(data: Mapping[str, Any]) -> tuple[str | None, bool]:
    """Of what `passage_to_json` wrote: the participant code, and whether rare answers are passed on exactly.

    Raises ValueError for a format from the future.
    """
    _check_format(data)
    return data.get("participant"), data.get("exactly", False)


def session_to_json(session: Session) -> dict[str, Any]:
    """A session without its passages, which are kept apart, each under its own key."""
    data: dict[str, Any] = {"format": FORMAT, "language": session.language, "step": session.step}
    _put(data, "current", session.current)
    _put(data, "aside", session.aside.value if session.aside else None)
    _put(data, "farewell", session.farewell.value if session.farewell else None)
    _put(data, "receipt_first", session.receipt_first)
    _put(data, "language_chosen", session.language_chosen)
    _put(data, "heard_at", _time_out(session.heard_at))
    _put(data, "stopped", session.stopped)
    _put(data, "held", session.held)
    _put(data, "paying", session.paying)
    _put(data, "after_code", session.after_code.value if session.after_code else None)
    _put(data, "travelling", session.travelling)
    _put(data, "travelling_until", _time_out(session.travelling_until))
    _put(data, "said", session.said)
    _put(data, "reached", [[*each[:3], each.on.isoformat()] for each in session.reached])
    _put(data, "onward", [session.onward.bot, session.onward.start] if session.onward else None)
    _put(data, "page", session.looking.page)
    _put(data, "found", list(session.looking.found))
    return data


def session_from_json(data: Mapping[str, Any], passages: Mapping[str, Passage]) -> Session:
    """The session that `session_to_json` wrote, with its passages. Raises ValueError for a format from the future."""
    _check_format(data)
    return Session(
        language=data["language"],
        step=data["step"],
        current=data.get("current"),
        aside=Aside(data["aside"]) if data.get("aside") else None,
        farewell=Farewell(data["farewell"]) if data.get("farewell") else None,
        receipt_first=data.get("receipt_first", False),
        language_chosen=data.get("language_chosen", False),
        heard_at=_time_in(data.get("heard_at")),
        stopped=data.get("stopped", False),
        held=data.get("held"),
        paying=data.get("paying"),
        after_code=Aside(data["after_code"]) if data.get("after_code") else None,
        travelling=data.get("travelling"),
        travelling_until=_time_in(data.get("travelling_until")),
        said=data.get("said"),
        reached=tuple(_reached_in(each) for each in data.get("reached", ())),
        onward=Onward(*data["onward"]) if data.get("onward") else None,
        looking=Looking(data.get("page", 0), tuple(data.get("found", ()))),
        passages=passages,
    )


def _reached_in(row: Sequence[str]) -> Reached:
    collection, recipient, purpose, on = row
    return Reached(collection, recipient, purpose, dt.date.fromisoformat(on))


def _check_format(data: Mapping[str, Any]) -> None:
    if data["format"] > FORMAT:
        raise ValueError("a newer surveybot wrote this session; upgrade before running")


def _put(data: dict[str, Any], name: str, value: Any) -> None:  # noqa: ANN401  # JSON values
    if value or value == "":
        data[name] = value


def _time_out(time: dt.datetime | None) -> str | None:
    return time.isoformat() if time else None


def _time_in(text: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text) if text else None


def _answer_out(answer: Answer) -> dict[str, Any]:
    data: dict[str, Any] = {"options": list(answer.options)}
    _put(data, "own_words", answer.own_words)
    return data


def _answer_in(data: Mapping[str, Any]) -> Answer:
    return Answer(tuple(data["options"]), data.get("own_words"))


def _submitted_out(submitted: SubmittedAnswer) -> dict[str, Any]:
    return {**_answer_out(submitted.answer), "since": submitted.since.isoformat(), "record": submitted.record}


def _submitted_in(data: Mapping[str, Any], record: str) -> SubmittedAnswer:
    """Where no record is named, there was only ever one."""
    return SubmittedAnswer(_answer_in(data), dt.datetime.fromisoformat(data["since"]), data.get("record", record))


def _earlier_out(earlier: EarlierAnswer) -> dict[str, Any]:
    times = {"since": earlier.since.isoformat(), "until": earlier.until.isoformat()}
    return {"question": earlier.question, **_answer_out(earlier.answer), **times, "record": earlier.record}


def _earlier_in(data: Mapping[str, Any], record: str) -> EarlierAnswer:
    since, until = (dt.datetime.fromisoformat(data[name]) for name in ("since", "until"))
    return EarlierAnswer(data["question"], _answer_in(data), since, until, data.get("record", record))


def _consented_out(consented: Consented) -> dict[str, Any]:
    return {
        "record": consented.record,
        "version": consented.version,
        "language": consented.language,
        "sha256": consented.sha256,
        "given_at": consented.given_at.isoformat(),
        "expires_at": consented.expires_at.isoformat(),
        "decisions": dict(consented.decisions),
        "code_hash": consented.code_hash,
        "territory": consented.territory,
        "renewed": consented.renewed,
    }


def _consented_in(data: Mapping[str, Any]) -> Consented:
    return Consented(
        record=data["record"],
        version=data["version"],
        language=data["language"],
        sha256=data["sha256"],
        given_at=dt.datetime.fromisoformat(data["given_at"]),
        expires_at=dt.datetime.fromisoformat(data["expires_at"]),
        decisions=data["decisions"],
        code_hash=data["code_hash"],
        territory=data.get("territory", ""),
        renewed=data.get("renewed", False),
    )


def _as_it_is(value: Any) -> Any:  # noqa: ANN401  # JSON values
    return value


def _answers_out(answers: Mapping[str, Answer]) -> dict[str, Any]:
    return {name: _answer_out(answer) for name, answer in answers.items()}


def _answers_in(data: Mapping[str, Any]) -> dict[str, Answer]:
    return {name: _answer_in(answer) for name, answer in data.items()}


_UNTOUCHED = Passage("")
"""What a passage is where its JSON says nothing."""

_PASSAGE_OUT: Mapping[str, Callable[[Any], Any]] = MappingProxyType(
    {
        "stage": lambda stage: stage.value,
        "card_answers": list,
        "shown_at": _time_out,
        "decisions": dict,
        "consented": _consented_out,
        "former": lambda former: [_consented_out(each) for each in former],
        "answers": _answers_out,
        "retired": _answers_out,
        "submitted_at": _time_out,
        "submitted": lambda submitted: {name: _submitted_out(each) for name, each in submitted.items()},
        "earlier": lambda earlier: [_earlier_out(each) for each in earlier],
        "code_tried_at": _time_out,
        "unkept": list,
        "part": part_to_json,
        "trail": trail_to_json,
    }
)
"""How fields of a passage are written that are no JSON values yet."""

_PASSAGE_IN: Mapping[str, Callable[[Any], Any]] = MappingProxyType(
    {
        **{each.name: _as_it_is for each in fields(Passage) if each.name not in {"submitted", "earlier"}},
        "stage": Stage,
        "card_answers": tuple,
        "shown_at": _time_in,
        "consented": lambda data: _consented_in(data) if data else None,
        "former": lambda former: tuple(_consented_in(each) for each in former),
        "answers": _answers_in,
        "retired": _answers_in,
        "submitted_at": _time_in,
        "code_tried_at": _time_in,
        "unkept": tuple,
        "part": part_from_json,
        "trail": trail_from_json,
    }
)
"""How they are read; what was submitted needs to know of the consent, and is read apart."""
