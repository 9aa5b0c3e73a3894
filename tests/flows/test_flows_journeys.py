"""What people meet, pressed and read as they would: one behaviour a test."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from made_up import NEW_QUESTION, demographics, passing_words_on, shelves, signed_off, voices, with_question
from walker import Walker

from flows.collection import Collection
from flows.effects import (
    Accrue,
    CleanChat,
    DeleteMessage,
    FoldLater,
    FoldReceipt,
    Forget,
    GiveConsent,
    KeepReceipt,
    NewCard,
    SendOwnCopy,
    SendReceiptFile,
    StopMessages,
    Submit,
    TakeBack,
    WithdrawPurposes,
)
from flows.engine import advance, current_screen
from flows.events import Command, ConsentLapsed, FoldingDue, SilenceDue, Tapped, Unblocked
from flows.halts import Scope
from flows.parts import AT_ONCE
from flows.screens import Keeping
from flows.session import Aside, Passage, Session, Stage
from flows.shelf import Shelf

CARDS_RIGHT = ("Next", "Not what AI already learned", "Only if I say yes", "At any time")
AGREE = "I am 18 or older and I agree"
IDLE, HOUR, DAY = dt.timedelta(minutes=4), dt.timedelta(hours=1), dt.timedelta(days=1)


def agreed(place: str = "United States", shelf: str = "ready", participant: str | None = None) -> Walker:
    """Somebody who has just agreed, and stands at the first question."""
    walker = Walker(shelves()[shelf]).opens("demographics", participant)
    return walker.presses(place, *CARDS_RIGHT, AGREE)


def at_review() -> Walker:
    """Somebody in the United States with every question answered, one of them preferred not to."""
    return agreed().presses("35–44", "White", "Asian", "Done", "Prefer not to answer")


def submitted() -> Walker:
    """Somebody who has been thanked."""
    return at_review().presses("Submit")


def agreed_to_both() -> Walker:
    """Somebody who was thanked by one collection and agreed to another."""
    walker = submitted()
    walker.shelf = shelves()["both"]
    walker.opens("voices").presses("United States", "Next", *["As meant (en)"] * 3)
    return walker.presses("2 Yes", "I am 21 or older and I agree")


def passage(walker: Walker, collection: str = "demographics") -> Passage:
    """How far somebody is."""
    assert walker.session is not None
    return walker.session.passages[collection]


def session(walker: Walker) -> Session:
    """The chat's session."""
    assert walker.session is not None
    return walker.session


def idles(walker: Walker) -> Walker:
    """Idle minutes pass, and the folding that was owed last comes due."""
    owed = [effect for effect in walker.effects if isinstance(effect, FoldLater)]
    assert owed, "no folding was owed"
    walker.waits(IDLE)
    walker.meet(FoldingDue(at=walker.now, token=walker.token(), step=owed[-1].step))
    return walker


def test_own_words_that_come_once_more_go_from_the_chat_too() -> None:
    """Somebody who was not answered sends them again; by then another question is open, which takes no text."""
    walker = agreed().presses("35–44", "Not listed, I describe myself as")
    walker.writes("a quiet zebrafish", message=41).writes("a quiet zebrafish", message=42)
    deleted = {effect.message for effect in walker.effects if isinstance(effect, DeleteMessage)}
    assert deleted == {41, 42}
    assert "Please choose with the buttons here." in walker.text


def test_what_is_sent_in_place_of_words_goes_from_the_chat_too() -> None:
    """A voice note, or a picture with words beneath it, is how somebody answers who does not write."""
    walker = agreed().presses("35–44").sends_a_picture(message=41)
    assert DeleteMessage(41) in walker.effects
    assert walker.text.startswith("Please choose with the buttons here.")
    walker.presses("Not listed, I describe myself as").sends_a_picture(message=42)
    assert DeleteMessage(42) in walker.effects
    assert walker.text.startswith("Please write it as a text.")
    walker.writes("zebrafish")
    assert passage(walker).answers["ancestry"].own_words == "zebrafish"


def test_in_place_of_the_code_and_of_a_number_a_text_is_asked_for() -> None:
    """Both are awaited as a text, and neither stays in the chat."""
    walker = submitted().asks(Command.MY_DATA).presses("Show answers").sends_a_picture(message=41)
    assert walker.name == "code"
    assert DeleteMessage(41) in walker.effects
    assert walker.text.startswith("Please write it as a text.")


def test_words_of_which_nothing_is_left_to_keep_go_from_the_chat() -> None:
    """They are not what anybody meant to send, and are not looked at any closer."""
    walker = agreed().presses("35–44", "Not listed, I describe myself as").writes("\u202e", message=41)
    assert DeleteMessage(41) in walker.effects
    assert "ancestry" not in passage(walker).answers


def test_before_consent_a_chat_is_left_as_somebody_wrote_it() -> None:
    """Nothing was asked that it could answer."""
    walker = Walker(shelves()["ready"]).opens("demographics").sends_a_picture(message=41)
    walker.presses("United States").sends_a_picture(message=42).writes("hello?", message=43)
    assert not any(isinstance(effect, DeleteMessage) for effect in walker.effects)


# --- to the receipt --------------------------------------------------------------------------------------------------


def test_the_first_screen_says_who_asks_and_what_is_never_asked() -> None:
    """No reward, and a way to see that it is real."""
    walker = Walker(shelves()["ready"]).opens("demographics")
    assert "Example Lab" in walker.text
    assert "Nothing is kept unless you agree" in walker.text
    assert "$" not in walker.text
    assert walker.labels[:3] == ["Brazil", "Egypt", "Germany"]
    assert walker.labels[-4:] == ["United States", "My place is not listed", "Is this real?", "🌐 Language"]


def test_a_link_with_a_participant_code_says_so_and_offers_linking() -> None:
    """Whoever comes by themselves is not asked about it."""
    linked = Walker(shelves()["ready"]).opens("demographics", "a1b2c3d4")
    assert "You come from another contribution." in linked.text
    linked.presses("United States", *CARDS_RIGHT)
    assert "Link to my other contribution" in linked.text
    alone = Walker(shelves()["ready"]).opens("demographics").presses("United States", *CARDS_RIGHT)
    assert "Link to my other contribution" not in alone.text


@pytest.mark.parametrize(("press", "kept"), [("3 Yes", "a1b2c3d4"), ("3 No", None)])
def test_a_participant_code_is_kept_only_with_a_yes_to_linking(press: str, kept: str | None) -> None:
    """The receipt's record says the same."""
    walker = Walker(shelves()["ready"]).opens("demographics", "a1b2c3d4").presses("United States", *CARDS_RIGHT)
    walker.presses(press, AGREE)
    assert passage(walker).participant == kept
    given = next(effect for effect in walker.effects if isinstance(effect, GiveConsent))
    assert given.participant == kept


def test_a_card_that_was_misread_explains_once_more_then_names_a_person() -> None:
    """Nobody is shut out, and only the first answer is noted."""
    walker = Walker(shelves()["ready"]).opens("demographics").presses("United States", "Next", "Yes, everything")
    assert "We did not explain this well. Once more:" in walker.text
    walker.presses("Yes, everything")
    assert "hello@example.org" in walker.text
    walker.presses("Next", "Only if I say yes", "Back" if "Back" in walker.labels else "‹ Back", "‹ Back")
    walker.presses("Not what AI already learned", "Only if I say yes", "At any time", AGREE)
    given = next(effect for effect in walker.effects if isinstance(effect, GiveConsent))
    assert given.record.card_answers == (False, True, True)


