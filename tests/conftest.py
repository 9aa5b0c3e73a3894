"""How property tests run everywhere: no time limit, nothing kept on disk, and what failed printed for another run."""

from collections.abc import Iterator

import pytest
import structlog
from hypothesis import HealthCheck, settings

settings.register_profile(
    "surveybot",
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("surveybot")


@pytest.fixture(autouse=True)
def _a_log_of_its_own() -> Iterator[None]:
    """A command that was run in a test has set the log up on that test's output, which is closed afterwards."""
    yield
    structlog.reset_defaults()
