"""What a steward is told instead of being served."""

from __future__ import annotations


class Refused(Exception):
    """Nothing is done; the text says why, and what helps."""


WITH_FORMATS = "make install FORMATS=1 (an image: --build-arg FORMATS=1)"
"""What helps where a library is missing that not every installation has."""
