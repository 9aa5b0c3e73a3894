"""Consent over time: asked again after a change, at another place and before the end; and what stays as it was."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import Phase, example, find, given, settings
from hypothesis import strategies as st
from made_up import NEW_QUESTION, allowing_more, changed, demographics, shelves, voices, with_question
from promise import Promises, Walked
from test_flows_journeys import AGREE, CARDS_RIGHT, agreed, agreed_to_both, at_review, passage, session, submitted
from test_flows_promises import a_consent_is_to_what_was_pressed_and_to_cards_that_were_all_shown
from walker import Walker
from walks import Doings, Happening, Walk, doings

from flows.collection import Collection, Question
from flows.effects import (
    Accrue,
    EndFormer,
    Forget,
    GiveConsent,
    KeepReceipt,
    NewCard,
    RenewConsent,
    Submit,
    TakeBack,
    TakeOutAnswers,
    WithdrawPurposes,
)
from flows.engine import current_screen
from flows.events import Command, ConsentEnding, ConsentLapsed, InviteAnswer, InviteAnswered
from flows.on_record import ConsentEvent
from flows.reconcile import reconcile
from flows.regions import asks_no_more
from flows.renewal import ASKED_AHEAD, Why, asks_again_at, between_consents, why_again, without_purposes
from flows.safety import may_be_asked
from flows.screens import Style
from flows.session import Passage, Stage
from flows.shelf import Shelf

FIRST = "demographics"


def later(walker: Walker, shelf: str = "cards changed") -> Walker:
    """The world has changed, and somebody comes back."""
    walker.shelf = shelves()[shelf]
    return walker.opens()


def renewed(walker: Walker) -> RenewConsent:
    """The consent that was given anew last."""
    return next(effect for effect in reversed(walker.effects) if isinstance(effect, RenewConsent))


def almost_over(walker: Walker) -> Walker:
    """Time passes until the consent is asked about, and that comes due."""
    consented = passage(walker).consented
    assert consented is not None
    walker.now = asks_again_at(consented)
    walker.meet(ConsentEnding(at=walker.now, token=walker.token(), collection=FIRST))
    return walker


# --- a material change -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("somebody", [agreed, at_review, submitted])
def test_a_material_change_is_shown_before_anything_else_is_collected(somebody: object) -> None:
    """Half-way or through: what changed comes first, and the question or review is not there."""
    assert callable(somebody)
    walker = later(somebody())
    assert walker.name == "renew-changed"
    assert "New (en)." in walker.text
    assert "What you agreed to stays as it was." in walker.text
    assert walker.labels == ["Decide", "Read the cards", "Leave it as it was", "What is held", "Leave"]
    walker.asks(Command.EDIT)
    assert walker.name == "renew-changed"


def test_all_the_changes_since_somebody_agreed_are_shown_newest_first() -> None:
    """Also minor ones in between: they are part of the text that is agreed to now."""
    old = voices().model_copy(update={"consent": voices().consent.model_copy(update={"version": 1, "changes": {}})})
    walker = Walker(Shelf((old,), unreviewed=True)).opens("voices")
    walker.presses("United States", "Next", *["As meant (en)"] * 3, "I am 21 or older and I agree")
    walker.shelf = Shelf((voices(),), unreviewed=True)
    walker.opens()
    told = [block.words for block in walker.screen.blocks if block.style is Style.MARKDOWN] if walker.screen else []
    assert [str(words).replace("\u2068", "").replace("\u2069", "") for words in told] == [
        "We pay $3 (en).",
        "Commas (en).",
    ]


def test_a_minor_change_asks_nobody() -> None:
    """The same in other words."""
    walker = later(submitted(), "said otherwise")
    assert walker.name == "thanks"
    assert passage(walker).consented == passage(submitted()).consented


def test_agreeing_anew_is_to_todays_text_and_leads_on_to_what_was_left() -> None:
    """Somebody half-way goes on with the first question that they have not met."""
    walker = agreed().presses("35–44")
    before = passage(walker).consented
    later(walker).presses("Decide", "1 Yes", AGREE)
    assert before is not None
    effect = renewed(walker)
    today = walker.shelf.document(walker.shelf.collections[FIRST], "en", "US")
    assert (effect.record.version, effect.record.sha256) == (2, today.sha256)
    assert (effect.instead_of, effect.apart) == (before.record, True)
    assert effect.record.decisions == {"evaluation": True, "improvement": True, "balance": False, "invites": False}
    assert KeepReceipt() in walker.effects
    assert walker.name == "question-ancestry"
    assert passage(walker).former == (before,)
    assert passage(walker).answers.keys() == {"age"}, "nothing that was said is lost"


def test_decisions_stand_as_they_were_made_before() -> None:
    """Who said yes finds a yes; untouched, it stays one."""
    walker = Walker(shelves()["ready"]).opens(FIRST).presses("United States", *CARDS_RIGHT, "2 Yes", AGREE)
    later(walker).presses("Decide")
    assert {"1 Yes", "✓ 1 No", "✓ 2 Yes", "2 No"} <= set(walker.labels)
    assert "Leave it as it was" in walker.labels
    walker.presses(AGREE)
    assert renewed(walker).record.agreed("balance")


def test_a_use_that_means_something_else_now_starts_as_a_no() -> None:
    """Nobody has said yes to what it may do today; what means the same stands as it was decided."""
    walker = Walker(shelves()["ready"]).opens(FIRST).presses("United States", *CARDS_RIGHT, "1 Yes", "2 Yes", AGREE)
    wider = allowing_more(demographics())
    as_before = {"balance": demographics().purpose("balance")}
    purposes = tuple(as_before.get(each.id) or each for each in wider.purposes)
    walker.shelf = Shelf((wider.model_copy(update={"purposes": purposes}),), unreviewed=True)
    walker.opens().presses("Decide")
    assert {"✓ 1 No", "✓ 2 Yes"} <= set(walker.labels)
    assert "Only if you press Yes" not in walker.text
    assert "As you decided before. What is new or has changed is No until you press Yes:" in walker.text
    walker.presses(AGREE)
    assert renewed(walker).record.decisions["improvement"] is False
    assert renewed(walker).record.decisions["balance"] is True
    assert WithdrawPurposes(FIRST, ("improvement",)) in walker.effects


def test_what_was_meant_is_compared_in_the_language_that_it_was_read_in() -> None:
    """Who reads another language by now has decided the same."""
    walker = Walker(shelves()["ready"]).opens(FIRST).presses("United States", *CARDS_RIGHT, "2 Yes", AGREE)
    walker.asks(Command.LANGUAGE).presses("Español")
    later(walker)
    walker.press(walker.by_verb("decide"))
    walker.press(walker.by_verb("agree"))
    assert renewed(walker).record.language == "es"
    assert renewed(walker).record.agreed("balance")


def test_what_nobody_knows_the_meaning_of_any_more_starts_as_a_no() -> None:
    """An earlier surveybot did not keep what was read."""
    walker = Walker(shelves()["ready"]).opens(FIRST).presses("United States", *CARDS_RIGHT, "2 Yes", AGREE)
    later(walker)
    walker.records = {FIRST: replace(walker.records[FIRST], meant={})}
    walker.presses("Decide")
    assert "✓ 2 No" in walker.labels


def on_the_way_to_another_yes() -> Walker:
    """Somebody who had agreed to everything stands before the decision once more, as it was made before."""
    walker = Walker(shelves()["ready"]).opens(FIRST).presses("United States", *CARDS_RIGHT, "1 Yes", "3 Yes", AGREE)
    later(walker).presses("Decide")
    assert {"✓ 1 Yes", "✓ 3 Yes"} <= set(walker.labels)
    return walker


@pytest.mark.parametrize("stage", [Stage.CARDS, Stage.DECIDE])
def test_what_an_earlier_version_carried_over_is_not_agreed_to(stage: Stage) -> None:
    """It took every yes along to another text, whatever the use had come to mean, and kept nothing of what that was."""
    walker = Walker(shelves()["ready"]).opens(FIRST).presses("United States", *CARDS_RIGHT, "1 Yes", AGREE)
    before = passage(walker).consented
    assert before is not None
    later(walker, "more allowed").presses("Decide")
    carried_over = replace(passage(walker), stage=stage, meant=None, decisions=before.decisions)
    walker.session = session(walker).with_passage(carried_over)
    walker.asks(Command.HELP).presses("‹ Back")
    assert walker.name == "renew-changed"
    walker.presses("Decide")
    assert "✓ 1 No" in walker.labels
    walker.presses(AGREE)
    assert renewed(walker).record.decisions["improvement"] is False


def test_a_yes_that_was_taken_back_is_not_given_again_by_agreeing() -> None:
    """Who presses "I agree" after that has not said yes to it."""
    walker = on_the_way_to_another_yes().asks(Command.LEAVE).presses("Take back my data", "End use 1", "‹ Back")
    assert walker.name == "decide"
    assert {"✓ 1 No", "✓ 3 Yes"} <= set(walker.labels)
    walker.presses(AGREE)
    assert renewed(walker).record.decisions["improvement"] is False


def test_no_more_messages_stays_said_where_somebody_agrees_anew() -> None:
    walker = on_the_way_to_another_yes().asks(Command.LEAVE).presses("No more messages", "‹ Back")
    assert {"✓ 1 Yes", "✓ 3 No"} <= set(walker.labels)
    walker.presses(AGREE)
    assert renewed(walker).record.decisions["invites"] is False
    assert session(walker).stopped


def test_no_more_messages_stays_said_where_somebody_agrees_for_the_first_time() -> None:
    walker = Walker(shelves()["ready"]).opens(FIRST).presses("United States", *CARDS_RIGHT, "3 Yes")
    walker.asks(Command.LEAVE).presses("No more messages", "‹ Back")
    assert "✓ 3 No" in walker.labels
    walker.presses(AGREE)
    assert session(walker).stopped
    assert not any(isinstance(effect, WithdrawPurposes) for effect in walker.effects), "nothing had been agreed to"


def test_stopping_invites_from_one_stays_said_where_somebody_agrees_anew() -> None:
    walker = on_the_way_to_another_yes()
    walker.meet(InviteAnswered(at=walker.now, token=walker.token(), answer=InviteAnswer.STOP, collection=FIRST))
    assert walker.name == "decide"
    assert "✓ 3 No" in walker.labels


def test_the_cards_can_be_read_again_and_back_leads_out() -> None:
    """Reading is offered, not demanded."""
    walker = later(submitted()).presses("Read the cards")
    assert walker.name == "card-1"
    walker.presses("‹ Back")
    assert walker.name == "renew-changed"
    walker.presses("Read the cards", *CARDS_RIGHT)
    assert walker.name == "decide"
    walker.presses("‹ Back")
    assert walker.name == "renew-changed"


def test_what_was_submitted_stays_under_the_earlier_consent_until_it_is_submitted_again() -> None:
    """Another text: the review comes, and only *Submit* brings the answers under it."""
    walker = submitted()
    first = passage(walker).consented
    assert first is not None
    later(walker).presses("Decide", AGREE)
    assert walker.name == "review"
    assert "stays under what you agreed to then" in walker.text
    assert {each.record for each in passage(walker).submitted.values()} == {first.record}
    walker.asks(Command.MY_DATA)
    assert "What you submitted stands under version 1" in walker.text
    walker.presses("‹ Back", "Submit")
    second = passage(walker).consented
    assert second is not None
    assert {each.record for each in passage(walker).submitted.values()} == {second.record}
    assert passage(walker).earlier == (), "nothing was said otherwise"


def asked_first(collection: Collection, *questions: Question) -> Collection:
    """The collection with more questions, before all others."""
    regions = tuple(r.model_copy(update={"questions": (*questions, *r.questions)}) for r in collection.regions)
    return collection.model_copy(update={"regions": regions})


def test_what_was_submitted_is_not_shown_without_the_code_on_the_way_past_what_is_new() -> None:
    """A changed text asks more, before what is sensitive: who answers that is led on to the review."""
    new = NEW_QUESTION.model_copy(update={"kind": "one"})
    walker = submitted()
    walker.shelf = Shelf((changed(asked_first(demographics(), new)),), unreviewed=True)
    walker.opens().presses("Decide", AGREE)
    assert walker.name == "question-hobby"
    walker.presses("Sleep")
    assert walker.name == "review"
    assert "White" not in walker.text
    assert not passage(walker).revealed


def test_back_from_what_is_new_leads_who_has_submitted_to_the_review() -> None:
    walker = submitted()
    walker.shelf = Shelf((changed(with_question(demographics(), NEW_QUESTION)),), unreviewed=True)
    walker.opens().presses("Decide", AGREE)
    assert walker.name == "question-hobby"
    walker.presses("‹ Back")
    assert walker.name == "review"


def test_what_was_submitted_is_not_shown_without_the_code_where_a_question_goes_from_under_somebody() -> None:
    """The next one that they have not met comes, and then the review."""
    gone, new = (NEW_QUESTION.model_copy(update={"id": each, "kind": "one"}) for each in ("gone", "new"))
    walker = submitted()
    walker.shelf = Shelf((asked_first(demographics(), gone, new),), unreviewed=True)
    walker.opens().asks(Command.EDIT).presses("Submit")
    assert walker.name == "question-gone"
    walker.shelf = Shelf((asked_first(demographics(), new),), unreviewed=True)
    walker.opens().presses("Show")
    assert walker.name == "question-new"
    walker.presses("Sleep")
    assert walker.name == "review"


def test_leaving_it_as_it_was_keeps_what_was_agreed_to_and_asks_nothing_more() -> None:
    """It is not asked at every word either, and there is a way to look again."""
    walker = submitted()
    before = passage(walker)
    later(walker).presses("Leave it as it was")
    assert walker.name == "renew-left"
    assert passage(walker).consented == before.consented
    assert passage(walker).submitted == before.submitted
    assert not any(isinstance(effect, TakeBack | WithdrawPurposes) for effect in walker.effects)
    assert later(walker).name == "renew-left"
    walker.presses("Look again")
    assert walker.name == "renew-changed"


def test_the_next_material_change_asks_again_who_left_it_as_it_was() -> None:
    """They left that version, not every later one."""
    walker = later(submitted()).presses("Leave it as it was")
    walker.shelf = Shelf((changed(changed(demographics())),), unreviewed=True)
    assert walker.opens().name == "renew-changed"


def test_a_use_that_is_not_agreed_to_any_more_ends_under_the_earlier_text_too() -> None:
    """No means no for what was submitted before."""
    walker = Walker(shelves()["ready"]).opens(FIRST).presses("United States", *CARDS_RIGHT, "1 Yes", AGREE)
    walker.presses("35–44", "White", "Done", "Prefer not to answer", "Submit")
    later(walker).presses("Decide", "1 No", AGREE)
    ended = WithdrawPurposes(FIRST, ("improvement",))
    assert ended in walker.effects
    assert walker.effects.index(ended) < walker.effects.index(renewed(walker)), "under the earlier keys"
    assert all("improvement" not in each.live_purposes() for each in passage(walker).former)


def test_a_use_that_ends_later_ends_under_every_text() -> None:
    """/leave knows of no versions."""
    walker = Walker(shelves()["ready"]).opens(FIRST).presses("United States", *CARDS_RIGHT, "1 Yes", AGREE)
    walker.presses("35–44", "White", "Done", "Prefer not to answer", "Submit")
    later(walker).presses("Decide", AGREE)
    walker.asks(Command.LEAVE).presses("Take back my data", "End use 1")
    assert WithdrawPurposes(FIRST, ("improvement",)) in walker.effects
    for each in (passage(walker).consented, *passage(walker).former):
        assert each is not None
        assert "improvement" not in each.live_purposes()


def test_too_young_for_the_new_text_takes_everything_back_with_a_receipt() -> None:
    """Nothing about who is too young is kept, whatever was said before; who had agreed reads what came of it."""
    walker = later(submitted()).presses("Decide", "I am under 18")
    assert TakeBack(FIRST) in walker.effects
    assert walker.name == "goodbye-taken_back"
    assert walker.text.startswith("Thank you for saying so. You have to be older to take part")
    assert "Your receipt for leaving" in walker.text
    assert session(walker).passages == {}
    walker.asks(Command.LEAVE)
    assert "Your receipt for leaving" in walker.text


def test_too_young_for_one_of_two_is_told_that_it_is_taken_back() -> None:
    """Who is under 21 may be 18."""
    walker = agreed_to_both()
    walker.shelf = Shelf((demographics(), changed(voices())), unreviewed=True)
    walker.opens("voices").presses("Decide", "I am under 21")
    assert TakeBack("voices") in walker.effects
    assert walker.name == "left"
    assert walker.text.startswith("Thank you for saying so. You have to be older to take part")
    assert "Your receipt for leaving" in walker.text
    assert list(session(walker).passages) == [FIRST]


def test_too_young_for_one_of_two_is_too_young_for_the_other_that_asks_for_more() -> None:
    """Who is under 18 is under 21."""
    walker = agreed_to_both()
    walker.shelf = Shelf((changed(demographics()), voices()), unreviewed=True)
    walker.opens(FIRST).presses("Decide", "I am under 18")
    assert all(TakeBack(each) in walker.effects for each in (FIRST, "voices"))
    assert walker.name == "goodbye-taken_back"
    assert walker.text.startswith("Thank you for saying so. You have to be older to take part")


def test_leaving_takes_as_few_taps_as_ever() -> None:
    """Before deciding anything."""
    walker = later(submitted()).presses("Leave", "Take back my data", "All of it")
    assert TakeBack(FIRST) in walker.effects
    assert walker.name == "goodbye-taken_back"


def test_other_collections_go_on() -> None:
    """Each has a consent of its own: another one's change stands in nobody's way."""
    walker = agreed_to_both()
    walker.shelf = Shelf((changed(demographics()), voices()), unreviewed=True)
    walker.opens("voices").presses("Show", "Much")
    assert walker.name == "question-tongues"
    walker.opens(FIRST)
    assert walker.name == "renew-changed"


def test_cards_that_change_while_they_are_decided_on_lead_back_to_what_changed() -> None:
    """Agreeing is to the text of today, or not at all."""
    walker = later(submitted()).presses("Decide")
    walker.shelf = Shelf((changed(changed(demographics())),), unreviewed=True)
    walker.presses(AGREE)
    assert walker.name == "renew-changed"
    assert not any(isinstance(effect, RenewConsent) for effect in walker.effects)


def test_a_change_that_is_taken_back_asks_nobody_any_more() -> None:
    """The text that was agreed to stands again."""
    walker = later(submitted())
    walker.shelf = shelves()["ready"]
    assert walker.opens().name == "thanks"


def test_the_cards_are_agreed_to_in_a_language_that_the_place_has() -> None:
    """Nobody agrees in two languages at once."""
    walker = submitted()
    walker.asks(Command.LANGUAGE).presses("Deutsch")
    assert walker.language == "de"
    later(walker)
    assert walker.language == "en"
    assert "New (en)." in walker.text
    assert "This chat speaks: English." in walker.text, "nor without a word"


def test_a_region_that_is_closed_asks_nobody_anew() -> None:
    """There is nothing to agree to there."""
    walker = submitted()
    walker.shelf = Shelf((changed(demographics()),), unreviewed=False)
    assert walker.opens().name == "thanks"


# --- an end that is near ---------------------------------------------------------------------------------------------


def test_a_month_before_its_end_somebody_is_asked_once_whether_to_go_on() -> None:
    """One card, below everything else."""
    walker = submitted()
    consented = passage(walker).consented
    assert consented is not None
    assert consented.expires_at - asks_again_at(consented) == ASKED_AHEAD
    walker.now = asks_again_at(consented) - dt.timedelta(minutes=1)
    walker.meet(ConsentEnding(at=walker.now, token=walker.token(), collection=FIRST))
    assert walker.name == "thanks"
    almost_over(walker)
    assert walker.name == "renew-ending"
    assert walker.last is not None
    assert NewCard() in walker.last.effects
    assert walker.labels[:3] == ["Decide", "Read the cards", "Let it end"]
    for purpose in demographics().purposes:
        assert (f"• {purpose.label}" in walker.text) == (purpose.id in consented.live_purposes()), "what they agreed to"


def test_a_short_consent_is_asked_about_when_a_quarter_is_left() -> None:
    """A month ahead would be at once."""
    walker = agreed_to_both()
    consented = passage(walker, "voices").consented
    assert consented is not None
    assert consented.expires_at - asks_again_at(consented) == dt.timedelta(days=7.5)


def test_going_on_carries_everything_over() -> None:
    """The same text: what was submitted stands under the new record, and no review is asked for."""
    walker = almost_over(submitted())
    before = passage(walker).consented
    walker.presses("Decide", AGREE)
    assert walker.name == "thanks"
    after = passage(walker).consented
    assert before is not None
    assert after is not None
    assert after.expires_at > before.expires_at
    assert passage(walker).former == ()
    assert {each.record for each in passage(walker).submitted.values()} == {after.record}
    assert not renewed(walker).apart
    assert after.code_hash == before.code_hash, "the code that was written down stays good"


def test_going_on_with_more_uses_asks_to_submit_again() -> None:
    """A new yes opens nothing that was said before it."""
    walker = almost_over(submitted()).presses("Decide", "1 Yes", AGREE)
    assert renewed(walker).apart
    assert walker.name == "review"


def test_going_on_with_invites_that_were_taken_back_is_a_consent_of_its_own() -> None:
    """Under the key of before they stand on the list of destroyed keys for ever."""
    walker = Walker(shelves()["ready"]).opens(FIRST).presses("United States", *CARDS_RIGHT, "3 Yes", AGREE)
    walker.presses("35–44", "White", "Done", "Prefer not to answer", "Submit")
    walker.asks(Command.LEAVE).presses("No more messages", "‹ Back")
    consented = passage(walker).consented
    assert consented is not None
    walker.now = asks_again_at(consented)
    walker.opens().presses("Decide", "3 Yes", AGREE)
    assert renewed(walker).record.agreed("invites")
    assert renewed(walker).apart
    assert walker.name == "review"


def test_going_on_with_invites_that_ended_by_their_time_is_a_consent_of_its_own() -> None:
    """The day's retention destroyed what opens them, as taking them back does."""
    walker = Walker(shelves()["ready"]).opens(FIRST).presses("United States", *CARDS_RIGHT, "3 Yes", AGREE)
    walker.presses("35–44", "White", "Done", "Prefer not to answer", "Submit")
    walker.session = session(walker).with_passage(without_purposes(passage(walker), ["invites"]))
    record = walker.records[FIRST]
    ended = ConsentEvent("expired", walker.now, ("invites",))
    walker.records = {FIRST: replace(record, events=(*record.events, ended))}
    almost_over(walker).presses("Decide", "3 Yes", AGREE)
    assert renewed(walker).record.agreed("invites")
    assert renewed(walker).apart
    assert walker.name == "review"


