"""A language is a folder of catalogs and cards: put into a copy of the checkout, it is offered and spoken."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from babel.messages.pofile import read_po, write_po
from support.process import BotProcess, environment

from bot import shipped
from bot.catalogs import add, write
from bot.sandbox.contributor import Person
from bot.sandbox.server import Sandbox

ROOT = shipped.translations().parent
BOT = Path("translations/fr/LC_MESSAGES/bot.po")
ITS_OWN = Path("collections/demographics/translations/fr/LC_MESSAGES/demographics.po")


def translate(po: Path, words: Callable[[str], str]) -> None:
    """Fill a catalog."""
    with po.open("rb") as file:
        catalog = read_po(file, locale="fr")
    for message in catalog:
        if isinstance(message.id, str):
            message.string = words(message.id) if message.id else message.string
        else:
            message.string = (words(message.id[1]),) * catalog.num_plurals
    with po.open("wb") as file:
        write_po(file, catalog)


def in_french(words: str) -> str:
    """Words that can be told from the English ones."""
    return f"« {words} »"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy with French in it, as its translators and coordinators would put it there."""
    copy = tmp_path / "copy"
    for folder in ("flows", "bot", "translations", "collections"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    add(copy, "fr")
    write(copy)
    for po in (BOT, ITS_OWN):
        translate(copy / po, in_french)
    demographics = copy / "collections" / "demographics"
    shutil.copytree(demographics / "consent" / "en", demographics / "consent" / "fr")
    for card in demographics.glob("consent/fr/*.md"):
        card.write_text(card.read_text(encoding="utf-8").replace("# ", "# Carte : "), encoding="utf-8")
    for file in (demographics / "collection.yaml", *demographics.glob("regions/*/region.yaml")):
        text = file.read_text(encoding="utf-8")
        file.write_text(re.sub(r"^languages: \[", "languages: [fr, ", text, flags=re.MULTILINE), encoding="utf-8")
    write(copy)
    return copy


def check(copy: Path, folder: Path) -> str:
    """What `surveybot check` of the copy says."""
    asked = [sys.executable, "-m", "bot.cli", "check", str(copy / "collections")]
    env = environment(folder, "https://api.telegram.org", PYTHONPATH=str(copy), SURVEYBOT_ALLOW_UNREVIEWED="0")
    return subprocess.run(asked, cwd=folder, env=env, capture_output=True, text=True, check=True).stdout


def sign_off(copy: Path, folder: Path) -> None:
    """Let every region of the copy be signed off as it stands, by the copy's own command."""
    until = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=30)
    env = environment(
        folder, "https://api.telegram.org", PYTHONPATH=str(copy), SURVEYBOT_ALLOW_UNREVIEWED="0",
        SURVEYBOT_ONE_PERSON_TEAM="1", SURVEYBOT_COLLECTIONS=str(copy / "collections"),
    )  # fmt: skip
    make = (
        "import asyncio, bot.bootstrap as b, bot.settings as s; settings = s.read_settings()\n"
        "async def make():\n async with b.open_stores(settings, b.read_collections(settings)): pass\n"
        "asyncio.run(make())"
    )
    who = ("--by", "Rita", "--role", "Reviewer", "--until", f"{until}")
    for asked in (("-c", make), ("-m", "bot.cli", "review", "sign", "demographics", "all", "all", *who)):
        subprocess.run([sys.executable, *asked], cwd=folder, env=env, capture_output=True, text=True, check=True)


@asynccontextmanager
async def met(copy: Path, folder: Path, sandbox: Sandbox, **settings: str) -> AsyncIterator[Person]:
    """Somebody with a French phone who opens the link to a bot of the copy."""
    bot = BotProcess(sandbox, folder, copy, **settings)
    await bot.start()
    try:
        person = sandbox.person("Sam", "fr-ca")
        await person.start("demographics")
        await person.settled(timeout=20)
        yield person
        await person.settled(timeout=20)
    finally:
        assert await bot.stop() == 0


async def press(person: Person, *labels: str) -> None:
    """Press labels one after the other."""
    for label in labels:
        await person.press(label)
        await person.settled(timeout=20)


async def test_a_language_that_was_put_in_is_spoken_from_the_first_screen_on(
    copy: Path, tmp_path: Path, sandbox: Sandbox
) -> None:
    """No code and no list names it but the collection's own: bot, collection, cards and picker have it."""
    assert "fr: not offered" not in check(copy, tmp_path)
    sign_off(copy, tmp_path)
    async with met(copy, tmp_path, sandbox, SURVEYBOT_ALLOW_UNREVIEWED="0") as person:
        assert "« To see whether AI works equally well for different people. »" in person.screen
        assert "« Where do you live?" in person.screen
        await press(person, "États-Unis")
        assert "Carte : Who asks, and why" in person.screen
        await person.say("/language")
        await person.settled(timeout=20)
        assert {"Français", "English"} <= {button.label for button in person.buttons}


async def test_a_language_that_lacks_one_word_is_offered_to_nobody(
    copy: Path, tmp_path: Path, sandbox: Sandbox
) -> None:
    """Nobody is asked to agree in two languages; whoever runs the bot is told what is missing."""
    translate(copy / BOT, lambda words: "" if words == "Submit" else in_french(words))
    write(copy)
    assert "fr: not offered, 1 of its words are missing, such as 'Submit'" in check(copy, tmp_path)
    sign_off(copy, tmp_path)
    async with met(copy, tmp_path, sandbox, SURVEYBOT_ALLOW_UNREVIEWED="0") as person:
        assert "To see whether AI works equally well" in person.screen
        assert "«" not in person.screen
        await press(person, "🌐 Language")
        labels = {button.label for button in person.buttons}
        assert "English" in labels
        assert "Français" not in labels


async def test_a_rehearsal_speaks_it_with_english_in_the_gaps(copy: Path, tmp_path: Path, sandbox: Sandbox) -> None:
    """So that whoever translates sees how far it is."""
    translate(copy / BOT, lambda words: in_french(words) if words.startswith("Where") else "")
    write(copy)
    async with met(copy, tmp_path, sandbox) as person:
        assert "« Where do you live?" in person.screen
        assert "Is this real?" in {button.label for button in person.buttons}


def test_a_translation_with_another_placeholder_counts_as_missing(copy: Path, tmp_path: Path) -> None:
    """Nothing would fill it in, and the screen could not be shown."""
    translate(copy / BOT, lambda words: in_french(words.replace("{pay}", "{paie}").replace("{count}", "{")))
    write(copy)
    found = re.search(r"fr: not offered, (\d+) of its words are missing", check(copy, tmp_path))
    assert found is not None
    assert int(found[1]) > 3