def test_back_from_the_decision_leads_to_the_last_card_and_forth_again() -> None:
    """What was decided stays."""
    walker = Walker(shelves()["ready"]).opens("demographics").presses("Egypt", *CARDS_RIGHT, "1 Yes", "‹ Back")
    assert walker.name == "card-4"
    walker.presses("At any time")
    assert "✓ 1 Yes" in walker.labels


def test_more_unfolds_the_longer_text_and_less_folds_it() -> None:
    """Both are the same document."""
    walker = Walker(shelves()["ready"]).opens("demographics").presses("Egypt")
    assert "identity papers" not in walker.text
    walker.presses("More")
    assert "identity papers" in walker.text
    walker.presses("Less")
    assert "identity papers" not in walker.text


def test_optional_purposes_that_nobody_touched_mean_no() -> None:
    """And one that was pressed means yes, and can be pressed back."""
    walker = agreed()
    given = next(effect for effect in walker.effects if isinstance(effect, GiveConsent))
    assert given.record.decisions == {"evaluation": True, "improvement": False, "balance": False, "invites": False}
    other = Walker(shelves()["ready"]).opens("demographics").presses("Egypt", *CARDS_RIGHT, "1 Yes", "3 Yes", "1 No")
    other.presses(AGREE)
    assert passage(other).consented is not None
    assert [e.record.decisions for e in other.effects if isinstance(e, GiveConsent)] == [
        {"evaluation": True, "improvement": False, "balance": False, "invites": True}
    ]


def test_the_receipt_stays_and_the_first_question_is_a_new_card() -> None:
    """Its code can be written down."""
    walker = agreed()
    assert KeepReceipt() in walker.effects
    assert passage(walker).code is not None
    assert walker.name == "question-age"


@pytest.mark.parametrize(
    ("presses", "name"),
    [
        (["My place is not listed"], "goodbye-not_listed"),
        (["Egypt", *CARDS_RIGHT, "I do not agree"], "goodbye-declined"),
        (["Egypt", *CARDS_RIGHT, "I am under 18"], "goodbye-under_age"),
    ],
)
def test_a_no_ends_kindly_and_everything_is_forgotten(presses: list[str], name: str) -> None:
    """The goodbye is all that is still owed."""
    walker = Walker(shelves()["ready"]).opens("demographics").presses(*presses)
    assert walker.name == name
    assert walker.labels == []
    assert not session(walker).passages
    assert Forget() in walker.effects
    assert not any(isinstance(effect, GiveConsent) for effect in walker.effects)


def too_young_for_voices(minimum_age: int) -> Walker:
    """Somebody who was thanked by one collection says of another that they are too young for it."""
    walker = submitted()
    regions = tuple(each.model_copy(update={"minimum_age": minimum_age}) for each in voices().regions)
    walker.shelf = Shelf((demographics(), voices().model_copy(update={"regions": regions})), unreviewed=True)
    walker.opens("voices").presses("United States", "Next", *["As meant (en)"] * 3)
    return walker.presses(f"I am under {minimum_age}")


@pytest.mark.parametrize("minimum_age", [16, 18])
def test_too_young_for_another_takes_back_what_was_agreed_to_where_nobody_that_young_takes_part(
    minimum_age: int,
) -> None:
    """Whoever says so had said something else before; with a receipt, as where it is said of that one itself."""
    walker = too_young_for_voices(minimum_age)
    assert TakeBack("demographics") in walker.effects
    assert walker.name == "goodbye-taken_back"
    assert walker.text.startswith("Thank you for saying so. You have to be older to take part")
    assert "Your receipt for leaving" in walker.text
    assert session(walker).passages == {}


def test_too_young_for_another_that_asks_for_more_says_nothing_of_what_was_agreed_to() -> None:
    walker = too_young_for_voices(21)
    assert not any(isinstance(effect, TakeBack) for effect in walker.effects)
    assert walker.name == "thanks"
    assert walker.text.startswith("Thank you for saying so. You have to be older to take part")
    assert list(session(walker).passages) == ["demographics"]


def test_too_young_for_another_takes_back_what_has_left_the_shelf_by_the_age_that_was_agreed_to() -> None:
    walker = submitted()
    walker.records = {"demographics": replace(walker.records["demographics"], minimum_age=21)}
    walker.shelf = shelves()["made up"]
    walker.opens("voices").presses("United States", "Next", *["As meant (en)"] * 3, "I am under 21")
    assert TakeBack("demographics") in walker.effects
    assert walker.name == "goodbye-taken_back"


def test_cards_that_change_while_they_are_read_are_read_again_from_the_first() -> None:
    """Agreeing is to text that was read."""
    walker = Walker(shelves()["ready"]).opens("demographics").presses("Egypt", *CARDS_RIGHT[:3])
    walker.shelf = shelves()["cards reworded"]
    walker.presses("At any time")
    assert walker.name == "card-1"
    assert "So it is." in walker.text
    walker.presses(*CARDS_RIGHT, AGREE)
    given = next(effect for effect in walker.effects if isinstance(effect, GiveConsent))
    assert given.record.sha256 == walker.shelf.document(walker.shelf.collections["demographics"], "en", "EG").sha256


def test_a_yes_to_a_use_that_changes_before_agreeing_is_no_yes_to_what_it_became() -> None:
    """Also where the cards say nothing else: what is pressed Yes beside is a text of its own."""
    walker = Walker(shelves()["ready"]).opens("demographics").presses("Egypt", *CARDS_RIGHT, "1 Yes")
    assert "✓ 1 Yes" in walker.labels
    walker.shelf = Shelf((passing_words_on(demographics()),), unreviewed=True)
    walker.presses(AGREE)
    assert walker.name == "card-1"
    walker.presses(*CARDS_RIGHT, AGREE)
    given = next(effect for effect in walker.effects if isinstance(effect, GiveConsent))
    assert given.record.decisions["improvement"] is False


@pytest.mark.parametrize(("pressed", "back"), [(["1 Yes"], []), (["1 Yes"], ["‹ Back"]), ([], [])])
def test_a_yes_that_was_pressed_before_an_upgrade_is_no_yes_to_what_a_use_became(
    pressed: list[str], back: list[str]
) -> None:
    """An earlier surveybot did not keep what it was to."""
    walker = Walker(shelves()["ready"]).opens("demographics").presses("Egypt", *CARDS_RIGHT, *pressed, *back)
    walker.session = session(walker).with_passage(replace(passage(walker), meant=None))
    walker.shelf = Shelf((passing_words_on(demographics()),), unreviewed=True)
    walker.asks(Command.HELP).presses("‹ Back")
    assert walker.name == "card-1"
    walker.presses(*CARDS_RIGHT, AGREE)
    given = next(effect for effect in walker.effects if isinstance(effect, GiveConsent))
    assert given.record.decisions["improvement"] is False


def test_an_upgrade_throws_nobody_back_who_reads_the_cards_for_the_first_time() -> None:
    """They have decided nothing yet; from then on what changes counts."""
    walker = Walker(shelves()["ready"]).opens("demographics").presses("Egypt", *CARDS_RIGHT[:2])
    walker.session = session(walker).with_passage(replace(passage(walker), meant=None))
    walker.presses(CARDS_RIGHT[2])
    assert walker.name == "card-4"
    walker.presses(CARDS_RIGHT[3])
    assert walker.name == "decide"
    walker.presses("1 Yes")
    walker.shelf = Shelf((passing_words_on(demographics()),), unreviewed=True)
    walker.presses(AGREE)
    assert walker.name == "card-1"