def test_going_on_with_invites_for_the_first_time_carries_everything_over() -> None:
    """They use no answer, and nothing of them was ever destroyed."""
    walker = almost_over(submitted()).presses("Decide", "3 Yes", AGREE)
    assert renewed(walker).record.agreed("invites")
    assert not renewed(walker).apart
    assert walker.name == "thanks"


@pytest.mark.parametrize("more", [False, True])
def test_going_on_does_not_let_a_purpose_do_more_with_what_was_said_before(more: bool) -> None:
    """A minor version asks nobody; who goes on at the end agrees to it for what they submit from then on."""
    today = changed(demographics(), "minor")
    widened = [p.model_copy(update={"own_words": more and p.required}) for p in today.purposes]
    walker = submitted()
    walker.shelf = Shelf((today.model_copy(update={"purposes": tuple(widened)}),), unreviewed=True)
    almost_over(walker).presses("Decide", AGREE)
    assert renewed(walker).apart is more
    assert walker.name == ("review" if more else "thanks")


def test_letting_it_end_is_fine_and_is_not_asked_twice() -> None:
    """Everything is erased on its day, and there is a way back until then."""
    walker = almost_over(submitted()).presses("Let it end")
    assert walker.name == "thanks"
    assert "it ends on the day agreed" in walker.text
    almost_over(walker)
    assert walker.opens().name == "thanks"
    walker.asks(Command.MY_DATA).presses("Agree again")
    assert walker.name == "renew-ending"
    walker.presses("Let it end").waits(ASKED_AHEAD)
    walker.meet(ConsentLapsed(at=walker.now, token=walker.token(), collection=FIRST))
    assert TakeBack(FIRST, lapsed=True) in walker.effects


