"""The moment of release: whoever leaves before it is not in the file, whoever leaves after it is on the list."""

from __future__ import annotations

import asyncio
import datetime as dt
import errno
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import pytest
from support.contributors import PLAIN_ANSWERS, Contributor
from support.running import Bot

from bot.stewardship import export as exporting
from bot.stewardship.archive import Archive, open_archive
from bot.stewardship.drafts import Draft
from bot.stewardship.export import Made, Order, Refused, export, order
from bot.stewardship.formats import FORMATS
from bot.stewardship.recall import withdrawn_from
from bot.storage import releases
from bot.storage.on_record import Contributed, on_record

from .conftest import IMPROVEMENT, Arrive, contributor_of, end_purpose, pseudonym_of, read_back, take_back, take_part

Act = Callable[[], Awaitable[object]]


@pytest.fixture
async def archive(bot: Bot) -> AsyncIterator[Archive]:
    async with open_archive(bot.settings) as opened:
        yield opened


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def wanted(bot: Bot, purpose: str = "improvement", made_as: str = "csv") -> Order:
    return order(bot.collections, "demographics", purpose, "lab", FORMATS[made_as])


@pytest.fixture
def before(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Act], None]:
    """Lets something happen once, right before one step of a release."""

    def arranged(step: str, act: Act) -> None:
        original = getattr(exporting._Making, step)
        acts = [act]

        async def with_act(self: object, *arguments: object) -> Any:  # noqa: ANN401  # whatever the step gives
            if acts:
                await acts.pop()()
            return await original(self, *arguments)

        monkeypatch.setattr(exporting._Making, step, with_act)

    return arranged


async def three(arrive: Arrive) -> list[Contributor]:
    people = [arrive(name) for name in "ABC"]
    for somebody in people:
        await take_part(somebody, IMPROVEMENT)
    return people


def rows_of(made: Made) -> list[str]:
    return [row["contributor"] for row in read_back({"file": str(made.files[0].path)}).rows]


def nothing_is_left(folder: Path) -> bool:
    return list(folder.iterdir()) == []


@pytest.mark.parametrize("made_as", ["csv", "jsonl"])
@pytest.mark.parametrize("step", ["_write", "_write_batch", "_drop_fallen", "_commit"])
async def test_who_leaves_while_a_release_is_made_is_not_in_it(
    bot: Bot,
    archive: Archive,
    arrive: Arrive,
    before: Callable[[str, Act], None],
    tmp_path: Path,
    step: str,
    made_as: str,
) -> None:
    """Before it is read, after it was planned, after it was written, and after it was looked at again."""
    stays, ends, leaves = await three(arrive)
    expected = [contributor_of(bot, stays)]

    async def go() -> None:
        await end_purpose(ends, 1)
        await take_back(leaves)

    before(step, go)
    made = await export(archive, wanted(bot, made_as=made_as), tmp_path / "out", now)

    assert rows_of(made) == expected
    assert (made.release.rows, made.files[0].rows) == (1, 1)
    assert bot.stores.rows("select pseudonym from release_rows") == [(pseudonym_of(bot, stays),)]
    assert await withdrawn_from(archive, "lab") == []


@pytest.mark.parametrize("step", ["_write_batch", "_drop_fallen", "_commit"])
async def test_who_leaves_while_a_release_is_made_is_counted_in_nothing_that_it_says(
    bot: Bot, archive: Archive, arrive: Arrive, before: Callable[[str, Act], None], tmp_path: Path, step: str
) -> None:
    """Neither those who had a row, nor those who were left out: they are as few as one of each."""
    for name in "AB":
        await take_part(arrive(name), IMPROVEMENT)
    leaves, left_out, also_leaves = (arrive(name) for name in "CDE")
    await take_part(leaves)
    await take_part(left_out, IMPROVEMENT, answers={**PLAIN_ANSWERS["US"], "age": ["age_45_54"]}, exactly=False)
    await take_part(also_leaves, answers={**PLAIN_ANSWERS["US"], "age": ["age_45_54"]}, exactly=False)

    async def go() -> None:
        await take_back(leaves)
        await take_back(also_leaves)

    before(step, go)
    made = await export(archive, wanted(bot, "evaluation"), tmp_path / "out", now)

    lost = {(loss.question, loss.option): (loss.gave, loss.broader, loss.left_out) for loss in made.losses}
    assert lost == {
        ("age", "age_25_34"): (2, 0, 0),
        ("age", "age_45_54"): (1, 0, 1),
        ("ancestry", "black"): (3, 0, 1),
        ("gender_identity", "woman"): (3, 0, 1),
    }
    assert (made.release.rows, made.left_out, made.withdrawn_meanwhile) == (2, 1, 1)
    manifest = orjson.loads((made.folder / "manifest.json").read_bytes())
    assert "improvement" in manifest["purposes_of_everybody"], "who has gone has no say in that"


