"""What is told over HTTP while the bot serves: alive, ready, and numbers that scrapers and the dashboard understand."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families
from support.contributors import PLAIN_ANSWERS, Contributor
from support.ports import free_address
from support.running import TOKEN, Bot

from bot.bootstrap import serve
from bot.sandbox.server import Sandbox
from bot.settings import Settings
from bot.start_checks import CannotStart
from bot.storage.database import StoreUnavailable
from bot.storage.standing import Standing
from bot.vitals.counts import Timing
from bot.vitals.exposition import Sample, histogram, labelled, written
from bot.vitals.metrics import metrics
from bot.vitals.pulse import SILENT, STUCK, Pulse, Stage
from bot.vitals.server import listening

ROOT = Path(__file__).resolve().parents[2]
DASHBOARD: Any = json.loads((ROOT / "deploy" / "grafana.json").read_text(encoding="utf-8"))
_METRIC = re.compile(r"\b(?:surveybot|process)_[a-z_]+\b")
_LABELS = re.compile(r"\b(?:surveybot|process)_[a-z_]+\{([^}]*)\}")


async def asked(address: str, path: str) -> tuple[int, str]:
    """Status and text of an answer."""
    async with aiohttp.ClientSession() as http, http.get(f"http://{address}{path}") as answer:
        return answer.status, await answer.text()


@pytest.fixture
async def watched(tmp_path: Path) -> AsyncIterator[tuple[Bot, str]]:
    """A bot that is watched, and where."""
    address = free_address()
    async with Sandbox(TOKEN, page=False, first_retry=0.01) as sandbox:
        bot = Bot(sandbox, tmp_path, health_listen=address)
        await bot.start()
        yield bot, address
        await bot.stop()


def values(text: str) -> dict[str, dict[str, float]]:
    """Metric -> labels as text -> value, as an independent parser reads them."""
    found: dict[str, dict[str, float]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
            found.setdefault(sample.name, {})[labels] = sample.value
    return found


async def test_a_journey_is_counted_and_nothing_of_it_is_told(watched: tuple[Bot, str]) -> None:
    bot, address = watched
    collection = next(each for each in bot.collections if each.id == "demographics")
    sam = Contributor(bot.sandbox.person("Sam", "en"), "en", "US", collection, bot.texts)
    await sam.whole()
    bot.sandbox.faults.too_many_requests(retry_after=1, method="sendMessage")
    await sam.say("/help")
    await sam.settle()

    assert await asked(address, "/healthz") == (200, "ok\n")
    assert await asked(address, "/readyz") == (200, "ok\n")
    status, text = await asked(address, "/metrics")
    assert status == 200
    told = values(text)
    assert told["surveybot_stage"] == {"stage=starting": 0, "stage=serving": 1, "stage=stopping": 0}
    assert told["surveybot_store_up"] == {"": 1}
    assert told["surveybot_arrivals_total"][""] >= len(PLAIN_ANSWERS["US"])
    assert told["surveybot_wait_seconds_count"][""] >= len(PLAIN_ANSWERS["US"])
    assert told["surveybot_telegram_calls_total"]["method=sendMessage,status=429"] == 1
    assert told["surveybot_telegram_calls_total"]["method=answerCallbackQuery,status=200"] >= 1
    assert told["surveybot_inbox_arrivals"] == {"": 0}
    assert set(told["surveybot_disk_free_bytes"]) == {f"folder={each}" for each in bot.settings.folders}

    without_paths = re.sub(r'folder="[^"]*"', "", text)
    answers = [option for options in PLAIN_ANSWERS["US"].values() for option in options]
    for secret in (str(sam.person.id), TOKEN, "demographics", '"US"', *(f'"{each}"' for each in answers)):
        assert secret not in without_paths
    labels = {name for family in text_string_to_metric_families(text) for s in family.samples for name in s.labels}
    assert labels == {"version", "stage", "method", "status", "le", "folder"}


async def test_only_three_things_are_answered(watched: tuple[Bot, str]) -> None:
    _, address = watched
    for path in ("/", "/telegram", "/metrics/../data", "/healthz/x"):
        assert (await asked(address, path))[0] == 404
    async with aiohttp.ClientSession() as http, http.post(f"http://{address}/metrics") as answer:
        assert answer.status == 405


async def _as_named(port: int, path: str, host: str) -> int:
    """The status for who says that this machine is called so; "" says nothing."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.0\r\n{f'Host: {host}' if host else 'X: y'}\r\n\r\n".encode())
    status = await reader.readline()
    writer.close()
    await writer.wait_closed()
    return int(status.split()[1])