def test_who_wants_no_messages_is_asked_when_they_come_by() -> None:
    """Nothing is sent unasked."""
    walker = submitted().asks(Command.LEAVE).presses("No more messages", "‹ Back")
    almost_over(walker)
    assert walker.last is not None
    assert not walker.last.shows
    assert walker.opens().name == "renew-ending"


def test_an_end_that_is_near_breaks_nobody_off() -> None:
    """Whoever comes back to a question answers it first."""
    walker = agreed()
    consented = passage(walker).consented
    assert consented is not None
    walker.now = asks_again_at(consented)
    assert walker.opens().name == "question-age"
    walker.presses("35–44", "White", "Done", "Prefer not to answer", "Submit")
    assert walker.name == "renew-ending"


def test_the_question_whether_to_go_on_waits_for_who_is_answering_just_now() -> None:
    """It is asked once they are through; who stopped half-way is asked when it comes due."""
    walker = agreed()
    consented = passage(walker).consented
    assert consented is not None
    walker.now = asks_again_at(consented)
    walker.opens().presses("35–44")
    walker.waits(dt.timedelta(minutes=5)).meet(ConsentEnding(at=walker.now, token=walker.token(), collection=FIRST))
    assert walker.name == "question-ancestry"
    walker.presses("White", "Done", "Prefer not to answer", "Submit")
    assert walker.name == "renew-ending"
    assert almost_over(agreed()).name == "renew-ending"


