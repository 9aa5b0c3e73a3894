"""Run a command that cannot outlive its welcome: `python -m benchmarks.leash SECONDS COMMAND...`.

A bot under measurement polls for ever. Should the benchmark itself be killed, nobody would be left to stop it; an
alarm survives exec, and ends the bot without its cooperation.
"""

import os
import signal
import sys


def main() -> None:
    seconds, *command = sys.argv[1:]
    signal.alarm(int(seconds))
    os.execvp(command[0], command)  # noqa: S606 - no shell is wanted: the process id must stay the same


if __name__ == "__main__":
    main()
