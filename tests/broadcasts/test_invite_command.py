"""`surveybot invite` and `surveybot db seed` as coordinators type them."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import re
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from support import stores
from support.reviewing import said as signs
from support.running import settings_for
from support.terminal import INTERRUPT, Terminal
from typer.testing import CliRunner

import bot
from bot.broadcasts import desk
from bot.broadcasts.refusal import Refused
from bot.cli import app
from bot.commands import inviting
from flows.broadcasts import Broadcast, BroadcastState

runner = CliRunner()

Typed = Callable[..., tuple[int, str]]

A_BROADCAST = Broadcast(
    id=1, collection="voices", state=BroadcastState.RUNNING, audience={}, paragraphs={}, paid=False, any_hour=False,
    planned_by="Kim", planned_at=dt.datetime(2026, 11, 23, tzinfo=dt.UTC),
    starts_at=dt.datetime(2026, 11, 23, tzinfo=dt.UTC), ended_at=None, why=None, fallen_out={}, recipients=0,
    delivered=0, unreachable=0, unknown=0, cancelled=0,
)  # fmt: skip


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Typed:
    """Type a command; the exit code, what it printed and what it said on the side."""
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "SURVEYBOT_TOKEN": "1:test",
        "SURVEYBOT_API_URL": "http://127.0.0.1:9",
        **stores.environ(tmp_path),
        "SURVEYBOT_KEY_FILE": str(tmp_path / "keys" / "master.key"),
        "SURVEYBOT_ALLOW_UNREVIEWED": "true",
        "SURVEYBOT_CONFIRM_ABOVE": "20",
    }.items():
        monkeypatch.setenv(name, value)

    def run(line: str, said: str = "") -> tuple[int, str]:
        done = runner.invoke(app, line.split(), input=said)
        return done.exit_code, done.output

    return run


def test_from_people_who_never_were_to_a_broadcast_that_waits_for_the_bot(typed: Typed) -> None:
    assert typed("db seed --contributors 30")[0] == 0
    code, output = typed("invite demographics --any-hour", "y\n")
    assert code == 0
    assert "30 would be invited to demographics." in output
    assert "fewer than 10 for each other reason" in output
    assert "No bot serves from here just now" in output
    code, output = typed("invite list --json")
    assert [each["state"] for each in json.loads(output)] == ["running"]
    assert "paused" in typed("invite pause 1")[1]
    assert "running" in typed("invite resume 1")[1]
    assert "cancelled 30" in typed("invite cancel 1")[1]
    code, output = typed("invite resume 1")
    assert (code, "is cancelled" in output) == (1, True)


def test_people_who_draw_the_same_reference_of_pay_are_told_apart(
    typed: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Among a million of forty bits each, two are the same in one installation out of three."""
    monkeypatch.setattr("bot.owing.pay.pay_reference", lambda _randomness: "PAY-K7M4-QX2P")
    assert typed("db seed --contributors 12")[0] == 0
    assert "12 would be invited to demographics." in typed("invite demographics --any-hour", "n\n")[1]


def test_who_says_no_sends_nothing(typed: Typed) -> None:
    typed("db seed --contributors 12")
    code, output = typed("invite demographics --any-hour", "n\n")
    assert (code, "Nothing was sent." in output) == (0, True)
    assert json.loads(typed("invite show 1 --json")[1])["state"] == "cancelled"


def test_who_gives_no_answer_sends_nothing_and_nobody_counts_as_invited(typed: Typed, tmp_path: Path) -> None:
    """With the input at its end, as Ctrl-D ends it."""
    typed("db seed --contributors 12")
    code, output = typed("invite demographics --any-hour", "")
    assert (code, "Aborted" in output) == (1, True)
    assert stores.rows(tmp_path, "select state, why from broadcasts") == [("cancelled", "given up")]
    assert stores.rows(tmp_path, "select count(*) from deliveries") == [(0,)]


def test_a_program_that_cannot_be_asked_has_nothing_planned(typed: Typed, tmp_path: Path) -> None:
    typed("db seed --contributors 12")
    code, output = typed("invite demographics --any-hour --json")
    assert (code, "say --yes with it" in output) == (1, True)
    assert stores.rows(tmp_path, "select * from broadcasts") == []


