"""How property tests run everywhere: no time limit, nothing kept on disk, and what failed printed for another run."""

import os
import shutil
import tempfile
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import HealthCheck, settings
from support import read_once

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
    if not hasattr(config, "workerinput"):
        folder = tempfile.mkdtemp(prefix="surveybot-ways-")
        os.environ["SURVEYBOT_TEST_WAYS"] = folder
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One process more than there are cores: much of a journey is waiting for a disk or a pause."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture(autouse=True)
def _a_log_of_its_own() -> Iterator[None]:
    """A command that was run in a test has set the log up on that test's output, which is closed afterwards."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session", autouse=True)
def _what_lies_in_folders_is_read_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        read_once.keep(patch)
        yield