def test_the_question_whether_to_go_on_waits_for_who_is_leaving_just_now() -> None:
    """Their card stays; who left it standing long ago is asked when it comes due."""
    walker = submitted()
    consented = passage(walker).consented
    assert consented is not None
    walker.now = asks_again_at(consented)
    walker.asks(Command.LEAVE).presses("Take back my data")
    walker.meet(ConsentEnding(at=walker.now, token=walker.token(), collection=FIRST))
    assert walker.name == "take-back"
    walker.presses("All of it")
    assert walker.name == "goodbye-taken_back"
    assert almost_over(submitted().asks(Command.LEAVE)).name == "renew-ending"


def own_words_in_another(walker: Walker) -> Walker:
    """Somebody who was thanked by one collection writes own words in another."""
    walker.shelf = shelves()["both"]
    walker.opens("voices").presses("United States", "Next", *["As meant (en)"] * 3, "I am 21 or older and I agree")
    return walker.presses("In its own words")


def test_the_question_whether_to_go_on_throws_nobody_out_of_another_collection() -> None:
    """What they are writing is kept, and they are asked once they have been away from it for a while."""
    walker = submitted()
    consented = passage(walker).consented
    assert consented is not None
    walker.now = asks_again_at(consented) - dt.timedelta(minutes=1)
    almost_over(own_words_in_another(walker))
    assert walker.last is not None
    assert not walker.last.shows
    walker.writes("Be kind")
    assert passage(walker, "voices").answers["faith_of_pets"].own_words == "Be kind"
    walker.now += dt.timedelta(hours=1)
    walker.meet(ConsentEnding(at=walker.now, token=walker.token(), collection=FIRST))
    assert walker.name == "renew-ending"


