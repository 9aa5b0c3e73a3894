"""How property tests run everywhere: no time limit, nothing kept on disk, and what failed printed for another run."""

import asyncio
import gc
import os
import shutil
import tempfile
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import HealthCheck, settings
from support import (
    commands,
    commands_once,
    compiled_once,
    read_once,
    stores,
    tables_once,
    under_way,
    unsynced,
    written_once,
)

settings.register_profile(
    "surveybot",
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("surveybot")


def pytest_configure(config: pytest.Config) -> None:
    """Every process of a run keeps what was explored in one folder (tests/flows/explored.py), for the others."""
    _read_once(config)
    if not hasattr(config, "workerinput"):
        folder = tempfile.mkdtemp(prefix="surveybot-ways-")
        os.environ["SURVEYBOT_TEST_WAYS"] = folder
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
        if config.getoption("dist", "no") != "no":
            _prepare_for_several(config)
        if stores.on_server():
            _start_server(config)


def _prepare_for_several(config: pytest.Config) -> None:
    """What each process of this run would do by itself otherwise."""
    written_once.write(config)
    config.add_cleanup(commands.end_starter)
    commands.share_starter()


def _read_once(config: pytest.Config) -> None:
    """Before any test is collected: what modules of tests import by name has to be what is kept."""
    patch = pytest.MonkeyPatch()
    config.add_cleanup(patch.undo)
    read_once.keep(patch)


def _start_server(config: pytest.Config) -> None:
    """One for all processes of this run."""
    from support.server import Server

    server = Server()
    config.add_cleanup(server.remove)
    server.make()
    os.environ[stores.SERVER] = str(server.folder)
    asyncio.run(stores.make_templates())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is about SQLite's own files is left out on a server, and the other way round; the mark says why."""
    other, name = ("sqlite", "SQLite") if stores.on_server() else ("server", "PostgreSQL")
    for item in items:
        mark = item.get_closest_marker(other)
        if mark is not None:
            item.add_marker(pytest.mark.skip(reason=f"on {name} alone: {mark.args[0]}"))


def pytest_collection_finish() -> None:
    """Modules and what they define stay for good, and the collector need not walk them with every few objects."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 10, 10)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Two processes more than there are cores: much of a journey is waiting for a disk or a pause."""
    return (os.cpu_count() or 1) + 2


@pytest.fixture(autouse=True)
def _databases_of_its_own(request: pytest.FixtureRequest) -> Iterator[None]:
    """On a server, a test's databases go with it, as its folder's files do later."""
    folder = request.getfixturevalue("tmp_path") if stores.on_server() and "tmp_path" in request.fixturenames else None
    yield
    if folder is not None:
        stores.drop_below(folder)


@pytest.fixture(autouse=True)
def _a_log_of_its_own() -> Iterator[None]:
    """A command that was run in a test has set the log up on that test's output, which is closed afterwards."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session", autouse=True)
def _what_holds_in_every_test_process() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        tables_once.keep(patch)
        compiled_once.keep(patch)
        commands_once.keep(patch)
        unsynced.keep(patch)
        under_way.mind_what_is_under_way(patch)
        yield
    commands.end_starter()
