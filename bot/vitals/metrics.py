"""Every metric that is told: rates, latencies, what waits, refusals, sends by what became of them, the machine.

Labels are methods of the Bot API, statuses and states: closed lists. Nothing here names a person, a chat, a collection,
a region or an answer; docs/deploy.md has the list.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bot.storage.standing import Standing
from bot.vitals.exposition import Family, counter, gauge, histogram, labelled
from bot.vitals.pulse import Pulse, Stage

_STARTED = time.time()


def metrics(pulse: Pulse, standing: Standing | None) -> Iterator[Family]:
    """Each of them, now. `standing`: what waits in the data, where it could be read."""
    yield labelled("surveybot_info", "gauge", "The program's version; always 1.", [({"version": _version()}, 1)])
    stages = [({"stage": each.value}, float(pulse.stage is each)) for each in Stage]
    yield labelled("surveybot_stage", "gauge", "1 for the stage that the process is in.", stages)
    yield from _of_steps(pulse)
    yield from _of_calls(pulse)
    ends = sorted(pulse.sends.states.items())
    yield labelled(
        "surveybot_invites_total", "counter", "Invites that left, by what became of them.",
        [({"state": state}, count) for state, count in ends],
    )  # fmt: skip
    received = sorted(pulse.requests.answers.items())
    yield labelled(
        "surveybot_webhook_requests_total", "counter", "Requests at the webhook, by how they were answered.",
        [({"status": str(status)}, count) for status, count in received],
    )  # fmt: skip
    is_up = standing is not None and not pulse.steps.refused
    yield gauge("surveybot_store_up", "1 where the data can be read, and was written when last tried.", float(is_up))
    if standing is not None:
        yield from _of_data(standing)
    yield from _of_machine(pulse)


def _of_steps(pulse: Pulse) -> Iterator[Family]:
    steps = pulse.steps
    yield counter("surveybot_arrivals_total", "Updates, and what came due, that are on disk.", steps.committed)
    yield counter("surveybot_batches_total", "Commits that arrivals shared.", steps.batches)
    yield counter("surveybot_batches_replayed_total", "Batches that had to be taken chat by chat.", steps.replayed)
    yield counter("surveybot_steps_passed_over_total", "Steps left out for a fault of the program.", steps.passed_over)
    contended = "Batches tried again, since another process was writing just there."
    yield counter("surveybot_batches_contended_total", contended, steps.contended)
    yield counter("surveybot_store_unavailable_total", "Batches that the store did not take.", steps.unavailable)
    yield counter("surveybot_updates_let_go_total", "Updates beyond what one person sends.", pulse.let_go())
    yield gauge("surveybot_inbox_arrivals", "Arrivals that wait for the next batch.", pulse.inbox())
    yield histogram("surveybot_batch_seconds", "A batch, from being taken in hand to its commit.", steps.working)
    yield histogram("surveybot_wait_seconds", "From arriving to disk, of each batch's longest.", steps.waiting)


def _of_calls(pulse: Pulse) -> Iterator[Family]:
    calls = pulse.calls
    answers = sorted(calls.answers.items())
    yield labelled(
        "surveybot_telegram_calls_total", "counter", "Calls of the Bot API, by what came back.",
        [({"method": method, "status": status}, count) for (method, status), count in answers],
    )  # fmt: skip
    yield histogram("surveybot_telegram_call_seconds", "A call of the Bot API, but for waiting polls.", calls.taking)
    since = time.monotonic() - calls.answered_at
    yield gauge("surveybot_telegram_silent_seconds", "Since Telegram last answered, but for a status of 5xx.", since)


def _of_data(standing: Standing) -> Iterator[Family]:
    yield gauge("surveybot_processes", "Processes that serve these data, this one among them.", standing.processes)
    yield gauge("surveybot_outbox_rows", "Messages and files that are owed.", standing.owed)
    yield gauge("surveybot_schedule_overdue", "Entries of the schedule whose time has come.", standing.overdue)
    yield gauge("surveybot_keys_to_destroy", "Keys of who left that are still there.", standing.destructions)
    yield gauge("surveybot_invites_waiting", "Invites of open broadcasts that have not left.", standing.invites)


def _of_machine(pulse: Pulse) -> Iterator[Family]:
    free = [({"folder": str(path)}, float(shutil.disk_usage(path).free)) for path in pulse.folders if path.exists()]
    yield labelled("surveybot_disk_free_bytes", "gauge", "Room where data and keys lie.", free)
    yield counter("process_cpu_seconds_total", "Processor time that the process has used.", time.process_time())
    yield gauge("process_start_time_seconds", "When the process started, in seconds since 1970.", _STARTED)
    if (pages := _resident_pages()) is not None:
        resident = pages * os.sysconf("SC_PAGE_SIZE")
        yield gauge("process_resident_memory_bytes", "Memory that the process holds.", resident)


def _resident_pages() -> int | None:
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return None  # not Linux


def _version() -> str:
    try:
        return version("surveybot")
    except PackageNotFoundError:
        return "unknown"