def test_whoever_was_asked_whether_to_go_on_gets_back_to_where_they_were() -> None:
    walker = submitted()
    consented = passage(walker).consented
    assert consented is not None
    walker.now = asks_again_at(consented) - dt.timedelta(hours=2)
    almost_over(own_words_in_another(walker))
    assert walker.name == "renew-ending"
    walker.presses("Let it end")
    assert walker.name == "thanks"
    walker.presses("Voices", "Show")
    assert walker.name == "question-faith_of_pets"


def test_an_earlier_consent_that_ends_takes_along_what_was_not_submitted_again() -> None:
    """And nothing else: the consent in force goes on."""
    walker = later(submitted()).waits(dt.timedelta(days=100)).opens().presses("Decide", AGREE)
    former = passage(walker).former[0]
    walker.now = former.expires_at
    walker.meet(ConsentLapsed(at=walker.now, token=walker.token(), collection=FIRST))
    assert EndFormer(FIRST, (former.record,), ("evaluation",)) in walker.effects
    assert passage(walker).submitted == {}
    assert passage(walker).answers == {}
    assert passage(walker).submitted_at is None
    assert passage(walker).consented is not None
    assert not any(isinstance(effect, TakeBack) for effect in walker.effects)


def test_an_earlier_consent_that_ends_takes_nothing_that_was_submitted_again() -> None:
    """It stands under the later one by then."""
    walker = later(submitted()).waits(dt.timedelta(days=100)).opens().presses("Decide", AGREE, "Submit")
    former, answers = passage(walker).former[0], passage(walker).answers
    walker.now = former.expires_at
    walker.meet(ConsentLapsed(at=walker.now, token=walker.token(), collection=FIRST))
    assert EndFormer(FIRST, (former.record,), ()) in walker.effects
    assert passage(walker).answers == answers
    assert passage(walker).submitted.keys() == answers.keys()
    assert walker.opens().name == "thanks"


