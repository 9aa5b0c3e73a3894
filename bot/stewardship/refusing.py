"""What a steward is told instead of being served."""

from __future__ import annotations


class Refused(Exception):
    """Nothing is done; the text says why, and what helps."""