def test_a_plan_that_cannot_be_sent_off_is_given_up(
    typed: Typed,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def taken(*_: object) -> None:
        raise Refused("no place is left")

    typed("db seed --contributors 12")
    monkeypatch.setattr(desk, "check_places", taken)
    code, output = typed("invite demographics --any-hour --yes")
    assert (code, "no place is left" in output) == (1, True)
    assert stores.rows(tmp_path, "select state from broadcasts") == [("cancelled",)]


async def _stopped_at(screen: Terminal, words: str) -> tuple[int, str]:
    async with screen:
        await screen.sees(words)
        screen.presses(INTERRUPT)
        return await screen.ends(), screen.screen


def test_ctrl_c_at_the_question_is_heard_and_sends_nothing(typed: Typed, tmp_path: Path) -> None:
    typed("db seed --contributors 12")
    command = [sys.executable, "-m", "bot.cli", "invite", "demographics", "--any-hour"]
    screen = Terminal(command, tmp_path, {**os.environ, "PYTHONPATH": str(Path(bot.__file__).parents[1])})
    code, said = asyncio.run(_stopped_at(screen, "Send it?"))
    assert (code, "stopped before it was done" in said, "Traceback" in said) == (1, True, False), said
    assert stores.rows(tmp_path, "select state, why from broadcasts") == [("cancelled", "given up")]
    assert stores.rows(tmp_path, "select count(*) from deliveries") == [(0,)]


@pytest.fixture
def ctrl_c(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pressed as soon as somebody who follows a broadcast sees how it goes."""

    def pressed(*_: object) -> str:
        os.kill(os.getpid(), signal.SIGINT)
        return ""

    monkeypatch.setattr(inviting, "_how_it_goes", pressed)


@pytest.mark.usefixtures("ctrl_c")
def test_who_stops_following_is_told_that_it_goes_on(typed: Typed, tmp_path: Path) -> None:
    typed("db seed --contributors 12")
    for command in ("invite demographics --any-hour --yes --follow", "invite show 1 --follow"):
        code, output = typed(command)
        assert (code, "It goes on: surveybot invite show 1" in output, "stopped" in output) == (0, True, False), output
    assert stores.rows(tmp_path, "select state from broadcasts") == [("running",)]


def test_nobody_is_invited_below_the_floor_for_the_minutes_that_it_took(typed: Typed, tmp_path: Path) -> None:
    """Thirty people in the US needed nine; of Kenya's nine nothing is known yet."""
    typed("db seed --contributors 12")
    with stores.opened(tmp_path) as data:
        data.execute("delete from tallies where what like 'minutes:%'")
        for place, people in (("US", 30), ("KE", 9)):
            data.execute("insert into tallies values ('demographics', ?, 'minutes:9', ?)", (place, people))
    code, output = typed("invite demographics --region US --without-pilot tried-with-forty-people", "y\n")
    assert (code, "needed 9 minutes or less" in output, "pay 3.75 at least" in output) == (1, True, True), output
    elsewhere = "invite demographics --region KE --without-pilot tried-with-forty-people"
    assert "below the floor" not in typed(elsewhere, "n\n")[1]
    assert "below the floor" not in typed("invite demographics --region US --any-hour", "n\n")[1], "a rehearsal"


def test_those_who_are_in_it_already_are_left_out_with_the_reason(typed: Typed) -> None:
    typed("db seed --contributors 12")
    code, output = typed("invite demographics --without-pilot tried_elsewhere --yes")
    assert code == 1
    assert "12: in the collection already" in output
    assert "Nobody would be invited to demographics." in output
    assert "nobody would get it" in output
    assert "fewer than 10 would be invited" not in output


def test_more_than_few_wait_for_a_second_person(typed: Typed) -> None:
    typed("db seed --contributors 30")
    code, output = typed("invite demographics --without-pilot tried_elsewhere --finished --yes --json --by Kim")
    assert (code, json.loads(output)["state"]) == (0, "awaiting confirmation")
    code, output = typed("invite confirm 1 --by Kim")
    assert (code, "somebody else confirms it" in output) == (1, True)
    assert json.loads(typed("invite confirm 1 --by Lee --json")[1])["state"] == "running"


def test_the_price_in_stars_is_said_before_anything_is_sent(typed: Typed) -> None:
    typed("db seed --contributors 30")
    _, output = typed("invite demographics --any-hour --paid", "n\n")
    assert output.index("at most 3.0 Telegram Stars") < output.index("Send it?")


def test_how_many_a_few_are_is_not_told_by_the_price_nor_by_the_audit(typed: Typed, tmp_path: Path) -> None:
    typed("db seed --contributors 7")
    _, output = typed("invite demographics --any-hour --paid", "n\n")
    assert "fewer than 10 would be invited" in output
    assert "at most 1.0 Telegram Stars" in output
    told = json.loads(typed("invite demographics --any-hour --paid --yes --json")[1])
    assert (told["recipients"], told["stars_at_most"]) == ("<10", 1.0)
    [(detail,)] = stores.rows(tmp_path, "select detail from audit where action = 'invites sent off'")
    assert (detail if isinstance(detail, dict) else json.loads(detail))["recipients"] == 10


@pytest.mark.parametrize(
    ("recipients", "by_answers", "settled", "seen"),
    [
        (7, False, 3, (0, 10, 10)),
        (7, False, 7, (10, 0, 10)),
        (37, True, 33, (30, 10, 40)),
        (37, True, 37, (40, 0, 40)),
        (37, False, 33, (33, 4, 37)),
        (0, False, 0, (0, 0, 0)),
    ],
)
def test_a_bar_shows_no_count_that_is_not_said(
    recipients: int, by_answers: bool, settled: int, seen: tuple[int, int, int]
) -> None:
    going = replace(A_BROADCAST, recipients=recipients, delivered=settled, audience={"by_answers": by_answers})
    assert (going.seen_settled, going.seen_to_go, going.at_most) == seen


def test_a_number_that_no_broadcast_can_have_is_refused_in_words(typed: Typed) -> None:
    typed("db seed --contributors 12")
    for number in (0, 1 << 31):
        for command in ("show", "confirm", "pause", "resume", "cancel"):
            code, output = typed(f"invite {command} {number}")
            assert (code, "Invalid value for 'number'" in output) == (2, True), output
    code, output = typed(f"invite show {(1 << 31) - 1}")
    assert (code, "there is no broadcast" in output) == (1, True), output


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("--last-invited 1000000", "--last-invited"),
        ("--last-invited " + 5000 * "9", "--last-invited"),
        ("--last-invited ²", "--last-invited"),
        ("--at 9999-12-31T23:59-05:00", "--at: write the time"),
        ("--at 0001-01-01T00:00+05:00", "--at: write the time"),
        ("--at 9999-12-31T23:59", "--at: write the time"),
    ],
)
def test_days_and_times_that_no_calendar_has_are_refused_in_words(given: str, says: str, typed: Typed) -> None:
    typed("db seed --contributors 12")
    code, output = typed(f"invite demographics --any-hour --yes {given}")
    assert (code, says in output) == (1, True), output


