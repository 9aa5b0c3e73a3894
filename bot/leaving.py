"""The end of a command: what was said is written out, and the process is gone without taking the interpreter down.

Calls to Telegram wait in native threads (docs/decisions/0058-http-by-reqwest.md). One that wants the interpreter while
that is being taken down aborts the whole process, before Python 3.14 (python/cpython#87135): somebody who stops `setup`
with Ctrl-C now and then saw *Aborted* in place of the last line. Everything that has to be closed is by then.
"""

from __future__ import annotations

import atexit
import errno
import os
import sys
from contextlib import suppress
from typing import NoReturn


def leave(code: int) -> NoReturn:
    """End the process with an exit code, after everything that was registered for its end."""
    atexit._run_exitfuncs()  # noqa: SLF001  # there is no other way to have them run before a process leaves so
    try:
        sys.stdout.flush()
    except (BrokenPipeError, ValueError):
        pass  # whoever read it has gone, or it is closed
    except OSError as error:
        code = code or 1
        _say(f"what was said could not be written out ({error.strerror})")
    with suppress(OSError, ValueError):
        sys.stderr.flush()
    os._exit(code)


def leave_unwritten(error: OSError) -> NoReturn:
    """End where nothing more can be written, in one line; any other error is raised again."""
    if error.errno != errno.ENOSPC:
        raise error
    _say(f"it could not be written ({error.strerror}): make room, and run it again")
    leave(1)


def _say(words: str) -> None:
    with suppress(OSError, ValueError):
        sys.stderr.write(f"{words}\n")


def code_of(end: SystemExit) -> int:
    """The exit code that an end means, as the interpreter takes it; words are printed first."""
    if end.code is None or isinstance(end.code, int):
        return end.code or 0
    _say(str(end.code))
    return 1
