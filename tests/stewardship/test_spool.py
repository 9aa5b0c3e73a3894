"""What waits between counting and writing comes back as it was, and stands in clear nowhere."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pytest

from bot.stewardship.rows import Contribution
from bot.stewardship.spool import Spool
from bot.storage.consents import Submitted
from bot.vault import CannotOpen
from flows.questions import Answer

MOMENT = dt.datetime(2026, 11, 26, 12, 30, 1, 250, dt.UTC)


def contribution(name: str) -> Contribution:
    submitted = Submitted(
        name, b"", b"", b"", MOMENT, f"record-{name}", 2, "pt_BR", "BR", "5a" * 32, MOMENT, frozenset({"evaluation"})
    )
    answers = {"age": Answer(("age_18_24",)), "kin": Answer(("a", "b"), "my own words")}
    return Contribution(submitted, ("evaluation", "balance"), answers, "P-7", exactly=True)


def test_batches_come_back_in_order_and_as_they_were(tmp_path: Path) -> None:
    some = [[contribution("a"), contribution("b")], [], [contribution("c")]]
    with Spool(tmp_path, os.urandom) as spool:
        for batch in some:
            spool.put(batch)
        assert list(spool.batches()) == some
        assert list(tmp_path.iterdir()) == [], "it has no name"


def test_nothing_of_it_can_be_read_without_the_key(tmp_path: Path) -> None:
    with Spool(tmp_path, os.urandom) as spool:
        spool.put([contribution("a")])
        spool._file.seek(0)
        on_disk = spool._file.read()
        for word in (b"age_18_24", b"my own words", b"P-7", b"record-a", b"pt_BR"):
            assert word not in on_disk
        spool._key = os.urandom(32)
        with pytest.raises(CannotOpen):
            list(spool.batches())
