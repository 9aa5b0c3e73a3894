"""Raw updates -> what happened, and deep links."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from telegram.ext.filters import StatusUpdate

from bot.adapter.callbacks import Tap, from_data, to_data
from bot.adapter.decode import Decoder, Elsewhere, NotUnderstood, start_payload
from bot.adapter.service_messages import SERVICE_MESSAGES, is_service_message
from bot.arrivals import Arrival
from flows.contact.correspondence import ContactAsked
from flows.events import (
    Blocked,
    ChatChanged,
    Command,
    Commanded,
    Misdirected,
    Opened,
    RehearsalAsked,
    Sent,
    Tapped,
    Typed,
    Unblocked,
)
from flows.team.events import TeamAsked, TeamCommand, TeamLinkOpened, as_anybody

Json = dict[str, Any]
NOW = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
PERSON = {"id": 7, "is_bot": False, "first_name": "Sam", "language_code": "pt-br"}
PRIVATE = {"id": 7, "type": "private", "first_name": "Sam"}
GROUP = {"id": -5, "type": "supergroup", "title": "Neighbours"}


@pytest.fixture
def decoder() -> Decoder:
    return Decoder(lambda: NOW, bytes, "Survey_Bot")


def message(**fields: object) -> Json:
    """An update with a message in a private chat."""
    return {"update_id": 1, "message": {"message_id": 3, "chat": PRIVATE, "from": PERSON, "date": 0, **fields}}


def arrived(decoder: Decoder, update: Json) -> Arrival:
    """What must be an arrival."""
    found = decoder.decode(update)
    assert isinstance(found, Arrival)
    assert found.chat_id == 7
    assert found.update_id == 1
    return found


SAID = [
    ("/start", Opened),
    ("/start demographics", Opened),
    ("/START@survey_bot x", Opened),
    ("/start\ndemographics", Opened),
    ("/start@another_bot", Sent),
    ("/leave@another_bot", Sent),
    ("/leave@another_bot\nplease", Sent),
    ("/unknown\nwith words behind it", Sent),
    ("hello", Typed),
    (" /help", Typed),
    ("/", Typed),
    ("//", Typed),
    ("/неизвестно", Typed),
]


def test_a_rehearsal_and_its_end_are_asked_for(decoder: Decoder) -> None:
    for text, stop in (("/rehearse", False), ("/rehearse@Survey_Bot stop", True), ("/rehearse Stop ", True)):
        event = arrived(decoder, message(text=text)).event
        assert isinstance(event, RehearsalAsked)
        assert event.stop is stop


@pytest.mark.parametrize(
    ("text", "command", "argument"),
    [
        ("/team", TeamCommand.TEAM, ""),
        ("/HALT EG", TeamCommand.HALT, "EG"),
        ("/halt@survey_bot", TeamCommand.HALT, ""),
        ("/invite", TeamCommand.INVITE, ""),
    ],
)
def test_what_the_team_asks_for(decoder: Decoder, text: str, command: TeamCommand, argument: str) -> None:
    event = arrived(decoder, message(text=text)).event
    assert isinstance(event, TeamAsked)
    assert (event.command, event.argument) == (command, argument)
    assert argument not in repr(event) or not argument


@pytest.mark.parametrize("text", ["/rehearse@Survey_Bot", "/team@Survey_Bot", "/halt@Survey_Bot EG"])
def test_in_a_group_the_teams_commands_are_as_any_other(decoder: Decoder, text: str) -> None:
    assert isinstance(decoder.decode(message(text=text, chat=GROUP)), Elsewhere)


def test_a_link_of_the_teams_is_told_from_a_collections_link(decoder: Decoder) -> None:
    secret = "Ab3_-" * 6 + "xy"
    opened = arrived(decoder, message(text=f"/start team-{secret}")).event
    assert isinstance(opened, TeamLinkOpened)
    assert opened.secret == secret
    assert secret not in repr(opened)
    for payload in (f"team-{secret}x", f"team-{secret[1:]}", f"Team-{secret}", "team-K7M4QX2P"):
        assert type(arrived(decoder, message(text=f"/start {payload}")).event) is Opened


COLLECTION_LINKS = [
    ("L-7K2M9QX4PD", ("7K2M9QX4PD", None)),
    ("L-7K2M9QX4PD-K7M4QX2P", ("7K2M9QX4PD", "K7M4QX2P")),
    ("L-7K2M9QX4PD-JohnSmith", ("7K2M9QX4PD", None)),
    ("L-7K2M9QX4PD-", ("7K2M9QX4PD", None)),
]


@pytest.mark.parametrize(("payload", "read"), COLLECTION_LINKS)
def test_a_link_to_a_collection_is_known_by_its_code(
    decoder: Decoder, payload: str, read: tuple[str, str | None]
) -> None:
    event = arrived(decoder, message(text=f"/start {payload}")).event
    assert isinstance(event, Opened)
    assert (event.link, event.participant) == read
    assert event.collection is None


@pytest.mark.parametrize("payload", ["L-7K2M9QX4P", "L-7K2M9QX4PDD", "l-7K2M9QX4PD", "L-7K2M9QX4PI", "L-7k2m9qx4pd"])
def test_what_only_looks_like_one_is_none(decoder: Decoder, payload: str) -> None:
    event = arrived(decoder, message(text=f"/start {payload}")).event
    assert isinstance(event, Opened)
    assert event.link is None


@pytest.mark.parametrize(("text", "kind"), SAID)
def test_texts(decoder: Decoder, text: str, kind: type) -> None:
    event = arrived(decoder, message(text=text)).event
    assert type(event) is kind
    assert event.language_code == "pt-br"


def test_a_sign_that_no_server_takes_in_a_text_is_read_as_another(decoder: Decoder) -> None:
    event = arrived(decoder, message(text="a\0b")).event
    assert isinstance(event, Typed)
    assert event.text == "a\ufffdb"


COMMANDS = {
    "/help": Command.HELP,
    "/privacy": Command.PRIVACY,
    "/mydata": Command.MY_DATA,
    "/edit": Command.EDIT,
    "/language": Command.LANGUAGE,
    "/leave": Command.LEAVE,
    "/stop": Command.LEAVE,
    "/withdraw now please": Command.LEAVE,
    "/Wipe@Survey_Bot": Command.LEAVE,
    "/leave\nI do not want this any more": Command.LEAVE,
    "/leave@survey_bot\nplease": Command.LEAVE,
    "/leave.": Command.LEAVE,
    "/leave,please": Command.LEAVE,
    "/LEAVE\tnow": Command.LEAVE,
    "/leave\N{NO-BREAK SPACE}now": Command.LEAVE,
}


@pytest.mark.parametrize("text", COMMANDS)
def test_commands_in_every_spelling(decoder: Decoder, text: str) -> None:
    event = arrived(decoder, message(text=text)).event
    assert isinstance(event, Commanded)
    assert event.command is COMMANDS[text]


@pytest.mark.parametrize("behind", ["\n", "\n\n", "\t", ". ", ", ", "@survey_bot\n", "  "])
def test_words_behind_a_command_are_known_to_stand_there_whatever_parts_them(decoder: Decoder, behind: str) -> None:
    for name in ("leave", "contact", "halt"):
        event = arrived(decoder, message(text=f"/{name}{behind}I am Jane Roe")).event
        assert isinstance(event, Commanded | ContactAsked | TeamAsked)
        assert event.message == 3


@pytest.mark.parametrize("text", ["/unknown", "/settings@survey_bot"])
def test_a_command_that_nobody_knows_is_never_taken_for_own_words(decoder: Decoder, text: str) -> None:
    assert isinstance(arrived(decoder, message(text=text)).event, Sent)


@pytest.mark.parametrize("media", ["photo", "sticker", "voice", "location", "contact", "anything_new"])
def test_what_is_not_text_was_sent(decoder: Decoder, media: str) -> None:
    arrival = arrived(decoder, message(**{media: {}, "caption": "words"}))
    assert isinstance(arrival.event, Sent)
    assert arrival.message == arrival.event.message == 3


@pytest.mark.parametrize("text", ["/unknown", "/team", "/halt I am a trans woman", "/rehearse", "/rehearse stop"])
def test_a_command_that_is_nobodys_says_which_message_it_stands_in(decoder: Decoder, text: str) -> None:
    """Of somebody who is not in the team, the team's commands are words like any."""
    event = arrived(decoder, message(text=text)).event
    event = as_anybody(event) if isinstance(event, TeamAsked | RehearsalAsked) else event
    assert isinstance(event, Sent)
    assert event.message == 3