def aged(collection: Collection, minimum: int) -> Collection:
    """The collection for people who are as old, everywhere."""
    regions = tuple(each.model_copy(update={"minimum_age": minimum}) for each in collection.regions)
    return collection.model_copy(update={"regions": regions})


@pytest.mark.parametrize("press", ["I am 21 or older and I agree", "I am under 21"])
def test_a_press_on_how_old_somebody_is_says_what_they_read(press: str) -> None:
    """Where the age has changed since, the card comes anew, also where no card names it."""
    walker = Walker(shelves()["made up"]).opens("voices").presses("United States", "Next", *["As meant (en)"] * 3)
    walker.shelf = Shelf((aged(voices(), 25),), unreviewed=True)
    walker.presses(press)
    assert walker.name == "decide"
    assert "I am under 25" in walker.labels
    walker.presses("I am 25 or older and I agree")
    given = next(effect for effect in walker.effects if isinstance(effect, GiveConsent))
    assert given.record.minimum_age == 25


def reading_another() -> Walker:
    """Somebody who has submitted reads the cards of another collection, in a language that pauses meanwhile."""
    walker = submitted()
    walker.shelf = shelves()["both"]
    walker.opens("voices").presses("United States", "Next")
    walker.shelf = walker.shelf.pausing(frozenset({("voices", "en")}))
    return walker


def reads_why_once_they_go_on(walker: Walker) -> None:
    """What has just happened showed nothing; their next press leads back to the place, and says why."""
    assert walker.last is not None
    assert not walker.last.shows
    walker.press(walker.by_verb("card_answer"))
    assert walker.name == "place"
    assert walker.text.startswith("United States is not open just now.")


def test_why_somebody_is_led_back_is_said_once_they_see_it_and_not_while_a_consent_ends_unseen() -> None:
    walker = reading_another()
    consented = passage(walker).consented
    assert consented is not None
    walker.now = consented.expires_at
    walker.meet(ConsentLapsed(at=walker.now, token=walker.token(), collection="demographics"))
    reads_why_once_they_go_on(walker)


def test_why_somebody_is_led_back_is_said_once_they_see_it_and_not_when_nothing_is_folded() -> None:
    walker = reading_another()
    walker.now += IDLE
    walker.meet(FoldingDue(at=walker.now, token=walker.token(), step=walker.step))
    reads_why_once_they_go_on(walker)


def test_another_language_begins_the_cards_anew_and_leaves_questions_where_they_are() -> None:
    """Before consent the text matters, afterwards the answers do."""
    walker = Walker(shelves()["ready"]).opens("demographics").presses("Egypt", *CARDS_RIGHT)
    walker.asks(Command.LANGUAGE).presses("العربية")
    assert (walker.name, walker.language) == ("card-1", "ar")
    other = agreed("Egypt").presses("35–44")
    other.asks(Command.LANGUAGE).presses("العربية")
    assert (other.name, other.language) == ("question-grew_up_region", "ar")


def test_a_link_to_a_collection_without_the_language_still_shows_cards_that_can_be_read() -> None:
    """The way back leads through the place, where a language that both know is found."""
    walker = Walker(shelves()["both"], "ar").opens("demographics")
    walker.press(walker.by_verb("live_in", "EG"))
    walker.opens("voices")
    walker.press(walker.by_verb("live_in", "DE"))
    assert (walker.name, walker.language) == ("card-1", "en")
    walker.opens("demographics")
    assert walker.name == "card-1"


# --- answering -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "questions"),
    [
        ("United States", ["question-age", "question-ancestry", "question-gender_identity"]),
        ("Egypt", ["question-age", "question-grew_up_region", "question-first_language"]),
    ],
)
def test_each_place_is_asked_its_own_questions(place: str, questions: list[str]) -> None:
    """Nothing on gender or ancestry where it is not asked."""
    walker = agreed(place)
    met = []
    while walker.name.startswith("question-"):
        met.append(walker.name)
        walker.presses("Prefer not to answer")
    assert met == questions
    assert walker.name == "review"


def test_the_opt_out_stands_alone_and_needs_no_done() -> None:
    """It takes what was ticked before with it."""
    walker = agreed().presses("35–44", "White", "Asian", "Prefer not to answer")
    assert walker.name == "question-gender_identity"
    assert passage(walker).answers["ancestry"].options == ("prefer_not_to_answer",)
    walker.presses("‹ Back", "Show", "White")
    assert passage(walker).answers["ancestry"].options == ("white",)


def test_an_exclusive_option_shuts_the_others_out_and_they_it() -> None:
    """A dozen options are numbered, with their labels in the text."""
    walker = Walker(shelves()["made up"]).opens("voices")
    walker.presses("United States", "Next", *["As meant (en)"] * 3, "I am 21 or older and I agree", "Little")
    assert "3. Tongue number 3" in walker.text
    walker.presses("Tongue number 3", "Tongue number 5")
    assert passage(walker, "voices").answers["tongues"].options == ("tongue_3", "tongue_5")
    walker.presses("None of these")
    assert passage(walker, "voices").answers["tongues"].options == ("none",)
    walker.presses("Tongue number 1")
    assert passage(walker, "voices").answers["tongues"].options == ("tongue_1",)


def test_a_second_quick_press_of_the_same_tick_changes_nothing() -> None:
    """Set is set: it is never a toggle."""
    walker = agreed().presses("35–44")
    choice = walker.button("White")
    assert walker.screen is not None
    tap = walker.tap(walker.screen.choices.index(choice), choice)
    walker.meet(tap)
    walker.meet(tap)
    assert passage(walker).answers["ancestry"].options == ("white",)


def test_done_with_nothing_chosen_says_how_to_leave_a_question_out() -> None:
    """Unticking everything is choosing nothing, not an answer."""
    walker = agreed().presses("35–44", "White", "White", "Done")
    assert walker.last is not None
    assert walker.last.notice is not None
    assert walker.name == "question-ancestry"
    assert "ancestry" not in passage(walker).answers


def test_own_words_are_kept_taken_out_of_the_chat_and_not_repeated() -> None:
    """They can be taken back on their own."""
    walker = agreed().presses("35–44", "Not listed, I describe myself as").writes("half zebrafish", message=31)
    assert DeleteMessage(31) in walker.effects
    assert "half zebrafish" not in walker.text
    assert "Not listed, I describe myself as" in walker.ticked
    assert passage(walker).answers["ancestry"].own_words == "half zebrafish"
    walker.presses("Not listed, I describe myself as", "Take my words out")
    assert "ancestry" not in passage(walker).answers


@pytest.mark.parametrize("leaving", ["back", "edit", "leave", "start", "shorter"])
def test_own_words_that_were_too_long_leave_the_chat_however_one_goes_on(leaving: str) -> None:
    """They stay readable only while they are being shortened."""
    walker = agreed().presses("35–44", "Not listed, I describe myself as")
    walker.writes("zebrafish " * 40, message=31).writes("zebrafish " * 30, message=33)
    assert "shorter" in walker.text
    assert not any(isinstance(effect, DeleteMessage) for effect in walker.effects)
    if leaving == "back":
        walker.presses("‹ Back")
    elif leaving == "edit":
        walker.asks(Command.EDIT)
    elif leaving == "leave":
        walker.asks(Command.LEAVE).presses("Take back my data", "All of it")
    elif leaving == "start":
        walker.opens().presses("‹ Back")
    else:
        walker.writes("zebrafish", message=35)
    deleted = {effect.message for effect in walker.effects if isinstance(effect, DeleteMessage)}
    assert deleted >= {31, 33}


