"""One size: people are made up, the command releases them in a process of its own, a plain writer writes them again."""

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.processes import ROOT

_SURVEYBOT = (sys.executable, "-m", "bot.cli")
_EXPORT = ("export", "demographics", "--purpose", "evaluation", "--recipient", "lab", "--by", "Ada",
           "--confirmed-by", "Ben", "--json")  # fmt: skip
_RECIPIENT = ("recipients", "add", "lab", "--agreement", "DUA-1", "--purpose", "evaluation", "--contact",
              "data@lab.example", "--expires", "2099-12-31", "--delete-within", "30")  # fmt: skip


@dataclass(frozen=True)
class Ended:
    """A process that has ended."""

    out: str
    seconds: float
    processor: float
    """Seconds of all its threads and of processes that it waited for."""
    megabytes: float
    """The most that it held in memory."""


@dataclass(frozen=True)
class Measured:
    """What one size took."""

    contributors: int
    format: str
    rows: int
    seed: float
    seconds: float
    processor: float
    megabytes: float
    plain: float
    """Seconds in which the plain writer wrote the same rows."""

    @property
    def speed(self) -> float:
        """How fast the release was, beside the plain writer: 1 is as fast."""
        return self.plain / self.seconds

    def as_values(self) -> dict[str, object]:
        """For a program."""
        return {**asdict(self), "speed": self.speed}


def measure(contributors: int, formats: list[str], folder: Path | None) -> list[Measured]:
    """Make so many people, and release them in each format. Everything is thrown away afterwards."""
    with tempfile.TemporaryDirectory(prefix="surveybot-exports-", dir=folder) as place:
        here = Path(place)
        settings = _environment(here)
        seeded = run((*_SURVEYBOT, "db", "seed", "--contributors", str(contributors)), settings, here)
        run((*_SURVEYBOT, *_RECIPIENT), settings, here)
        return [_release(contributors, each, settings, here, seeded.seconds) for each in formats]


def measure_in(here: Path, contributors: int, made_as: str) -> Measured:
    """Release so many people, who are in a folder already."""
    settings = _environment(here)
    run((*_SURVEYBOT, *_RECIPIENT), settings, here)
    return _release(contributors, made_as, settings, here, 0.0)


def _release(contributors: int, made_as: str, settings: dict[str, str], here: Path, seed: float) -> Measured:
    done = run((*_SURVEYBOT, *_EXPORT, "--format", made_as, "--out", str(here / "out")), settings, here)
    told = json.loads(done.out)
    source = Path(told["file"])
    again = here / f"plain.{made_as}"
    plain = json.loads(run((sys.executable, "-m", "benchmarks.exports.plain", source, again), settings, here).out)
    source.unlink()
    again.unlink()
    return Measured(contributors, made_as, plain["rows"], seed, done.seconds, done.processor, done.megabytes,
                    plain["seconds"])  # fmt: skip


def run(command: tuple[str | Path, ...], settings: dict[str, str], folder: Path) -> Ended:
    """Run a command to its end. Raises SystemExit with what it said where it did not do what it should."""
    with (folder / "said").open("w+b") as out, (folder / "complained").open("w+b") as err:
        began = time.perf_counter()
        process = subprocess.Popen(
            [str(word) for word in command], env=settings, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=err
        )
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if process.returncode:
            raise SystemExit(f"{' '.join(map(str, command[1:4]))}: {err.read().decode()[-2000:]}")
        # ru_maxrss is in kilobytes on Linux (getrusage(2)).
        return Ended(out.read().decode(), seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def _environment(folder: Path) -> dict[str, str]:
    """Ours, without settings of the machine."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SURVEYBOT_")}
    return {
        **kept,
        "PYTHONPATH": str(ROOT),
        "SURVEYBOT_TOKEN": "1:measured",
        "SURVEYBOT_API_URL": "http://127.0.0.1:9",
        "SURVEYBOT_COLLECTIONS": str(ROOT / "collections"),
        "SURVEYBOT_DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'survey.db'}",
        "SURVEYBOT_KEY_FILE": str(folder / "keys" / "master.key"),
        "SURVEYBOT_ALLOW_UNREVIEWED": "true",
    }
