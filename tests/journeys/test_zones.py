"""Zones: whoever lives where another installation asks is sent to its bot, and nothing about them is kept here."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support import stores
from support.by_hand import CHAT, ByHand, by_hand
from support.running import settings_for

from bot import shipped
from bot.bootstrap import serve
from bot.sandbox.server import Sandbox
from bot.settings import read_settings
from bot.start_checks import CannotStart
from bot.zones import my_zone
from flows.events import TOKEN_BYTES, Command, Opened
from flows.faults import CollectionFaults

PARTICIPANT = "a1b2c3d4e5"
ZONES = """zones:
  europe:
    bot: SurveyEuropeBot
    regions: [DE, GB]
  americas:
    bot: SurveyAmericasBot
    regions: [BR, US]
"""


@pytest.fixture
def collections(tmp_path: Path) -> Path:
    """A folder of collections with zones beside them."""
    folder = tmp_path / "collections"
    shutil.copytree(shipped.ready_collections(), folder)
    (folder / "zones.yaml").write_text(ZONES, encoding="utf-8")
    return folder


@pytest.fixture
async def hand(tmp_path: Path, collections: Path) -> AsyncIterator[ByHand]:
    async with by_hand(tmp_path, collections=collections, zone="europe") as opened:
        yield opened


async def comes(hand: ByHand, participant: str | None = None) -> None:
    token = os.urandom(TOKEN_BYTES)
    await hand.happens(
        Opened(at=hand.now, token=token, language_code="en", collection="demographics", participant=participant)
    )


def way_on(hand: ByHand) -> str | None:
    """Where the button on the card leads."""
    return next((each.url for row in hand.telegram.cards[CHAT].screen.rows for each in row if each.url), None)


async def test_who_lives_in_another_zone_is_sent_to_its_bot_with_what_they_came_with(hand: ByHand) -> None:
    await comes(hand, PARTICIPANT)
    await hand.presses("live_in", "US")
    assert hand.screen == "goodbye-other_zone"
    assert way_on(hand) == f"https://t.me/SurveyAmericasBot?start=demographics-{PARTICIPANT}"


async def test_nothing_about_them_is_left_on_the_disk(hand: ByHand) -> None:
    before = hand.stored.rows("select count(*) from audit")
    await comes(hand, PARTICIPANT)
    [(chat, sealed, key_id)] = hand.stored.rows("select chat, sealed, key_id from conversations")
    assert chat in await stores.lying_in(hand.stored.folder)
    await hand.presses("live_in", "BR")
    await hand.later(hours=1)
    assert hand.stored.is_empty_of_people()
    assert hand.stored.wraps() == []
    assert await hand.stores.database.empty_log() or stores.on_server()
    left = await stores.lying_in(hand.stored.folder)
    assert chat not in left
    assert sealed not in left
    assert key_id not in left
    assert hand.stored.rows("select kind from schedule") == [("sweep",)]
    assert hand.stored.rows("select count(*) from audit") == before


async def test_a_goodbye_that_does_not_arrive_is_kept_a_day_at_most(hand: ByHand) -> None:
    from bot.messenger import TryLater

    await comes(hand)
    hand.telegram.script("show", *[TryLater(3600)] * 3)
    await hand.presses("live_in", "US")
    await hand.later(hours=25)
    assert hand.stored.is_empty_of_people()


async def test_coming_back_begins_anew_and_ones_own_zone_is_asked_here(hand: ByHand) -> None:
    await comes(hand)
    await hand.presses("live_in", "US")
    await comes(hand)
    assert hand.screen == "place"
    await hand.presses("live_in", "DE")
    assert hand.screen == "card-1"


async def test_a_place_that_stands_in_no_zone_is_asked_here(hand: ByHand) -> None:
    await comes(hand)
    await hand.presses("live_in", "EG")
    assert hand.screen == "card-1"


async def test_a_place_of_another_zone_is_found_by_its_name(hand: ByHand) -> None:
    await comes(hand)
    await hand.types("Brazil")
    await hand.presses("live_in", "BR")
    assert hand.screen == "goodbye-other_zone"


async def test_who_has_agreed_here_and_moves_to_another_zone_keeps_what_they_gave(hand: ByHand) -> None:
    await comes(hand)
    await hand.presses("live_in", "DE")
    await hand.presses("next")
    document = hand.shelf.document(hand.shelf.collections["demographics"], "en", "DE")
    for card in document.cards[1:]:
        assert card.question is not None
        await hand.presses("card_answer", str(card.question.right))
    await hand.presses("agree")
    await hand.commands(Command.MY_DATA)
    await hand.presses("open_places")
    await hand.presses("choose_place", "US")
    assert hand.screen == "places"
    assert "@SurveyAmericasBot" in hand.texts.screen(hand.telegram.cards[CHAT].screen, "en")
    assert hand.stored.count("contributions") == 1


# --- which zone an installation is ---------------------------------------------------------------------------------


def test_a_rehearsal_that_names_no_zone_serves_everything(tmp_path: Path, collections: Path) -> None:
    assert my_zone(settings_for(tmp_path, "http://127.0.0.1:9", collections=collections)) == (None, {})


@pytest.mark.parametrize(
    ("zone", "said"),
    [("", "SURVEYBOT_ZONE is not set"), ("asia", "SURVEYBOT_ZONE is asia, which stands here nowhere")],
)
def test_with_zones_an_installation_says_which_it_is(collections: Path, zone: str, said: str) -> None:
    settings = read_settings(_env_file=None, collections=collections, zone=zone)
    with pytest.raises(CollectionFaults, match=said) as refused:
        my_zone(settings)
    assert "europe, americas" in str(refused.value)


def test_a_zone_without_the_file_is_a_slip(tmp_path: Path) -> None:
    settings = read_settings(_env_file=None, collections=tmp_path, zone="europe")
    with pytest.raises(CollectionFaults, match="this file is missing"):
        my_zone(settings)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("zones: {europe: {bot: Survey, regions: [DE]}}", "zones.europe.bot"),
        ("zones: {europe: {bot: SurveyBot, regions: []}}", "zones.europe.regions"),
        ("zones: {europe: {bot: SurveyBot, regions: [XX]}}", "no territory is called XX"),
        ("zones: {a: {bot: OneBot, regions: [DE]}, b: {bot: onebot, regions: [US]}}", "b has the bot of a"),
        ("zones: {a: {bot: OneBot, regions: [DE]}, b: {bot: TwoBot, regions: [DE]}}", "DE stands in a already"),
        ("europe: {bot: SurveyBot, regions: [DE]}", "zones"),
        ("zones: [", "not YAML"),
    ],
)
def test_a_file_that_is_not_clear_is_refused_with_place_and_remedy(collections: Path, words: str, said: str) -> None:
    (collections / "zones.yaml").write_text(words, encoding="utf-8")
    settings = read_settings(_env_file=None, collections=collections, zone="europe")
    with pytest.raises(CollectionFaults) as refused:
        my_zone(settings)
    assert any(said in str(fault) and "zones.yaml:1" in str(fault) for fault in refused.value.faults)


async def test_a_bot_that_is_another_zones_does_not_start(
    tmp_path: Path, collections: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stand-in's bot is called otherwise."""
    monkeypatch.setattr("bot.bootstrap.refuse_what_is_unfit", lambda _settings, _today: None)
    async with Sandbox("1:test") as sandbox:
        settings = settings_for(tmp_path, sandbox.api_url, collections=collections, zone="europe")
        real = settings.model_copy(update={"local_api": True})
        with pytest.raises(CannotStart, match="SURVEYBOT_ZONE is europe, whose bot is @SurveyEuropeBot"):
            await serve(real)
