"""Cards that are read aloud: what is a voice note, and that it is part of what is agreed to."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from made_up import demographics
from support.opus import page, silence

from bot import shipped
from bot.review.shown import contents_of
from bot.texts import Texts, load_catalogs
from flows.consent import Documents
from flows.load import CollectionFaults, load_collection
from flows.voice import MOST_BYTES, NoVoice, cards_without_voice, voice_of


@pytest.mark.parametrize(("seconds", "said"), [(0.02, 1), (1, 1), (1.02, 2), (83, 83)])
def test_a_note_says_how_long_it_is(seconds: float, said: int) -> None:
    content = silence(seconds)
    voice = voice_of(content)
    assert (voice.seconds, voice.size) == (said, len(content))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"ID3 a song", "no Ogg file"),
        (silence(1)[:-2], "middle of a page"),
        (silence(1)[:40], "middle of a page"),
        (page(0, 0, [b"\x01vorbis and more"], 2), "not Opus"),
        (silence(0), "no sound"),
        (b"", "no sound"),
        (b"OggS" + b"\0" * MOST_BYTES, "the most"),
    ],
    ids=["song", "cut", "cut early", "vorbis", "silent", "empty", "long"],
)
def test_what_is_no_note_says_why(content: bytes, why: str) -> None:
    with pytest.raises(NoVoice, match=why):
        voice_of(content)


def with_note(folder: Path, language: str, card: int, content: bytes) -> Path:
    """The ready collection, with one card read aloud."""
    copied = folder / "demographics"
    shutil.copytree(shipped.ready_collections() / "demographics", copied)
    (copied / "consent" / language / f"{card}.ogg").write_bytes(content)
    return copied


def test_a_note_is_part_of_what_is_agreed_to_in_its_language_alone(tmp_path: Path) -> None:
    before, after = demographics(), load_collection(with_note(tmp_path, "sw", 2, silence(3)))
    for language in before.documents:
        texts = [Documents(each).get(language, "KE").sha256 for each in (before, after)]
        assert (texts[0] == texts[1]) is (language != "sw")
    folder = shipped.ready_collections() / before.id
    texts_ = Texts(load_catalogs(shipped.translations(), {before.id: folder}, before.languages))
    was, is_now = (contents_of((each,), texts_) for each in (before, after))
    assert {place.language for place in was if was[place] != is_now[place]} == {"sw"}
    assert ("sw", 2) in cards_without_voice(before)
    assert ("sw", 2) not in cards_without_voice(after)
    assert ("sw", 1) in cards_without_voice(after)


def test_a_file_that_is_no_note_is_a_fault_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(CollectionFaults) as raised:
        load_collection(with_note(tmp_path, "en", 1, b"ID3"))
    assert "1.ogg" in str(raised.value)
    assert "libopus" in str(raised.value)