def test_own_words_that_were_too_long_go_when_nobody_comes_back_to_shorten_them() -> None:
    """Also where the question is not a sensitive one, whose card never folds."""
    walker = agreed_to_both().presses("In its own words").writes("meow " * 100, message=31)
    assert not any(isinstance(effect, DeleteMessage) for effect in walker.effects)
    idles(walker)
    assert DeleteMessage(31) in walker.effects
    assert passage(walker, "voices").unkept == ()
    walker = agreed_to_both().presses("In its own words").writes("meow " * 100, message=33)
    walker.meet(ConsentLapsed(at=walker.now + dt.timedelta(days=800), token=walker.token(), collection="voices"))
    assert DeleteMessage(33) in walker.effects


def test_the_rest_of_a_text_that_telegram_cut_in_two_is_not_kept_as_own_words() -> None:
    """Half a sentence would stand for what somebody says of themselves, and the first part in the chat."""
    walker = agreed().presses("35–44", "Not listed, I describe myself as")
    walker.writes("zebrafish " * 409, message=31).writes("and a half", message=33)
    assert "ancestry" not in passage(walker).answers
    assert "4,099 letters" in walker.text
    walker.waits(AT_ONCE + dt.timedelta(seconds=1)).writes("zebrafish", message=35)
    assert passage(walker).answers["ancestry"].own_words == "zebrafish"
    deleted = {effect.message for effect in walker.effects if isinstance(effect, DeleteMessage)}
    assert deleted >= {31, 33, 35}


def test_own_words_of_one_choice_lead_on() -> None:
    """A single choice advances at once, in own words too."""
    walker = Walker(shelves()["made up"]).opens("voices")
    walker.presses("United States", "Next", *["As meant (en)"] * 3, "I am 21 or older and I agree")
    walker.presses("In its own words").writes("meow")
    assert walker.name == "question-tongues"
    assert passage(walker, "voices").answers["faith_of_pets"].own_words == "meow"


def test_braces_and_markup_in_own_words_stay_what_they_are() -> None:
    """Nothing is filled in, and nothing is bold."""
    walker = agreed().presses("35–44", "Not listed, I describe myself as").writes("{age} <b>me</b> & you")
    walker.presses("Done", "Prefer not to answer", "Show answers")
    assert "“{age} me & you”" in walker.text.replace("<b>", "").replace("</b>", "")
    assert walker.screen is not None
    assert "&lt;b&gt;me&lt;/b&gt; &amp; you" in walker.words.screen(walker.screen, "en")


def test_a_text_where_a_button_is_due_is_answered_with_the_way_to_the_buttons() -> None:
    """So is a picture."""
    walker = agreed().writes("hello?")
    assert walker.text.startswith("Please choose with the buttons here.")
    walker.sends_a_picture()
    assert walker.text.startswith("Please choose with the buttons here.")
    assert walker.name == "question-age"
    walker.presses("35–44")
    assert "Please choose with the buttons" not in walker.text


# --- folding ---------------------------------------------------------------------------------------------------------


def test_sensitive_ticks_fold_after_idle_minutes_and_open_again_on_a_press() -> None:
    """Nobody reads them over a shoulder."""
    walker = idles(agreed().presses("35–44", "White"))
    assert "Answered. Hidden" in walker.text
    assert walker.ticked == []
    walker.presses("Show")
    assert "White" in walker.ticked


def test_ticks_fold_also_after_help_was_read_in_between() -> None:
    """The folding that is owed is for the card that shows them."""
    walker = agreed().presses("35–44").asks(Command.HELP).presses("‹ Back", "Show", "White")
    assert "Answered. Hidden" in idles(walker).text


def test_a_sensitive_question_is_put_away_also_before_it_was_answered_and_so_is_the_sheet_for_own_words() -> None:
    """Nothing of what it asks is left in sight; own words that were too long go with it."""
    walker = idles(agreed().presses("35–44"))
    assert "Put away" in walker.text
    assert "ethnicity" not in walker.text
    assert "Done" not in walker.labels
    walker.presses("Show", "Not listed, I describe myself as").writes("zebrafish " * 40, message=31)
    idles(walker)
    assert "Put away" in walker.text
    assert "ethnicity" not in walker.text
    assert walker.last is not None
    assert DeleteMessage(31) in walker.last.effects
    assert "Answered. Hidden" in idles(walker.presses("Show", "‹ Back", "White")).text


def test_going_back_to_a_sensitive_answer_leaves_it_put_away_until_it_is_asked_for() -> None:
    walker = agreed().presses("35–44", "White", "Done", "‹ Back")
    assert not walker.ticked
    assert "Answered. Hidden" in walker.text
    assert walker.presses("Show").ticked


def test_one_press_on_a_sensitive_card_cleans_the_chat_and_says_nothing_of_it() -> None:
    """From the question, from own words, from what was put away, and from the review."""
    for way in ((), ("Not listed, I describe myself as",), ("Pause", "Go on"), ("White", "Done", "Woman", "Done")):
        walker = agreed().presses("35–44", *way, "Clean this chat")
        assert walker.name == "cleaned"
        assert [effect for effect in walker.effects if isinstance(effect, CleanChat)]
        assert not any(word in walker.text for word in ("ethnicity", "gender", "White", "Woman"))
        walker.presses("Go on")
        assert "ethnicity" not in walker.text or walker.name == "review"


def test_whoever_lets_the_bot_in_again_finds_a_sensitive_card_put_away() -> None:
    """It comes unasked, and perhaps onto a locked screen."""
    walker = agreed().presses("35–44", "White")
    walker.meet(Unblocked(at=walker.now, token=walker.token()))
    assert "Answered. Hidden" in walker.text


def test_answers_are_protected_and_evidence_is_not() -> None:
    """What people may have to show can be forwarded; what could harm them cannot, nor does a lock screen show it."""

    def stands(walker: Walker) -> tuple[Keeping, bool]:
        assert walker.screen is not None
        return walker.screen.keeping, walker.screen.discreet

    walker = Walker(shelves()["ready"]).opens("demographics").presses("United States")
    for label in (*CARDS_RIGHT, AGREE):
        assert stands(walker) == (Keeping.EVIDENCE, False)
        walker.presses(label)
    assert stands(walker) == (Keeping.PROTECTED, False), "the age is asked on the card that the rest will stand on"
    assert stands(walker.presses("35–44")) == (Keeping.PROTECTED, True)
    assert stands(walker.presses("White", "Done", "Woman", "Done")) == (Keeping.PROTECTED, True)
    assert stands(walker.presses("Submit")) == (Keeping.EVIDENCE, False)
    assert stands(walker.asks(Command.HELP)) == (Keeping.EITHER, False)
    assert stands(agreed("Egypt")) == (Keeping.EITHER, False)


@pytest.mark.parametrize("shelf", ["made up", "question gone", "empty"])
def test_ticks_fold_also_when_their_question_or_collection_is_gone_by_then(shelf: str) -> None:
    """The card that shows them still stands in the chat, until another one takes its place."""
    walker = agreed().presses("35–44", "White", "Done", "Woman")
    walker.shelf = shelves()[shelf]
    idles(walker)
    assert walker.last is not None
    assert walker.last.shows
    assert "Woman" not in walker.ticked