def test_a_die_is_left_where_it_was_thrown(decoder: Decoder) -> None:
    """Telegram deletes none before it is a day old, and there are no words on it."""
    event = arrived(decoder, message(dice={"emoji": "🎲", "value": 6})).event
    assert isinstance(event, Sent)
    assert event.message == 0


@pytest.mark.parametrize("kind", sorted(SERVICE_MESSAGES))
def test_in_a_service_message_nobody_has_said_anything(decoder: Decoder, kind: str) -> None:
    arrival = arrived(decoder, message(**{kind: {}}))
    assert type(arrival.event) is ChatChanged
    assert arrival.message == 3, "it can be cleaned away"


def test_what_the_library_takes_for_a_status_update_is_a_service_message() -> None:
    named = (name for name in vars(StatusUpdate) if name.isupper() and name != "ALL")
    several = {"CHAT_CREATED": "group_chat_created", "MIGRATE": "migrate_to_chat_id"}
    assert {several.get(name, name.lower()) for name in named} <= SERVICE_MESSAGES


@pytest.mark.parametrize("kind", ["dice", "game", "giveaway", "invoice", "paid_media", "poll", "story"])
def test_what_somebody_has_sent_is_none(kind: str) -> None:
    assert not is_service_message({"message_id": 3, "chat": PRIVATE, "from": PERSON, kind: {}})