def test_a_preview_shows_every_language_and_does_nothing(typed: Typed) -> None:
    code, output = typed("invite demographics --preview")
    assert code == 0
    for name in ("en", "ar", "es", "de", "pt_BR", "hi", "sw", "ja"):
        assert f"--- {name}, as in " in output
    assert re.search(r"</?\w+>|&\w+;", output) is None, "marks are Telegram's to read"


def test_a_paragraph_is_missed_in_the_languages_that_lack_it(typed: Typed) -> None:
    code, output = typed("invite demographics --preview --add en=Hello --language en --language de")
    assert (code, "what you add is missing in de" in output) == (1, True)


def test_the_same_is_refused_where_people_are_real(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    typed("db seed --contributors 12")
    monkeypatch.setenv("SURVEYBOT_API_URL", "https://api.telegram.org")
    monkeypatch.setenv("SURVEYBOT_ALLOW_UNREVIEWED", "false")
    assert "only where SURVEYBOT_API_URL is on this machine" in typed("db seed --contributors 1")[1]
    code, output = typed("invite demographics --any-hour --yes")
    assert (code, "on this machine" in output.replace("\n", " ")) == (1, True)
    assert "open in no region" in typed("invite demographics --yes")[1]


def test_nobody_is_invited_before_a_pilot_unless_somebody_says_why(typed: Typed) -> None:
    typed("db seed --contributors 12")
    code, output = typed("invite demographics --finished --yes")
    assert (code, "surveybot pilot begin demographics 30" in output.replace("\n", " ")) == (1, True)
    assert json.loads(typed("invite list --json")[1]) == []
    assert "say the reason" in typed("invite demographics --finished --yes --without-pilot x")[1]
    code, output = typed("invite demographics --finished --yes --without-pilot tried_elsewhere --json --by Kim")
    assert (code, json.loads(output)["without_pilot"]) == (0, "tried_elsewhere")


def test_a_pilot_that_was_broken_off_is_not_called_none(typed: Typed) -> None:
    typed("db seed --contributors 12")
    assert typed("pilot begin demographics 10")[0] == 0
    assert typed("pilot end demographics")[0] == 0
    code, output = typed("invite demographics --finished --yes")
    assert code == 1
    assert "the last pilot of demographics was broken off before it was full" in output.replace("\n", " ")
    assert "never piloted" not in output


def test_people_are_made_up_where_reviewers_have_signed(
    typed: Typed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SURVEYBOT_ALLOW_UNREVIEWED", "false")
    asyncio.run(signs(settings_for(tmp_path, "http://127.0.0.1:9", allow_unreviewed=False), "US", "en"))
    code, output = typed("db seed --contributors 3")
    assert code == 0, output
    assert "3 people" in output


def test_nobody_is_chosen_by_what_could_endanger_them_nor_a_few(typed: Typed) -> None:
    typed("db seed --contributors 40")
    code, output = typed("invite demographics --any-hour --yes --who gender_identity=woman")
    assert code == 1
    assert "community links" in output
    code, output = typed("invite demographics --any-hour --yes --who age=age_25_34")
    assert code == 1
    assert "fewer than 30 people would be chosen by this answer" in output
    code, output = typed("invite demographics --any-hour --yes --who age")
    assert code == 1
    assert "write question=option" in output
    assert all(each["recipients"] == "<10" for each in json.loads(typed("invite list --json")[1]))
