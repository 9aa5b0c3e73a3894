"""The moves themselves: what one press or one text does to a session. `flows.engine` says when each may happen."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from flows import consent
from flows.asides import CODE_PAUSE, code_must_wait
from flows.collection import CARDS, OPT_OUT, Collection, Question, Region
from flows.consent import ConsentRecord
from flows.effects import (
    Accrue,
    CleanChat,
    DeleteMessage,
    Effect,
    FoldReceipt,
    Forget,
    GiveConsent,
    KeepReceipt,
    NewCard,
    SendReceiptFile,
    StopMessages,
    Submit,
    TakeBack,
    WithdrawPurposes,
)
from flows.events import Event, Opened, looks_personal
from flows.language import negotiate
from flows.questions import NOTHING, Answer, clean_own_words, with_option, with_own_words
from flows.reconcile import at_first_card
from flows.session import Aside, Consented, Farewell, Passage, Session, Stage
from flows.shelf import Shelf
from flows.words import Text, say

SILENCE = dt.timedelta(hours=72)
"""How long a chat without consent is remembered after the last word (DESIGN, promise 1)."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A session on its way through one event, and what has come to be owed."""

    session: Session
    event: Event
    shelf: Shelf
    effects: tuple[Effect, ...] = ()
    notice: Text | None = None

    @property
    def passage(self) -> Passage:
        """The passage in hand."""
        passage = self.session.passage
        if passage is None:
            raise LookupError("no passage in hand")
        return passage

    @property
    def collection(self) -> Collection:
        """The collection in hand."""
        return self.shelf.collections[self.passage.collection]

    @property
    def region(self) -> Region:
        """The region in hand."""
        region = self.collection.region(self.passage.territory)
        if region is None:
            raise LookupError("no region in hand")
        return region

    @property
    def path(self) -> tuple[Question, ...]:
        """The questions on this person's way."""
        return self.shelf.path(self.collection, self.passage.territory or "")

    @property
    def asking(self) -> Question:
        """The question that is open."""
        return next(question for question in self.path if question.id == self.passage.asking)

    def with_session(self, **changes: Any) -> Turn:  # noqa: ANN401  # fields of Session
        """With the session changed."""
        return replace(self, session=replace(self.session, **changes))

    def with_passage(self, **changes: Any) -> Turn:  # noqa: ANN401  # fields of Passage
        """With the passage in hand changed."""
        return replace(self, session=self.session.with_passage(replace(self.passage, **changes)))

    def with_effects(self, *effects: Effect) -> Turn:
        """With more owed."""
        return replace(self, effects=(*self.effects, *effects))

    def saying(self, said: str) -> Turn:
        """With something said on top of the next screen."""
        return self.with_session(said=said)

    def aside(self, aside: Aside | None) -> Turn:
        """With an aside laid over the stage, or taken away."""
        return self.with_session(aside=aside)


Act = Callable[[Turn, str, bool | None], Turn]


@dataclass(frozen=True, slots=True)
class Move:
    """What a press does, and every stage or aside that it may lead to, other than where it began.

    Leaving one collection while another was agreed to leads to that one instead, wherever it stands.
    """

    act: Act
    to: tuple[Stage | Aside, ...] = ()
    closes: bool = False
    """Whether it leads back to what lay beneath."""


# --- opening -----------------------------------------------------------------------------------------------------


def new_session(event: Event, shelf: Shelf) -> Session:
    """A chat that nothing is known of. Steps begin at a random number, so that an old card's taps never fit."""
    languages = shelf.languages or ("en",)
    session = Session(
        language=negotiate(event.language_code, languages), step=int.from_bytes(event.token[24:28], "big") + 1
    )
    return _at_the_door(session, shelf, event.at)


