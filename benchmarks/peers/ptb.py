"""The survey with python-telegram-bot as it comes: ConversationHandler over inline keyboards, state in memory.

As in its examples (`inlinekeyboard2.py`, `conversationbot.py`): the default transport, long polling, updates handled
one by one. Its documentation asks for the last: "ConversationHandler heavily relies on incoming updates being
processed one by one."
"""

import logging
import os
import warnings
from typing import Any

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    ConversationHandler,
    MessageHandler,
    filters,
)
from telegram.warnings import PTBUserWarning

from benchmarks.peers import words

Context = ContextTypes.DEFAULT_TYPE

PLACE, CARDS, DECIDE, AGE, ANCESTRY, ANCESTRY_WORDS, GENDER, GENDER_WORDS, REVIEW = range(9)


def keyboard(*rows: tuple[words.Option, ...]) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(label, callback_data=data) for label, data in row] for row in rows]
    )


def column(options: tuple[words.Option, ...]) -> list[tuple[words.Option, ...]]:
    return [(option,) for option in options]


def ticked(options: tuple[words.Option, ...], chosen: list[str]) -> list[tuple[words.Option, ...]]:
    return [((f"{words.TICK}{label}" if option in chosen else label, option),) for label, option in options]


def answers(context: Context) -> dict[str, Any]:
    if context.user_data is None:
        raise RuntimeError("an update from nobody")
    return context.user_data


async def show(update: Update, text: str, markup: InlineKeyboardMarkup | None) -> None:
    """Answer the tap and edit the card in place; what was typed is answered with a new card."""
    query = update.callback_query
    if query is not None:
        await query.answer()
        await query.edit_message_text(text, reply_markup=markup)
    elif update.effective_message is not None:
        await update.effective_message.reply_text(text, reply_markup=markup)


def tapped(update: Update) -> str:
    if update.callback_query is None or update.callback_query.data is None:
        raise RuntimeError("a tap without its data")
    return update.callback_query.data


async def start(update: Update, context: Context) -> int:
    answers(context).clear()
    await show(update, words.START, keyboard(*column(words.PLACES)))
    return PLACE


async def show_card(update: Update, context: Context, card: int) -> int:
    answers(context)["card"] = card
    await show(update, words.CARDS[card], keyboard(words.CARD_ANSWERS[card], ((words.BACK, "back"),)))
    return CARDS


async def choose_place(update: Update, context: Context) -> int:
    answers(context)["place"] = tapped(update)
    return await show_card(update, context, 0)


async def refuse_place(update: Update, _: Context) -> int:
    await show(update, words.GOODBYE, None)
    return ConversationHandler.END


async def answer_card(update: Update, context: Context) -> int:
    card = answers(context)["card"]
    answers(context)[f"card {card}"] = tapped(update)
    if card + 1 < len(words.CARDS):
        return await show_card(update, context, card + 1)
    return await show_decision(update, context)


async def card_back(update: Update, context: Context) -> int:
    card = answers(context)["card"]
    return await start(update, context) if card == 0 else await show_card(update, context, card - 1)


async def show_decision(update: Update, context: Context) -> int:
    purpose = answers(context).get("purpose")
    row = tuple((f"{words.TICK}{label}" if option == purpose else label, option) for label, option in words.PURPOSE)
    decisions = ((words.AGREE, "agree"), (words.DECLINE, "decline"), (words.UNDER_AGE, "under_age"))
    await show(update, words.DECIDE, keyboard(row, *column(decisions), ((words.BACK, "back"),)))
    return DECIDE


async def choose_purpose(update: Update, context: Context) -> int:
    answers(context)["purpose"] = tapped(update)
    return await show_decision(update, context)


async def last_card(update: Update, context: Context) -> int:
    return await show_card(update, context, len(words.CARDS) - 1)


async def decline(update: Update, context: Context) -> int:
    answers(context).clear()
    await show(update, words.GOODBYE, None)
    return ConversationHandler.END


async def show_age(update: Update, _: Context) -> int:
    await show(update, words.AGE, keyboard(*column(words.AGES)))
    return AGE


async def choose_age(update: Update, context: Context) -> int:
    answers(context)["age"] = tapped(update)
    return await show_ancestry(update, context)


def toggle(chosen: list[str], option: str) -> list[str]:
    """To prefer not to answer excludes every answer, and the other way round."""
    if option in chosen:
        return [other for other in chosen if other != option]
    if option == words.OPT_OUT[1]:
        return [option]
    return [*(other for other in chosen if other != words.OPT_OUT[1]), option]


