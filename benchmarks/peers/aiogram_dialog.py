"""The survey with aiogram and aiogram-dialog as their documentation writes one: windows of widgets, memory storage.

Long polling, the default session, updates handled as tasks: aiogram's defaults.
"""

import asyncio
import logging
import operator
import os
import sys
from typing import Any

import uvloop
from aiogram import Bot, Dispatcher, Router
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.filters import CommandStart
from aiogram.fsm.state import State, StatesGroup
from aiogram.fsm.storage.memory import MemoryStorage
from aiogram.types import CallbackQuery, Message
from aiogram_dialog import Dialog, DialogManager, StartMode, Window, setup_dialogs
from aiogram_dialog.api.entities import ChatEvent
from aiogram_dialog.widgets.input import ManagedTextInput, TextInput
from aiogram_dialog.widgets.kbd import (
    Back,
    Column,
    Keyboard,
    ManagedMultiselect,
    Multiselect,
    Next,
    Radio,
    Row,
    Select,
    SwitchTo,
)
from aiogram_dialog.widgets.text import Const, Format

from benchmarks.peers import words


class Survey(StatesGroup):
    place = State()
    card_1 = State()
    card_2 = State()
    card_3 = State()
    card_4 = State()
    decide = State()
    age = State()
    ancestry = State()
    gender = State()
    review = State()
    thanks = State()
    ancestry_words = State()
    gender_words = State()
    goodbye = State()


OPT_OUT = words.OPT_OUT[1]
BACK = Back(Const(words.BACK))


async def choose_place(_: CallbackQuery, __: Select[str], manager: DialogManager, place: str) -> None:
    manager.dialog_data["place"] = place
    if place == "none":
        await manager.switch_to(Survey.goodbye)
    else:
        await manager.next()


async def answer_card(_: CallbackQuery, select: Select[str], manager: DialogManager, answer: str) -> None:
    manager.dialog_data[select.widget_id] = answer
    await manager.next()


async def choose_age(_: CallbackQuery, __: Select[str], manager: DialogManager, age: str) -> None:
    manager.dialog_data["age"] = age
    await manager.next()


async def keep_exclusive(_: ChatEvent, select: ManagedMultiselect[str], __: DialogManager, changed: str) -> None:
    """To prefer not to answer excludes every answer, and the other way round."""
    if not select.is_checked(changed):
        return
    excluded = [option for option in select.get_checked() if option != OPT_OUT] if changed == OPT_OUT else [OPT_OUT]
    for option in excluded:
        await select.set_checked(option, checked=False)


async def take_ancestry_words(_: Message, __: ManagedTextInput[str], manager: DialogManager, ___: str) -> None:
    await manager.switch_to(Survey.ancestry)


async def take_gender_words(_: Message, __: ManagedTextInput[str], manager: DialogManager, ___: str) -> None:
    await manager.switch_to(Survey.gender)


def found(manager: DialogManager, widget_id: str) -> Any:  # noqa: ANN401 - which widget, only its id tells
    widget = manager.find(widget_id)
    if widget is None:
        raise LookupError(widget_id)
    return widget


async def read_back(dialog_manager: DialogManager, **_: Any) -> dict[str, str]:  # noqa: ANN401 - a getter's signature
    def said(question: str, options: tuple[words.Option, ...]) -> str:
        chosen: ManagedMultiselect[str] = found(dialog_manager, question)
        own_words: ManagedTextInput[str] = found(dialog_manager, f"{question}_words")
        return words.read_back(options, chosen.get_checked(), own_words.get_value())

    return {
        "age": words.label_of(words.AGES, dialog_manager.dialog_data["age"]),
        "ancestry": said("ancestry", words.ANCESTRIES),
        "gender": said("gender", words.GENDERS),
    }


def select(name: str, options: tuple[words.Option, ...], on_click: Any) -> Select[str]:  # noqa: ANN401
    return Select(Format("{item[0]}"), id=name, item_id_getter=operator.itemgetter(1), items=options, on_click=on_click)


