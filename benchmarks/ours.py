"""Our own bot as a contestant: how it is started, and how somebody who reads English goes through it."""

import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from benchmarks.policy import Policy, pattern, press

COMMAND = (sys.executable, "-m", "bot.cli", "run")


def is_built() -> bool:
    return find_spec("bot.cli") is not None


def environment(api_url: str, token: str, folder: Path) -> Mapping[str, str]:
    return {
        "SURVEYBOT_API_URL": api_url,
        "SURVEYBOT_TOKEN": token,
        "SURVEYBOT_DATABASE_URL": f"sqlite+aiosqlite:///{folder}/survey.db",
        "SURVEYBOT_KEY_FILE": f"{folder}/master.key",
        # The stand-in is on this machine and nobody's answers are real: a sign-off would sign off nothing.
        "SURVEYBOT_ALLOW_UNREVIEWED": "1",
    }


def progress(number: int, count: int) -> str:
    return rf"\b{number}\W+of\W+{count}\b"


# A box stands before the labels of what can be ticked, and values may be wrapped in characters that isolate their
# direction, so few labels are held to their first letter. Of more than eight options, the buttons are numbered.
POLICY = Policy(
    presses=(
        press("United States"),
        press("^Next", on=progress(1, 4)),
        press("Not what AI already learned"),
        press("Only if I say yes"),
        press("At any time"),
        press("18 or older and I agree"),
        press("18.24", on=progress(1, 3)),
        press(r"^☐\W*1\W*$", on=progress(2, 3)),
        press(r"^☐\W*2\W*$", on=progress(2, 3)),
        press("^Done", on=progress(2, 3)),
        press("Woman", on=progress(3, 3)),
        press("^Done", on=progress(3, 3)),
        press("^Submit"),
    ),
    finished=pattern("^Thank you"),
)