def _at_the_door(session: Session, shelf: Shelf, now: dt.datetime) -> Session:
    """With no collection in hand: into the only one that is open, or to the choice."""
    offered = shelf.offered(now.date())
    if len(offered) == 1:
        return _in_collection(session, offered[0], None)
    return replace(session, aside=Aside.COLLECTIONS if offered else Aside.CLOSED)


def opened(turn: Turn, event: Opened) -> Turn:
    """/start, a deep link or a first message: the linked collection, or where the contributor left off."""
    shelf, session = turn.shelf, _put_away(turn).session
    linked = next((c for c in shelf.offered(event.at.date()) if c.id == event.collection), None)
    if linked is not None:
        session = _in_collection(session, linked, event.participant)
    elif session.passage is not None:
        session = replace(session, aside=None)
    else:
        session = _at_the_door(session, shelf, event.at)
    return replace(turn, session=session).with_effects(NewCard())


def _in_collection(session: Session, collection: Collection, participant: str | None) -> Session:
    passage = session.passages.get(collection.id) or Passage(collection.id)
    if participant and passage.consented is None and not looks_personal(participant):
        passage = replace(passage, participant=participant)
    return replace(session.with_passage(passage), current=collection.id, aside=None)


def choose_collection(turn: Turn, value: str, _on: bool | None) -> Turn:
    """One of several open collections."""
    return replace(turn, session=_in_collection(turn.session, turn.shelf.collections[value], None))


# --- place and cards ---------------------------------------------------------------------------------------------


def live_in(turn: Turn, value: str, _on: bool | None) -> Turn:
    """The contributor said where they live; the cards follow, in a language that the region has."""
    region = turn.collection.region(value)
    if region is None:
        return turn
    spoken = tuple(language for language in region.languages if language in turn.collection.documents)
    language = turn.session.language if turn.session.language in spoken else negotiate(turn.session.language, spoken)
    document = turn.shelf.document(turn.collection, language, value)
    session = turn.session.with_passage(at_first_card(turn.passage, document, turn.event.at))
    return replace(turn, session=replace(session, language=language))


