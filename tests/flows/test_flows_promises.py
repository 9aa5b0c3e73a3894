"""Promises that hold whatever happens, in any order: thousands of random sequences, each held against all of them."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from dataclasses import replace
from html import unescape

import pytest
from hypothesis import example, given, settings
from made_up import BEGINNING, demographics, shelves, texts
from promise import Promises, Walked
from walker import Walker, calm, loaded, saved
from walks import OWN_WORDS, Beginning, Doings, Happening, beginnings, doings, ran_out, walk_from

from flows.collection import Collection, Question
from flows.consent import same_code
from flows.effects import (
    Accrue,
    Count,
    DeleteMessage,
    FoldLater,
    Forget,
    GiveConsent,
    NewCard,
    RenewConsent,
    Submit,
    TakeBack,
)
from flows.engine import ANYWHERE, COMMANDS, INVITES, OPENERS, STAGES, advance, current_screen, is_halted, whereabouts
from flows.events import (
    Commanded,
    ConsentEnding,
    ConsentLapsed,
    FoldingDue,
    HaltedAround,
    InviteAnswer,
    InviteAnswered,
    Opened,
    ReminderDue,
    ReturnDue,
    SilenceDue,
    Tapped,
    Typed,
    looks_personal,
)
from flows.moves.coming_due import SILENCE
from flows.moves.turn import Move
from flows.on_record import Records
from flows.questions import Answer, Status, exclusive_options
from flows.reconcile import reconcile
from flows.renewal import BETWEEN_CONSENTS
from flows.screens import Screen, Style
from flows.session import RECEIPTS, Aside, Passage, Session, Stage, session_to_json
from flows.shelf import Shelf

promise = Promises()


def is_live(passage: Passage, collection: Collection | None, now: dt.datetime) -> bool:
    """Whether a passage stands on a consent: given, not over, and with everything that taking part needs."""
    consented = passage.consented
    if consented is None or consented.expires_at <= now:
        return False
    required = collection.required_purposes if collection is not None else ()
    return all(consented.decisions.get(purpose.id) is True for purpose in required)


# --- consent ---------------------------------------------------------------------------------------------------------


@promise
def no_answer_is_kept_and_nothing_submitted_or_owed_without_a_live_consent(walk: Walked) -> None:
    """Answers, submissions and pay stand on a consent that was given, is not over, and covers what is required."""
    for each in walk:
        after = each.after
        asked = isinstance(each.event, Tapped | Typed | Opened | Commanded)
        for passage in after.passages.values() if after is not None else ():
            now = each.now if asked else BEGINNING  # a consent that ran out goes when the chat is next heard of
            if passage.answers or passage.retired or passage.accrued or passage.submitted_at or passage.asking:
                assert is_live(passage, each.shelf.collections.get(passage.collection), now)
        for effect in each.step.effects:
            if isinstance(effect, Submit | Accrue):
                assert after is not None
                collection = each.shelf.collections[effect.collection]
                assert is_live(after.passages[effect.collection], collection, each.now)


@promise
def a_consent_is_to_what_was_pressed_and_to_cards_that_were_all_shown(walk: Walked) -> None:
    """Yes is only what was pressed Yes to, untouched is No, and the fingerprint is of cards that were all on screen.

    Before another consent, untouched is what was decided before, as far as it means the same today; and cards that
    changed may be read, while those of another place are.
    """
    pressed: dict[tuple[str, str], bool] = {}
    shown: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
    for each in walk:
        _note_decisions(each, pressed)
        for effect in each.step.effects:
            if isinstance(effect, GiveConsent | RenewConsent):
                record = effect.record
                assert each.live
                assert each.pressed is not None
                assert each.pressed.verb == "agree"
                collection = each.shelf.collections[record.collection]
                untouched = _untouched(each, record.collection) if isinstance(effect, RenewConsent) else frozenset()
                for purpose in collection.purposes:
                    wanted = purpose.required or pressed.get((record.collection, purpose.id), purpose.id in untouched)
                    assert record.agreed(purpose.id) <= wanted
                assert all(record.agreed(purpose.id) for purpose in collection.required_purposes)
                if isinstance(effect, GiveConsent) or moves(each, effect):
                    assert shown[(record.collection, record.sha256)] == {0, 1, 2, 3}
                assert effect.document.sha256 == record.sha256
                open_now = each.shelf.regions(collection)
                assert record.territory in {region.territory for region in open_now}
        _note_cards(each, shown)


def moves(each: Happening, renewal: RenewConsent) -> bool:
    """Whether a consent that follows another is to the rules of another place."""
    assert each.before is not None
    before = each.before.passages[renewal.record.collection].consented
    assert before is not None
    return renewal.record.territory != before.territory


def _note_decisions(each: Happening, pressed: dict[tuple[str, str], bool]) -> None:
    """What was pressed at the decision that somebody stands before; who comes to it anew has pressed nothing yet."""
    if each.pressed is None or each.before is None or not each.live:
        return
    current = each.before.current or ""
    if each.pressed.verb in {"purpose_yes", "purpose_no"}:
        pressed[(current, each.pressed.value)] = each.pressed.verb == "purpose_yes"
    elif each.pressed.verb in {"decide", "read_cards"}:
        for key in [key for key in pressed if key[0] == current]:
            del pressed[key]


def _untouched(each: Happening, collection: str) -> frozenset[str]:
    """Uses with a yes in the consent before this one that mean today what they meant then."""
    assert each.before is not None
    before = each.before.passages[collection].consented
    assert before is not None
    then, now = each.before_it[collection].meant, each.shelf.meanings(collection, before.language)
    return frozenset(name for name in before.live_purposes() if name in then and then[name] == now.get(name))


def _note_cards(each: Happening, shown: defaultdict[tuple[str, str], set[int]]) -> None:
    after = each.after
    if after is None or not each.step.shows or after.aside is not None:
        return
    passage = after.passage
    if passage is not None and passage.stage is Stage.CARDS:
        collection = each.shelf.collections[passage.collection]
        document = each.shelf.document(collection, after.language, passage.territory or "")
        shown[(passage.collection, document.sha256)].add(passage.card)


@promise
def nobody_who_reads_the_cards_is_thrown_back_or_spoken_to_otherwise_without_a_word(walk: Walked) -> None:
    """Where the place closes, or its language, that is said; and text to agree to changes its language only by a press
    on a language, or says so."""
    for each in walk:
        before, after = each.before, each.after
        if before is None or after is None or not each.step.shows or after.aside is Aside.GOODBYE:
            continue
        passage = before.passages.get(before.current or "")
        if passage is None or passage.consented is not None:
            continue
        met = reconcile(before, each.shelf, each.now).passages.get(passage.collection)
        if passage.stage in {Stage.CARDS, Stage.DECIDE} and (met is None or met.stage is Stage.PLACE):
            assert after.said is not None
        is_about_to_agree = after.passage is not None and after.passage.stage in BETWEEN_CONSENTS
        chosen = each.pressed is not None and each.pressed.verb == "speak"
        if after.language != before.language and after.aside is None and is_about_to_agree and not chosen:
            assert after.said is not None


@promise
def a_participant_code_is_opaque_and_kept_only_under_its_purpose(walk: Walked) -> None:
    """After consent a code stays only where linking was agreed to; what could be a name or a number never stays."""
    for each in walk:
        for passage in each.after.passages.values() if each.after is not None else ():
            if passage.participant is None:
                continue
            assert not looks_personal(passage.participant)
            collection = each.shelf.collections.get(passage.collection)
            if passage.consented is not None and collection is not None:
                linking = [purpose.id for purpose in collection.purposes if purpose.needs_participant]
                assert any(passage.consented.decisions.get(purpose) for purpose in linking)


# --- leaving nothing behind ------------------------------------------------------------------------------------------

_ENDINGS = {"decline", "under_age", "not_listed", "take_back_all", "leave_all"}
_STAYS_AFTER_GOODBYE = {"format", "language", "step", "aside", "farewell", "language_chosen", "heard_at", "stopped"}
_OF_THE_RECEIPT = {"receipt_first"}


@promise
def nothing_is_kept_after_a_no_and_after_leaving(walk: Walked) -> None:
    """Declining, being under age, living elsewhere, leaving: the passage is gone, and with the last one the chat."""
    for each in walk:
        after = each.after
        if after is not None and after.aside is Aside.GOODBYE:
            assert not after.passages
            assert session_to_json(after).keys() <= _STAYS_AFTER_GOODBYE | _OF_THE_RECEIPT | {"said"}
        if each.pressed is None or each.pressed.verb not in _ENDINGS or not each.live:
            continue
        assert after is not None
        assert each.before is not None
        held = [passage.collection for passage in each.before.consents]
        gone = {effect.collection for effect in each.step.effects if isinstance(effect, TakeBack)}
        if each.pressed.verb in {"take_back_all", "leave_all"}:
            assert gone == set(held)
        elif after.aside is not Aside.GOODBYE and each.before.current not in held:
            assert each.before.current not in after.passages
        if after.aside is Aside.GOODBYE:
            assert Forget() in each.step.effects


@promise
def the_receipt_for_leaving_is_there_before_anything_begins_anew(walk: Walked) -> None:
    """Whatever is sent until then shows it again, does nothing else, and asks for nothing."""
    for each in walk:
        if each.before is None or not each.before.receipt_first or not each.step.shows:
            continue
        assert each.after is not None
        assert each.after.receipt_first
        assert each.after.farewell in RECEIPTS
        assert each.screen is not None
        assert each.screen.name == f"goodbye-{each.after.farewell}"
        assert {type(effect) for effect in each.step.effects} <= {NewCard}


@promise
def nobody_is_held_by_a_receipt_that_is_there(walk: Walked) -> None:
    """Also where the chat is still kept for something that is owed beside it."""
    last = walk[-1]
    if last.after is None or last.after.farewell not in RECEIPTS:
        return
    back = Walker(last.shelf)
    back.session, back.now = replace(last.after, receipt_first=False), last.now
    assert not back.opens().name.startswith("goodbye")


@promise
def who_is_under_an_age_is_enrolled_nowhere_that_asks_for_it(walk: Walked) -> None:
    """Wherever they say so: what they had agreed to in such a place is taken back, and anything else stays."""
    for each in walk:
        if each.pressed is None or each.pressed.verb != "under_age" or not each.live:
            continue
        assert each.before is not None
        assert each.after is not None
        age = asked_age(each, each.before.passages[each.before.current or ""])
        assert age is not None
        is_too_young = {p.collection: age <= (asked_age(each, p) or 0) for p in each.before.consents}
        gone = {effect.collection for effect in each.step.effects if isinstance(effect, TakeBack)}
        assert gone == {name for name, too_young in is_too_young.items() if too_young}
        assert {p.collection for p in each.after.consents} == is_too_young.keys() - gone
        if is_too_young:
            assert each.after.said == "too_young"


def asked_age(each: Happening, passage: Passage) -> int | None:
    """From which age on people take part where somebody lives."""
    collection = each.shelf.collections.get(passage.collection)
    region = collection.region(passage.territory) if collection is not None else None
    return region.minimum_age if region is not None else None


@promise
def silence_leaves_nothing_that_was_not_agreed_to(walk: Walked) -> None:
    """After 72 hours without a word only consents stay, and where there is none the chat is gone."""
    for each in walk:
        if isinstance(each.event, SilenceDue) and each.before is not None:
            heard = each.before.heard_at
            assert heard is not None
            if each.now - heard < SILENCE:
                assert each.after == each.before
            elif each.after is None:
                assert not each.before.consents
            else:
                assert all(passage.consented is not None for passage in each.after.passages.values())
                assert each.after.consents == each.before.consents


@promise
def where_somebody_travels_is_forgotten_when_it_is_due_and_nobody_is_shown_it(walk: Walked) -> None:
    """Not before its time; and then no consent goes with it."""
    for each in walk:
        if not isinstance(each.event, ReturnDue) or each.before is None:
            continue
        assert each.after is not None
        assert not each.step.shows
        if each.before.travelling_until is None or each.before.travelling_until > each.now:
            assert each.after == each.before
        else:
            assert (each.after.travelling, each.after.travelling_until) == (None, None)
            assert "travelling" not in (each.after.said or "")
            assert [p.consented for p in each.after.consents] == [p.consented for p in each.before.consents]


# --- answers ---------------------------------------------------------------------------------------------------------


@promise
def an_answer_is_one_of_four_things_and_what_stands_alone_stands_alone(walk: Walked) -> None:
    """The opt-out and exclusive options have no company, a single choice is one, own words need their option."""
    for each in walk:
        for passage in each.after.passages.values() if each.after is not None else ():
            collection = each.shelf.collections.get(passage.collection)
            if collection is None or collection.region(passage.territory) is None:
                continue
            if each.step.shows:
                path = {question.id: question for question in each.shelf.path(collection, passage.territory or "")}
                assert passage.answers.keys() <= path.keys()
                for name, answer in passage.answers.items():
                    assert is_sound(path[name], answer)


def is_sound(question: Question, answer: Answer) -> bool:
    """Whether an answer is one that the question allows."""
    alone = set(answer.options) & exclusive_options(question)
    described = question.own_words_option
    return (
        answer.status in {Status.ANSWERED, Status.PREFER_NOT_TO_ANSWER}
        and (not alone or len(answer.options) == 1)
        and (question.kind == "several" or len(answer.options) == 1)
        and (answer.own_words is None or (described is not None and described.id in answer.options))
    )


def plain(screen: Screen, language: str = "en") -> str:
    """A screen's words without markup."""
    return (
        unescape(re.sub(r"</?[bi]>", "", texts().screen(screen, language))).replace("\u2068", "").replace("\u2069", "")
    )


