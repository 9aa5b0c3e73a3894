"""Bytes that an engine makes which sees what code they reach: `make fuzz-bytes` (docs/decisions/0053-fuzzing.md).

    PYTHONPATH=tests python -m fuzzing.by_bytes                      # every reader, a minute each
    PYTHONPATH=tests python -m fuzzing.by_bytes --seconds 600 yaml   # one of them, for longer

What is worth keeping stays in a folder outside of the repository, and the next run goes on from there. A fault
is written down beside it, and is then to become a test of its own in test_fuzz_files.py.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

FOLDER = Path.home() / ".cache" / "surveybot-fuzz"
_LARGEST, _SLOWEST, _MEMORY = 1 << 15, 20, 1500
"""Bytes of an input, seconds that one may take, and megabytes that all may."""

_DONE = re.compile(r"^Done (\d+) runs in (\d+) second", re.MULTILINE)


def fuzz(name: str, arguments: list[str]) -> None:
    """Feed one reader until told to stop; never returns. Runs in a process of its own."""
    import atheris

    with atheris.instrument_imports(include=["bot", "flows", "yaml", "csv", "babel"]):
        from .readers import readers

    reader = readers()[name]
    with tempfile.TemporaryDirectory(prefix="surveybot-fuzz-") as folder:
        atheris.Setup([sys.argv[0], *arguments], lambda content: reader.read(content, Path(folder)))
        atheris.Fuzz()


def run(name: str, sample: bytes, seconds: int, folder: Path) -> tuple[int, bool]:
    """How often a reader was run, and whether a fault was found."""
    corpus, found = folder / "corpus" / name.replace("/", "-"), folder / "found" / name.replace("/", "-")
    for each in (corpus, found):
        each.mkdir(parents=True, exist_ok=True)
    (corpus / "sample").write_bytes(sample)
    limits = [f"-max_len={_LARGEST}", f"-timeout={_SLOWEST}", f"-rss_limit_mb={_MEMORY}", f"-max_total_time={seconds}"]
    with (found / "log").open("w+", encoding="utf-8", errors="replace") as log:
        ended = subprocess.run(
            [sys.executable, "-m", "fuzzing.by_bytes", "--only", name, *limits, f"-artifact_prefix={found}/", corpus],
            stdout=log, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
        log.seek(0)
        done = _DONE.search(log.read())
    return int(done[1]) if done else 0, ended.returncode != 0


def main() -> int:
    """The exit code: 1 where a fault was found."""
    from .readers import readers

    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("names", nargs="*", help="readers; all of them where none is named")
    asked.add_argument("--seconds", type=int, default=60)
    asked.add_argument("--folder", type=Path, default=FOLDER)
    given = asked.parse_args()
    faulty = False
    for name in given.names or readers():
        runs, found = run(name, readers()[name].sample, given.seconds, given.folder)
        faulty = faulty or found
        said = f"a fault: see {given.folder / 'found' / name.replace('/', '-')}" if found else "nothing"
        sys.stdout.write(f"{name}: {runs:,} runs, {said}\n")
        sys.stdout.flush()
    return 1 if faulty else 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--only"]:
        fuzz(sys.argv[2], sys.argv[3:])
    sys.exit(main())
