"""The whole way, from a link to the thanks and back out, in every pairing of language and place."""

from __future__ import annotations

import pytest
from support.contributors import CODE, PLAIN_ANSWERS, Contributor
from support.running import Bot, until

from flows.language import place_name

from .conftest import Arrive

PAIRINGS = [("en", "US"), ("ar", "EG"), ("ar", "US"), ("en", "EG")]


@pytest.mark.parametrize(("language", "place"), PAIRINGS)
async def test_from_the_link_to_the_thanks_and_everything_taken_back(
    arrive: Arrive, bot: Bot, language: str, place: str
) -> None:
    """What was pressed is what is kept, sealed; after taking it back nothing opens and nothing is left."""
    sam = arrive("Sam", language, place)
    await sam.whole()
    assert sam.sees("Thank you")
    kept = bot.stores.answers(sam.person.id)
    assert {name: answer["options"] for name, answer in kept.items()} == PLAIN_ANSWERS[place]
    assert {answer["status"] for answer in kept.values()} == {"answered"}
    assert bot.stores.count("entitlements") == 1

    await sam.say("/leave")
    await sam.press("Take back my data")
    await sam.press("All of it")
    assert sam.goodbye
    await until(lambda: bot.stores.count("conversations") == bot.stores.count("key_destructions") == 0)
    assert bot.stores.wraps() == []
    assert [bot.stores.count(table) for table in ("contributions", "answers", "outbox", "key_destructions")] == [0] * 4
    assert bot.stores.count("entitlements") == 1, "what is owed stays owed"
    assert bot.stores.count("withdrawals") == 1


async def test_the_receipt_takes_the_decisions_place_and_the_first_question_stands_below(arrive: Arrive) -> None:
    sam = arrive()
    await sam.to_decision()
    decision = sam.person.messages[-1]
    await sam.agree()
    receipt, question = sam.person.messages[-2:]
    assert receipt.id == decision.id
    assert receipt.edited
    assert receipt.text.startswith(sam.words("Your receipt"))
    assert receipt.buttons == []
    assert question.text.endswith(sam.collection_words("How old are you?"))
    assert [message.author for message in sam.person.messages] == ["person", "bot", "bot"]


async def test_two_presses_on_agree_keep_the_receipt(arrive: Arrive, bot: Bot) -> None:
    """The second press comes from the message that has become the receipt; the question must not take its place."""
    sam = arrive()
    await sam.to_decision()
    await bot.stop()
    for _ in range(2):
        await sam.person.press(sam.words("I am {age} or older and I agree", age=18))
    await bot.start()
    await sam.settle()
    assert CODE.search(sam.receipt)
    assert sam.question is not None
    assert len(sam.person.messages) == 3


async def test_two_presses_on_the_way_out_leave_the_goodbye_standing(arrive: Arrive, bot: Bot) -> None:
    """The second press comes from a card that is about to be deleted; the goodbye must not be put onto it."""
    sam = arrive()
    await sam.whole()
    await sam.say("/leave")
    await sam.press("All three")
    await bot.stop()
    for _ in range(2):
        await sam.person.press(sam.words("Yes, all three"))
    await bot.start()
    await sam.settle()
    assert sam.goodbye
    owed = sam.words("We still owe you {pay}. Please write to us, and you get it.", pay="$2.50")
    await until(lambda: any(owed in message.text for message in sam.person.messages))
    await until(lambda: len(sam.person.messages) == 2)  # the card may go a moment later


async def test_a_press_and_a_command_together_leave_one_card(arrive: Arrive, bot: Bot) -> None:
    """The command takes the old card away; a press on that same card must not keep the new screen on it."""
    sam = arrive()
    await sam.to_cards()
    await bot.stop()
    await sam.person.say("/help")
    await sam.person.press(sam.words("Next"))
    await bot.start()
    await sam.settle()
    assert sam.sees("Help")
    assert len([message for message in sam.person.messages if message.buttons]) == 1


async def test_the_code_stands_in_the_receipt_until_the_answers_are_submitted(arrive: Arrive) -> None:
    sam = arrive()
    await sam.to_questions()
    shown = CODE.search(sam.receipt)
    assert shown is not None
    await sam.to_review()
    assert shown[0] in sam.receipt
    await sam.press("Submit")
    assert not any(shown[0] in message.text for message in sam.person.messages)
    assert "no longer shown" in sam.receipt