def not_listed(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """The place is not open: a kind end."""
    return farewell(turn, Farewell.NOT_LISTED)


def farewell(turn: Turn, why: Farewell) -> Turn:
    """End without consent. Where another collection was agreed to, only this passage goes, and that one is shown."""
    if turn.session.passage is not None:
        turn = replace(turn, session=turn.session.without_passage(turn.passage.collection))
    if turn.session.consents:
        return turn.with_session(current=None, aside=None).saying("nothing_kept")
    return _gone(turn, why)


def next_card(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """On to the next card, or to the decision."""
    passage = turn.passage
    if passage.card + 1 >= CARDS:
        return turn.with_passage(stage=Stage.DECIDE, unfolded=False, misread=0)
    return turn.with_passage(card=passage.card + 1, unfolded=False, misread=0)


def answer_card(turn: Turn, value: str, _on: bool | None) -> Turn:
    """An answer to "did we explain this well?". Off the mark, we explain once more; nobody is shut out."""
    passage = turn.passage
    document = turn.shelf.document(turn.collection, turn.session.language, passage.territory or "")
    question = document.cards[passage.card].question
    understood = question is not None and int(value) == question.right
    if len(passage.card_answers) < passage.card:
        # One answer a card, the first one, in the cards' order (cards 2 to 4 have a question).
        turn = turn.with_passage(card_answers=(*passage.card_answers, understood))
    if understood:
        return next_card(turn, value, None)
    return turn.with_passage(misread=passage.misread + 1)


def unfold_card(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """More: the card's full text."""
    return turn.with_passage(unfolded=True)


def fold_card(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Less: the card alone."""
    return turn.with_passage(unfolded=False)


def back_a_card(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """One card back, or to the question where the contributor lives."""
    if turn.passage.card == 0:
        return turn.with_passage(stage=Stage.PLACE, territory=None, unfolded=False)
    return turn.with_passage(card=turn.passage.card - 1, unfolded=False, misread=0)


# --- deciding ----------------------------------------------------------------------------------------------------


def back_to_cards(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """From the decision back to the last card."""
    return turn.with_passage(stage=Stage.CARDS, card=CARDS - 1, unfolded=False, misread=0)


def purpose_yes(turn: Turn, value: str, _on: bool | None) -> Turn:
    """Yes to one optional purpose."""
    return turn.with_passage(decisions={**turn.passage.decisions, value: True})


def purpose_no(turn: Turn, value: str, _on: bool | None) -> Turn:
    """No to one optional purpose, as if untouched."""
    return turn.with_passage(decisions={**turn.passage.decisions, value: False})


def decline(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """No: a kind end, nothing kept."""
    return farewell(turn, Farewell.DECLINED)


def under_age(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Too young: a kind end, nothing kept."""
    return farewell(turn, Farewell.UNDER_AGE)


def agree(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Consent, purpose by purpose, to exactly the cards that were shown."""
    if turn.passage.territory not in _open_territories(turn):
        return farewell(turn, Farewell.CLOSED)
    record = _record(turn)
    code = consent.receipt_code(turn.event.token[16:21])
    document = turn.shelf.document(turn.collection, turn.session.language, turn.region.territory)
    linked = turn.passage.participant if _links(turn.collection, record) else None
    consented = Consented(
        record.id,
        record.version,
        record.language,
        record.sha256,
        record.given_at,
        record.expires_at,
        record.decisions,
        consent.hash_code(code),
    )
    turn = turn.with_passage(
        consented=consented, code=code, participant=linked, decisions={}, card_answers=(), misread=0
    ).with_effects(GiveConsent(record, document, linked), KeepReceipt())
    if any(p.uses == "contact" and record.agreed(p.id) for p in turn.collection.purposes):
        turn = turn.with_session(stopped=False)
    return _ask(_accrue(turn, "consent"), turn.path[0].id if turn.path else None)


def _open_territories(turn: Turn) -> frozenset[str]:
    return frozenset(region.territory for region in turn.shelf.regions(turn.collection, turn.event.at.date()))


def _record(turn: Turn) -> ConsentRecord:
    collection, passage, event = turn.collection, turn.passage, turn.event
    document = turn.shelf.document(collection, turn.session.language, turn.region.territory)
    optional = collection.optional_purposes(linked=passage.participant is not None)
    decisions = {purpose.id: True for purpose in collection.required_purposes}
    decisions |= {purpose.id: passage.decisions.get(purpose.id, False) for purpose in optional}
    return ConsentRecord(
        id=str(uuid.UUID(bytes=event.token[:16], version=4)),
        collection=collection.id,
        version=collection.consent.version,
        language=document.language,
        territory=document.territory,
        sha256=document.sha256,
        shown_at=passage.shown_at or event.at,
        given_at=event.at,
        expires_at=consent.after(event.at, collection.consent.expires),
        decisions=decisions,
        card_answers=passage.card_answers,
        minimum_age=turn.region.minimum_age,
    )


def _links(collection: Collection, record: ConsentRecord) -> bool:
    return any(purpose.needs_participant and record.agreed(purpose.id) for purpose in collection.purposes)


# --- questions ---------------------------------------------------------------------------------------------------


def _accrue(turn: Turn, when: str) -> Turn:
    if turn.passage.accrued or turn.collection.compensation.accrues != when:
        return turn
    return turn.with_passage(accrued=True).with_effects(Accrue(turn.passage.collection))


def _ask(turn: Turn, question_id: str | None) -> Turn:
    """Open a question, or the review where none is left."""
    if question_id is None:
        return _to_review(turn)
    opened = turn.with_passage(stage=Stage.QUESTION, asking=question_id, folded=False, revealed=False)
    return _stop_describing(opened)


def _stop_describing(turn: Turn) -> Turn:
    """Wait for no words any more; `advance` has those deleted from the chat that were too long to keep."""
    return turn.with_passage(describing=False, unkept=())


def _to_review(turn: Turn) -> Turn:
    return _stop_describing(
        turn.with_passage(stage=Stage.REVIEW, asking=None, returning=False, folded=False, revealed=False)
    )


def _leave_question(turn: Turn) -> Turn:
    """On from the open question. One that was left out counts as seen, so pay does not look at answers."""
    ids = [question.id for question in turn.path]
    place = ids.index(turn.asking.id) + 1
    if place * 2 >= len(ids):
        turn = _accrue(turn, "half")
    if place == len(ids):
        turn = _accrue(turn, "last_question")
    if turn.passage.returning or place == len(ids):
        return _to_review(turn)
    return _ask(turn, ids[place])


def _with_answer(turn: Turn, option_id: str, *, on: bool) -> Turn:
    answer = with_option(turn.asking, turn.passage.answers.get(turn.asking.id, NOTHING), option_id, on=on)
    return _keep(turn, answer)


def _keep(turn: Turn, answer: Answer) -> Turn:
    """Keep the open question's answer. One with nothing left in it is no answer: the question counts as unmet."""
    answers = {name: kept for name, kept in turn.passage.answers.items() if name != turn.asking.id}
    if answer.options:
        answers[turn.asking.id] = answer
    return turn.with_passage(answers=answers)


def choose(turn: Turn, value: str, _on: bool | None) -> Turn:
    """A single choice; it advances at once."""
    return _leave_question(_with_answer(turn, value, on=True))


def tick(turn: Turn, value: str, on: bool | None) -> Turn:
    """Set or unset one of several. The opt-out stands alone, and is an answer that needs no more presses."""
    if value == OPT_OUT:
        return _leave_question(_with_answer(turn, OPT_OUT, on=True))
    return _with_answer(turn, value, on=on is not False)


def done(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Done with several. Nothing chosen: say how a question can be left out."""
    if turn.asking.id not in turn.passage.answers:
        return replace(turn, notice=say("Choose what fits, or “Prefer not to answer”. Both are fine."))
    return _leave_question(turn)


def describe(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Wait for own words."""
    return turn.with_passage(describing=True)


def undescribe(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Take own words out again."""
    described = turn.asking.own_words_option
    turn = _with_answer(turn, described.id, on=False) if described else turn
    return _stop_describing(turn)


def awaits_text(session: Session) -> bool:
    """Whether a typed text is meant as an answer here: own words, or the receipt code."""
    if session.aside is not None:
        return session.aside is Aside.CODE
    return session.passage is not None and session.passage.describing


def own_words(turn: Turn, value: str, _on: bool | None) -> Turn:
    """Own words: kept and taken out of the chat, or asked for once more where they are too long."""
    message = _message(turn.event)
    words = clean_own_words(value)
    limit = turn.asking.own_words_limit
    if not words:
        return turn.saying("buttons").with_effects(NewCard())
    if len(words) > limit:
        unkept = (*turn.passage.unkept, message)
        return turn.with_passage(unkept=unkept).saying(f"too_long:{len(words)}").with_effects(NewCard())
    answer = with_own_words(turn.asking, turn.passage.answers.get(turn.asking.id, NOTHING), words)
    turn = _stop_describing(_keep(turn, answer)).with_effects(DeleteMessage(message)).saying("kept")
    return _leave_question(turn) if turn.asking.kind == "one" else turn


def _message(event: Event) -> int:
    return getattr(event, "message", 0)


def show_folded(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Open a folded card again; after submitting, with the code."""
    if turn.passage.submitted_at is not None:
        return turn.aside(Aside.CODE)
    return turn.with_passage(folded=False)


def back_a_question(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Back: out of own words, to the review where the question was opened there, or to the question before."""
    if turn.passage.describing:
        return _stop_describing(turn)
    if turn.passage.returning:
        return _to_review(turn)
    ids = [question.id for question in turn.path]
    place = ids.index(turn.asking.id)
    return _ask(turn, ids[place - 1]) if place else turn


def pause(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Pause: what was open folds."""
    return _over(turn, Aside.PAUSED)


def shows_sensitive(session: Session, shelf: Shelf) -> bool:
    """Whether sensitive ticks or words stand on the card: while their question is open, or after a press to see."""
    passage = session.passage
    if passage is None or passage.consented is None:
        return False
    return passage.revealed or (session.aside is None and not passage.folded and _has_sensitive_ticks(passage, shelf))


def _has_sensitive_ticks(passage: Passage, shelf: Shelf) -> bool:
    """Whether the question in hand is sensitive and answered."""
    if passage.stage is not Stage.QUESTION or passage.describing or passage.asking not in passage.answers:
        return False
    path = shelf.path(shelf.collections[passage.collection], passage.territory or "")
    return any(question.id == passage.asking and question.sensitive for question in path)


def _put_away(turn: Turn) -> Turn:
    """Fold what is open and hide what was revealed."""
    passage = turn.session.passage
    if passage is None:
        return turn
    return turn.with_passage(folded=passage.folded or _has_sensitive_ticks(passage, turn.shelf), revealed=False)


def fold_idle(turn: Turn, step: int) -> Turn:
    """Some idle minutes have passed: fold what is open, unless the contributor has moved on."""
    open_still = turn.session.step == step and shows_sensitive(turn.session, turn.shelf)
    return _put_away(turn) if open_still else turn


# --- review ------------------------------------------------------------------------------------------------------


def change(turn: Turn, value: str, _on: bool | None) -> Turn:
    """Change one answer. After submitting, a sensitive one needs the code: its card would show it."""
    question = next((question for question in turn.path if question.id == value), None)
    if question is None:
        return turn
    if question.sensitive and turn.passage.submitted_at is not None and not turn.passage.revealed:
        return turn.aside(Aside.CODE)
    return _ask(turn.with_passage(returning=True), value)


def reveal(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Show sensitive answers: on a press while they are being given, with the code after submitting."""
    if turn.passage.submitted_at is not None:
        return turn.aside(Aside.CODE)
    return turn.with_passage(revealed=True)


def hide(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Hide them again."""
    return turn.with_passage(revealed=False)


def release_exactly(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Pass answers on as said."""
    return turn.with_passage(exactly=True)


def release_broader(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Pass answers on in a broader group when few share them."""
    return turn.with_passage(exactly=False)


def submit(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Submit, unless a question has appeared that was not met yet: then that one first."""
    unmet = next((question.id for question in turn.path if question.id not in turn.passage.answers), None)
    if unmet is not None:
        return _ask(turn.with_passage(returning=True), unmet)
    turn = turn.with_passage(stage=Stage.THANKS, submitted_at=turn.event.at, revealed=False, code=None).with_effects(
        Submit(turn.passage.collection)
    )
    if turn.session.passage is not None and turn.session.passage.consented is not None:
        turn = turn.with_effects(FoldReceipt())
    return _accrue(_accrue(turn, "last_question"), "half")


def back_from_review(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Back to the last question; after submitting, back to the thanks."""
    if turn.passage.submitted_at is not None:
        return turn.with_passage(stage=Stage.THANKS, revealed=False)
    return _ask(turn, turn.path[-1].id) if turn.path else turn


def edit(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """/edit: to the review, where each answer can be changed."""
    passage = turn.session.passage
    if passage is None or passage.consented is None:
        return turn.aside(Aside.MY_DATA).saying("nothing_to_edit") if passage else turn.saying("nothing_to_edit")
    if passage.stage is Stage.QUESTION and passage.submitted_at is None:
        unmet = [question for question in turn.path if question.id not in passage.answers]
        if unmet:
            return _put_away(turn).aside(None)
    if passage.territory not in _open_territories(turn):
        return _put_away(turn).aside(None)
    return _to_review(turn.aside(None))


# --- what is held ------------------------------------------------------------------------------------------------


def open_my_data(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """/mydata."""
    return _over(turn, Aside.MY_DATA)


def ask_receipt_file(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Say what a file reveals before sending it."""
    return turn.aside(Aside.RECEIPT_FILE)


def send_receipt_file(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Send the receipt that machines read, for the consent in hand or the first one that stands."""
    passage = turn.session.passage
    if passage is None or passage.consented is None:
        passage = next(iter(turn.session.consents), None)
    if passage is None:
        return turn.aside(Aside.MY_DATA)
    return turn.aside(Aside.MY_DATA).saying("file_sent").with_effects(SendReceiptFile(passage.collection))


def typed_code(turn: Turn, value: str, _on: bool | None) -> Turn:
    """The code from the receipt opens sensitive answers; five tries, then an hour's pause."""
    passage, now = turn.passage, turn.event.at
    turn = turn.with_effects(DeleteMessage(_message(turn.event)))
    if code_must_wait(passage, now):
        return turn
    if passage.consented is not None and consent.same_code(value, passage.consented.code_hash):
        return _unlocked(turn.with_passage(code_tries=0, code_tried_at=None))
    lately = passage.code_tried_at is not None and now - passage.code_tried_at < CODE_PAUSE
    return turn.with_passage(code_tries=passage.code_tries + 1 if lately else 1, code_tried_at=now)


def _unlocked(turn: Turn) -> Turn:
    """After the right code: the folded card opens, or the review or what is held shows its answers."""
    if turn.passage.stage is Stage.QUESTION and turn.passage.folded:
        return turn.with_passage(folded=False).aside(None)
    under = None if turn.passage.stage is Stage.REVIEW else Aside.MY_DATA
    return turn.with_passage(revealed=True).aside(under)


# --- asides ------------------------------------------------------------------------------------------------------


def _over(turn: Turn, aside: Aside) -> Turn:
    """Lay an aside over the stage; what was open folds."""
    return _put_away(turn).aside(aside)


def open_help(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """/help."""
    return _over(turn, Aside.HELP)


def open_privacy(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """/privacy, answered to anybody."""
    return _over(turn, Aside.PRIVACY)


def open_language(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """/language."""
    return _over(turn, Aside.LANGUAGE)


def close(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Back to what lay beneath: from what is held's own cards to what is held, otherwise to the stage."""
    if turn.session.aside is Aside.RECEIPT_FILE:
        return turn.aside(Aside.MY_DATA)
    if turn.session.passage is None:
        return turn.aside(None)
    over_what_is_held = turn.session.aside is Aside.CODE and turn.passage.stage is Stage.THANKS
    return turn.with_passage(revealed=False).aside(Aside.MY_DATA if over_what_is_held else None)


def speak(turn: Turn, value: str, _on: bool | None) -> Turn:
    """Another language. Before consent `reconcile` begins the cards anew in it: agreeing is to text that was read."""
    if value not in turn.shelf.languages:
        return turn
    return close(turn.with_session(language=value, language_chosen=True), value, None)


# --- leaving -----------------------------------------------------------------------------------------------------


def open_leave(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """/leave, /stop, /withdraw, /wipe."""
    return _over(turn, Aside.LEAVE)


def open_take_back(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """All of it, or a purpose?"""
    return turn.aside(Aside.TAKE_BACK)


def open_leave_all(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """All three: one press before."""
    return turn.aside(Aside.LEAVE_ALL)


def clean_chat(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Delete what can be deleted; the card comes anew."""
    return turn.saying("cleaned").with_effects(CleanChat(), NewCard())


def stop_messages(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Nothing unasked any more: purposes that use the contact end with it."""
    for passage in turn.session.consents:
        collection = turn.shelf.collections.get(passage.collection)
        contact = [p.id for p in collection.purposes if p.uses == "contact"] if collection else []
        turn = _end_purposes(turn, passage, tuple(contact))
    return turn.with_session(stopped=True).saying("stopped").with_effects(StopMessages())


def _end_purposes(turn: Turn, passage: Passage, purposes: tuple[str, ...]) -> Turn:
    consented = passage.consented
    ended = tuple(p for p in purposes if consented is not None and consented.decisions.get(p))
    if consented is None or not ended:
        return turn
    decisions = {**consented.decisions, **dict.fromkeys(ended, False)}
    changed = replace(passage, consented=replace(consented, decisions=decisions))
    session = turn.session.with_passage(changed)
    return replace(turn, session=session).with_effects(WithdrawPurposes(passage.collection, ended))


def take_back_purpose(turn: Turn, value: str, _on: bool | None) -> Turn:
    """End one purpose. With one that taking part needs, or the last that uses answers, the answers go too."""
    collection_id, _, purpose = value.partition("/")
    passage = turn.session.passages.get(collection_id)
    if passage is None or passage.consented is None:
        return turn
    collection = turn.shelf.collections[collection_id]
    ended = collection.purpose(purpose)
    left = set(passage.consented.live_purposes()) - {purpose}
    needed = ended is not None and ended.required
    if needed or not any(p.uses == "answers" and p.id in left for p in collection.purposes):
        return _take_back(turn, collection_id)
    turn = _end_purposes(turn, passage, (purpose,))
    if ended is not None and ended.needs_participant:
        turn = replace(
            turn, session=turn.session.with_passage(replace(turn.session.passages[collection_id], participant=None))
        )
    return turn.saying("purpose_ended")


def _take_back(turn: Turn, collection: str) -> Turn:
    session = turn.session.without_passage(collection)
    turn = replace(turn, session=session).with_effects(TakeBack(collection))
    if session.consents:
        return turn.aside(Aside.LEFT)
    return _gone(turn, Farewell.TAKEN_BACK)


def _gone(turn: Turn, why: Farewell) -> Turn:
    return turn.with_session(aside=Aside.GOODBYE, farewell=why, passages={}, current=None).with_effects(Forget())


def take_back_all(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Everything that is held, at once."""
    if not turn.session.consents:
        return _gone(turn, Farewell.DECLINED)
    for passage in turn.session.consents:
        turn = turn.with_effects(TakeBack(passage.collection))
    return _gone(turn, Farewell.TAKEN_BACK)


def leave_all(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Clean the chat, send nothing more, take everything back."""
    held = bool(turn.session.consents)
    for passage in turn.session.consents:
        turn = turn.with_effects(TakeBack(passage.collection))
    turn = turn.with_effects(StopMessages(), CleanChat(), NewCard())
    return _gone(turn, Farewell.LEFT_ALL if held else Farewell.DECLINED)


# --- what comes due ----------------------------------------------------------------------------------------------


def silence(turn: Turn) -> Turn | None:
    """72 hours without a word: what was not agreed to goes. None where nothing of the chat is left."""
    if not _is_silent(turn):
        return turn
    for passage in turn.session.passages.values():
        if passage.consented is None:
            turn = replace(turn, session=turn.session.without_passage(passage.collection))
    return turn if turn.session.consents else None


def _is_silent(turn: Turn) -> bool:
    heard = turn.session.heard_at or turn.event.at
    return turn.event.at - heard >= SILENCE


def lapse(turn: Turn, collection: str) -> Turn:
    """A consent has come to its end: what was held under it goes, and with the last one the silent chat too."""
    passage = turn.session.passages.get(collection)
    if passage is None or passage.consented is None or passage.consented.expires_at > turn.event.at:
        return turn
    turn = replace(turn, session=turn.session.without_passage(collection))
    turn = turn.with_effects(TakeBack(collection, lapsed=True))
    return turn if turn.session.consents or not _is_silent(turn) else turn.with_effects(Forget())