def test_own_words_that_took_longer_to_write_than_their_card_stays_open_are_kept() -> None:
    """Writing is no tap. The card says nothing of what was asked, before and after."""
    walker = idles(agreed().presses("35–44", "Not listed, I describe myself as"))
    assert "Put away" in walker.text
    walker.writes("a quiet zebrafish", message=31)
    assert passage(walker).answers["ancestry"].own_words == "a quiet zebrafish"
    assert DeleteMessage(31) in walker.effects
    assert walker.text.startswith("✓ Your words are kept")
    assert "Answered. Hidden" in walker.text
    assert "zebrafish" not in walker.text
    assert "ethnicity" not in walker.text
    walker.presses("Show")
    assert "Not listed, I describe myself as" in walker.ticked


def test_own_words_are_also_shortened_for_longer_than_their_card_stays_open() -> None:
    """What was too long goes from the chat meanwhile, and what comes after it is kept."""
    walker = agreed().presses("35–44", "Not listed, I describe myself as").writes("zebrafish " * 40, message=31)
    idles(walker)
    assert DeleteMessage(31) in walker.effects
    walker.writes("zebrafish " * 30, message=32)
    assert "shorter" in walker.text
    assert "ethnicity" not in walker.text
    idles(walker)
    assert DeleteMessage(32) in walker.effects
    walker.writes("zebrafish", message=33)
    assert passage(walker).answers["ancestry"].own_words == "zebrafish"


def test_a_sheet_for_own_words_that_was_folded_opens_where_it_was_and_leads_back() -> None:
    """Show opens the sheet; Back leads to the question before, as from any card that is put away."""
    walker = idles(agreed().presses("35–44", "Not listed, I describe myself as")).presses("Show")
    assert "In your own words" in walker.text
    idles(walker).presses("‹ Back")
    assert walker.name == "question-age"
    assert not passage(walker).describing


@pytest.mark.parametrize("away", ["Pause", "/help", "/start"])
def test_whoever_goes_elsewhere_from_a_folded_sheet_writes_no_answer_there(away: str) -> None:
    walker = idles(agreed().presses("35–44", "Not listed, I describe myself as"))
    if away == "Pause":
        walker.presses("Pause")
    elif away == "/help":
        walker.asks(Command.HELP).presses("‹ Back")
    else:
        walker.opens()
    walker.writes("hello?", message=31)
    assert "ancestry" not in passage(walker).answers
    assert DeleteMessage(31) in walker.effects


def test_a_folding_for_an_earlier_card_leaves_the_current_one_alone() -> None:
    """It came due late."""
    walker = agreed().presses("35–44", "White")
    late = session(walker).step
    walker.presses("Done", "Woman")
    walker.meet(FoldingDue(at=walker.now, token=walker.token(), step=late))
    assert "Woman" in walker.ticked


@pytest.mark.parametrize("away", ["Pause", "/help", "/start", "link"])
def test_going_elsewhere_folds_what_was_open(away: str) -> None:
    """Also when another collection is opened in between."""
    walker = agreed(shelf="both").presses("35–44", "White")
    if away == "Pause":
        walker.presses("Pause", "Go on")
    elif away == "/help":
        walker.asks(Command.HELP).presses("‹ Back")
    elif away == "/start":
        walker.opens()
    else:
        walker.opens("voices").opens("demographics")
    assert "Answered. Hidden" in walker.text


def test_answers_in_the_review_show_on_a_press_and_fold() -> None:
    """Before submitting no code is needed: they were just given."""
    walker = at_review()
    assert "answered, hidden" in walker.text
    assert "White" not in walker.text
    walker.presses("Show answers")
    assert "Asian and White" in walker.text
    assert "White" not in idles(walker).text


def test_the_review_says_which_of_the_states_each_answer_is_in() -> None:
    """Answered, preferred not to, not answered yet; and what is not asked here is not there."""
    walker = at_review()
    walker.shelf = shelves()["question new"]
    walker.opens().presses("Show answers")
    lines = walker.text.splitlines()
    assert "35–44" in next(line for line in lines if "How old" in line)
    assert "Asian and White" in next(line for line in lines if "race or ethnicity" in line)
    assert "prefer not to answer" in next(line for line in lines if "What is your gender" in line)
    assert "not answered yet" in next(line for line in lines if "Sundays" in line)
    assert "grow up" not in walker.text


# --- submitting and later --------------------------------------------------------------------------------------------


def test_submitting_takes_the_code_out_of_the_chat_and_thanks() -> None:
    """What is owed, what comes next, how to leave."""
    walker = submitted()
    assert [type(effect) for effect in walker.effects if isinstance(effect, Submit | FoldReceipt)] == [
        Submit,
        FoldReceipt,
    ]
    assert "$2.50" in walker.text
    assert "/leave" in walker.text
    assert passage(walker).code is None


@pytest.mark.parametrize(("accrues", "at"), [("consent", 0), ("half", 2), ("last_question", 4)])
def test_pay_is_owed_for_time_whatever_is_answered(accrues: str, at: int) -> None:
    """Four questions, all left out: owed once, at the moment that was said."""
    walker = Walker(Shelf((voices(accrues=accrues),), unreviewed=True)).opens("voices")
    walker.presses("United States", "Next", *["As meant (en)"] * 3, "I am 21 or older and I agree")
    owed = []
    for _ in range(4):
        owed.append(walker.effects.count(Accrue("voices")))
        walker.presses("Prefer not to answer")
    walker.presses("‹ Back", "Prefer not to answer", "Submit")
    owed.append(walker.effects.count(Accrue("voices")))
    assert owed == [int(place >= at) for place in range(5)]


def test_a_question_that_appeared_meanwhile_is_met_before_submitting() -> None:
    """And the review comes again after it."""
    walker = at_review()
    walker.shelf = shelves()["question new"]
    walker.opens().presses("Submit")
    assert walker.name == "question-hobby"
    walker.presses("Sleep", "Done")
    assert walker.name == "review"
    walker.presses("Submit")
    assert walker.name == "thanks"


def test_after_submitting_hidden_answers_open_with_the_code_only() -> None:
    """Typed as one remembers it; the message goes at once."""
    walker = at_review()
    code = passage(walker).code
    assert code is not None
    walker.presses("Submit").asks(Command.MY_DATA).presses("Show answers")
    assert walker.name == "code"
    walker.writes("WRONG-00", message=50)
    assert "That is not the code" in walker.text
    assert DeleteMessage(50) in walker.effects
    walker.writes(code.lower().replace("-", " "))
    assert walker.name == "my-data"
    assert "Asian and White" in walker.text
    walker.writes(code)
    assert walker.text.startswith("Please choose with the buttons here.")
    walker.presses("Hide answers")
    assert "White" not in walker.text


def test_revealed_answers_are_hidden_again_after_the_receipt_file() -> None:
    """Leaving what is held folds it, whatever leads away."""
    walker = at_review()
    code = passage(walker).code
    assert code is not None
    walker.presses("Submit").asks(Command.MY_DATA).presses("Show answers").writes(code)
    assert "Asian and White" in walker.text
    walker.presses("Receipt as a file", "‹ Back")
    assert "White" not in walker.text


