"""Whoever sends more than a person does: what is taken of it, what is kept of it, and that it shuts nobody out."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st
from support.contributors import Contributor
from support.running import Bot, until

from bot.adapter.allowances import LEAVING, QUICK, REMEMBERED, STEADY, Allowances
from bot.sandbox.contributor import Person

FLOOD = 1000
NOBODY = 1 << 41


# --- the pace --------------------------------------------------------------------------------------------------------


class Watch:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@given(st.lists(st.tuples(st.floats(0, 0.2), st.integers(0, 2)), max_size=300))
def test_of_no_chat_is_more_taken_than_its_pace(sent: list[tuple[float, int]]) -> None:
    """However it is spread, and whatever others send."""
    watch = Watch()
    allowances, taken = Allowances(watch), [0, 0, 0]
    for pause, chat in sent:
        watch.now += pause
        taken[chat] += allowances.takes(chat)
        assert taken[chat] <= QUICK.at_once + watch.now / QUICK.seconds + 1


def test_a_flood_passes_for_as_long_as_a_hand_would_and_then_steadily() -> None:
    watch = Watch()
    allowances = Allowances(watch)
    taken = 0
    for _ in range(3600 * 10):  # ten a second, for an hour
        taken += allowances.takes(NOBODY)
        watch.now += 0.1
    assert STEADY.at_once <= taken <= STEADY.at_once + 3600 / STEADY.seconds + 1
    watch.now += 60
    assert allowances.takes(NOBODY), "nobody is shut out for longer than it takes to breathe"


def test_who_floods_can_leave_at_any_moment() -> None:
    watch = Watch()
    allowances = Allowances(watch)
    while allowances.takes(NOBODY):
        pass
    assert all(allowances.takes(NOBODY, leaving=True) for _ in range(LEAVING.at_once))
    assert not allowances.takes(NOBODY, leaving=True)
    watch.now += LEAVING.seconds
    assert allowances.takes(NOBODY, leaving=True)


def test_one_persons_flood_takes_nothing_from_another() -> None:
    allowances = Allowances(Watch())
    for _ in range(FLOOD):
        allowances.takes(NOBODY)
    assert all(allowances.takes(NOBODY + 1) for _ in range(QUICK.at_once))


def test_what_is_remembered_of_chats_has_an_end() -> None:
    allowances = Allowances(Watch())
    for chat in range(REMEMBERED + 500):
        allowances.takes(chat)
    assert len(allowances._chats) == REMEMBERED


def test_it_is_said_now_and_then_that_it_was_too_much() -> None:
    watch = Watch()
    allowances = Allowances(watch)
    assert [allowances.may_say(NOBODY) for _ in range(3)] == [True, False, False]
    watch.now += 60
    assert allowances.may_say(NOBODY)


# --- through the bot -------------------------------------------------------------------------------------------------


def contributor(bot: Bot, name: str = "Sam", place: str = "US") -> Contributor:
    return Contributor(bot.sandbox.person(name, "en"), "en", place, bot.collections[0], bot.texts)


async def confirmed(person: Person, seconds: float = 30) -> None:
    """Until Telegram has nothing more to deliver of somebody's."""
    await until(lambda: not person.chat.activity.unconfirmed, seconds=seconds)


def said_to(bot: Bot, person: Person) -> int:
    """Messages and edits that went to somebody so far."""
    return sum(
        call.method in {"sendMessage", "editMessageText"} and call.parameters.get("chat_id") == person.id
        for call in bot.sandbox.calls
    )


async def press_until_it_counts(who: Contributor, label: str) -> None:
    """As somebody does whose button seems not to have been heard: it is in a moment."""
    words = who.words(label)
    async with asyncio.timeout(60):
        await until(lambda: words in who.labels, seconds=60)
        while words in who.labels:
            await who.person.press(words)
            await confirmed(who.person)
            await until(lambda: not who.person.chat.activity.calls_under_way, seconds=30)


