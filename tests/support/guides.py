"""Somebody who knows the flow: explored once for all tests of a run that look at it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from bot.doors import open_gallery
from bot.gallery.gallery import Gallery

from .running import settings_for


@cache
def guide() -> Gallery:
    """The gallery of what ships. It keeps nothing of any person, and nothing on disk."""
    return open_gallery(settings_for(Path(), "http://127.0.0.1:1"))