def test_the_code_leads_back_to_the_file_and_so_does_closing_it() -> None:
    """A file with hidden answers in it needs the code; afterwards nothing stands open on the card."""
    walker = at_review()
    code = passage(walker).code
    assert code is not None
    walker.presses("Submit").asks(Command.MY_DATA).presses("All of it as a file", "As a table (CSV)")
    assert walker.name == "code"
    walker.presses("‹ Back")
    assert walker.name == "own-copy"
    walker.presses("As a table (CSV)").writes(code)
    assert walker.name == "own-copy"
    walker.presses("As a table (CSV)", "For programs (JSON)")
    assert [effect.form for effect in walker.effects if isinstance(effect, SendOwnCopy)] == ["csv", "json"]
    walker.presses("‹ Back")
    assert walker.name == "my-data"
    assert "White" not in walker.text


def test_what_is_held_of_a_collection_that_left_the_shelf_can_still_be_had() -> None:
    """Its words are gone with it, so all of it counts as hidden."""
    walker = at_review()
    code = passage(walker).code
    assert code is not None
    walker.presses("Submit")
    walker.shelf = shelves()["made up"]
    walker.asks(Command.MY_DATA)
    assert "you agreed on" in walker.text
    walker.presses("All of it as a file", "For programs (JSON)").writes(code).presses("For programs (JSON)")
    assert [effect.collection for effect in walker.effects if isinstance(effect, SendOwnCopy)] == ["demographics"]
    walker.asks(Command.LEAVE).presses("Take back my data", "All of it")
    assert walker.name == "goodbye-taken_back"


def test_each_of_several_collections_is_looked_at_by_itself() -> None:
    """And the one in hand stays in hand."""
    walker = agreed_to_both()
    before = walker.name
    walker.asks(Command.MY_DATA)
    assert walker.name == "my-data-choice"
    walker.presses("Does AI work well for everyone?")
    assert "Submitted on" in walker.text
    walker.presses("‹ Back", "‹ Back")
    assert (walker.name, session(walker).current) == (before, "voices")
    walker.asks(Command.MY_DATA).presses("Does AI work well for everyone?").asks(Command.EDIT)
    assert (walker.name, session(walker).current) == ("review", "demographics"), "what is looked at is edited"


def test_a_receipt_for_leaving_is_promised_to_who_has_agreed_to_something() -> None:
    """Whoever has agreed to nothing gets a kind end, and there is nothing to give a receipt for."""
    walker = Walker(shelves()["ready"]).opens("demographics").asks(Command.LEAVE).presses("Take back my data")
    assert "You get a receipt." not in walker.text
    assert "It happens at once." in walker.text
    walker.presses("All of it")
    assert walker.name == "goodbye-declined"
    walker = agreed().asks(Command.LEAVE).presses("Take back my data")
    assert "It happens at once. You get a receipt." in walker.text
    walker.presses("All of it")
    assert "Your receipt for leaving" in walker.text


def test_of_several_collections_one_that_left_the_shelf_is_taken_back_by_its_id() -> None:
    """It can be taken back alone, as any other; its single uses have no words any more."""
    walker = agreed_to_both()
    walker.shelf = shelves()["made up"]
    walker.asks(Command.LEAVE).presses("Take back my data")
    assert "1. demographics" in walker.text
    assert [label for label in walker.labels if label.startswith("All of ")] == ["All of it", "All of 1", "All of 2"]
    walker.presses("All of 1")
    assert walker.name == "left"
    assert [effect for effect in walker.effects if isinstance(effect, TakeBack)] == [TakeBack("demographics")]


def test_where_all_is_closed_nobody_whose_answers_are_held_reads_that_nothing_is() -> None:
    """The collection has left the shelf; what was given to it is still there, to be seen and taken back."""
    walker = Walker(shelves()["empty"]).opens()
    assert (walker.name, "Nothing about you is kept." in walker.text) == ("closed", True)
    walker = submitted()
    walker.shelf = shelves()["empty"]
    walker.opens()
    assert walker.name == "closed"
    assert "Nothing about you is kept" not in walker.text
    assert "still held" in walker.text
    walker.presses("What is held")
    assert "you agreed on" in walker.text
    walker.presses("‹ Back")
    assert walker.name == "closed"
    walker.presses("Leave", "Take back my data", "All of it")
    assert TakeBack("demographics") in walker.effects


@pytest.mark.parametrize("where", ["review", "card"])
def test_a_collection_that_leaves_the_shelf_and_comes_back_shows_nothing_by_itself(where: str) -> None:
    """What was open when it left is folded; other collections' screens do not show it either."""
    walker = at_review().presses("Show answers") if where == "review" else agreed().presses("35–44", "White")
    walker.shelf = shelves()["made up"]
    walker.opens("voices").asks(Command.MY_DATA)
    walker.shelf = shelves()["both"]
    walker.asks(Command.MY_DATA)
    assert "White" not in walker.text
    walker.opens("demographics")
    assert ("White" in walker.ticked, "Asian and White" in walker.text) == (False, False)


def test_changing_a_sensitive_answer_later_needs_the_code_and_so_does_its_folded_card() -> None:
    """Phones are shared: a press on Show is not enough any more."""
    walker = at_review()
    code = passage(walker).code
    assert code is not None
    walker.presses("Submit").asks(Command.EDIT).presses("Change 2")
    assert walker.name == "code"
    walker.writes(code)
    assert walker.name == "review"
    walker.presses("Change 2")
    assert "White" in walker.ticked
    idles(walker).presses("Show")
    assert walker.name == "code"
    walker.presses("‹ Back")
    assert "Answered. Hidden" in walker.text
    walker.presses("Show").writes(code)
    assert "White" in walker.ticked
    walker.presses("Black or African American", "Done", "Submit")
    assert passage(walker).answers["ancestry"].options == ("asian", "black", "white")


def test_five_wrong_codes_make_an_hour_s_pause() -> None:
    """Then the right one works, and the screen no longer says to wait."""
    walker = at_review()
    code = passage(walker).code
    assert code is not None
    walker.presses("Submit").asks(Command.MY_DATA).presses("Show answers")
    for _ in range(5):
        walker.writes("0000-0000")
    assert "Please wait an hour" in walker.text
    walker.writes(code)
    assert walker.name == "code"
    walker.waits(HOUR)
    assert "Please wait an hour" not in walker.words.screen(
        current_screen(session(walker), walker.shelf, walker.now), "en"
    )
    walker.writes(code)
    assert walker.name == "my-data"


@pytest.mark.parametrize(
    ("presses", "name"),
    [
        ([], "question-age"),
        (["35–44"], "question-ancestry"),
        (["35–44", "White", "Done", "Woman", "Done"], "review"),
        (["35–44", "White", "Done", "Woman", "Done", "Submit"], "review"),
        (["35–44", "White", "Done", "Woman", "Done", "Change 1"], "review"),
    ],
)
def test_edit_leads_to_the_review_once_every_question_was_met(presses: list[str], name: str) -> None:
    """Before that, to the question that is open."""
    assert agreed().presses(*presses).asks(Command.EDIT).name == name


def test_edit_before_consent_says_that_there_is_nothing() -> None:
    """In every stage, and where several collections are offered."""
    walker = Walker(shelves()["ready"]).opens("demographics").asks(Command.EDIT)
    assert walker.name == "my-data"
    assert "There is nothing to change yet." in walker.text
    walker.presses("‹ Back", "Egypt").asks(Command.EDIT).presses("‹ Back")
    assert walker.name == "card-1"
    walker.presses(*CARDS_RIGHT).asks(Command.EDIT).presses("‹ Back")
    assert walker.name == "decide"
    assert "nothing to change" in Walker(shelves()["both"]).opens().asks(Command.EDIT).text


