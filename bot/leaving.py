"""The end of a command: what was said is written out, and the process is gone without taking the interpreter down.

Calls to Telegram wait in native threads (docs/decisions/0058-http-by-reqwest.md). One that wants the interpreter while
that is being taken down aborts the whole process, before Python 3.14 (python/cpython#87135): somebody who stops `setup`
with Ctrl-C now and then saw *Aborted* in place of the last line. Everything that has to be closed is by then.
"""

from __future__ import annotations

import atexit
import os
import sys
from contextlib import suppress
from typing import NoReturn


def leave(code: int) -> NoReturn:
    """End the process with an exit code, after everything that was registered for its end."""
    atexit._run_exitfuncs()  # noqa: SLF001  # there is no other way to have them run before a process leaves so
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # whoever read it is gone, or it is closed
            stream.flush()
    os._exit(code)


def code_of(end: SystemExit) -> int:
    """The exit code that an end means, as the interpreter takes it; words are printed first."""
    if end.code is None or isinstance(end.code, int):
        return end.code or 0
    sys.stderr.write(f"{end.code}\n")
    return 1
