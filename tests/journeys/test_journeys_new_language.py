"""A language is a folder of catalogs and cards, a region is a folder: put into a copy of the checkout, they are there.

`docs/adding-a-language.md` is followed to the letter: the files that it names are the only ones that change.
"""

from __future__ import annotations

import compileall
import datetime as dt
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path, PurePosixPath

import pytest
from babel.messages.pofile import read_po, write_po
from support.breaking import OURS
from support.process import BotProcess, environment

from bot import shipped
from bot.catalogs import add, write
from bot.sandbox.contributor import Person
from bot.sandbox.server import Sandbox, phones
from flows.language import place_name

ROOT = shipped.translations().parent
BOT = Path("translations/it/LC_MESSAGES/bot.po")
ITS_OWN = Path("collections/demographics/translations/it/LC_MESSAGES/demographics.po")


def translate(po: Path, words: Callable[[str], str]) -> None:
    """Fill a catalog."""
    with po.open("rb") as file:
        catalog = read_po(file, locale="it")
    for message in catalog:
        message.flags.discard("fuzzy")
        if isinstance(message.id, str):
            message.string = words(message.id) if message.id else message.string
        else:
            message.string = (words(message.id[1]),) * catalog.num_plurals
    with po.open("wb") as file:
        write_po(file, catalog)


def in_italian(words: str) -> str:
    """Words that can be told from the English ones."""
    return f"« {words} »"