LINKS = [
    ("", (None, None)),
    ("demographics", ("demographics", None)),
    ("demographics-K7M4QX2P", ("demographics", "K7M4QX2P")),
    ("demographics-JohnSmith", ("demographics", None)),
    ("demographics-4479460958", ("demographics", None)),
    ("demographics-44794609a", ("demographics", None)),
    ("demographics-a1", ("demographics", None)),
    ("demographics-sam_1980", ("demographics", None)),
    ("demographics-K7M4-QX2P", ("demographics", None)),
    ("-K7M4QX2P", (None, "K7M4QX2P")),
]


@pytest.mark.parametrize(("payload", "read"), LINKS)
def test_links(payload: str, read: tuple[str | None, str | None]) -> None:
    assert start_payload(payload) == read


def tap(data: object, **fields: object) -> Json:
    """An update with a tap."""
    query = {"id": "99", "from": PERSON, "message": {"message_id": 3, "chat": PRIVATE}, "data": data, **fields}
    return {"update_id": 1, "callback_query": query}


@pytest.mark.parametrize("on", [None, True, False])
def test_a_tap_survives_the_way_there_and_back(decoder: Decoder, on: bool | None) -> None:
    data = to_data(Tap(step=(1 << 32) + 5, layout=0xFFFF, choice=0xFF, on=on))
    assert len(data.encode()) <= 64
    arrival = arrived(decoder, tap(data))
    assert isinstance(arrival.event, Tapped)
    assert (arrival.event.step, arrival.event.layout, arrival.event.choice) == ((1 << 32) + 5, 0xFFFF, 0xFF)
    assert arrival.event.on is on
    assert (arrival.callback, arrival.card) == ("99", 3)


@pytest.mark.parametrize(
    "data", ["", "x", None, 7, {}, "1.1", "1.1.1.1", "1.1.1++", "G.1.1", "１.１.１", "1.1.1\n", "f" * 64]
)
def test_foreign_data_is_misdirected_and_still_to_be_answered(decoder: Decoder, data: object) -> None:
    assert from_data(data) is None
    arrival = arrived(decoder, tap(data))
    assert isinstance(arrival.event, Misdirected)
    assert arrival.callback == "99"