async def test_a_thousand_messages_at_once_are_few_steps_and_few_replies(bot: Bot) -> None:
    flooding, other = contributor(bot, "Flo"), contributor(bot)
    await flooding.to_questions()
    await other.to_questions()
    await until(lambda: other.question is not None)
    before = said_to(bot, flooding.person)
    for number in range(FLOOD):
        await flooding.person.say(f"flood {number}")
    await other.press_option(other.region.questions[0], "age_25_34")
    await confirmed(flooding.person)
    await until(lambda: not flooding.person.chat.activity.calls_under_way)
    assert other.question == other.region.questions[1], "somebody else's tap was met among them"
    assert said_to(bot, flooding.person) - before <= FLOOD // 20
    assert len(bot.stores.rows("select 1 from seen_updates")) < FLOOD, "what is let go leaves no trace"
    ((size,),) = bot.stores.rows(
        "select length(sealed) from conversations where chat = ?", bot.stores.vault().chat_hash(flooding.person.id)
    )
    assert size < 1 << 14


async def test_who_flooded_leaves_as_easily_as_anybody(bot: Bot) -> None:
    flooding = contributor(bot, "Flo")
    await flooding.to_questions()
    for number in range(300):
        await flooding.person.say(f"flood {number}")
    await flooding.person.say("/leave")
    await confirmed(flooding.person)
    await press_until_it_counts(flooding, "All three")
    await press_until_it_counts(flooding, "Yes, all three")
    await until(lambda: bool(flooding.goodbye), seconds=30)


async def test_a_button_pressed_in_a_flood_is_answered_once_with_a_kind_word(bot: Bot) -> None:
    flooding = contributor(bot, "Flo")
    await flooding.start()
    [button, *_] = [b for b in flooding.person.buttons if b.data]
    message = flooding.person.messages[-1].id
    for _ in range(QUICK.at_once + 50):
        await flooding.person.press_data(message, str(button.data))
    await confirmed(flooding.person)
    kind = flooding.words("That was a lot at once. Please wait a moment, then go on.")
    await until(lambda: kind in flooding.person.toasts)
    assert flooding.person.toasts.count(kind) == 1


async def test_what_is_kept_of_each_of_many_new_chats_is_small_and_its_end_is_set(bot: Bot) -> None:
    """Nothing else grows with them: no record, no entry of the audit."""
    before = bot.stores.count("audit")
    people = [bot.sandbox.person(f"New {number}", "en") for number in range(100)]
    for person in people:
        await person.start("demographics")
    for person in people:
        await confirmed(person)
    await until(lambda: bot.stores.count("conversations") == len(people))
    assert len(bot.stores.rows("select 1 from schedule where kind = 'silence'")) == len(people)
    ((largest,),) = bot.stores.rows(
        "select max(length(v.sealed) + length(b.sealed)) from conversations v join contributions b using (chat)"
    )
    assert largest < 4096
    for table in ("consent_records", "consent_events", "answers", "entitlements", "outbox"):
        assert bot.stores.count(table) == 0, table
    assert bot.stores.count("audit") == before


async def test_own_words_of_any_length_are_kept_no_longer_than_the_question_takes(bot: Bot) -> None:
    sam = contributor(bot)
    await sam.to_questions()
    await until(lambda: sam.question is not None)
    await sam.press_option(sam.region.questions[0], "age_25_34")
    question = sam.region.questions[1]
    described = question.own_words_option
    assert described is not None
    await sam.press_label(next(label for label in sam.labels if sam.collection_words(described.label) in label))
    for number in range(40):
        await sam.person.say(f"{number} " + "ж́" * 2000)
    await confirmed(sam.person)
    await sam.settle()
    ((size,),) = bot.stores.rows(
        "select length(sealed) from conversations where chat = ?", bot.stores.vault().chat_hash(sam.person.id)
    )
    assert size < 1 << 14
    passage = bot.stores.passages(sam.person.id)["demographics"]
    assert len(passage.get("unkept", ())) <= 20
    await sam.press("‹ Back")
    assert bot.stores.passages(sam.person.id)["demographics"].get("unkept", []) == []


async def test_beginning_again_and_again_adds_nothing(bot: Bot) -> None:
    """/start, a place, no, and from the beginning: what is kept after five times is what is kept after one."""
    sam = contributor(bot)

    async def once() -> dict[str, int]:
        await sam.to_decision()
        await sam.press("I do not agree")
        tables = ("conversations", "contributions", "consent_records", "consent_events", "audit", "outbox",
                  "key_destructions", "schedule")  # fmt: skip
        return {table: bot.stores.count(table) for table in tables}

    first = await once()
    for _ in range(4):
        last = await once()
    assert last == first