def test_a_sign_off_that_has_only_lapsed_keeps_nobody_from_changing_an_answer() -> None:
    """Nobody new begins; who has submitted can correct what is held, as is promised, and submit it again."""
    walker = submitted()
    until = walker.now.date()
    walker.shelf = Shelf((demographics(),), unreviewed=False).reviewed(signed_off(demographics(), until=until))
    walker.waits(2 * DAY).asks(Command.EDIT)
    assert walker.name == "review"
    walker.presses("Change 1", "25–34", "Submit")
    assert walker.name == "thanks"
    assert passage(walker).submitted["age"].answer.options == ("age_25_34",)


def test_where_another_installation_has_taken_over_who_agreed_here_changes_answers_here() -> None:
    """As whoever is half-way goes on here: what they gave is held here."""
    walker = submitted()
    walker.shelf = walker.shelf.handing_over({"US": "OtherZoneBot"})
    assert walker.asks(Command.EDIT).name == "review"


def test_where_answers_cannot_be_changed_edit_says_so() -> None:
    """Where it is halted or not signed off any more; and of what has left the shelf, which nothing can be asked of."""
    for closed in (shelves()["ready"].halting(frozenset({Scope(None, "US")})), shelves()["all closed"]):
        walker = submitted()
        walker.shelf = closed
        walker.asks(Command.EDIT)
        assert (walker.name, walker.text.splitlines()[0]) == ("thanks", "Answers cannot be changed here just now.")
    walker = submitted()
    walker.shelf = shelves()["empty"]
    walker.opens().asks(Command.EDIT)
    assert (walker.name, walker.text.splitlines()[0]) == ("my-data", "Answers cannot be changed here just now.")
    walker = agreed_to_both()
    walker.shelf = shelves()["made up"]
    walker.asks(Command.MY_DATA).presses("demographics").asks(Command.EDIT)
    assert (walker.name, session(walker).current) == ("my-data", "voices")
    assert walker.text.startswith("Answers cannot be changed here just now.")


def test_edit_where_something_else_was_only_begun_shows_what_can_be_changed() -> None:
    """It does not say that there is nothing, and /edit once more leads on to it."""
    walker = submitted()
    walker.shelf = shelves()["both"]
    walker.opens("voices").presses("United States").asks(Command.EDIT)
    assert (walker.name, session(walker).current) == ("my-data", "voices")
    assert "There is nothing to change yet." not in walker.text
    assert "/edit changes an answer" in walker.text
    assert "Submitted on" in walker.text
    walker.asks(Command.EDIT)
    assert (walker.name, session(walker).current) == ("review", "demographics")


def test_a_receipt_file_is_sent_after_saying_what_it_reveals() -> None:
    """And leads back to what is held."""
    walker = submitted().asks(Command.MY_DATA).presses("Receipt as a file")
    assert "Whoever opens this phone can open the file too" in walker.text
    walker.presses("‹ Back")
    assert walker.name == "my-data"
    walker.presses("Receipt as a file", "Send the file")
    assert SendReceiptFile("demographics") in walker.effects
    assert walker.name == "my-data"


# --- leaving ---------------------------------------------------------------------------------------------------------


def test_all_three_at_once_takes_two_presses_after_leave() -> None:
    """With a receipt for leaving, and nothing left."""
    walker = submitted().asks(Command.LEAVE).presses("All three", "Yes, all three")
    assert walker.name == "goodbye-left_all"
    assert "receipt for leaving" in walker.text
    kinds = {type(effect) for effect in walker.effects}
    assert kinds >= {TakeBack, StopMessages, CleanChat, NewCard, Forget}


def test_whoever_asks_to_leave_again_reads_the_receipt_again() -> None:
    """As long as the goodbye may not have arrived."""
    walker = submitted().asks(Command.LEAVE).presses("All three", "Yes, all three")
    before = len(walker.effects)
    walker.asks(Command.LEAVE)
    assert walker.name == "goodbye-left_all"
    assert "receipt for leaving" in walker.text
    assert walker.effects[before:] == [NewCard()]


def test_whoever_begins_anew_reads_the_receipt_first() -> None:
    """It was on its way still, and what begins would take its place. What they wrote is no answer to anything."""
    walker = submitted().asks(Command.LEAVE).presses("All three", "Yes, all three")
    before = len(walker.effects)
    for word in ("/start", "a text", "/mydata"):
        if word == "/start":
            walker.opens("demographics")
        elif word == "a text":
            walker.writes("did it work?")
        else:
            walker.asks(Command.MY_DATA)
        assert walker.name == "goodbye-left_all"
        assert walker.text.startswith("If you change your mind, /start begins anew.")
        assert "receipt for leaving" in walker.text
    assert walker.effects[before:] == [NewCard()] * 3
    assert walker.goodbye_arrives().opens("demographics").name == "place"


def test_cleaning_and_stopping_leave_what_is_held_alone() -> None:
    """Each does what it says and no more; a contact purpose ends with the messages."""
    walker = Walker(shelves()["ready"]).opens("demographics").presses("Egypt", *CARDS_RIGHT, "3 Yes", AGREE)
    walker.asks(Command.LEAVE).presses("Clean this chat", "No more messages")
    for effect in (CleanChat(), StopMessages(), WithdrawPurposes("demographics", ("invites",))):
        assert effect in walker.effects
    assert not any(isinstance(effect, TakeBack) for effect in walker.effects)
    walker.presses("‹ Back")
    assert walker.name == "question-age"


def test_taking_one_purpose_back_leaves_the_rest() -> None:
    """What taking part needs is not offered alone: all of it says the same."""
    walker = Walker(shelves()["ready"]).opens("demographics", "a1b2c3d4").presses("Egypt", *CARDS_RIGHT)
    walker.presses("1 Yes", "3 Yes", AGREE).asks(Command.LEAVE).presses("Take back my data")
    assert "Measure how well" not in walker.text
    walker.presses("End use 2")
    assert WithdrawPurposes("demographics", ("link",)) in walker.effects
    assert passage(walker).participant is None
    assert "Improve AI models" in walker.text
    walker.presses("End use 1", "All of it")
    assert walker.name == "goodbye-taken_back"


def test_with_several_collections_each_can_be_left_alone() -> None:
    """By its name: what taking part needs is no use that could be ended alone. The other one stays."""
    walker = agreed_to_both().asks(Command.LEAVE).presses("Take back my data")
    assert "Hear you" not in walker.text
    assert "Measure how well" not in walker.text
    lines = walker.text.splitlines()
    number = next(line.split(".")[0] for line in lines if walker.shelf.collections["voices"].title in line)
    walker.presses(f"All of {number}")
    assert walker.name == "left"
    assert TakeBack("voices") in walker.effects
    assert TakeBack("demographics") not in walker.effects
    walker.presses("‹ Back")
    assert walker.name == "thanks"
    assert session(walker).current == "demographics"


def test_declining_one_collection_shows_the_one_that_was_agreed_to() -> None:
    """With words, and without losing anything."""
    walker = submitted()
    walker.shelf = shelves()["both"]
    walker.opens("voices").presses("My place is not listed")
    assert walker.text.startswith("Nothing is kept unless you agree.")
    assert walker.name == "thanks"
    assert list(session(walker).passages) == ["demographics"]
    assert Forget() not in walker.effects


def test_whoever_left_can_begin_anew() -> None:
    """The old card's buttons do nothing."""
    walker = submitted()
    old = (walker.screen, walker.step)
    walker.asks(Command.LEAVE).presses("All three", "Yes, all three").goodbye_arrives().opens("demographics")
    assert walker.name == "place"
    screen, step = old
    assert screen is not None
    walker.meet(Tapped(at=walker.now, token=walker.token(), step=step, choice=0, layout=screen.layout))
    assert walker.name == "place"


