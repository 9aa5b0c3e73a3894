# ruff: noqa: INP001, T201  # a script of its own, in no package
"""Take a picture of every screen in every language: `.venv/bin/python -m docs.pictures.screens`, with a Chromium here.

They go into `.screens/<collection>/<language>/`, which is not committed: each screen once a language, from the first
region that shows it so. `--language`, `--region` and `--name` take fewer; `--pseudo` takes the language that nobody
speaks (`bot.pseudo`) instead.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import datetime as dt
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from playwright.async_api import Page, async_playwright

from bot import shipped
from bot.adapter.render import keyboard
from bot.gallery.exhibits import MarkedTexts, Picture
from bot.gallery.gallery import Gallery
from bot.gallery.page import anchor
from bot.pseudo import PseudoTexts
from bot.texts import ORIGINAL, load_catalogs
from flows.collection import Collection
from flows.load import load_collections
from flows.regions import spoken

OUT = Path(".screens")
STYLES = Path(__file__).parents[2] / "bot" / "sandbox" / "page"
FONTS = Path(__file__).parents[2] / "bot" / "progress" / "fonts"
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture to take: where it stands on the gallery's page, and what it will be called."""

    anchor: str
    name: str


def gallery(collections: tuple[Collection, ...], *, pseudo: bool) -> Gallery:
    """Every screen of the ready collections, in their own words or in those of nobody."""
    folder = shipped.ready_collections()
    languages = tuple(dict.fromkeys(name for each in collections for name in each.languages))
    catalogs = load_catalogs(shipped.translations(), {each.id: folder / each.id for each in collections}, languages)
    texts = _Nobodys(catalogs, collections) if pseudo else MarkedTexts(catalogs)
    return Gallery(collections, texts, keyboard, lambda: dt.datetime.now(dt.UTC).date())


class _Nobodys(PseudoTexts, MarkedTexts):
    """What the gallery takes: nothing of it says the same as the original."""


def pages(shown: Gallery, collection: Collection, asked: argparse.Namespace) -> Iterator[tuple[str, str, list[Shot]]]:
    """Each language and region with the gallery's page, and the shots on it that no region before had."""
    for language in [ORIGINAL] if asked.pseudo else [each for each in spoken(collection) if _is(asked.language, each)]:
        taken: set[tuple[str, Picture]] = set()
        offering = [region for region in collection.regions if asked.pseudo or language in region.languages]
        for region in [each for each in offering if _is(asked.region, each.territory)]:
            exhibits = shown.exhibition.exhibits(collection.id, region.territory, language)
            shots = []
            for number, exhibit in enumerate(exhibits):
                if (exhibit.name, exhibit.shown) not in taken and _is(asked.name, exhibit.name):
                    taken.add((exhibit.name, exhibit.shown))
                    shots.append(Shot(anchor(number), f"{region.territory}-{number + 1:03}-{_file_name(exhibit.name)}"))
            query = {"collection": collection.id, "region": region.territory, "language": language}
            yield language, shown.page(query), shots


def _is(wanted: list[str], found: str) -> bool:
    return not wanted or found in wanted


def _file_name(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def with_styles(page: str) -> str:
    """A page that stands alone: styles inside, and nothing to run."""
    page = re.sub(r"<script[^>]*></script>|<link rel=\"icon\"[^>]*>", "", page)

    def style(found: re.Match[str]) -> str:
        return f"<style>{(STYLES / found[1]).read_text(encoding='utf-8')}</style>"

    page = re.sub(r'<link rel="stylesheet" href="/([a-z]+\.css)">', style, page)
    return page.replace("</head>", f"<style>{fonts()} mark {{ all: unset; }}</style></head>")


@cache
def fonts() -> str:
    """The fonts that are shipped: no machine draws a language as empty boxes (docs/decisions/0024-pictures.md)."""
    faces, names = [], dict.fromkeys(file.stem.partition("-")[0] for file in sorted(FONTS.glob("*.?tf")))
    for file in FONTS.glob("*.?tf"):
        family, _, weight = file.stem.partition("-")
        data = base64.b64encode(file.read_bytes()).decode()
        faces.append(
            f"@font-face {{ font-family: {family}; font-weight: {weight.replace('Regular', 'normal').lower()}; "
            f"src: url(data:font/{file.suffix[1:]};base64,{data}); }}"
        )
    return f"{''.join(faces)} .phone, .phone * {{ font-family: {', '.join(names)}, sans-serif; }}"


def made(folder: Path) -> None:
    """A folder that is there."""
    folder.mkdir(parents=True, exist_ok=True)


async def photograph(page: Page, html: str, shots: list[Shot], folder: Path) -> None:
    """The phone on the right of each exhibit: what is shown, in the language."""
    await page.set_content(with_styles(html))
    await page.evaluate("document.fonts.ready")
    for shot in shots:
        await page.locator(f"#{shot.anchor} .phone").last.screenshot(path=folder / f"{shot.name}.png")


async def main(asked: argparse.Namespace) -> None:
    """Everything that is asked for, language by language."""
    collections = tuple(load_collections(shipped.ready_collections()))
    shown = gallery(collections, pseudo=asked.pseudo)
    async with async_playwright() as playwright:
        chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = await browser.new_page(viewport={"width": 1100, "height": 900}, device_scale_factor=1.5)
        for collection in collections:
            for language, html, shots in pages(shown, collection, asked):
                folder = asked.out / collection.id / ("pseudo" if asked.pseudo else language)
                made(folder)
                await photograph(page, html, shots, folder)
                print(f"{folder}: {len(shots)}", flush=True)
        await browser.close()


def read(arguments: list[str]) -> argparse.Namespace:
    """What is asked for on the command line."""
    parser = argparse.ArgumentParser(prog="python -m docs.pictures.screens", description=__doc__)
    parser.add_argument("--language", nargs="+", default=[], help="only these, as CLDR writes them: fr pt_BR")
    parser.add_argument("--region", nargs="+", default=[], help="only these territories: DE US")
    parser.add_argument("--name", nargs="+", default=[], help="only screens of these names: card-1 decide")
    parser.add_argument("--pseudo", action="store_true", help="in the language that nobody speaks")
    parser.add_argument("--out", type=Path, default=OUT, help="folder, .screens unless said")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    asyncio.run(main(read(sys.argv[1:])))