async def test_questions_are_one_card_that_cannot_be_forwarded_and_receipt_and_pay_can(arrive: Arrive) -> None:
    sam = arrive()
    await sam.to_questions()
    await sam.to_review()
    assert [(m.author, m.protected) for m in sam.person.messages] == [("person", False), ("bot", False), ("bot", True)]
    await sam.press("Submit")
    assert [(m.author, m.protected) for m in sam.person.messages] == [("person", False), ("bot", False), ("bot", False)]
    assert sam.sees("Thank you")


async def _to_own_words(sam: Contributor) -> None:
    await sam.to_questions()
    await sam.press_label("25–34")


async def test_own_words_go_from_the_chat_and_come_back_only_in_the_review_on_a_press(arrive: Arrive, bot: Bot) -> None:
    sam = arrive()
    await _to_own_words(sam)
    question = sam.question
    assert question is not None
    number = await sam.describe(question, "Afro-Welsh & <proud>")
    assert number not in [message.id for message in sam.person.messages]
    assert sam.sees("✓ Your words are kept, and taken out of this chat.")

    def repeated() -> bool:
        return any("Afro-Welsh" in message.text for message in sam.person.messages)

    assert not repeated()
    await sam.press("Done")
    await sam.press_option(sam.region.questions[2], "non_binary")
    await sam.press("Done")
    assert sam.sees("Please look once more")
    assert not repeated()
    await sam.press("Show answers")
    assert "Afro-Welsh & <proud>" in sam.screen
    await sam.press("Hide answers")
    assert not repeated()
    await sam.press("Submit")
    assert bot.stores.answers(sam.person.id)["ancestry"]["own_words"] == "Afro-Welsh & <proud>"


async def test_own_words_that_are_too_long_are_asked_for_again_and_go_with_the_next_ones(arrive: Arrive) -> None:
    sam = arrive()
    await _to_own_words(sam)
    question = sam.question
    assert question is not None
    long = await sam.describe(question, "x" * 350)
    assert "350" in sam.screen
    assert long in [message.id for message in sam.person.messages], "it stands there to be shortened"
    short = await sam.say("shorter")
    assert {long, short}.isdisjoint(message.id for message in sam.person.messages)
    assert sam.sees("✓ Your words are kept, and taken out of this chat.")


async def test_a_card_misread_twice_offers_a_person_and_shuts_nobody_out(arrive: Arrive, bot: Bot) -> None:
    sam = arrive()
    await sam.to_cards()
    await sam.press("Next")
    await sam.press_label(sam.other_answer(1))
    assert sam.sees("We did not explain this well. Once more:")
    assert sam.collection.organisation.contact not in sam.screen
    await sam.press_label(sam.other_answer(1))
    assert sam.collection.organisation.contact in sam.screen
    await sam.press("Next")
    await sam.press_label(sam.right_answer(2))
    await sam.press_label(sam.right_answer(3))
    await sam.agree()
    assert bot.stores.rows("select card_answers from consent_records") == [("[false, true, true]",)]


@pytest.mark.parametrize(("language", "place"), PAIRINGS)
@pytest.mark.parametrize("way", ["I do not agree", "I am under {age}", "My place is not listed"])
async def test_a_no_ends_kindly_and_nothing_is_kept(
    arrive: Arrive, bot: Bot, language: str, place: str, way: str
) -> None:
    sam = arrive("Sam", language, place)
    if way == "My place is not listed":
        await sam.start()
        await sam.press(way)
    else:
        await sam.to_decision()
        await (sam.press(way, age=18) if "{age}" in way else sam.press(way))
    assert sam.labels == []
    await until(bot.stores.is_empty_of_people)
    assert bot.stores.count("entitlements") == 0
    assert {row[0] for row in bot.stores.rows("select kind from schedule")} == {"sweep", "retention"}


async def test_a_double_press_on_no_still_leaves_nothing(arrive: Arrive, bot: Bot) -> None:
    """Impatient people press twice; the second press must not keep the goodbye's chat."""
    sam = arrive()
    await sam.to_decision()
    for _ in range(3):
        await sam.person.press("I do not agree")
    await sam.settle()
    assert sam.sees("That is quite all right. Nothing about you is kept, and nobody is told.")
    await until(bot.stores.is_empty_of_people)


async def test_the_first_message_of_any_kind_opens_the_chat(arrive: Arrive) -> None:
    for first in ("hello", "/help", "/start", "/unheard_of"):
        sam = arrive(first)
        await sam.say(first)
        if first == "/help":
            assert sam.sees("Help")
            await sam.press("‹ Back")
        assert place_name("US", "en") in sam.labels
