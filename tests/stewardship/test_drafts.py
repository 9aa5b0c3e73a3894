"""Files on their way, and sorting on disk."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path
from typing import BinaryIO

import pytest

from bot.stewardship.drafts import change_file, draft_in, remove_abandoned
from bot.stewardship.sorting import Sorted


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_folder_has_its_name_only_when_all_of_it_is_whole(tmp_path: Path) -> None:
    with draft_in(tmp_path / "new") as draft:
        draft.file("a.csv").write(b"whole")
        draft.put("sub/note.txt", b"first")
        draft.put("sub/gone.txt", b"first")
        draft.take_back()
        draft.put("sub/note.txt", b"note")
        assert names_in(tmp_path / "new") == [draft.path.name]
        assert draft.settle("a.csv") == hashlib.sha256(b"whole").hexdigest()
        final = draft.finish("release")

    assert names_in(tmp_path / "new") == ["release"]
    assert (final / "a.csv").read_bytes() == b"whole"
    assert (final / "sub" / "note.txt").read_bytes() == b"note"
    assert names_in(final / "sub") == ["note.txt"]
    assert final.stat().st_mode & 0o777 == 0o700
    assert (final / "a.csv").stat().st_mode & 0o777 == 0o600


def test_rewriting_replaces_all_of_it(tmp_path: Path) -> None:
    with draft_in(tmp_path) as draft:
        draft.file("a.csv").write(b"a\nb\n")
        draft.rewrite("a.csv", lambda old, new: new.writelines(line for line in old if line != b"b\n"))
        assert names_in(draft.path) == ["a.csv"]
        draft.settle("a.csv")
        assert (draft.finish("release") / "a.csv").read_bytes() == b"a\n"


def test_a_rewriting_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    def fail(_old: object, _new: object) -> None:
        raise RuntimeError("halfway")

    with draft_in(tmp_path) as draft:
        draft.file("a.csv").write(b"a\n")
        with pytest.raises(RuntimeError, match="halfway"):
            draft.rewrite("a.csv", fail)
        assert names_in(draft.path) == ["a.csv"]

    assert names_in(tmp_path) == []


def test_a_finished_file_is_changed_at_once_or_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"a\nb\n")
    change_file(path, lambda old, new: new.writelines(line for line in old if line != b"b\n"))
    assert path.read_bytes() == b"a\n"

    def fail(_old: object, new: BinaryIO) -> None:
        new.write(b"half")
        raise RuntimeError("halfway")

    with pytest.raises(RuntimeError, match="halfway"):
        change_file(path, fail)
    assert (path.read_bytes(), names_in(tmp_path)) == (b"a\n", ["a.csv"])


def test_only_drafts_of_the_dead_are_removed(tmp_path: Path) -> None:
    (tmp_path / ".unfinished-dead.part").touch()
    (tmp_path / ".unfinished-gone.part").mkdir()
    (tmp_path / ".unfinished-gone.part" / "a.csv").touch()
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
