"""A systemd unit for the bot. It is only written down: nothing is installed or started here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Kind = Literal["system", "user"]

# What a service of somebody's own may ask for too: it needs no privilege that a user's service manager lacks.
_FOR_EVERYBODY = (
    "UMask=0077",
    "NoNewPrivileges=yes",
    "ProtectSystem=strict",
    "PrivateTmp=yes",
    "LockPersonality=yes",
    "RestrictRealtime=yes",
    "RestrictSUIDSGID=yes",
    "RestrictNamespaces=yes",
    "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX",
    "SystemCallArchitectures=native",
    "SystemCallFilter=@system-service",
)

# In a user's service, each of these ends the start with 218/CAPABILITIES: there is nothing to drop.
_FOR_THE_SYSTEM = (
    "CapabilityBoundingSet=",
    "PrivateDevices=yes",
    "ProtectClock=yes",
    "ProtectControlGroups=yes",
    "ProtectHostname=yes",
    "ProtectKernelLogs=yes",
    "ProtectKernelModules=yes",
    "ProtectKernelTunables=yes",
    "ProtectProc=invisible",
)


@dataclass(frozen=True, slots=True)
class Service:
    """What the unit starts, where, and what it may write to."""

    kind: Kind
    program: Path
    folder: Path
    """Where `.env` lies."""
    writes: Sequence[Path]
    person: str
    """Whose rights it has; only a system service says so."""
    releases: Path
    """Where releases are made that are ordered in the chat. The unit starts without it, too: whoever hands releases
    over may move the folder away, and people are to be served then."""
    collections: Path
    """Where what is asked is read."""

    def unit(self) -> str:
        """The unit file's text."""
        return "\n".join([*self._of_the_unit(), "", *self._of_the_service(), "", *self._of_the_install(), ""])

    def steps(self, written: Path) -> list[str]:
        """Commands that install what was written, in order."""
        if self.kind == "user":
            return [
                f"install -D -m 644 {written} ~/.config/systemd/user/surveybot.service",
                "systemctl --user daemon-reload",
                "systemctl --user enable --now surveybot",
                f"sudo loginctl enable-linger {self.person}",
            ]
        return [
            f"sudo install -m 644 {written} /etc/systemd/system/surveybot.service",
            "sudo systemctl daemon-reload",
            "sudo systemctl enable --now surveybot",
        ]

    def _of_the_unit(self) -> list[str]:
        waits = ["Wants=network-online.target", "After=network-online.target"] if self.kind == "system" else []
        return ["[Unit]", "Description=surveybot", *waits]

    def _of_the_service(self) -> list[str]:
        whose = [f"User={self.person}"] if self.kind == "system" else []
        more = [*_FOR_THE_SYSTEM, f"ProtectHome={self._homes()}"] if self.kind == "system" else []
        return [
            "[Service]",
            *whose,
            f"WorkingDirectory={_escaped(self.folder)}",
            f"ExecStart={_argument(self.program)} run",
            "Type=notify",  # what follows is told by bot/vitals/manager.py
            "TimeoutStartSec=15min",  # tables of many people are brought to a new version first
            "WatchdogSec=90",
            "Restart=always",
            "RestartSec=10",
            "TimeoutStopSec=15",  # a stop ends within ten (bot/stopping.py)
            *(f"ReadWritePaths={_argument(path)}" for path in dict.fromkeys(self.writes)),
            *([] if self.releases in self.writes else [f"ReadWritePaths={_argument(self.releases, '-')}"]),
            *_FOR_EVERYBODY,
            *more,
        ]

    def _homes(self) -> str:
        """Homes are out of sight, unless the program, its data or what is asked are in one."""
        needed = (self.program, self.folder, *self.writes, self.releases, self.collections)
        return "read-only" if any(str(path).startswith(("/home/", "/root/")) for path in needed) else "yes"

    def _of_the_install(self) -> list[str]:
        return ["[Install]", f"WantedBy={'multi-user.target' if self.kind == 'system' else 'default.target'}"]


def _escaped(path: Path) -> str:
    """A percent sign begins a specifier in a unit file."""
    return str(path).replace("%", "%%")


def _argument(path: Path, sign: str = "") -> str:
    """A path as one argument, also where there are spaces in it, after a sign of systemd's."""
    text = sign + _escaped(path)
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"' if " " in text else text
