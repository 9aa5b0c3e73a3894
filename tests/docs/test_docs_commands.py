"""Every command and option is documented, and every command, target and file that the documents name is there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
import typer
from typer.core import TyperCommand, TyperGroup

from bot.cli import app

from .reading import ROOT, code, documents, name_of, text_of

_OF_THE_LIBRARY = frozenset({"--help", "--install-completion", "--show-completion"})
_TARGET = re.compile(r"^([a-z]+):.*##", re.MULTILINE)


def _defaults(command: object, name: str = "surveybot") -> Iterator[tuple[str, str]]:
    """Groups that take something else than a command's name, and the command that they take it for."""
    if isinstance(command, TyperGroup):
        if (default := getattr(command, "default", None)) is not None:
            yield name, f"{name} {default}"
        for word, inner in command.commands.items():
            yield from _defaults(inner, f"{name} {word}")


def _commands(command: object, name: str = "surveybot") -> Iterator[tuple[str, TyperCommand]]:
    if isinstance(command, TyperGroup):
        for word, inner in command.commands.items():
            yield from _commands(inner, f"{name} {word}")
    elif isinstance(command, TyperCommand):
        yield name, command


COMMANDS = dict(_commands(typer.main.get_command(app)))
DEFAULTS = dict(_defaults(typer.main.get_command(app)))
_ROW = re.compile(r"^\| `(surveybot[^`]*)` \| (.+) \|$", re.MULTILINE)
TABLE = text_of(ROOT / "docs/commands.md")
ROWS = dict(_ROW.findall(TABLE))
TARGETS = frozenset(_TARGET.findall(text_of(ROOT / "Makefile")))


def _options(command: TyperCommand) -> set[str]:
    named = (each for option in command.params for each in (*option.opts, *option.secondary_opts))
    return {each for each in named if each.startswith("--")} - _OF_THE_LIBRARY


def test_the_table_has_every_command_and_no_other() -> None:
    assert sorted(ROWS) == sorted(COMMANDS)
    assert len(ROWS) == len(_ROW.findall(TABLE)), "a command stands there twice"


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_stands_in_the_table_with_every_option(name: str) -> None:
    assert set(re.findall(r"--[a-z][a-z-]*", ROWS[name])) == _options(COMMANDS[name])


def test_the_readme_leads_to_the_table_and_repeats_little_of_it() -> None:
    section = text_of(ROOT / "README.md").partition("\n## Commands\n")[2].partition("\n## ")[0]
    assert "(docs/commands.md)" in section
    assert {name for name, _ in _ROW.findall(section)} <= set(COMMANDS)
    assert len(_ROW.findall(section)) <= 6


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_says_what_it_does(name: str) -> None:
    assert COMMANDS[name].help


def _said(program: str) -> list[tuple[str, list[str]]]:
    """(document, words behind the program's name) of every use of a program in code."""
    found = []
    for path in documents():
        for line in code(text_of(path)):
            for part in re.split(r"&&|\||;", line):
                words = _words(part)
                places = [at for at, word in enumerate(words) if Path(word).name == program]
                # `sudo -u surveybot surveybot run`: the first is a person; behind -C it is a folder.
                places = [at for at in places if at == 0 or words[at - 1] not in {"-u", "-o", "-C"}]
                found += [(name_of(path), words[at + 1 :]) for at in places[:1]]
    return found


def _words(line: str) -> list[str]:
    try:
        return shlex.split(line, comments=True)
    except ValueError:
        return line.split()


def _called(words: list[str]) -> str | None:
    """The command that words behind `surveybot` call."""
    for count in (2, 1):
        name = " ".join(["surveybot", *words[:count]])
        if len(words) >= count and name in COMMANDS:
            return name
    return DEFAULTS.get(f"surveybot {words[0]}") if len(words) > 1 else None


def test_each_command_in_a_document_exists_with_its_options() -> None:
    wrong = []
    for place, words in _said("surveybot"):
        named = [word for word in words if re.fullmatch(r"[a-z]+", word)]
        if not named or words[0] != named[0]:
            continue  # the name alone, a folder, or a general option
        name = _called(words)
        is_group = any(each.startswith(f"surveybot {words[0]} ") for each in COMMANDS) and len(named) == 1
        if name is None and not is_group:
            wrong.append(f"{place}: surveybot {' '.join(words)}")
        options = {word.partition("=")[0] for word in words if word.startswith("--")} - _OF_THE_LIBRARY
        if name is not None and options - _options(COMMANDS[name]):
            wrong.append(f"{place}: {name} has no {', '.join(options - _options(COMMANDS[name]))}")
    assert wrong == []


def test_each_make_target_in_a_document_exists() -> None:
    named = {(place, words[0]) for place, words in _made() if re.fullmatch(r"[a-z]+", words[0])}
    assert ("docs/operating.md", "install") in named
    assert {(place, target) for place, target in named if target not in TARGETS} == set()


def test_what_a_document_hands_to_make_is_taken() -> None:
    """`FORMATS=1`: make says nothing of a word that no target reads."""
    makefile = text_of(ROOT / "Makefile")
    handed = {(place, word.partition("=")[0]) for place, words in _made() for word in words if "=" in word}
    handed = {(place, name) for place, name in handed if re.fullmatch("[A-Z]+", name)}
    assert ("docs/operating.md", "FORMATS") in handed
    assert {(place, name) for place, name in handed if f"$({name})" not in makefile} == set()


def test_each_make_target_is_documented() -> None:
    assert TARGETS - {words[0] for _, words in _made()} == set()


def _made() -> list[tuple[str, list[str]]]:
    """(document, target and what follows) of every use of make, wherever it is done."""
    said = [(place, words[2:] if words[:1] == ["-C"] else words) for place, words in _said("make")]
    return [(place, words) for place, words in said if words]


def test_each_module_that_a_document_runs_exists() -> None:
    """`python -m something`."""
    named = {(place, words[1]) for place, words in _said("python") if words[:1] == ["-m"]}
    assert {(place, module) for place, module in named if find_spec(module) is None} == set()


def test_each_python_file_that_a_document_names_exists() -> None:
    """From the top, or from `bot/`."""
    named = {
        (name_of(path), each)
        for path in documents()
        for each in code(text_of(path))
        if re.fullmatch(r"[\w-]+(/[\w-]+)+\.py", each)
    }
    tops = (ROOT, ROOT / "bot")
    assert {(place, each) for place, each in named if not any((top / each).exists() for top in tops)} == set()


def test_the_readme_begins_with_the_two_commands() -> None:
    lines = [line.strip() for line in text_of(ROOT / "README.md").splitlines() if line.startswith("    ")]
    assert lines[:2] == ["make run", "make test"]