def stands_there(screen: Screen, passage: Passage, question: Question) -> bool:
    """Whether a screen gives a question's answer away: ticks on its card, or its words read back."""
    answer = passage.answers.get(question.id)
    if answer is None or answer.status is not Status.ANSWERED:
        return False
    words = plain(screen)
    if answer.own_words is not None and answer.own_words in words:
        return True
    if screen.name == f"question-{question.id}":
        labels = " ".join(texts().plain(choice.label, "en") for choice in screen.choices)
        return any(mark in words + labels for mark in "☑●")
    if screen.name not in {"review", "my-data"}:
        return False
    chosen = [option.label for option in question.options if option.id in answer.options and not option.own_words]
    line = next((line for line in words.splitlines() if question.text in line), "")
    return any(label in line for label in chosen)


def sensitive_shown(session: Session | None, shelf: Shelf, now: dt.datetime, records: Records) -> set[tuple[str, str]]:
    """The collections and sensitive questions whose answers the screen gives away."""
    if session is None:
        return set()
    screen = current_screen(session, shelf, now, records)
    shown = set()
    for passage in session.passages.values():
        collection = shelf.collections.get(passage.collection)
        path = shelf.path(collection, passage.territory or "") if collection is not None else ()
        shown |= {(passage.collection, q.id) for q in path if q.sensitive and stands_there(screen, passage, q)}
    return shown