async def moves(somebody: Contributor) -> None:
    """To where less is asked."""
    await somebody.say("/mydata")
    await somebody.press("I live elsewhere now")
    await somebody.press_label("Egypt")
    await somebody.press("Yes, I live there now")


async def thinks_again(somebody: Contributor) -> None:
    """Another age."""
    await somebody.say("/edit")
    await somebody.press("Change {number}", number=1)
    await somebody.press_label("18–24")
    await somebody.press("Submit")


@pytest.mark.parametrize("does", [moves, thinks_again])
@pytest.mark.parametrize("step", ["_write_batch", "_drop_fallen", "_commit"])
async def test_what_is_taken_out_or_changed_while_a_release_is_made_is_not_in_it(
    bot: Bot,
    archive: Archive,
    arrive: Arrive,
    before: Callable[[str, Act], None],
    tmp_path: Path,
    step: str,
    does: Callable[[Contributor], Awaitable[None]],
) -> None:
    *stay, changes = await three(arrive)
    expected = {contributor_of(bot, each) for each in stay}

    before(step, partial(does, changes))
    made = await export(archive, wanted(bot), tmp_path / "out", now)

    assert set(rows_of(made)) == expected
    assert (made.release.rows, made.withdrawn_meanwhile) == (2, 1)
    assert len(bot.stores.rows("select pseudonym from release_rows")) == 2
    again = await export(archive, replace(wanted(bot), since=made.release.id), tmp_path / "out", now)
    assert len(rows_of(again)) == 3, "the next has what holds now"


