"""Links, codes and secrets: how many there could be of each, and that none is used twice or by whom it was not for."""

from __future__ import annotations

import math
from random import Random

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestClient, TestServer
from support.contributors import Contributor
from support.running import Bot
from support.team import OWNER, come_in, link_for, member

from bot.adapter.decode import Decoder
from bot.adapter.webhook import webhook_app
from bot.clock import utc_now
from bot.sandbox.server import HOST, Sandbox
from bot.settings import Settings
from bot.team.office import roster_of
from flows.consent import CODE_LENGTH, pay_reference, receipt_code
from flows.events import TOKEN_BYTES
from flows.links import CODE_LETTERS, new_code
from flows.team.deciding import SECRET_BYTES, secret_in

SAMPLES = 2000


def distinct_bits(made: list[str]) -> float:
    """Bits that change between samples: each place is counted by how many signs stand there."""
    return sum(math.log2(len(set(signs))) for signs in zip(*made, strict=True))


def test_there_are_more_secrets_than_anybody_tries() -> None:
    """Bits of each, by what is drawn and by what comes out."""
    dice = Random(1)  # noqa: S311  # a test's dice
    tokens = [dice.randbytes(TOKEN_BYTES) for _ in range(SAMPLES)]
    assert SECRET_BYTES * 8 >= 192
    assert distinct_bits([secret_in(token) for token in tokens]) >= 190
    assert CODE_LETTERS * 5 == 50
    assert distinct_bits([new_code(token) for token in tokens]) >= 49
    assert CODE_LENGTH * 5 == 40
    assert distinct_bits([receipt_code(token[:5]) for token in tokens]) >= 39
    assert distinct_bits([pay_reference(token[:5]) for token in tokens]) >= 39


def test_no_secret_says_anything_of_another_from_the_same_token() -> None:
    """A team link's secret is drawn from a part of the token that no id and no code is drawn from."""
    dice = Random(2)  # noqa: S311
    token = bytearray(dice.randbytes(TOKEN_BYTES))
    before = secret_in(bytes(token))
    for place in range(TOKEN_BYTES - SECRET_BYTES):
        token[place] ^= 0xFF
    assert secret_in(bytes(token)) == before


async def test_a_team_link_is_not_guessed_nor_used_twice_nor_by_another(bot: Bot) -> None:
    owner = member(bot.sandbox, "Olga", OWNER)
    link = await link_for(owner, "Reviewer")
    dice = Random(3)  # noqa: S311
    stranger = member(bot.sandbox, "Mal")
    for _ in range(20):
        place = dice.randrange(len("team-"), len(link))
        sign = dice.choice("abcdefghijklmnopqrstuvwxyzABCDEFGH0123456789_-".replace(link[place], ""))
        await stranger.start(link[:place] + sign + link[place + 1 :])
    assert (await roster_of(bot.settings)).rights == {}
    reviewer = member(bot.sandbox, "Ravi")
    await come_in(reviewer, link, "Ravi")
    await stranger.start(link)
    await reviewer.start(link)
    vault = bot.stores.vault()
    held = (await roster_of(bot.settings)).rights.values()
    assert {right.member for right in held} == {vault.member(reviewer.person.id)}
    assert len(held) == 1
    assert "The team" not in stranger.screen


async def test_somebody_elses_receipt_code_opens_nothing_and_five_tries_are_all(bot: Bot) -> None:
    def contributor(name: str) -> Contributor:
        return Contributor(bot.sandbox.person(name, "en"), "en", "US", bot.collections[0], bot.texts)

    sam, mal = contributor("Sam"), contributor("Mal")
    codes = []
    for each in (sam, mal):
        await each.to_questions()
        codes.append(each.code)
        await each.to_review()
        await each.press("Submit")
    sam_code, mal_code = codes
    await mal.say("/mydata")
    await mal.press("Show answers")
    assert mal.sees("Your code"), mal.screen
    await mal.say(sam_code)
    assert mal.sees("Your code")
    for _ in range(4):
        await mal.say("AAAA-AAAA")
    assert mal.sees("That was not the code, five times in a row. Please wait an hour, then try again.")
    await mal.say(mal_code)
    assert mal.sees("Your code"), "not even the right one, for an hour"


# --- what listens ----------------------------------------------------------------------------------------------------


def test_nothing_listens_beyond_this_machine_unless_told() -> None:
    defaults = {name: field.default for name, field in Settings.model_fields.items()}
    assert str(defaults["listen"]).startswith("127.0.0.1:")
    assert defaults["health_listen"] == ""
    assert HOST == "127.0.0.1"


async def test_the_sandbox_cannot_be_asked_from_elsewhere(sandbox: Sandbox) -> None:
    """Neither by another name of this machine, nor by a page of somebody else's."""
    async with ClientSession() as http:
        for headers in (
            {"Host": "example.org"}, {"Host": f"0.0.0.0:{sandbox.port}"}, {"Origin": "https://example.org"},
            {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"},
        ):  # fmt: skip
            async with http.get(f"{sandbox.page_url}page/state", headers=headers) as response:
                assert response.status in {403, 421}, headers
        async with http.post(f"{sandbox.page_url}page/reset", json={}) as response:
            assert response.status == 403, "a form of another site sends no such header"


async def test_the_webhook_says_nothing_to_who_does_not_know_its_secret() -> None:
    """Not even by falling over something that is no text."""

    async def take(_: object) -> None:
        raise AssertionError("nothing is taken")

    app: web.Application = webhook_app("s3cret", Decoder(utc_now, bytes, "bot"), take, take)
    async with TestClient(TestServer(app)) as client:
        for secret in ("", "s3cre", "s3crett", "S3CRET", "é", "\udcff", "x" * 5000):
            headers = {"X-Telegram-Bot-Api-Secret-Token": secret}
            response = await client.post("/telegram", data=b"{}", headers=headers)
            assert (response.status, await response.read()) == (403, b""), secret