def test_a_tap_on_what_is_no_card_of_ours_can_be_answered(decoder: Decoder) -> None:
    arrival = arrived(decoder, tap("1.1.1", message=None, inline_message_id="5"))
    assert (arrival.callback, arrival.card) == ("99", None)
    gone = arrived(decoder, tap("1.1.1", message={"message_id": 3, "chat": PRIVATE, "date": 0}))
    assert isinstance(gone.event, Tapped)


@pytest.mark.parametrize(("status", "kind"), [("kicked", Blocked), ("member", Unblocked), ("left", Blocked)])
def test_blocking_and_letting_in(decoder: Decoder, status: str, kind: type) -> None:
    change = {"chat": PRIVATE, "from": PERSON, "new_chat_member": {"status": status}}
    assert isinstance(arrived(decoder, {"update_id": 1, "my_chat_member": change}).event, kind)


@pytest.mark.parametrize(("status", "is_met"), [("administrator", True), ("left", False), ("kicked", False)])
def test_where_it_was_put_into_a_channel_it_says_where_it_is_found(decoder: Decoder, status: str, is_met: bool) -> None:
    channel = {"id": -1001234567890, "type": "channel", "title": "Neighbours"}
    members = {"old_chat_member": {"status": "left"}, "new_chat_member": {"status": status}}
    update = {"update_id": 1, "my_chat_member": {"chat": channel, "from": PERSON, **members}}
    assert isinstance(decoder.decode(update), Elsewhere) == is_met


IN_GROUPS: list[tuple[Json, bool]] = [
    ({"text": "hello"}, False),
    ({"text": "/start"}, False),
    ({"text": "/start@survey_bot"}, True),
    ({"text": "/anything@SURVEY_BOT now"}, True),
    ({"text": "@survey_bot hello"}, False),
    ({"photo": []}, False),
]


@pytest.mark.parametrize(("fields", "is_met"), IN_GROUPS)
def test_in_a_group_only_what_names_the_bot_is_met(decoder: Decoder, fields: Json, is_met: bool) -> None:
    found = decoder.decode({"update_id": 1, "message": {"message_id": 3, "chat": GROUP, "from": PERSON, **fields}})
    assert isinstance(found, Elsewhere) is is_met
    assert found is None or isinstance(found, Elsewhere)


@pytest.mark.parametrize("fields", [{"from": {**PERSON, "is_bot": True}, "text": "hi"}, {"from": None, "text": "hi"}])
def test_bots_and_nobody_are_not_met(decoder: Decoder, fields: Json) -> None:
    assert decoder.decode(message(**fields)) is None


@pytest.mark.parametrize("kind", ["edited_message", "channel_post", "poll", "inline_query", "of_next_year"])
def test_other_kinds_say_nothing(decoder: Decoder, kind: str) -> None:
    assert decoder.decode({"update_id": 1, kind: {"text": "hi"}}) is None


@pytest.mark.parametrize(
    "update",
    [
        None, [], "x", 5, {}, {"update_id": "1"}, {"update_id": None}, {"update_id": True}, {"update_id": -1},
        {"update_id": 1 << 63}, {"update_id": 1, "message": None}, {"update_id": 1, "message": {"chat": 5}},
        {"update_id": 1, "callback_query": {"id": "1"}}, {"update_id": 1, "my_chat_member": {"chat": PRIVATE}},
    ],
)  # fmt: skip
def test_what_lacks_a_part_is_said_so_and_nothing_else(decoder: Decoder, update: object) -> None:
    with pytest.raises(NotUnderstood):
        decoder.decode(update)


def test_a_text_that_is_too_long_is_cut_to_what_telegram_sends(decoder: Decoder) -> None:
    event = arrived(decoder, message(text="x" * 10_000)).event
    assert isinstance(event, Typed)
    assert len(event.text) == 4096