@pytest.fixture(scope="module")
def with_italian(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy with Italian in it, as its translators and coordinators would put it there. Tests take copies of it."""
    copy = tmp_path_factory.mktemp("italian") / "copy"
    for folder in ("flows", "bot", "translations", "collections"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    OURS(copy / "collections" / "demographics")
    add(copy, "it")
    write(copy)
    for po in (BOT, ITS_OWN):
        translate(copy / po, in_italian)
    demographics = copy / "collections" / "demographics"
    shutil.copytree(demographics / "consent" / "en", demographics / "consent" / "it")
    for card in demographics.glob("consent/it/*.md"):
        card.write_text(card.read_text(encoding="utf-8").replace("# ", "# Scheda: "), encoding="utf-8")
    for file in (demographics / "collection.yaml", *demographics.glob("regions/*/region.yaml")):
        text = file.read_text(encoding="utf-8")
        file.write_text(re.sub(r"^languages: \[", "languages: [it, ", text, flags=re.MULTILINE), encoding="utf-8")
    write(copy)
    for package in ("flows", "bot"):
        compileall.compile_dir(copy / package, quiet=1)
    return copy


@pytest.fixture
def copy(with_italian: Path, tmp_path: Path) -> Path:
    """The same for one test, which may change it."""
    return Path(shutil.copytree(with_italian, tmp_path / "copy"))


def check(copy: Path, folder: Path) -> str:
    """What `surveybot check` of the copy says."""
    asked = [sys.executable, "-m", "bot.cli", "check", str(copy / "collections")]
    env = environment(folder, "https://api.telegram.org", PYTHONPATH=str(copy), SURVEYBOT_ALLOW_UNREVIEWED="0")
    return subprocess.run(asked, cwd=folder, env=env, capture_output=True, text=True, check=True).stdout


def sign_off(copy: Path, folder: Path) -> None:
    """Let every region of the copy be signed off as it stands, by the copy's own command; a new one takes two. In one
    process, since most of one is its start."""
    until = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=30)
    env = environment(
        folder, "https://api.telegram.org", PYTHONPATH=str(copy), SURVEYBOT_ALLOW_UNREVIEWED="0",
        SURVEYBOT_ONE_PERSON_TEAM="1", SURVEYBOT_COLLECTIONS=str(copy / "collections"),
    )  # fmt: skip
    sign = (
        "import asyncio, sys, bot.settings as s\n"
        "from bot.cli import app\n"
        "from bot.clock import utc_now\n"
        "from bot.opening import open_stores\n"
        "from bot.reading import read_collections\n"
        "settings = s.read_settings()\n"
        "async def make():\n async with open_stores(settings, read_collections(settings), utc_now): pass\n"
        "asyncio.run(make())\n"
        "for role in ('expert', 'counsel'):\n app([*sys.argv[1:], '--as', role], standalone_mode=False)\n"
    )
    who = ("--by", "Rita", "--role", "Reviewer", "--until", f"{until}")
    asked = (sys.executable, "-c", sign, "review", "sign", "demographics", "all", "all", *who)
    subprocess.run(asked, cwd=folder, env=env, capture_output=True, text=True, check=True)


@asynccontextmanager
async def met(copy: Path, folder: Path, sandbox: Sandbox, **settings: str) -> AsyncIterator[Person]:
    """Somebody with an Italian phone who opens the link to a bot of the copy."""
    bot = BotProcess(sandbox, folder, copy, **settings)
    await bot.start()
    try:
        person = sandbox.person("Sam", "it-ch")
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
    assert "it: not offered" not in check(copy, tmp_path)
    sign_off(copy, tmp_path)
    async with met(copy, tmp_path, sandbox, SURVEYBOT_ALLOW_UNREVIEWED="0") as person:
        assert "« To see whether AI works equally well for different people. »" in person.screen
        assert "« Where do you live?" in person.screen
        await press(person, "Stati Uniti")
        assert "Scheda: Who asks, and why" in person.screen
        await person.say("/language")
        await person.settled(timeout=20)
        assert {"Italiano", "English"} <= {button.label for button in person.buttons}


async def test_a_language_that_lacks_one_word_is_offered_to_nobody(
    copy: Path, tmp_path: Path, sandbox: Sandbox
) -> None:
    """Nobody is asked to agree in two languages; whoever runs the bot is told what is missing."""
    translate(copy / BOT, lambda words: "" if words == "Submit" else in_italian(words))
    write(copy)
    assert "it: not offered, 1 of its words are missing, such as 'Submit'" in check(copy, tmp_path)
    sign_off(copy, tmp_path)
    async with met(copy, tmp_path, sandbox, SURVEYBOT_ALLOW_UNREVIEWED="0") as person:
        assert "To see whether AI works equally well" in person.screen
        assert "«" not in person.screen
        await press(person, "🌐 Language")
        labels = {button.label for button in person.buttons}
        assert "English" in labels
        assert "Italiano" not in labels


async def test_a_rehearsal_speaks_it_with_english_in_the_gaps(copy: Path, tmp_path: Path, sandbox: Sandbox) -> None:
    """So that whoever translates sees how far it is."""
    translate(copy / BOT, lambda words: in_italian(words) if words.startswith("Where") else "")
    write(copy)
    async with met(copy, tmp_path, sandbox) as person:
        assert "« Where do you live?" in person.screen
        assert "Is this real?" in {button.label for button in person.buttons}


def test_a_translation_with_another_placeholder_counts_as_missing(copy: Path, tmp_path: Path) -> None:
    """Nothing would fill it in, and the screen could not be shown."""
    translate(copy / BOT, lambda words: in_italian(words.replace("{pay}", "{paie}").replace("{count}", "{")))
    write(copy)
    found = re.search(r"it: not offered, (\d+) of its words are missing", check(copy, tmp_path))
    assert found is not None
    assert int(found[1]) > 3


GUIDE = (ROOT / "docs" / "adding-a-language.md").read_text(encoding="utf-8")


def add_the_guides_region(copy: Path) -> str:
    """Write the region that the guide shows, where it says; which territory that is."""
    found = re.search(r"<!-- (\S+/regions/([A-Z]{2})/region\.yaml) -->\n+```yaml\n(.*?)```", GUIDE, re.DOTALL)
    assert found is not None
    path = copy / found[1]
    path.parent.mkdir()
    path.write_text(found[3], encoding="utf-8")
    write(copy)
    for po in (BOT, ITS_OWN):
        translate(copy / po, in_italian)
    write(copy)
    return found[2]


def named_by_the_guide() -> set[str]:
    """The files of its table, as patterns."""
    rows = re.findall(r"^\| (`\S+`(?: to `\S+`)?) \|", GUIDE, re.MULTILINE)
    patterns = {re.sub(r"1\.md` to `4\.md", "[1-4].md", row).strip("`") for row in rows}
    return {pattern.replace("/XX/", "/[A-Z][A-Z]/") for pattern in patterns}


def changed(copy: Path) -> set[str]:
    """Files of the copy that are not as in the checkout, but for templates, and for cards that were read aloud."""
    files = {path.relative_to(copy).as_posix() for path in copy.rglob("*") if path.is_file()}
    found = {
        name for name in files if "__pycache__" not in name and not name.endswith((".pot", "sign-off.yaml", ".ogg"))
    }
    return {
        name for name in found if not (ROOT / name).exists() or (ROOT / name).read_bytes() != (copy / name).read_bytes()
    }


async def test_a_thirteenth_language_and_a_twelfth_region_are_files_and_a_whole_journey_in_them(
    copy: Path, tmp_path: Path, sandbox: Sandbox
) -> None:
    """As the guide says, and nothing else touched: from the link through consent and questions to the thanks."""
    territory = add_the_guides_region(copy)
    names = named_by_the_guide()
    assert len(names) == 8
    others = {name for name in changed(copy) if not any(PurePosixPath(name).match(pattern) for pattern in names)}
    assert {name for name in others if "/translations/" not in name} == set()  # the region's words, in all languages
    sign_off(copy, tmp_path)
    async with met(copy, tmp_path, sandbox, SURVEYBOT_ALLOW_UNREVIEWED="0") as person:
        await press(person, place_name(territory, "it"))
        assert "1,60" in person.screen
        await press(person, "« Next »", "Not what AI already learned", "Only if I say yes", "At any time")
        await press(person, "« I am 18 or older and I agree »", "« 25–34 »", "« Northern Italy »")
        assert {"☐ Italiano", "☐ Tedesco"} <= {button.label for button in person.buttons}
        await press(person, "Italiano", "« Done »", "« Submit »")
        assert "« Thank you »" in person.screen
        assert "1,60" in person.screen


def test_the_rehearsal_has_a_phone_in_every_language_that_is_spoken() -> None:
    """No list in the program has to name it."""
    assert {"it", "pt-br", "zh-hans"} <= set(phones(["it", "pt_BR", "zh_Hans"]))
    assert len(phones(["pt_BR", "en"])) == len(phones([]))