@promise
def sensitive_answers_show_only_while_open_or_asked_for_and_later_only_with_the_code(walk: Walked) -> None:
    """On their own open card, or after a press to see them; once submitted, the code comes first."""
    shown_before: set[tuple[str, str]] = set()
    for each in walk:
        after = each.after
        shown = sensitive_shown(after, each.shelf, each.now, each.records)
        passage = after.passage if after is not None else None
        if shown:
            assert after is not None
            assert passage is not None
            assert {collection for collection, _ in shown} == {passage.collection}, "what is in hand, or looked at"
            on_its_card = after.aside is None and passage.stage is Stage.QUESTION and not passage.folded
            assert passage.revealed or (on_its_card and shown == {(passage.collection, passage.asking)})
            if not (shown <= shown_before) and passage.submitted_at is not None:
                assert unlocked(each, passage)
        folded = isinstance(each.event, FoldingDue) and each.before is not None
        if folded and each.before is not None and isinstance(each.event, FoldingDue):
            assert not shown or each.event.step != each.before.step
        shown_before = shown if after is not None else set()


def unlocked(each: Happening, passage: Passage) -> bool:
    """Whether this event may open answers that were submitted: the code, a press beside open ones, or a new answer.

    What the code has opened may stand on a further page.
    """
    if isinstance(each.event, Typed):
        assert passage.consented is not None
        new_words = each.before is not None and each.before.aside is None
        return new_words or same_code(each.event.text, passage.consented.code_hash)
    was = each.before.passages.get(passage.collection) if each.before is not None else None
    if each.pressed is None or was is None:
        return False
    return (each.pressed.verb in {"change", "turn_page"} and was.revealed) or each.pressed.verb in {"tick", "choose"}