@pytest.mark.parametrize("path", ["/healthz", "/metrics", "/readyz", "/"])
async def test_a_foreign_name_for_this_machine_is_refused(watched: tuple[Bot, str], path: str) -> None:
    """A page's own name may come to mean 127.0.0.1; then the page would read what is told here."""
    port = int(watched[1].rpartition(":")[2])
    for host in ("rebound.example", f"rebound.example:{port}", "localhost.rebound.example", "127.0.0.1.example", "["):
        assert await _as_named(port, path, host) == 421
    usual = await _as_named(port, path, f"127.0.0.1:{port}")
    assert usual == (404 if path == "/" else 200)
    for host in ("localhost", f"localhost:{port}", "LOCALHOST:9", "[::1]:8082", "[::1]", "127.0.0.1:9090", ""):
        assert await _as_named(port, path, host) == usual


async def test_who_listens_elsewhere_is_called_by_whatever_name_it_has_there() -> None:
    async with listening("0.0.0.0:0", Pulse(polls=False)) as port:
        assert await _as_named(port, "/healthz", "bots.internal:8082") == 200


async def test_without_an_address_nobody_listens() -> None:
    assert Settings.model_fields["health_listen"].get_default() == ""
    async with listening("", Pulse(polls=True)) as port:
        assert port == 0


async def test_an_address_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        async with Sandbox(TOKEN, page=False) as sandbox:
            bot = Bot(sandbox, tmp_path, health_listen=address)
            with pytest.raises(CannotStart, match=f"SURVEYBOT_HEALTH_LISTEN: cannot listen on {address}"):
                await serve(bot.settings)


# --- alive, ready --------------------------------------------------------------------------------------------------


async def _waits() -> Standing:
    return Standing(0, 0, 0, 0)


async def _is_locked() -> Standing:
    raise StoreUnavailable("OperationalError")


async def test_what_is_ready_and_what_is_not() -> None:
    """Starting and stopping are alive; what cannot answer is not ready; what never moves again is neither."""
    pulse = Pulse(polls=True, look=_waits)
    assert await pulse.why_not_ready() == ["starting"]
    assert pulse.why_not_alive() == ""
    pulse.stage = Stage.SERVING
    assert await pulse.why_not_ready() == []
    pulse.calls.answered_at = time.monotonic() - SILENT - 1
    assert await pulse.why_not_ready() == ["Telegram does not answer"]
    pulse.polls = False  # behind a webhook, nobody may have said anything for hours
    assert await pulse.why_not_ready() == []
    pulse.steps.begun = time.monotonic() - STUCK - 1
    assert pulse.why_not_alive() == "a batch does not come to its end"
    assert await pulse.why_not_ready() == ["a batch does not come to its end"]
    pulse.stage = Stage.STOPPING
    assert await pulse.why_not_ready() == ["stopping"]

    locked = Pulse(polls=False, look=_is_locked, stage=Stage.SERVING)
    async with listening("127.0.0.1:0", locked) as port:
        assert await asked(f"127.0.0.1:{port}", "/readyz") == (503, "the data cannot be read\n")
        assert await asked(f"127.0.0.1:{port}", "/healthz") == (200, "ok\n")
        told = values((await asked(f"127.0.0.1:{port}", "/metrics"))[1])
    assert told["surveybot_store_up"] == {"": 0}
    assert "surveybot_outbox_rows" not in told


