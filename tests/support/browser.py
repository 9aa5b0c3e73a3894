"""A Chromium that is found on the machine, and axe, which looks a page over for what keeps people out of it."""

from __future__ import annotations

import shutil

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

needs_chromium = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]


async def barriers(page: Page) -> list[str]:
    """What axe finds on the page as it is now, of whatever weight: rule, weight, and where."""
    results = await Axe().run(page)
    return [
        f"{found['id']} ({found['impact']}): {node['target']} {node['failureSummary']}"
        for found in results.response["violations"]
        for node in found["nodes"]
    ]
