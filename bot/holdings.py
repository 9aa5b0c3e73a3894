"""Everything that is held about a contribution, a fact a row, for its own contributor (GDPR 15 and 20).

Where a subject is locked nothing sensitive is named; a row then says how many others are left out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from flows.collection import OPT_OUT, Collection, Question
from flows.meaning import NOT_KNOWN, Meanings
from flows.on_record import OnRecord, PayState
from flows.pay import money, standing_words, way_words
from flows.questions import NOTHING, Answer, Status
from flows.regions import questions_for
from flows.safety import may_be_named
from flows.session import Consented, Passage, Session
from flows.words import Language, Place, Raw, Text, asked, say

Named = tuple[str, Text]
"""An id, and what it is called."""


class Fact(NamedTuple):
    """One row: something that is held."""

    part: Named
    id: str
    label: Text
    status: Named | None = None
    values: tuple[Named, ...] = ()
    own_words: str | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None


ABOUT: Named = ("about", say("About"))
_CONSENT: Named = ("consent", say("Consent"))
_EVENT: Named = ("consent_event", say("What became of it"))
_CARD: Named = ("card", say("Question about the text"))
_PURPOSE: Named = ("purpose", say("Use"))
_ANSWER: Named = ("answer", say("Your answer"))
_DRAFT: Named = ("not_submitted", say("Not submitted yet"))
_EARLIER: Named = ("earlier_answer", say("What you said before"))
_LETTER: Named = ("letter", say("What you wrote to a human"))
_PAY: Named = ("pay", say("Pay"))
_RELEASE: Named = ("release", say("Passed on"))

_STATUS_WORDS = {
    Status.ANSWERED: say("Answered"),
    Status.PREFER_NOT_TO_ANSWER: say("Prefer not to answer"),
    Status.NOT_REACHED: say("Not answered yet"),
}

_EVENT_WORDS = {
    "requested": say("You were asked"),
    "given": say("You agreed"),
    "renewed": say("You agreed again"),
    "declined": say("You did not agree"),
    "withdrawn": say("You took it back"),
    "expired": say("It came to its end"),
}


def _word(text: str) -> Text:
    """Nobody's to translate: an id, an address, somebody's own words."""
    return Text("{text}", {"text": Raw(text)})


def facts(
    session: Session,
    passage: Passage,
    pseudonym: str,
    record: OnRecord,
    collection: Collection | None,
    today: Meanings = NOT_KNOWN,
) -> tuple[Fact, ...]:
    """Everything that is held about a contribution. Raises LookupError where there is no consent.

    `today`: what its purposes mean now to whoever reads them in the language of the consent.
    """
    consented = passage.consented
    if consented is None:
        raise LookupError("nothing is held without a consent")
    return (
        *_about(session, passage, pseudonym, consented, collection),
        *_of_consent(consented, record, collection, today),
        *_of_consents_before(passage),
        *_of_answers(passage, collection, session.travelling),
        *_of_letters(record),
        *_of_pay(record),
        *_of_releases(record, collection),
    )


def _about(
    session: Session, passage: Passage, pseudonym: str, consented: Consented, collection: Collection | None
) -> Iterator[Fact]:
    name = asked(collection.id, collection.title) if collection is not None else _word(passage.collection)
    yield Fact(ABOUT, "collection", say("Collection"), values=((passage.collection, name),))
    if collection is not None:
        organisation = collection.organisation
        called = asked(collection.id, organisation.name)
        yield Fact(ABOUT, "organisation", say("Who asks"), values=((organisation.page, called),))
        contact = asked(collection.id, organisation.contact)
        yield Fact(ABOUT, "contact", say("Whom to write to"), values=((organisation.contact, contact),))
    yield Fact(ABOUT, "contributor", say("The name that your answers are kept under"), values=(_plain(pseudonym),))
    territory = passage.territory or ""
    place = Text("{place}", {"place": Place(territory)})
    yield Fact(ABOUT, "place", say("Where you live"), values=((territory, place),))
    yield Fact(ABOUT, "language", say("Language of this chat"), values=(_language(session.language),))
    if session.travelling is not None:
        here = (session.travelling, Text("{place}", {"place": Place(session.travelling)}))
        name, until = say("Where are you just now?"), session.travelling_until
        yield Fact(ABOUT, "travelling", name, values=(here,), until=until)
    if passage.moving_to is not None:
        moving = (passage.moving_to, Text("{place}", {"place": Place(passage.moving_to)}))
        yield Fact(ABOUT, "moving_to", say("Where you want to move"), values=(moving,))
    if passage.participant is not None:
        yield Fact(ABOUT, "participant", say("Code of your other contribution"), values=(_plain(passage.participant),))
    if passage.link is not None:
        yield Fact(ABOUT, "link", say("The link that you came by, until you submit"), values=(_plain(passage.link),))
    if passage.submitted_at is not None:
        yield Fact(ABOUT, "submitted", say("Submitted"), since=passage.submitted_at)
        wish = say("Exactly as I said") if passage.exactly else say("In a broader group")
        name = say("If few people share your answer, how may it be passed on?")
        yield Fact(ABOUT, "release_wish", name, values=(("exactly" if passage.exactly else "broader", wish),))
    if session.stopped:
        yield Fact(ABOUT, "stopped", say("No more messages"), status=("yes", say("Yes")))
    yield Fact(ABOUT, "kept_until", say("Erased at the latest"), until=consented.expires_at)


def _plain(text: str) -> Named:
    return (text, _word(text))


def _language(language: str) -> Named:
    return (language.replace("_", "-"), Text("{language}", {"language": Language(language, own=False)}))


# --- consent -----------------------------------------------------------------------------------------------------


def _of_consent(
    consented: Consented, record: OnRecord, collection: Collection | None, today: Meanings
) -> Iterator[Fact]:
    given, ends = consented.given_at, consented.expires_at
    yield Fact(_CONSENT, "record", say("Record"), values=(_plain(consented.record),), since=given, until=ends)
    yield Fact(_CONSENT, "version", say("Version of the text"), values=(_plain(str(consented.version)),))
    yield Fact(_CONSENT, "language", say("Language of the text"), values=(_language(consented.language),))
    yield Fact(_CONSENT, "sha256", say("Fingerprint of the text (SHA-256)"), values=(_plain(consented.sha256),))
    if record.text:
        yield Fact(_CONSENT, "text", say("The text, exactly as you agreed to it"), values=(_plain(record.text),))
    for before in record.before:
        label = say("A text that you agreed to before")
        yield Fact(_CONSENT, "earlier_text", label, values=(_plain(before.text),), since=before.given_at)
    if record.shown_at is not None:
        yield Fact(_CONSENT, "shown", say("Shown to you"), since=record.shown_at)
    if record.minimum_age is not None:
        age = say("{age} or older", age=record.minimum_age)
        yield Fact(_CONSENT, "age", say("Your age, as you confirmed"), values=((str(record.minimum_age), age),))
    for card, right in enumerate(record.card_answers, start=2):
        status: Named = ("as_explained", say("As explained")) if right else ("otherwise", say("Otherwise"))
        yield Fact(_CARD, str(card), say("Card {number}", number=card), status=status)
    for purpose in consented.decisions:
        then, now = record.meant.get(purpose), today.get(purpose)
        read_otherwise = then is not None and then.label and (now is None or now.label != then.label)
        name = _word(then.label) if then is not None and read_otherwise else _purpose_name(collection, purpose)
        yield _purpose(purpose, consented, record, name)
    for event in record.events:
        names = tuple((each, _purpose_name(collection, each)) for each in event.purposes)
        words = _EVENT_WORDS.get(event.event, _word(event.event))
        yield Fact(_EVENT, event.event, words, values=names, since=event.at)


def _of_consents_before(passage: Passage) -> Iterator[Fact]:
    """Consents that something submitted may still stand under, beside the one in force."""
    label = say("Record before, for what you submitted under it")
    for former in reversed(passage.former):
        yield Fact(
            _CONSENT,
            "earlier_record",
            label,
            values=(_plain(former.record),),
            since=former.given_at,
            until=former.expires_at,
        )


def _purpose_name(collection: Collection | None, purpose: str) -> Text:
    found = collection.purpose(purpose) if collection is not None else None
    return asked(collection.id, found.label) if collection is not None and found is not None else _word(purpose)


def _purpose(purpose: str, consented: Consented, record: OnRecord, name: Text) -> Fact:
    if consented.decisions[purpose]:
        since = record.agreed_at(purpose) or consented.given_at
        return Fact(_PURPOSE, purpose, name, ("yes", say("Yes")), since=since, until=consented.expires_at)
    taken_back = record.withdrawn_at(purpose)
    if taken_back is not None:
        since = record.agreed_at(purpose) or consented.given_at
        return Fact(_PURPOSE, purpose, name, ("taken_back", say("Taken back")), since=since, until=taken_back)
    return Fact(_PURPOSE, purpose, name, ("no", say("No")), since=consented.given_at)


# --- answers -----------------------------------------------------------------------------------------------------


def _of_answers(passage: Passage, collection: Collection | None, travelling: str | None) -> Iterator[Fact]:
    """What stands submitted, what is about to take its place, and what was said before."""
    rows = list(_answer_rows(passage, collection, travelling))
    named = [fact for fact, may_be_named in rows if may_be_named]
    yield from named
    if len(named) < len(rows):
        count = str(len(rows) - len(named))
        yield Fact(ABOUT, "left_out", say("Rows that are left out of this file"), values=(_plain(count),))


def _answer_rows(
    passage: Passage, collection: Collection | None, travelling: str | None
) -> Iterator[tuple[Fact, bool]]:
    places = (passage.territory or "", *([travelling] if travelling is not None else []))
    for name in _question_ids(passage, collection):
        question = _definition(passage, collection, name)
        may_be = all(may_be_named(place, question) for place in places)
        submitted = passage.submitted.get(name)
        if submitted is not None:
            yield _answer(_ANSWER, name, question, collection, submitted.answer)._replace(since=submitted.since), may_be
        draft = passage.answers.get(name, passage.retired.get(name, NOTHING))
        if submitted is None or draft not in {submitted.answer, NOTHING}:
            yield _answer(_DRAFT, name, question, collection, draft), may_be
    for earlier in passage.earlier:
        question = _definition(passage, collection, earlier.question)
        fact = _answer(_EARLIER, earlier.question, question, collection, earlier.answer)
        may_be = all(may_be_named(place, question) for place in places)
        yield fact._replace(since=earlier.since, until=earlier.until), may_be


def _question_ids(passage: Passage, collection: Collection | None) -> Iterable[str]:
    region = collection.region(passage.territory) if collection is not None else None
    asked_now = [question.id for question in questions_for(region)] if region is not None else []
    return dict.fromkeys([*asked_now, *passage.submitted, *passage.answers, *passage.retired])


def _definition(passage: Passage, collection: Collection | None, name: str) -> Question | None:
    """The question as it is asked where somebody lives, or else as another region asks it."""
    if collection is None:
        return None
    region = collection.region(passage.territory)
    here = region.question(name) if region is not None else None
    return here or collection.question(name)


def _answer(part: Named, name: str, question: Question | None, collection: Collection | None, answer: Answer) -> Fact:
    label = asked(collection.id, question.text) if collection is not None and question is not None else _word(name)
    values = tuple((each, _option_name(each, question, collection)) for each in answer.options if each != OPT_OUT)
    status = answer.status
    return Fact(part, name, label, (status.value, _STATUS_WORDS[status]), values, answer.own_words)


def _option_name(option: str, question: Question | None, collection: Collection | None) -> Text:
    found = question.option(option) if question is not None else None
    return asked(collection.id, found.label) if collection is not None and found is not None else _word(option)


# --- letters -----------------------------------------------------------------------------------------------------


def _of_letters(record: OnRecord) -> Iterator[Fact]:
    """Each, and beneath it what was answered."""
    for number, letter in enumerate(record.letters, start=1):
        about = tuple(_plain(each) for each in (letter.collection, letter.territory) if each)
        yield Fact(
            _LETTER,
            str(number),
            say("What you wrote to a human"),
            values=about,
            own_words=letter.words,
            since=letter.at,
            until=letter.keep_until,
        )
        if letter.answer:
            yield Fact(
                _LETTER,
                f"{number}_answer",
                say("What you were answered"),
                ("not_right", say("This was not right")) if letter.not_right else None,
                (_plain(letter.answer),),
                since=letter.answered_at,
                until=letter.keep_until,
            )


# --- pay and releases --------------------------------------------------------------------------------------------


def _of_pay(record: OnRecord) -> Iterator[Fact]:
    owed = record.owed
    if owed is not None and owed.state is PayState.PAID_BEFORE:
        yield Fact(_PAY, "owed", say("Owed to you"), (owed.state.value, standing_words(owed)))
    elif owed is not None:
        value = (f"{owed.amount} {owed.currency}", money(owed))
        state = (owed.state.value, standing_words(owed))
        yield Fact(_PAY, "owed", say("Owed to you"), state, (value,), since=owed.on, until=owed.kept_until)
        if owed.way is not None:
            yield Fact(_PAY, "way", say("How it gets to you"), values=((owed.way.value, way_words(owed.way)),))
        if owed.reason is not None:
            yield Fact(_PAY, "reason", say("Why"), values=(_plain(owed.reason),))
        if owed.code is not None:
            yield Fact(_PAY, "code", say("The code"), values=(_plain(owed.code),))
        yield Fact(_PAY, "reference", say("What it is named by"), values=(_plain(owed.reference),))


def _of_releases(record: OnRecord, collection: Collection | None) -> Iterator[Fact]:
    for release in record.releases:
        purpose = (release.purpose, _purpose_name(collection, release.purpose))
        yield Fact(_RELEASE, release.recipient, _word(release.recipient), values=(purpose,), since=release.at)
