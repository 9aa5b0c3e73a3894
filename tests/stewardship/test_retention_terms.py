"""Until when what may be kept: the shortest of what was said at consent, of what is said now, and of the consent."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from bot.shipped import ready_collections
from bot.stewardship.retention import EVERYTHING, due_of
from bot.storage.contributions import Kept
from bot.storage.conversations import ContributionRow
from flows.collection import Collection
from flows.load import load_collections

GIVEN = dt.datetime(2026, 1, 31, 12, tzinfo=dt.UTC)
ROW = ContributionRow(b"chat", "demographics", "p", b"key", b"", "r", None, None)
DAYS = st.none() | st.integers(1, 400)
[READY] = load_collections(ready_collections())


def _collection(answers: int, purposes: dict[str, int | None]) -> Collection:
    changed = [p.model_copy(update={"kept": _days(purposes.get(p.id))}) for p in READY.purposes]
    retention = READY.retention.model_copy(update={"answers": f"P{answers}D"})
    return READY.model_copy(update={"purposes": tuple(changed), "retention": retention})


def _days(count: int | None) -> str | None:
    return None if count is None else f"P{count}D"


@given(st.integers(1, 400), st.integers(1, 400), DAYS,
       st.dictionaries(st.sampled_from(["evaluation", "improvement"]), DAYS),
       st.dictionaries(st.sampled_from(["evaluation", "improvement"]), st.integers(1, 400)))  # fmt: skip
def test_the_shortest_time_that_was_ever_said_holds(
    consent: int, answers: int, answers_then: int | None, now: dict[str, int | None], then: dict[str, int]
) -> None:
    terms = {name: f"P{days}D" for name, days in then.items()}
    kept = Kept(ROW, "r", GIVEN, GIVEN + dt.timedelta(days=consent), terms, _days(answers_then))
    found = {due.what: (due.at - GIVEN).days for due in due_of(_collection(answers, now), kept, {"improvement"})}
    required = [days for days in (now.get("evaluation"), then.get("evaluation")) if days is not None]
    whole = min(consent, answers, answers_then or answers, *required)
    optional = min(
        (days for days in (now.get("improvement"), then.get("improvement")) if days is not None), default=whole
    )
    assert found.pop(EVERYTHING) == whole
    assert found == ({"improvement": optional} if optional < whole else {})


def test_a_purpose_that_is_not_agreed_to_does_not_come_due() -> None:
    kept = Kept(ROW, "r", GIVEN, GIVEN + dt.timedelta(days=100), {"improvement": "P5D"})
    assert [due.what for due in due_of(_collection(50, {}), kept, set())] == [EVERYTHING]
