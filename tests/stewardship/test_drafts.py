"""Files on their way, and sorting on disk."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import pytest

from bot.stewardship.drafts import draft_in, remove_abandoned
from bot.stewardship.sorting import Sorted


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_has_its_name_only_when_it_is_whole(tmp_path: Path) -> None:
    with draft_in(tmp_path / "new") as draft:
        draft.file.write(b"whole")
        assert not (tmp_path / "new" / "a.csv").exists()
        assert draft.settle() == hashlib.sha256(b"whole").hexdigest()
        final = draft.finish("a.csv")

    assert names_in(tmp_path / "new") == ["a.csv"]
    assert final.read_bytes() == b"whole"
    assert final.stat().st_mode & 0o777 == 0o600


def test_rewriting_replaces_all_of_it(tmp_path: Path) -> None:
    with draft_in(tmp_path) as draft:
        draft.file.write(b"a\nb\n")
        draft.rewrite(lambda old, new: new.writelines(line for line in old if line != b"b\n"))
        assert len(names_in(tmp_path)) == 1
        draft.settle()
        assert draft.finish("a.csv").read_bytes() == b"a\n"


def test_a_rewriting_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    def fail(_old: object, _new: object) -> None:
        raise RuntimeError("halfway")

    with draft_in(tmp_path) as draft:
        draft.file.write(b"a\n")
        with pytest.raises(RuntimeError, match="halfway"):
            draft.rewrite(fail)
        assert names_in(tmp_path) == [draft.path.name]

    assert names_in(tmp_path) == []


def test_only_drafts_of_the_dead_are_removed(tmp_path: Path) -> None:
    (tmp_path / ".unfinished-dead.part").touch()
    (tmp_path / "report.csv").touch()
    with draft_in(tmp_path) as living:
        remove_abandoned(tmp_path)
        assert living.path.exists()
        assert names_in(tmp_path) == sorted([living.path.name, "report.csv"])


def test_more_lines_than_are_held_come_back_in_order_and_leave_no_file(tmp_path: Path) -> None:
    lines = [f"c_{number:04x} p_{number}" for number in range(1000)]
    mixed = random.Random(7).sample(lines, len(lines))  # noqa: S311  # an order for a test
    with Sorted(tmp_path, run=64) as names:
        names.add(mixed)
        assert names_in(tmp_path) == []
        batches = list(names.batches(300))

    assert [len(batch) for batch in batches] == [300, 300, 300, 100]
    assert [line for batch in batches for line in batch] == lines
