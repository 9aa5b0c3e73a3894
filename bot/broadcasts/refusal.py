"""Why something is not done with a broadcast."""

from __future__ import annotations


class Refused(Exception):
    """It is not done; the text says why, and what helps."""