def multiselect(name: str, options: tuple[words.Option, ...]) -> Keyboard:
    return Column(
        Multiselect(
            Format(words.TICK + "{item[0]}"),
            Format("{item[0]}"),
            id=name,
            item_id_getter=operator.itemgetter(1),
            items=options,
            on_state_changed=keep_exclusive,
        )
    )


def card(number: int, state: State) -> Window:
    answers = words.CARD_ANSWERS[number]
    asks = number >= words.FIRST_QUESTIONED_CARD
    forward = select(f"card_{number + 1}", answers, answer_card) if asks else Next(Const(answers[0][0]))
    return Window(Const(words.CARDS[number]), forward, BACK, state=state)


def decision() -> Window:
    return Window(
        Const(words.DECIDE),
        Row(
            Radio(
                Format(words.TICK + "{item[0]}"),
                Format("{item[0]}"),
                id="purpose",
                item_id_getter=operator.itemgetter(1),
                items=words.PURPOSE,
            )
        ),
        Next(Const(words.AGREE)),
        SwitchTo(Const(words.DECLINE), id="decline", state=Survey.goodbye),
        SwitchTo(Const(words.UNDER_AGE), id="under_age", state=Survey.goodbye),
        BACK,
        state=Survey.decide,
    )


def several(
    name: str, text: str, options: tuple[words.Option, ...], own_words: str, state: State, words_state: State
) -> Window:
    return Window(
        Const(text),
        multiselect(name, options),
        SwitchTo(Const(own_words), id="own_words", state=words_state),
        Row(BACK, Next(Const(words.DONE))),
        state=state,
    )


def survey() -> Dialog:
    cards = (Survey.card_1, Survey.card_2, Survey.card_3, Survey.card_4)
    return Dialog(
        Window(Const(words.START), Column(select("place", words.PLACES, choose_place)), state=Survey.place),
        *(card(number, state) for number, state in enumerate(cards)),
        decision(),
        Window(Const(words.AGE), Column(select("age", words.AGES, choose_age)), state=Survey.age),
        several(
            "ancestry",
            words.ANCESTRY,
            words.ANCESTRIES,
            words.ANCESTRY_OWN_WORDS,
            Survey.ancestry,
            Survey.ancestry_words,
        ),
        several("gender", words.GENDER, words.GENDERS, words.GENDER_OWN_WORDS, Survey.gender, Survey.gender_words),
        Window(Format(words.REVIEW), Row(BACK, Next(Const(words.SUBMIT))), state=Survey.review, getter=read_back),
        Window(Const(words.THANKS), state=Survey.thanks),
        Window(
            Const(words.ASK_OWN_WORDS),
            TextInput(id="ancestry_words", on_success=take_ancestry_words),
            SwitchTo(Const(words.BACK), id="back_to_ancestry", state=Survey.ancestry),
            state=Survey.ancestry_words,
        ),
        Window(
            Const(words.ASK_OWN_WORDS),
            TextInput(id="gender_words", on_success=take_gender_words),
            SwitchTo(Const(words.BACK), id="back_to_gender", state=Survey.gender),
            state=Survey.gender_words,
        ),
        Window(Const(words.GOODBYE), state=Survey.goodbye),
    )


async def start(_: Message, dialog_manager: DialogManager) -> None:
    await dialog_manager.start(Survey.place, mode=StartMode.RESET_STACK)


async def main() -> None:
    logging.basicConfig(level=logging.WARNING)
    session = AiohttpSession(api=TelegramAPIServer.from_base(os.environ["BENCH_API_URL"]))
    bot = Bot(os.environ["BENCH_TOKEN"], session=session)
    router = Router()
    router.message.register(start, CommandStart())
    dispatcher = Dispatcher(storage=MemoryStorage())
    dispatcher.include_routers(router, survey())
    setup_dialogs(dispatcher)
    await dispatcher.start_polling(bot)


if __name__ == "__main__":
    # With "uvloop", the event loop that aiogram's own `run_polling` takes where it is installed.
    if sys.argv[1:] == ["uvloop"]:
        uvloop.run(main())
    else:
        asyncio.run(main())