# --- another place ---------------------------------------------------------------------------------------------------


def moving(walker: Walker, place: str) -> Walker:
    """From what is held to another place."""
    return walker.asks(Command.MY_DATA).presses("I live elsewhere now", place)


def test_moving_to_stricter_rules_takes_out_at_once_what_is_not_asked_there() -> None:
    """And the cards of that place are to be agreed to before anything else."""
    walker = agreed().presses("35–44", "White", "Done", "Woman", "Done", "Submit")
    moving(walker, "Egypt")
    assert walker.name == "moving"
    assert "cannot be brought back" in walker.text
    assert passage(walker).territory == "US", "nothing changes before the press"
    walker.presses("Yes, I live there now")
    assert TakeOutAnswers(FIRST, ("ancestry", "gender_identity")) in walker.effects
    held = passage(walker)
    assert (held.territory, set(held.answers), set(held.submitted)) == ("EG", {"age"}, {"age"})
    assert walker.name == "renew-moved"
    walker.presses("Read the cards", *CARDS_RIGHT, AGREE)
    record = renewed(walker).record
    assert (record.territory, renewed(walker).apart) == ("EG", True)
    assert walker.name == "question-grew_up_region"


def test_the_cards_of_another_place_are_read_before_they_are_agreed_to() -> None:
    """As was said before the press: they hold what differs there, such as where answers are kept."""
    lies_elsewhere = tuple(
        each.model_copy(update={"kept_in": "US"}) if each.territory == "GB" else each for each in demographics().regions
    )
    walker = Walker(Shelf((demographics().model_copy(update={"regions": lies_elsewhere}),), unreviewed=True))
    walker.opens(FIRST).presses("Germany", *CARDS_RIGHT, AGREE)
    moving(walker, "United Kingdom")
    assert "so the cards come again" in walker.text
    walker.presses("Yes, I live there now")
    assert walker.labels == ["Read the cards", "Leave it as it was", "What is held", "Leave"]
    walker.presses("Leave it as it was", "Look again")
    assert "Decide" not in walker.labels
    walker.waits(dt.timedelta(minutes=1)).presses("Read the cards")
    read_at, told = walker.now, ""
    for label in CARDS_RIGHT:
        told += walker.text
        walker.waits(dt.timedelta(minutes=1)).presses(label)
    assert "United States" in told
    walker.presses(AGREE)
    assert (renewed(walker).record.territory, renewed(walker).record.shown_at) == ("GB", read_at)