@promise
def own_words_that_were_asked_for_are_kept_however_long_they_took(walk: Walked) -> None:
    """Idle minutes fold the card and end nothing: what is written next, and is not too long, is an answer."""
    for each in walk:
        passage = each.before.passage if each.before is not None else None
        if not isinstance(each.event, FoldingDue) or passage is None or not passage.describing:
            continue
        assert each.after is not None
        assert each.after.passage is not None
        assert each.after.passage.describing
        assert not each.after.passage.unkept or each.after == each.before
        if is_asked_still(each):
            writer = Walker(each.shelf)
            writer.session, writer.now, writer.records = each.after, each.now, each.records
            writer.writes(OWN_WORDS, message=77)
            assert writer.session is not None
            written = writer.session.passages[passage.collection].answers[passage.asking or ""]
            assert written.own_words == OWN_WORDS
            assert DeleteMessage(77) in writer.effects


def is_asked_still(each: Happening) -> bool:
    """Whether what somebody was asked before is asked today, where they are."""
    assert each.after is not None
    met = reconcile(each.after, each.shelf, each.now)
    passage = met.passage
    is_open = whereabouts(met) == whereabouts(each.after) and not ran_out(met, each.now)
    is_there = met.aside is None and passage is not None and passage.describing and passage.part is None
    return is_open and is_there and not is_halted(met, each.shelf)