async def show_ancestry(update: Update, context: Context) -> int:
    rows = ticked(words.ANCESTRIES, answers(context).setdefault("ancestry", []))
    own_words = (words.ANCESTRY_OWN_WORDS, "own_words")
    await show(update, words.ANCESTRY, keyboard(*rows, (own_words,), ((words.BACK, "back"), (words.DONE, "done"))))
    return ANCESTRY


async def toggle_ancestry(update: Update, context: Context) -> int:
    answers(context)["ancestry"] = toggle(answers(context)["ancestry"], tapped(update))
    return await show_ancestry(update, context)


async def ask_ancestry_words(update: Update, _: Context) -> int:
    await show(update, words.ASK_OWN_WORDS, keyboard(((words.BACK, "back"),)))
    return ANCESTRY_WORDS


async def take_ancestry_words(update: Update, context: Context) -> int:
    answers(context)["ancestry words"] = update.effective_message.text if update.effective_message else None
    return await show_ancestry(update, context)


async def show_gender(update: Update, context: Context) -> int:
    rows = ticked(words.GENDERS, answers(context).setdefault("gender", []))
    own_words = (words.GENDER_OWN_WORDS, "own_words")
    await show(update, words.GENDER, keyboard(*rows, (own_words,), ((words.BACK, "back"), (words.DONE, "done"))))
    return GENDER


async def toggle_gender(update: Update, context: Context) -> int:
    answers(context)["gender"] = toggle(answers(context)["gender"], tapped(update))
    return await show_gender(update, context)


async def ask_gender_words(update: Update, _: Context) -> int:
    await show(update, words.ASK_OWN_WORDS, keyboard(((words.BACK, "back"),)))
    return GENDER_WORDS


async def take_gender_words(update: Update, context: Context) -> int:
    answers(context)["gender words"] = update.effective_message.text if update.effective_message else None
    return await show_gender(update, context)


async def show_review(update: Update, context: Context) -> int:
    said = answers(context)
    text = words.REVIEW.format(
        age=words.label_of(words.AGES, said["age"]),
        ancestry=words.read_back(words.ANCESTRIES, said["ancestry"], said.get("ancestry words")),
        gender=words.read_back(words.GENDERS, said["gender"], said.get("gender words")),
    )
    await show(update, text, keyboard(((words.BACK, "back"), (words.SUBMIT, "submit"))))
    return REVIEW


async def submit(update: Update, _: Context) -> int:
    await show(update, words.THANKS, None)
    return ConversationHandler.END


def conversation() -> ConversationHandler[Context]:
    own_words = filters.TEXT & ~filters.COMMAND
    return ConversationHandler(
        entry_points=[CommandHandler("start", start)],
        states={
            PLACE: [CallbackQueryHandler(refuse_place, "^none$"), CallbackQueryHandler(choose_place)],
            CARDS: [CallbackQueryHandler(card_back, "^back$"), CallbackQueryHandler(answer_card)],
            DECIDE: [
                CallbackQueryHandler(show_age, "^agree$"),
                CallbackQueryHandler(decline, "^(decline|under_age)$"),
                CallbackQueryHandler(last_card, "^back$"),
                CallbackQueryHandler(choose_purpose),
            ],
            AGE: [CallbackQueryHandler(choose_age)],
            ANCESTRY: [
                CallbackQueryHandler(show_gender, "^done$"),
                CallbackQueryHandler(show_age, "^back$"),
                CallbackQueryHandler(ask_ancestry_words, "^own_words$"),
                CallbackQueryHandler(toggle_ancestry),
            ],
            ANCESTRY_WORDS: [MessageHandler(own_words, take_ancestry_words), CallbackQueryHandler(show_ancestry)],
            GENDER: [
                CallbackQueryHandler(show_review, "^done$"),
                CallbackQueryHandler(show_ancestry, "^back$"),
                CallbackQueryHandler(ask_gender_words, "^own_words$"),
                CallbackQueryHandler(toggle_gender),
            ],
            GENDER_WORDS: [MessageHandler(own_words, take_gender_words), CallbackQueryHandler(show_gender)],
            REVIEW: [CallbackQueryHandler(submit, "^submit$"), CallbackQueryHandler(show_gender, "^back$")],
        },
        fallbacks=[CommandHandler("start", start)],
    )


def main() -> None:
    logging.basicConfig(level=logging.WARNING)
    # It warns that taps on older cards are taken for taps on the newest one: so do its examples.
    warnings.filterwarnings("ignore", category=PTBUserWarning, message=".*per_message=False.*")
    application = (
        Application.builder().token(os.environ["BENCH_TOKEN"]).base_url(f"{os.environ['BENCH_API_URL']}/bot").build()
    )
    application.add_handler(conversation())
    application.run_polling(allowed_updates=Update.ALL_TYPES)


if __name__ == "__main__":
    main()