def test_cards_of_another_place_are_read_by_whom_an_earlier_version_led_past_them() -> None:
    """It let who had moved go straight on to the decision."""
    walker = moving(submitted(), "Germany").presses("Yes, I live there now")
    there = walker.shelf.document(demographics(), "en", "DE")
    led_past = replace(passage(walker), stage=Stage.DECIDE, card=3, shown=there.sha256, meant=None, card_answers=())
    walker.session = session(walker).with_passage(led_past)
    walker.asks(Command.HELP).presses("‹ Back")
    assert walker.name == "renew-moved"
    assert "Decide" not in walker.labels
    walker.presses("Read the cards", *CARDS_RIGHT, AGREE)
    assert renewed(walker).record.territory == "DE"
    assert renewed(walker).record.card_answers == (True, True, True)


def test_moving_to_where_more_is_asked_goes_through_a_person() -> None:
    """A code that says nothing about the contributor; without a word nothing changes."""
    walker = Walker(shelves()["ready"]).opens(FIRST).presses("Egypt", *CARDS_RIGHT, AGREE)
    moving(walker, "United States")
    assert walker.name == "moving-ask"
    assert "hello@example.org" in walker.text
    code = passage(walker).moving_code
    assert code is not None
    assert code in walker.text
    assert walker.labels == ["I have written. Look again", "Another place", "‹ Back"]
    walker.presses("I have written. Look again")
    assert walker.name == "moving-ask"
    assert passage(walker).moving_code == code
    walker.presses("‹ Back", "I live elsewhere now")
    assert passage(walker).moving_code == code, "whoever waits finds the same code"
    assert passage(walker).territory == "EG"


def test_what_is_stricter_is_what_the_safety_table_says() -> None:
    """Never laxer in any subject, and never open to anybody younger."""
    regions = {region.territory: region for region in demographics().regions}
    assert asks_no_more(regions["US"], regions["EG"])
    assert asks_no_more(regions["US"], regions["DE"])
    assert not asks_no_more(regions["EG"], regions["US"])
    assert not asks_no_more(regions["IN"], regions["US"]), "ancestry is closed in India"
    older = regions["US"].model_copy(update={"minimum_age": 21})
    assert not asks_no_more(older, regions["DE"])
    for here in regions.values():
        for there in regions.values():
            if asks_no_more(here, there):
                closed = [q for q in here.questions if not may_be_asked(here.territory, q)]
                assert not any(may_be_asked(there.territory, question) for question in closed)


def test_going_back_before_agreeing_ends_the_question() -> None:
    """Among places that ask alike."""
    walker = moving(submitted(), "Germany").presses("Yes, I live there now")
    assert walker.name == "renew-moved"
    moving(walker, "United States").presses("Yes, I live there now")
    assert walker.name == "thanks"


def test_a_place_that_was_left_is_not_what_a_place_to_move_to_is() -> None:
    """Where the place that was asked about is gone, another one is asked for."""
    walker = moving(submitted(), "Germany")
    walker.shelf = Shelf((without_germany(),), unreviewed=True)
    walker.presses("Yes, I live there now")
    assert walker.name == "places"
    assert "Germany" not in walker.labels


def without_germany() -> Collection:
    """The ready collection without Germany."""
    regions = tuple(region for region in demographics().regions if region.territory != "DE")
    return demographics().model_copy(update={"regions": regions})


# --- whatever happens ------------------------------------------------------------------------------------------------

promise = Promises()
promise(a_consent_is_to_what_was_pressed_and_to_cards_that_were_all_shown)

WORLDS = tuple(shelves())
_BEGINNINGS = st.tuples(
    st.sampled_from(["ready", "both"]),
    st.sampled_from(["en", "ar", "de"]),
    st.sampled_from([8, 14]),
    st.sampled_from(["cards changed", "more allowed", "said otherwise", "ready"]),
)
_Beginning = tuple[str, str, int, str]
_TO_DECISION = 5
"""The place, and four cards."""


def walked(beginning: _Beginning, steps: Doings) -> list[Happening]:
    """Somebody who had agreed before the world changed, with a first Yes, and everything that then happens."""
    shelf, language, far, then = beginning
    agrees = [("open", 1), *[("go straight on", 0)] * _TO_DECISION, ("press", 0)]
    goes_on = [("go straight on", 0)] * (far - _TO_DECISION)
    before = [*agrees, *goes_on, ("change shelf", WORLDS.index(then)), ("open", 0)]
    return list(Walk(Walker(shelves()[shelf], language)).happenings([*before, *steps]))