@promise
def whatever_shows_sensitive_answers_is_going_to_be_folded(walk: Walked) -> None:
    """Each event that leaves sensitive answers in sight owes their folding, for the very step that shows them."""
    for each in walk:
        asked = isinstance(each.event, Tapped | Typed | Opened | Commanded)
        if asked and each.after is not None and sensitive_shown(each.after, each.shelf, each.now, each.records):
            assert FoldLater(each.after.step) in each.step.effects


# --- the machine -----------------------------------------------------------------------------------------------------


@promise
def every_session_survives_saving_and_loading_between_any_two_events(walk: Walked) -> None:
    """What is loaded equals what was saved, shows the same screen, and is saved as the same bytes."""
    for each in walk:
        if each.after is not None:
            again = loaded(saved(each.after))
            assert again == each.after
            assert saved(again) == saved(each.after)
            assert current_screen(again, each.shelf, each.now, each.records) == each.screen


@promise
def the_same_event_in_the_same_session_has_the_same_outcome(walk: Walked) -> None:
    """No clock, no randomness, nothing remembered elsewhere."""
    for each in walk:
        assert advance(each.before, each.event, each.shelf, each.before_it) == each.step


def place(session: Session) -> Stage | Aside | None:
    """Where a session stands: an aside, or the stage."""
    if session.aside is not None:
        return session.aside
    return session.passage.stage if session.passage is not None else None


def move_of(each: Happening, met: Session) -> Move | None:
    """The move that an event makes in a session, by the tables alone."""
    if isinstance(each.event, Commanded):
        return COMMANDS[each.event.command]
    if isinstance(each.event, InviteAnswered):
        return INVITES[each.event.answer]
    passage = met.passage
    row = ANYWHERE[met.aside] if met.aside is not None else STAGES[passage.stage] if passage is not None else None
    if isinstance(each.event, Typed):
        return row.typed if row is not None else None
    if each.pressed is None or not each.live:
        return None
    return OPENERS.get(each.pressed.verb) or (row.taps.get(each.pressed.verb) if row is not None else None)


@promise
def every_move_lands_where_the_table_says(walk: Walked) -> None:
    """A move stays, goes to one of its places, uncovers what lay beneath, or hands over to another consent."""
    for each in walk:
        before, after = each.before, each.after
        opens = isinstance(each.event, Opened) or getattr(each.event, "answer", None) is InviteAnswer.OPEN
        if before is None or after is None or before.aside is Aside.GOODBYE or opens:
            continue
        met = reconcile(before, each.shelf, each.now)
        if ran_out(met, each.now):
            continue
        move = move_of(each, met)
        landed = place(after)
        if landed == place(met) or (move is not None and landed in move.to):
            continue
        unasked = SilenceDue | ConsentLapsed | ConsentEnding | ReminderDue | HaltedAround
        if isinstance(each.event, unasked) or not each.step.shows:
            continue
        assert move is not None, f"{each.event!r} moved from {place(met)} to {landed}"
        beneath = replace(met, aside=None)
        handed_over = met.current is not None and met.current not in after.passages and bool(after.consents)
        uncovered = move.closes and landed == place(reconcile(beneath, each.shelf, each.now))
        assert uncovered or handed_over, f"{each.pressed!r} moved from {place(met)} to {landed}"