@pytest.mark.parametrize(
    ("status", "reasons"),
    [("200", []), ("429", []), ("502", ["Telegram does not answer"]), ("timeout", ["Telegram does not answer"])],
)
async def test_a_server_that_says_nothing_but_that_it_cannot_does_not_answer(status: str, reasons: list[str]) -> None:
    """Telegram's front says 502 while what is behind it is down, and so does a proxy before a server of one's own."""
    pulse = Pulse(polls=True, look=_waits, stage=Stage.SERVING)
    pulse.calls.answered_at = time.monotonic() - SILENT - 1
    pulse.calls.note("https://x/bot1:a/getUpdates", status, time.monotonic())
    assert await pulse.why_not_ready() == reasons
    silent = values(written(metrics(pulse, None)))["surveybot_telegram_silent_seconds"][""]
    assert (silent > SILENT) is bool(reasons)


async def test_whoever_asks_all_the_time_does_not_have_the_data_counted_all_the_time() -> None:
    looked = 0

    async def counting() -> Standing:
        nonlocal looked
        looked += 1
        await asyncio.sleep(0)
        return Standing(1, 2, 3, 4)

    pulse = Pulse(polls=True, look=counting)
    assert [await pulse.standing() for _ in range(50)] == [Standing(1, 2, 3, 4)] * 50
    assert looked == 1


# --- the format, and the dashboard ---------------------------------------------------------------------------------


def test_a_histogram_adds_up() -> None:
    timing = Timing()
    for seconds in (0.0004, 0.001, 0.0011, 7.0, 100.0):
        timing.note(seconds)
    told = values(written([histogram("x_seconds", "How long.", timing)]))
    buckets = {labels.removeprefix("le="): value for labels, value in told["x_seconds_bucket"].items()}
    assert (buckets["0.001"], buckets["0.0025"], buckets["5"], buckets["10"], buckets["+Inf"]) == (2, 3, 3, 4, 5)
    assert told["x_seconds_count"] == {"": 5}
    assert told["x_seconds_sum"][""] == pytest.approx(107.0025)


def test_what_a_label_may_hold_is_read_as_it_was_written() -> None:
    strange = 'a "quoted" \\ backslash\nand a line'
    family = labelled("x", "gauge", "Two\nlines \\ here.", [({"where": strange}, 1)])
    (read,) = text_string_to_metric_families(written([family]))
    assert [sample.labels for sample in read.samples] == [{"where": strange}]
    assert family.samples == [Sample(1, {"where": strange})]


def _told_names() -> dict[str, set[str]]:
    """Every metric with its labels, as a bot that has met everything tells them."""
    pulse = Pulse(polls=True, folders=(ROOT,))
    pulse.calls.note("https://x/bot1:a/sendMessage", "429", time.monotonic())
    pulse.sends.states["delivered"] += 1
    pulse.requests.answers[200] += 1
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(written(metrics(pulse, Standing(0, 0, 0, 0)))):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


def test_every_metric_and_label_of_the_dashboard_exists() -> None:
    told = _told_names()
    expressions = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    assert len(expressions) > 20
    for expression in expressions:
        names = _METRIC.findall(expression)
        assert names, expression
        assert set(names) <= set(told), expression
        labels = {each.split("=")[0] for inside in _LABELS.findall(expression) for each in inside.split(",")}
        labels |= {each for group in re.findall(r"by \(([^)]*)\)", expression) for each in group.split(",")}
        assert labels - {"instance"} <= set.union(*(told[name] for name in names)), expression


def test_every_metric_is_on_the_dashboard_and_in_the_document() -> None:
    shown = json.dumps(DASHBOARD)
    document = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
    for family in metrics(Pulse(polls=True), Standing(0, 0, 0, 0)):
        assert family.name in shown, family.name
        assert f"`{family.name}`" in document, family.name
    assert {panel["id"] for panel in DASHBOARD["panels"]} == set(range(1, len(DASHBOARD["panels"]) + 1))