def asked_again(held: Passage, each: Happening) -> bool:
    """Whether this passage stands under a text, or in a place, that is not today's, where it is open."""
    collection = each.shelf.collections.get(held.collection)
    if collection is None or held.territory not in {r.territory for r in each.shelf.regions(collection)}:
        return False
    return why_again(held, collection, each.now) in {Why.CHANGED, Why.MOVED}


@promise
def nothing_is_collected_while_something_is_to_be_agreed_to(walk: Walked) -> None:
    """No answer comes, changes or is submitted, and no pay accrues, before the text of today is agreed to."""
    for each in walk:
        if each.before is None or each.after is None:
            continue
        for held in each.before.consents:
            after = each.after.passages.get(held.collection)
            if after is None or not asked_again(held, each) or not asked_again(after, each):
                continue
            for name, answer in after.answers.items():
                assert held.answers.get(name, held.retired.get(name)) == answer
            assert not any(
                isinstance(e, Submit | Accrue) and e.collection == held.collection for e in each.step.effects
            )


@promise
def every_answer_stands_under_a_consent_that_is_there(walk: Walked) -> None:
    """The one in force, or an earlier one that has not ended; and no use is live only under an earlier one."""
    for each in walk:
        for held in each.after.consents if each.after is not None else ():
            assert held.consented is not None
            records = {held.consented.record, *(former.record for former in held.former)}
            assert {submitted.record for submitted in held.submitted.values()} <= records
            assert {earlier.record for earlier in held.earlier} <= records
            for former in held.former:
                assert set(former.live_purposes()) <= set(held.consented.live_purposes())


@promise
def a_consent_is_renewed_only_by_pressing_so_after_what_changed_was_shown(walk: Walked) -> None:
    """To today's text, in the language on the screen, with what taking part needs; nobody is moved by the clock."""
    shown: set[str] = set()
    for each in walk:
        for effect in each.step.effects:
            if isinstance(effect, RenewConsent):
                assert each.live
                assert each.pressed is not None
                assert each.pressed.verb == "agree"
                assert "renew" in shown
                collection = each.shelf.collections[effect.record.collection]
                assert effect.record.version == collection.consent.version
                assert all(effect.record.agreed(purpose.id) for purpose in collection.required_purposes)
                assert each.before is not None
                assert effect.record.language == each.before.language
                before = each.before.passages[effect.record.collection].consented
                assert before is not None
                assert effect.instead_of == before.record
        screen = each.screen if each.step.shows else None
        shown |= {screen.name.split("-")[0]} if screen is not None else set()


@promise
def there_is_always_a_way_on_and_a_way_out_between_two_consents(walk: Walked) -> None:
    """Each screen between two consents offers leaving, and the one before it the decision or what was left."""
    for each in walk:
        after = reconcile(each.after, each.shelf, each.now) if each.after is not None else None
        if after is None or after.aside is not None or after.passage is None or not between_consents(after.passage):
            continue
        screen = current_screen(after, each.shelf, each.now, each.records)
        verbs = {choice.verb for choice in screen.choices}
        assert verbs & {"decide", "look_again", "agree", "next", "card_answer", "open_leave"}
        if screen.name.startswith("renew"):
            assert {"open_leave", "open_mydata"} <= verbs


_MOVES = [("go on", 0), ("press", 3), ("press", 0), ("press", 0), *[("go straight on", 0)] * 7]
"""From the thanks to another place, and on."""


_ELSEWHERE_AS_IT_ENDS = [("invite", 24), *[("go on", 0)] * 8, ("go on", 2), ("wait", 7), ("go on", 0)]
"""To the decision of another collection, where they agree after the first consent's end, unseen until then."""


@settings(max_examples=1000)
@given(_BEGINNINGS, doings)
@example(("ready", "en", 14, "ready"), _MOVES)
@example(("ready", "en", 8, "cards changed"), _ELSEWHERE_AS_IT_ENDS)
def test_whatever_happens_between_two_consents_every_promise_holds(beginning: _Beginning, steps: Doings) -> None:
    """Each function above that is marked as a promise."""
    promise.hold(walked(beginning, steps))


def test_who_agrees_to_another_as_the_first_ends_unseen_is_not_forgotten() -> None:
    """They have just said something, however long ago it was that they did before."""
    steps = [each.step.effects for each in walked(("ready", "en", 8, "cards changed"), _ELSEWHERE_AS_IT_ENDS)]
    [agreed] = [effects for effects in steps if any(isinstance(each, GiveConsent) for each in effects)][1:]
    assert any(isinstance(each, TakeBack) for each in agreed)
    assert not any(isinstance(each, Forget) for each in agreed)


def test_somebody_moves_in_the_walk_that_is_there_for_it() -> None:
    renewals = [e for each in walked(("ready", "en", 14, "ready"), _MOVES) for e in each.step.effects]
    assert any(isinstance(e, RenewConsent) and e.record.territory == "EG" for e in renewals)


def test_walks_get_to_where_the_promises_are_held() -> None:
    """The random walks do meet consents that are given anew, with something submitted under the one before."""

    def meets(walk: tuple[_Beginning, Doings]) -> bool:
        happenings = walked(*walk)
        return any(isinstance(e, RenewConsent) and e.apart for each in happenings for e in each.step.effects)

    # Any such walk will do, and making the shortest of it takes longer than finding one.
    wanted = settings(max_examples=2000, database=None, phases=[Phase.generate])
    find(st.tuples(_BEGINNINGS, doings), meets, settings=wanted)