@promise
def a_tap_on_any_other_card_than_the_current_one_changes_nothing(walk: Walked) -> None:
    """Old, forged and doubled taps show what is open again, and owe nothing."""
    for each in walk:
        if not isinstance(each.event, Tapped) or each.before is None or each.after is None:
            continue
        before = each.before
        met = reconcile(before, each.shelf, each.now)
        if ran_out(met, each.now):
            continue
        screen = current_screen(before, each.shelf, each.now, each.before_it)
        current = each.event.step == before.step and whereabouts(met) == whereabouts(before)
        if current and each.event.layout == screen.layout and 0 <= each.event.choice < len(screen.choices):
            continue
        assert calm(replace(each.after, step=0)) == calm(replace(met, step=0))
        assert all(isinstance(effect, FoldLater | Count) for effect in each.step.effects)
        assert each.step.shows


@promise
def no_later_card_takes_the_taps_of_an_earlier_one(walk: Walked) -> None:
    """A step number belongs to one card for good, also across leaving and coming back."""
    cards: dict[int, tuple[object, ...]] = {}
    last = 0
    for each in walk:
        after = each.after
        if after is None:
            continue
        assert cards.setdefault(after.step, whereabouts(after)) == whereabouts(after)
        if each.before is not None and each.before.aside is not Aside.GOODBYE:
            assert after.step >= last
        last = after.step


# --- ways out --------------------------------------------------------------------------------------------------------

_HOMEWARD = (
    "leave_all", "open_leave_all", "choose_collection", "live_in", "next", "card_answer", "agree", "submit", "show",
    "close", "open_leave",
)  # fmt: skip


def presses_on(walker: Walker) -> bool:
    """Press the one visible button that leads on; False where nothing leads on."""
    assert walker.screen is not None
    choices = {choice.verb: choice for choice in reversed(walker.screen.choices)}
    opted_out = [c for c in walker.screen.choices if c.value == "prefer_not_to_answer"]
    for choice in [*opted_out, *(choices[verb] for verb in ("done", "back") if verb in choices and not opted_out)]:
        if walker.screen.name.startswith(("question-", "describe-")):
            walker.press(choice)
            return True
    for verb in _HOMEWARD:
        if verb in choices:
            walker.press(choices[verb])
            return True
    return False


def at_an_end(walker: Walker) -> bool:
    """Thanked, said goodbye to, or told that nothing is open, or not by this link."""
    return walker.name in {"thanks", "closed", "link-resting", "link-closed"} or walker.name.startswith("goodbye")


@promise
def from_anywhere_leaving_takes_three_presses_and_buttons_lead_to_an_end(walk: Walked) -> None:
    """/leave, "All three", "Yes": goodbye; who has left already is there with the first. And whoever just presses on
    comes to the thanks or to a goodbye."""
    last = walk[-1]
    if last.after is None:
        return
    out, on = Walker(last.shelf), Walker(last.shelf)
    for walker in (out, on):
        walker.session, walker.now, walker.records = last.after, last.now, last.records
    out.meet(Commanded(at=out.now, token=out.token(), command=_LEAVE))
    has_left = last.after.aside is Aside.GOODBYE and last.after.farewell in RECEIPTS
    for verb in () if has_left else ("open_leave_all", "leave_all"):
        out.press(out.by_verb(verb))
    assert out.name.startswith("goodbye")
    assert out.session is not None
    assert not out.session.passages
    on.screen, on.step = current_screen(last.after, on.shelf, on.now, on.records), last.after.step
    for _ in range(40):
        if at_an_end(on):
            break
        assert presses_on(on), f"nothing leads on from {on.name}"
    assert at_an_end(on)


_LEAVE = next(command for command in COMMANDS if command.value == "leave")


@pytest.mark.parametrize("row", [*STAGES.values(), *ANYWHERE.values()], ids=[*STAGES, *ANYWHERE])
def test_every_place_is_in_the_tables_once(row: object) -> None:
    """No stage and no aside is without a row."""
    assert row is not None
    assert set(STAGES) == set(Stage)
    assert set(ANYWHERE) == set(Aside)