# --- a world that changes --------------------------------------------------------------------------------------------


def test_answers_to_a_question_that_vanished_are_kept_as_retired() -> None:
    """The open card was it: the next one opens, and no old tap answers it."""
    walker = Walker(shelves()["made up"]).opens("voices")
    walker.presses("United States", "Next", *["As meant (en)"] * 3, "I am 21 or older and I agree")
    walker.presses("Little", "Tongue number 1", "Done")
    assert walker.name == "question-likes_tea"
    choice = walker.button("Yes, tea")
    assert walker.screen is not None
    old_tap = walker.tap(walker.screen.choices.index(choice), choice)
    walker.shelf = shelves()["question gone"]
    walker.meet(old_tap)
    assert walker.name == "question-likes_rain"
    assert "likes_rain" not in passage(walker, "voices").answers
    walker.presses("No rain")
    other = agreed().presses("35–44", "White", "Done", "Woman", "Done")
    other.shelf = shelves()["question gone"]
    other.opens()
    assert "gender_identity" in passage(other).retired
    assert "gender" not in other.text


def test_a_region_that_closes_half_way_halts_and_goes_on_when_it_opens_again() -> None:
    """What was answered is kept; leaving works as always."""
    walker = agreed().presses("35–44")
    walker.shelf = shelves()["all closed"]
    walker.opens()
    assert walker.name == "halted"
    walker.asks(Command.EDIT)
    assert walker.name == "halted"
    walker.asks(Command.HELP).presses("‹ Back")
    assert walker.name == "halted"
    walker.shelf = shelves()["ready"]
    walker.opens()
    assert walker.name == "question-ancestry"


def test_a_region_whose_folder_is_gone_retires_nothing() -> None:
    """A slip of a coordinator loses nobody's answers."""
    walker = submitted()
    walker.shelf = shelves()["region gone"]
    walker.opens()
    assert walker.name == "halted"
    walker.shelf = shelves()["ready"]
    walker.opens()
    assert walker.name == "thanks"
    assert len(passage(walker).answers) == 3


def test_a_collection_that_left_the_shelf_can_still_be_seen_and_left() -> None:
    """It has no name any more, and is held all the same."""
    walker = submitted()
    walker.shelf = shelves()["empty"]
    walker.asks(Command.MY_DATA)
    assert "demographics: you agreed on December 1, 2026" in walker.text
    walker.presses("Leave", "Take back my data")
    assert "Nothing is held" not in walker.text
    walker.presses("All of it")
    assert TakeBack("demographics") in walker.effects


@pytest.mark.parametrize("command", list(Command))
def test_where_everything_is_closed_every_command_still_answers(command: Command) -> None:
    """Leaving and the language too."""
    walker = Walker(shelves()["all closed"]).opens()
    assert walker.name == "closed"
    walker.asks(command)
    assert walker.name == ("closed" if command is Command.EDIT else walker.name)
    if command is not Command.EDIT:
        assert walker.name != "closed"
        walker.presses("‹ Back")
        assert walker.name == "closed"
    walker.shelf = shelves()["ready"]
    walker.opens()
    assert walker.name == "place"


def test_what_closes_under_somebody_who_has_not_agreed_says_so() -> None:
    """Not a question with no answers to choose from."""
    walker = Walker(shelves()["ready"]).opens("demographics")
    walker.shelf = shelves()["all closed"]
    walker.opens()
    assert walker.name == "closed"


@pytest.mark.parametrize(("aside", "to"), [("code", "my-data"), ("paused", "collections")])
def test_an_aside_over_a_collection_that_is_gone_gives_way(aside: str, to: str) -> None:
    """Nothing asks for what cannot be answered."""
    walker = submitted() if aside == "code" else agreed().presses("Pause")
    if aside == "code":
        walker.asks(Command.MY_DATA).presses("Show answers")
    walker.shelf = shelves()["made up"]
    walker.writes("K7M4-QX2P")
    assert walker.name == to


# --- time ------------------------------------------------------------------------------------------------------------


def test_a_consent_that_is_over_takes_its_answers_along_even_if_nobody_said_so() -> None:
    """The next press finds nothing to answer under it."""
    walker = agreed().presses("35–44")
    assert passage(walker).consented is not None
    walker.waits(dt.timedelta(days=731)).presses("White")
    assert TakeBack("demographics", lapsed=True) in walker.effects
    assert not session(walker).passages
    assert walker.name == "collections"


def test_the_last_consent_s_end_takes_the_silent_chat_along() -> None:
    """What is left is forgotten within a day; nothing is shown unasked."""
    walker = submitted().waits(dt.timedelta(days=731))
    step = walker.meet(ConsentLapsed(at=walker.now, token=walker.token(), collection="demographics"))
    assert step.effects == (TakeBack("demographics", lapsed=True), Forget())
    assert not step.shows


def test_a_consent_that_is_not_over_is_left_alone() -> None:
    """A due time that came early, or twice."""
    walker = submitted()
    before = walker.session
    walker.meet(ConsentLapsed(at=walker.now, token=walker.token(), collection="demographics"))
    assert walker.session == before


def test_three_silent_days_before_consent_leave_nothing() -> None:
    """One minute less leaves all."""
    walker = Walker(shelves()["ready"]).opens("demographics").presses("Egypt")
    walker.waits(3 * DAY - dt.timedelta(minutes=1))
    walker.meet(SilenceDue(at=walker.now, token=walker.token()))
    assert walker.session is not None
    walker.waits(dt.timedelta(minutes=1))
    walker.meet(SilenceDue(at=walker.now, token=walker.token()))
    assert walker.session is None


def test_silence_takes_what_was_not_agreed_to_from_beside_a_consent() -> None:
    """The consent stays, and is what is shown next."""
    walker = submitted()
    walker.shelf = shelves()["both"]
    walker.opens("voices").presses("Germany").waits(3 * DAY)
    walker.meet(SilenceDue(at=walker.now, token=walker.token()))
    assert list(session(walker).passages) == ["demographics"]
    walker.opens()
    assert walker.name == "thanks"


def test_coming_back_after_a_block_shows_where_one_was() -> None:
    """On a new card."""
    walker = agreed()
    step = walker.meet(Unblocked(at=walker.now, token=walker.token()))
    assert step.effects == (NewCard(),)
    assert walker.name == "question-age"


def test_stages_without_a_passage_are_refused_nothing() -> None:
    """The very first thing may be a command, a text or a tap on a card of long ago."""
    for command in Command:
        assert Walker(shelves()["ready"]).asks(command).session is not None
    assert Walker(shelves()["ready"]).writes("hello").name == "place"
    walker = Walker(shelves()["ready"])
    walker.meet(Tapped(at=walker.now, token=walker.token(), step=5, choice=0, layout=1))
    assert walker.name == "place"
    assert advance(None, SilenceDue(at=walker.now, token=walker.token()), walker.shelf).session is None


def test_everything_that_is_said_here_is_about_the_shelf_that_was_meant() -> None:
    """The made-up changes change what they say they change."""
    assert NEW_QUESTION.id in {q.id for q in with_question(demographics(), NEW_QUESTION).regions[0].questions}
    assert session(submitted()).aside is None
    assert passage(submitted()).stage is Stage.THANKS
    assert Aside.GOODBYE in Aside
