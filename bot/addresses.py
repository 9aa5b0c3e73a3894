"""Host and port, as SURVEYBOT_LISTEN and SURVEYBOT_HEALTH_LISTEN name them.

Of the standard library alone: the check of a container stands on it, and begins anew every half minute.
"""

from __future__ import annotations

import ipaddress

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # what is asked there, not what is listened on


def host_and_port(address: str) -> tuple[str, int]:
    """The two parts of `host:port`, an IPv6 address without its brackets. Raises ValueError where there is no port."""
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)


def reached_at(host: str) -> str:
    """Where this machine itself asks what listens at a host: one that means every address is no place to ask."""
    return _EVERYWHERE.get(host, host)


def is_loopback(host: str) -> bool:
    """Whether a name or an address is this machine's own, whatever a resolver says."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