# --- every screen ----------------------------------------------------------------------------------------------------


@promise
def every_screen_can_be_shown_in_every_language(walk: Walked) -> None:
    """No placeholder is left, nothing is longer than a message, and the opt-out stands where it is seen."""
    for each in walk:
        screen = each.screen
        if screen is None or not each.step.shows:
            continue
        for language in ("en", "ar"):
            words = texts().screen(screen, language)
            assert not re.search(r"\{\w*\}", words), words
            assert 0 < len(words) <= 4096
            labels = [[texts().plain(choice.label, language).strip() for choice in row] for row in screen.rows]
            assert all(label and not re.search(r"\{\w*\}", label) for row in labels for label in row)
        assert all(0 < len(row) <= 8 for row in screen.rows)
        assert sum(len(row) for row in screen.rows) <= 100
        assert all(block.words for block in screen.blocks if block.style is not Style.QUIET)
        if screen.name.startswith("question-") and not any(choice.verb == "show" for choice in screen.choices):
            rows = [place for place, row in enumerate(screen.rows) for c in row if c.value == "prefer_not_to_answer"]
            assert rows
            assert rows[0] < 12


@settings(max_examples=1500)
@given(beginnings, doings)
@example(("ready", "en", 0, 14), [("go on", 0), ("press", 0), ("change shelf", 13), ("go on", 0)])  # on a further page
@example(
    ("ready", "en", 0, 8),
    [("change shelf", 43), *[("go on", 0)] * 2, ("change shelf", 0), *[("go on", 0)] * 2, ("press", 1)],
)  # looks at what is held once nothing is open
@example(("one open", "en", 0, 0), [("command", 0), ("press", 0), ("press", 0), ("wait", 6), ("go on", 0)])  # travelled
@example(
    ("ready", "en", 0, 6),
    [
        *[("go on", 0)] * 2,
        ("open", 0),
        ("wait", 6),
        *[("go on", 0)] * 5,
        ("go on", 1),
        ("go on", 0),
        ("go on", 1),
        ("command", 40),
        ("press", 0),
    ],
)  # another language, about to agree anew
@example(("ready", "en", 0, 7), [("press", 5), ("fold", 0), ("write", 0)])  # wrote for long
@example(("ready", "en", 0, 7), [("press", 5), ("write", 1), ("fold", 0), ("fold", 0)])  # shortens for long
@example(("ready", "en", 0, 6), [("leave", 0), ("leave", 0), ("leave", 0), ("open", 1), ("write", 0)])  # left and asked
def test_whatever_happens_every_promise_holds(beginning: Beginning, steps: Doings) -> None:
    """Each function above that is marked as a promise."""
    promise.hold(list(walk_from(beginning, steps)))


def test_no_number_is_awaited_once_the_collection_that_pays_has_gone() -> None:
    """It was awaited when the only collection left the shelf, which the walks above come by in some runs only."""
    on: list[tuple[str, int]] = [("go on", 0), ("go on", 0)]
    to_pay, gone = [*on, ("go on", 0), ("go on", 1), ("change shelf", 9)], [*on, ("go on", 1), ("change shelf", 13)]
    walk = list(walk_from(("ready", "de", 0, 6), [*to_pay, *gone, ("go on", 0)]))
    assert any(each.before is not None and each.before.paying and not each.shelf.collections for each in walk)
    promise.hold(walk)


def test_walks_get_everywhere() -> None:
    """The random walks above would prove nothing if they never got to where answers are."""
    places: set[Stage | Aside | None] = set()
    submitted = 0

    @settings(max_examples=800, derandomize=True)
    @given(beginnings, doings)
    def wander(beginning: Beginning, steps: Doings) -> None:
        nonlocal submitted
        for each in walk_from(beginning, steps):
            if each.after is not None:
                places.add(place(each.after))
                submitted += any(isinstance(effect, Submit) for effect in each.step.effects)

    wander()
    # Nobody here has a zone beside theirs: tests/journeys/test_zones.py goes there.
    assert places >= {*Stage, *Aside} - {Aside.LEFT, Aside.OTHER_ZONE}
    assert submitted > 20
    assert OWN_WORDS
    assert demographics().id in shelves()["both"].collections
