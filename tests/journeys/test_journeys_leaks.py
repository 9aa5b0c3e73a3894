"""Nothing leaks: whole journeys, and then every byte of data, keys, journals, backups, temporary files and the log."""

from __future__ import annotations

import asyncio
import itertools
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from support.contributors import Answers, Contributor
from support.process import BotProcess, environment
from support.running import Stored, settings_for, until

from bot.reading import read_collections, read_texts
from bot.sandbox.server import Sandbox
from bot.vault import CannotOpen
from flows.collection import OPT_OUT

WORDS = {
    "Zebulonia": "marmalade-scented lighthouse keeper",
    "Quillfeather": "half tangerine, half <b>thunder</b>",
    "فيروزة": "حارسة المنارة القديمة",
    "Thistlewick": "unsubmitted whispering teapot",
    "Oswaldine": "wandering velvet barnacle",
}
"""Names, and own words that nobody else would write."""

CHATS = dict(zip(WORDS, itertools.count(6_123_456_789, 1_111_111_111), strict=False))


@pytest.fixture
async def process(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[BotProcess]:
    """The bot in a process of its own."""
    running = BotProcess(sandbox, tmp_path)
    await running.start()
    yield running
    assert await running.stop() == 0


def somebody(process: BotProcess, name: str, language: str = "en", place: str = "US") -> Contributor:
    """Somebody with a name and a chat id that stand out."""
    settings = settings_for(process.folder, process.sandbox.api_url)
    collections = read_collections(settings)
    person = process.sandbox.person(name, language, user_id=CHATS[name], username=f"handle_of_{CHATS[name]}")
    return Contributor(person, language, place, collections[0], read_texts(settings, collections))


def answers_of(name: str) -> Answers:
    """What they answer, with words of their own."""
    own = f"own words:{WORDS[name]}"
    return {"age": ["age_65_74"], "ancestry": ["nhpi", own], "gender_identity": ["non_binary", own]}


IN_EGYPT: Answers = {"age": ["age_75_up"], "grew_up_region": ["canal_sinai"], "first_language": ["other_arabic"]}


def files(folder: Path) -> Iterator[Path]:
    """Every file that the bot has written, journals and logs too."""
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def assert_nowhere(folder: Path, needles: dict[str, bytes]) -> None:
    """None of these bytes stands in any file."""
    found = [
        f"{path.relative_to(folder)}: {name}"
        for path in files(folder)
        for content in [path.read_bytes()]
        for name, needle in needles.items()
        if needle in content
    ]
    assert found == []


def needles_of(name: str) -> dict[str, bytes]:
    """Everything that would give one of them away, in every way that it could be written."""
    chat = CHATS[name]
    found = {
        "the name": name.encode(),
        "own words": WORDS[name].encode(),
        "own words in UTF-16": WORDS[name].encode("utf-16-le"),
        "own words escaped": WORDS[name].encode("ascii", "backslashreplace"),
        "own words in HTML": WORDS[name].replace("<", "&lt;").replace(">", "&gt;").encode(),
        "the handle": f"handle_of_{chat}".encode(),
        "chat id": str(chat).encode(),
        "chat id in hex": f"{chat:x}".encode(),
        # SQLite keeps a number of this size in six bytes, big end first.
        "chat id, six bytes": chat.to_bytes(6, "big"),
        "chat id, little end": chat.to_bytes(8, "little"),
        "chat id, big end": chat.to_bytes(8, "big"),
    }
    found |= {f"the word {word}": word.encode() for word in re.findall(r"[^\W\d_]{8,}", WORDS[name])}
    return found


def backed_up(process: BotProcess) -> None:
    """Copies of data and keys, made by the command while the bot runs; what it prints is kept beside the log."""
    command = [sys.executable, "-m", "bot.cli", "backup", "--together"]
    for part in ("data", "keys"):
        command += [f"--{part}", str(process.folder / "backups" / part)]
    done = subprocess.run(  # ours
        command, cwd=process.folder, capture_output=True, check=True,
        env=environment(process.folder, process.sandbox.api_url, PYTHONPATH=str(process.code)),
    )  # fmt: skip
    (process.folder / "backup.txt").write_bytes(done.stdout + done.stderr)


def dump(path: Path, *without: str) -> str:
    """A database as SQL, without some tables."""
    with closing(sqlite3.connect(path)) as connection:
        return "\n".join(
            line for line in connection.iterdump() if not any(f'INTO "{table}"' in line for table in without)
        )


@pytest.mark.sqlite("every byte of its files is read")
async def test_no_file_and_no_log_gives_anybody_away(process: BotProcess) -> None:
    """Two languages and places; one declines, one withdraws, one never submits; two stay. Then every byte is read."""
    first, second, arab, unsubmitted, withdrawn = (
        somebody(process, name, *(("ar", "EG") if name == "فيروزة" else ("en", "US"))) for name in WORDS
    )
    codes = []
    for each, answers in ((first, answers_of("Zebulonia")), (arab, IN_EGYPT), (withdrawn, answers_of("Oswaldine"))):
        await each.to_questions(1, 2, 3)
        codes.append(each.code)
        await each.to_review(answers)
        await each.press("Submit")
    await arab.say(WORDS["فيروزة"])
    await second.start()
    await second.say(f"{WORDS['Quillfeather']}, United States")  # a place is looked for in it, and found
    await second.to_decision()
    await second.say(WORDS["Quillfeather"])
    await second.press("I do not agree")
    await unsubmitted.to_questions()
    codes.append(unsubmitted.code)
    await unsubmitted.press_label("65–74")
    question = unsubmitted.question
    assert question is not None
    await unsubmitted.describe(question, WORDS["Thistlewick"])
    needles = {f"{name}: {what}": bytes_ for name in WORDS for what, bytes_ in needles_of(name).items()}
    needles |= {f"code {code}": code.encode() for code in codes}
    needles |= {f"bare code {code}": code.replace("-", "").encode() for code in codes}
    wal = process.stores.data.with_name("survey.db-wal")
    assert wal.stat().st_size, "what was written last is in the log, which is read too"
    await asyncio.to_thread(backed_up, process)
    assert_nowhere(process.folder, needles)
    before = {wrapped for _, _, wrapped in process.stores.wraps()}
    await withdrawn.say("/leave")
    await withdrawn.press("Take back my data")
    await withdrawn.press("All of it")
    await until(lambda: process.stores.count("conversations") == 3 and process.stores.count("key_destructions") == 0)
    destroyed = before - {wrapped for _, _, wrapped in process.stores.wraps()}
    assert len(destroyed) == 5, "contact, self, and three purposes that use answers"

    shutil.rmtree(process.folder / "backups")  # it has what was destroyed since, as docs/keys.md says
    await asyncio.to_thread(backed_up, process)
    needles |= {f"destroyed wrap {n}": wrapped for n, wrapped in enumerate(destroyed)}
    needles |= {f"destroyed wrap {n}, its end": wrapped[-24:] for n, wrapped in enumerate(destroyed)}
    assert_nowhere(process.folder, needles)

    # What was chosen stands in the vocabulary, which names everything that can be chosen, and nowhere else.
    chosen = {"age_65_74", "age_75_up", "nhpi", "non_binary", "canal_sinai", "other_arabic", "described"}
    logs = process.log.read_text(encoding="utf-8")
    data = dump(process.stores.data, "vocabulary")
    assert [option for option in chosen if option in data or option in logs] == []
    assert "vocabulary" not in data.replace("CREATE TABLE vocabulary", "").replace("pk_vocabulary", "")
    keys = dump(process.stores.keystore)
    for needle in ("Zebulonia", *map(str, CHATS.values()), *WORDS.values(), *chosen):
        assert needle not in data + keys + logs
    assert OPT_OUT not in data


async def test_logs_are_events_and_counts(process: BotProcess) -> None:
    """Also when something goes wrong: forged taps, malformed updates, a blocked chat, Telegram in trouble."""
    sam = somebody(process, "Zebulonia")
    await sam.to_questions()
    await sam.person.press_data(1, "Zebulonia")
    process.sandbox.faults.inject_update({"message": {"text": WORDS["Zebulonia"], "from": {"first_name": "Zebulonia"}}})
    process.sandbox.faults.server_error(chat_id=sam.person.id)
    await sam.say(WORDS["Zebulonia"])
    await sam.person.settled(quiet=1)
    logs = process.log.read_text(encoding="utf-8")
    assert "not understood" in logs
    assert "Traceback" not in logs
    assert process.sandbox.token not in logs
    for needle in needles_of("Zebulonia").values():
        assert needle.decode("utf-8", "replace") not in logs


@pytest.mark.sqlite("the data's file is copied by SQLite")
async def test_a_copy_from_before_opens_nothing_once_somebody_took_their_data_back(
    process: BotProcess, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """With the key file and the key store of then it opens; with those of today only who stayed does."""
    goes, stays = somebody(process, "Oswaldine"), somebody(process, "Zebulonia")
    await goes.whole(answers=answers_of("Oswaldine"))
    await stays.whole(answers=answers_of("Zebulonia"))
    copy = tmp_path_factory.mktemp("copy") / "survey.db"
    with closing(sqlite3.connect(process.stores.data)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    then = Stored(copy.parent)
    shutil.copytree(process.stores.keys, then.keys)
    assert then.answers(goes.person.id)["ancestry"]["own_words"] == WORDS["Oswaldine"]

    await goes.say("/leave")
    await goes.press("All three")
    await goes.press("Yes, all three")
    await until(lambda: process.stores.count("conversations") == 1 and process.stores.count("key_destructions") == 0)
    with pytest.raises((KeyError, CannotOpen)):
        process.stores.answers(goes.person.id, copy)
    assert process.stores.answers(stays.person.id, copy)["ancestry"]["own_words"] == WORDS["Zebulonia"]


@pytest.mark.sqlite("reads the data's file")
async def test_a_copy_of_the_data_alone_opens_nothing(process: BotProcess) -> None:
    """The data names nobody: who is who, and every answer, needs the key store and the master key."""
    sam = somebody(process, "Zebulonia")
    await sam.whole(answers=answers_of("Zebulonia"))
    with closing(sqlite3.connect(process.stores.data)) as connection:
        names = [row[0] for row in connection.execute("select name from sqlite_master where type = 'table'")]
        values = [
            value
            for name in names
            if name not in {"vocabulary", "documents"}
            for row in connection.execute(f"select * from {name}")  # noqa: S608  # names from the schema
            for value in row
        ]
    wraps = {value for _, _, wrapped in process.stores.wraps() for value in (wrapped, wrapped[-32:])}
    assert not wraps & {value for value in values if isinstance(value, bytes)}
    master = (process.stores.keys / "master.key").read_text(encoding="ascii").splitlines()[1]
    assert master.encode() not in process.stores.data.read_bytes()
