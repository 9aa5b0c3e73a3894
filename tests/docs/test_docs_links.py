"""What a document links to or shows is there, and no file names a machine or a package index."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .reading import ROOT, anchors, documents, links, name_of, text_of, tracked

# In brackets, so that this file is none of those that it looks for.
_INDEX = re.compile(
    r"https?://[^\s\"']*(pyp[i]\.|pythonhoste[d]|npmj[s]|registr[y]\.)|--(extra-)?inde[x]-url|--find-link[s]"
)
_MACHINE = re.compile(r"(?<![\w.])/(hom[e]|User[s]|roo[t]|tm[p])/\w")


@pytest.mark.parametrize("path", documents(), ids=name_of)
def test_each_link_leads_somewhere(path: Path) -> None:
    broken = []
    for link in links(path):
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("path", sorted((ROOT / "docs").glob("*.md")), ids=name_of)
def test_each_document_is_linked_from_the_readme(path: Path) -> None:
    assert name_of(path) in set(links(ROOT / "README.md"))


def test_decisions_are_numbered_without_a_gap() -> None:
    names = sorted(path.name for path in (ROOT / "docs/decisions").glob("*.md"))
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))


def test_each_document_that_the_code_names_exists() -> None:
    named = {
        (name_of(path), each)
        for path in tracked()
        if path.suffix in {".py", ".yaml", ".toml"} and path.parent != Path(__file__).parent
        for each in re.findall(r"docs/[\w/-]+\.(?:md|png)", text_of(path))
    }
    assert {(place, each) for place, each in named if not (ROOT / each).exists()} == set()


def test_no_file_names_a_machine_or_a_package_index() -> None:
    found = []
    for path in tracked():
        try:
            text = text_of(path)
        except UnicodeDecodeError:
            continue
        for_people = path.suffix in {".md", ".toml", ".yaml", ".txt", ".example", ""}
        if str(ROOT) in text or _INDEX.search(text) or (for_people and _MACHINE.search(text)):
            found.append(name_of(path))
    assert found == []


def test_pictures_are_small_enough_to_look_at_anywhere() -> None:
    large = [name_of(p) for p in tracked() if p.suffix == ".png" and p.stat().st_size > 300_000]
    assert large == []