async def test_who_leaves_right_after_the_moment_is_on_the_list(
    bot: Bot, archive: Archive, arrive: Arrive, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _, _, leaves = await three(arrive)
    contributor = contributor_of(bot, leaves)
    commit = exporting._Making._commit

    async def then_leave(self: exporting._Making, mark: int) -> object:
        release = await commit(self, mark)
        await take_back(leaves)
        return release

    monkeypatch.setattr(exporting._Making, "_commit", then_leave)
    made = await export(archive, wanted(bot), tmp_path / "out", now)

    [gone] = await withdrawn_from(archive, "lab")
    assert (gone.contributor, gone.purpose, gone.releases) == (contributor, "improvement", (made.release.id,))
    assert contributor in rows_of(made)


async def test_when_everybody_leaves_meanwhile_there_is_no_release(
    bot: Bot, archive: Archive, arrive: Arrive, before: Callable[[str, Act], None], tmp_path: Path
) -> None:
    people = await three(arrive)

    async def go() -> None:
        for somebody in people:
            await take_back(somebody)

    before("_commit", go)
    with pytest.raises(Refused, match="nothing to export"):
        await export(archive, wanted(bot), tmp_path / "out", now)

    assert nothing_is_left(tmp_path / "out")
    assert (bot.stores.count("releases"), bot.stores.count("release_rows")) == (0, 0)


@pytest.mark.parametrize("step", ["_write_batch", "_drop_fallen", "_commit"])
async def test_a_failure_leaves_nothing_behind(
    bot: Bot, archive: Archive, arrive: Arrive, before: Callable[[str, Act], None], tmp_path: Path, step: str
) -> None:
    await three(arrive)

    async def fail() -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    before(step, fail)
    with pytest.raises(OSError, match="No space left"):
        await export(archive, wanted(bot), tmp_path / "out", now)

    assert nothing_is_left(tmp_path / "out")
    assert (bot.stores.count("releases"), bot.stores.count("release_rows")) == (0, 0)
    assert bot.stores.rows("select count(*) from audit where action = 'release made'") == [(0,)]


@pytest.mark.parametrize("step", ["_write", "_drop_fallen", "_commit"])
async def test_being_stopped_leaves_nothing_behind(
    bot: Bot, archive: Archive, arrive: Arrive, before: Callable[[str, Act], None], tmp_path: Path, step: str
) -> None:
    await three(arrive)
    reached, go_on = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        reached.set()
        await go_on.wait()

    before(step, wait)
    making = asyncio.create_task(export(archive, wanted(bot), tmp_path / "out", now))
    await reached.wait()
    making.cancel()
    await asyncio.sleep(0)
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await making

    assert nothing_is_left(tmp_path / "out")
    assert (bot.stores.count("releases"), bot.stores.count("release_rows")) == (0, 0)


async def test_no_file_without_its_entry(
    bot: Bot, archive: Archive, arrive: Arrive, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The name comes last: when giving it fails, the ledger has an entry too many and the folder no file."""
    await three(arrive)

    def cannot(_draft: Draft, name: str) -> Path:
        assert bot.stores.rows("select id from releases")[0][0].startswith(name.rpartition("-")[2])
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Draft, "finish", cannot)
    with pytest.raises(OSError, match="Read-only"):
        await export(archive, wanted(bot), tmp_path / "out", now)

    assert nothing_is_left(tmp_path / "out")
    assert (bot.stores.count("releases"), bot.stores.count("release_rows")) == (1, 3)


async def test_rows_that_a_killed_export_noted_are_in_no_list_and_on_no_record(
    bot: Bot,
    archive: Archive,
    arrive: Arrive,
    before: Callable[[str, Act], None],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """Nobody is told of a release that never came out."""
    leaves, _, _ = await three(arrive)
    pseudonym, contributor = pseudonym_of(bot, leaves), contributor_of(bot, leaves)

    async def fail() -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    async def killed_before(_self: object) -> None: ...

    before("_commit", fail)
    with monkeypatch.context() as killed:
        killed.setattr(exporting._Making, "forget_unmade", killed_before)
        with pytest.raises(OSError, match="No space left"):
            await export(archive, wanted(bot), tmp_path / "out", now)
    assert (bot.stores.count("releases"), bot.stores.count("release_rows")) == (0, 3)
    async with archive.database.read() as connection:
        assert await releases.recipients_of(connection, [pseudonym]) == []
        assert (await on_record(connection, Contributed(pseudonym, "none"))).releases == ()

    made = await export(archive, wanted(bot), tmp_path / "out", now)
    async with archive.database.read() as connection:
        [passed_on] = (await on_record(connection, Contributed(pseudonym, "none"))).releases
    await take_back(leaves)

    assert (passed_on.recipient, passed_on.at) == ("lab", made.release.made_at)
    [gone] = await withdrawn_from(archive, "lab")
    assert (gone.contributor, gone.releases) == (contributor, (made.release.id,))


async def test_memory_is_bounded_by_the_batch(
    bot: Bot, archive: Archive, arrive: Arrive, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Several batches, and runs that were put down, give the same file as one."""
    await three(arrive)
    whole = await export(archive, wanted(bot), tmp_path / "out", now)
    monkeypatch.setattr(exporting, "BATCH", 2)
    seen: list[tuple[int, int]] = []

    by_twos = await export(archive, wanted(bot), tmp_path / "out", now, lambda done, total: seen.append((done, total)))

    assert by_twos.files[0].path.read_bytes() == whole.files[0].path.read_bytes()
    assert seen == [(2, 9), (3, 9), (5, 9), (6, 9), (8, 9), (9, 9)]
