"""Files that somebody spoiled: each is read, or refused with words that name the remedy. Nothing else happens."""

from __future__ import annotations

import os
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from flows.load import read_collection

from . import readers as reading
from .readers import readers, small_collection
from .spoiling import bomb, spoiled

SEED = 20261127
_WHOLE = frozenset({"collection.yaml", "questions.yaml", "regions/US/region.yaml", "consent/en/3.md"})
"""A whole collection is read for each of these, so there are fewer of them."""

dice = st.randoms(use_true_random=False, note_method_calls=False)


@pytest.mark.parametrize("name", list(readers()))
def test_what_is_right_is_read(name: str, tmp_path: Path) -> None:
    readers()[name].read(readers()[name].sample, tmp_path)


@pytest.mark.parametrize("name", list(readers()))
def test_what_was_spoiled_is_read_or_refused(name: str, tmp_path: Path) -> None:
    reader = readers()[name]

    @seed(SEED)
    @settings(max_examples=10 if name in _WHOLE else 40, suppress_health_check=list(HealthCheck))
    @given(dice)
    def holds(chance: Random) -> None:
        reader.read(spoiled(chance, reader.sample), tmp_path)

    holds()


# --- what was found, each as it was found ----------------------------------------------------------------------------

_FOUND = {
    "a day that no month has": ("yaml", b"read_on: 2026-02-30"),
    "a number without digits": ("yaml", b"a: 0b_"),
    "a number of five thousand digits": ("yaml", b"a: " + b"9" * 5000),
    "a tag that its value does not fit": ("yaml", b"a: !!bool x"),
    "half a letter": ("yaml", b'a: "\\ud800"'),
    "a NUL by its number": ("yaml", b'a: "\\0"'),
    "a value that holds itself": ("yaml", b"a: &a [*a]"),
    "a value that stands for a billion": ("yaml", bomb()),
    "brackets in brackets": ("yaml", b"a: " + b"[" * 100_000),
    "lists in lists": ("yaml", b"- " * 50_000),
    "names in names": ("yaml", b"\n".join(b" " * n + b"a:" for n in range(3000))),
    "a file that is too large": ("yaml", b"a: " + b"x" * 3_000_000),
    "a language that no folder can have": ("collection.yaml", None),
    "a title that no message takes": ("card", b"# " + b"t" * 1200 + b"\n\ntext\n"),
    "an answer of nothing": ("card", None),
    "a version of consent that would take a day to count to": ("collection.yaml", None),
    "a cell longer than any": ("outcomes", b"PAY-1," + b"x" * 200_000),
    "a key that is no Base64": ("list", b'{"body":"{}","signing_key":"\xc3\xa9","signature":"\xc3\xa9"}'),
    "a signed list without rows": ("list", reading.withdrawals(7)),
    "a signed list of something else": ("list", reading.withdrawals([{"contributor": 1, "releases": 7}])),
    "a row that is too short": ("data.csv", b"a,contributor\r\nx\r\n"),
    "a backup whose file has no name": ("backup", None),
    "a head at the beginning of time": ("head", None),
    "an owner in other digits": ("settings", b"SURVEYBOT_OWNERS=\xc2\xb2\n"),
    "a port in other digits": ("settings", b"SURVEYBOT_LISTEN=a:\xc2\xb2\n"),
    "settings in another encoding": ("settings", b"SURVEYBOT_TOKEN=\xff\xfe\n"),
    "an address that ends early": ("settings", b"SURVEYBOT_API_URL=http://[\n"),
    "a file whose name has a NUL": ("settings", b"SURVEYBOT_KEY_FILE=a\x00b\n"),
    "a list of destroyed keys that is damaged": ("destroyed", b"00ff\n\xff\n"),
}


def _found(what: str) -> tuple[str, bytes]:
    name, content = _FOUND[what]
    if content is not None:
        return name, content
    sample = readers()[name].sample
    changed = {
        "a language that no folder can have": (
            b"languages: [en",
            b'languages: ["\\x2f\\x2f", "' + b"e" * 300 + b'", en',
        ),
        "an answer of nothing": (b"- [ ] ", b"- [ ]   \n- [ ] "),
        "a version of consent that would take a day to count to": (b"consent:\n", b"consent:\n  version: 1000000000\n"),
        "a backup whose file has no name": (b'"files":{}', b'"files":{"a\\u0000b":"x"}'),
        "a head at the beginning of time": (b"2026-12-01T00:00:00.000000+00:00", b"0001-01-01T00:00:00+14:00"),
    }[what]
    assert changed[0] in sample, what
    return name, sample.replace(*changed, 1)


@pytest.mark.parametrize("what", list(_FOUND))
def test_what_was_found_stays_mended(what: str, tmp_path: Path) -> None:
    name, content = _found(what)
    readers()[name].read(content, tmp_path)


# --- what is no file of the collection's -----------------------------------------------------------------------------


def _faults(collection: Path) -> str:
    return "\n".join(str(fault) for fault in read_collection(collection).faults)


@pytest.mark.parametrize("file", ["collection.yaml", "consent/en/2.md", "regions/US/region.yaml"])
@pytest.mark.parametrize("kind", ["link out", "link to itself", "pipe", "endless", "folder"])
def test_what_only_has_the_name_of_a_file_is_refused(file: str, kind: str, tmp_path: Path) -> None:
    collection = small_collection(tmp_path)
    (tmp_path / "secret").write_text("zebra: secret\n", encoding="utf-8")
    path = collection / file
    path.unlink()
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to({"link out": tmp_path / "secret", "link to itself": path, "endless": Path("/dev/zero")}[kind])
    said = _faults(collection)
    assert str(path) in said
    assert "zebra" not in said


def test_a_link_within_the_collection_is_followed(tmp_path: Path) -> None:
    collection = small_collection(tmp_path)
    (collection / "consent" / "en" / "2.md").rename(collection / "second.md")
    (collection / "consent" / "en" / "2.md").symlink_to(Path("..") / ".." / "second.md")
    assert _faults(collection) == ""


def test_a_name_that_moves_the_cursor_is_told_in_letters(tmp_path: Path) -> None:
    collection = small_collection(tmp_path)
    (collection / "regions" / "US").rename(collection / "regions" / "U\x1b[2J")
    said = _faults(collection)
    assert "\\x1b" in said
    assert "\x1b" not in said


def test_a_thousand_faults_are_told_as_the_first_hundred(tmp_path: Path) -> None:
    """And what is told of each is no longer than anybody reads."""
    collection = small_collection(tmp_path)
    with (collection / "collection.yaml").open("a", encoding="utf-8") as file:
        file.writelines(f"unknown_{number}: {'x' * 50}\n" for number in range(1000))
    readers()["collection.yaml"].read((collection / "collection.yaml").read_bytes(), tmp_path)
