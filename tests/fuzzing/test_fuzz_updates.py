"""Updates that nobody expects: nothing stops the bot, nobody reads a program's words, and every promise holds.

`make fuzz` goes on where this stops (docs/measurements.md has what came of it).
"""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from bot.adapter.callbacks import from_data, from_invite_data
from bot.adapter.decode import Decoder, Elsewhere, NotUnderstood, start_payload
from bot.adapter.source import take_updates
from bot.adapter.transport import from_json
from bot.arrivals import Arrival
from flows.events import PARTICIPANT, Typed

from .crowd import FIRST, Crowd
from .promises import readable, taken_back
from .updates import Maker

SEED = 20261127
IN_THE_SUITE = 500
"""Updates that the bot is sent in the suite; `make fuzz` sends a million."""
SOMEBODY = 1 << 41

anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
dice = st.randoms(use_true_random=False, note_method_calls=False)


def decoder() -> Decoder:
    """One whose clock stands."""
    return Decoder(lambda: dt.datetime(2026, 12, 1, tzinfo=dt.UTC), bytes, "survey_sandbox_bot")


@seed(SEED)
@settings(max_examples=80)
@given(dice)
async def test_any_update_is_understood_or_passed_over(chance: Random) -> None:
    """As JSON, which may hold numbers and halves of letters that no database takes."""
    update = {"update_id": chance.randrange(1 << 40), **Maker(chance, [SOMEBODY]).update()}
    taken: list[Arrival] = []
    await take_it([from_json(json.dumps(update).encode())], taken)
    for each in taken:
        assert -(1 << 63) <= each.chat_id < 1 << 63
        assert each.card is None or -(1 << 63) <= each.card < 1 << 63
        if isinstance(each.event, Typed):
            each.event.text.encode()  # whatever is to be sealed has bytes
            assert len(each.event.text) <= 4096


async def take_it(updates: Sequence[Any], taken: list[Arrival]) -> None:
    """Through the door that polling and the webhook share."""

    async def take(arrivals: Sequence[Arrival]) -> None:
        taken.extend(arrivals)

    async def elsewhere(found: Elsewhere) -> None:
        assert -(1 << 63) <= found.chat_id < 1 << 63

    await take_updates(updates, decoder(), take, elsewhere)


@seed(SEED)
@settings(max_examples=150)
@given(anything)
def test_what_is_no_update_at_all_is_said_so(value: object) -> None:
    said = "no update id"
    try:
        decoder().decode(value)
    except NotUnderstood as error:
        said = str(error)
    assert said in {"no update id", "message", "callback_query", "my_chat_member"}


@seed(SEED)
@settings(max_examples=100)
@given(dice)
def test_data_and_payloads_are_read_or_refused(chance: Random) -> None:
    """Nothing of a payload is kept that could be somebody's name or number."""
    maker = Maker(chance, [SOMEBODY])
    for data in (maker.data(), chance.choice(("0.0.0", "1.2.3+"))):
        tap = from_data(data)
        assert tap is None or (0 <= tap.step < 1 << 40 and 0 <= tap.choice < 256)
        from_invite_data(data)
    _, participant = start_payload(maker.payload())
    assert participant is None or PARTICIPANT.fullmatch(participant)


_FROM = '"from":{"id":5,"is_bot":false}'


@pytest.mark.parametrize(
    "fields",
    [
        f'"message":{{"message_id":1e999,"chat":{{"id":5,"type":"private"}},{_FROM},"text":"x"}}',
        f'"message":{{"message_id":1,"chat":{{"id":1e999,"type":"private"}},{_FROM},"text":"x"}}',
        f'"message":{{"message_id":1,"chat":{{"id":36893488147419103232,"type":"private"}},{_FROM},"text":"x"}}',
        f'"message":{{"message_id":1,"chat":{{"id":true,"type":"private"}},{_FROM},"text":"x"}}',
        f'"message":{{"message_id":1,"chat":{{"id":0,"type":"private"}},{_FROM},"text":"x"}}',
        f'"message":{{"message_id":1,"chat":{{"id":-5,"type":"private"}},{_FROM},"text":"x"}}',
        '"callback_query":{"id":"1","from":{"id":Infinity},"data":"0.0.0"}',
        f'"callback_query":{{"id":"1",{_FROM},"message":{{"message_id":1e999,"chat":{{"id":5,"type":"private"}}}}}}',
        f'"my_chat_member":{{"chat":{{"id":-Infinity,"type":"private"}},{_FROM},"new_chat_member":{{"status":"left"}}}}',
    ],
)
async def test_a_number_that_is_none_is_passed_over(fields: str) -> None:
    """They used to end the bot, or to be found only when something was to be sealed or sent."""
    taken: list[Arrival] = []
    await take_it([from_json(f'{{"update_id":1,{fields}}}'.encode())], taken)
    assert taken == []


def test_half_a_letter_is_read_as_a_sign_that_has_bytes() -> None:
    read = from_json(b'{"text":"a\\ud800b","\\udc00":["\\ud83d\\ude00"]}')
    assert read == {"text": "a\ufffdb", "\ufffd": ["😀"]}


async def test_a_crowd_that_sends_anything_breaks_no_promise(tmp_path: Path) -> None:
    crowd = Crowd(tmp_path, Random(SEED))  # noqa: S311  # a test's dice
    async with crowd:
        while crowd.updates < IN_THE_SUITE:
            await crowd.burst(60)
    await crowd.look()
    assert crowd.faults == [], crowd.report()
    assert crowd.did["sendMessage"] > 50, "people were answered"


@pytest.mark.parametrize("sign", [str(FIRST + 300).encode(), (FIRST + 300).to_bytes(6, "big")])
def test_a_chat_id_that_lies_readable_in_a_file_is_found_among_many(tmp_path: Path, sign: bytes) -> None:
    everybody = range(FIRST, FIRST + 400)
    (tmp_path / "survey.db").write_bytes(b"sealed " + str(FIRST + 400).encode() + (FIRST + 400).to_bytes(6, "big"))
    assert list(readable(tmp_path, everybody)) == [], "this one is nobody's"
    (tmp_path / "keys.db").write_bytes(b"something before it" + sign + b"and after")
    assert len(list(readable(tmp_path, everybody))) == 1


@pytest.mark.parametrize(
    ("events", "broken"),
    [
        ((("given", ["a", "b"]), ("withdrawn", ["a"]), ("declined", [])), 0),
        ((("given", ["a", "b"]), ("withdrawn", ["a"]), ("withdrawn", ["b"])), 1),
        ((("given", ["a", "b"]), ("expired", [])), 1),
        ((("renewed", ["a"]), ("withdrawn", ["a", "b"])), 1),
    ],
)
def test_a_consent_in_force_is_one_of_which_something_is_left(
    events: Sequence[tuple[str, list[str]]], broken: int
) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("create table contributions (record)")
        connection.execute("create table consent_events (id integer primary key, record, event, purposes)")
        connection.execute("insert into contributions values ('r'), (null)")
        for event, purposes in events:
            row = ("r", event, json.dumps(purposes))
            connection.execute("insert into consent_events (record, event, purposes) values (?, ?, ?)", row)
        assert taken_back(connection) == broken
