"""`make catalogs`: extract, merge and compile every word that a person reads, for any PO tool.

The bot's messages come from `say` and `say_count` in the code, a collection's from its YAML files. `--add sw` begins
the catalogs of a language. `check` says what is missing or out of date and writes nothing; tests and `.ci/run` call
it. Which languages there are is what folders there are, and what a collection's `languages` names.
"""

from __future__ import annotations

import argparse
import ast
import datetime as dt
import gettext
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from string import Formatter
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from bot import shipped
from bot.plural_forms import form_of, plural_forms
from bot.texts import ORIGINAL
from flows.faults import parsed

Words = str | tuple[str, str]
"""A message, or its singular and plural."""

Message = tuple[Words, str]
"""Words and the file that they come from."""

_TRANSLATED_FIELDS = frozenset(
    {"title", "what_for", "label", "heading", "why", "text", "caution", "note", "name", "contact"}
)
"""Fields of a collection's YAML that contributors read. `sources` and `suppliers` are for reviewers."""

_ANY_DAY = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)

_NOT_READ_BY_CONTRIBUTORS = frozenset({"sources", "suppliers", "responsible", "dpv"})


_SAYING = ("say", "say_count")

_OF_THE_BOT = "bot"
"""The name of its catalogs; a collection's are called by its id."""


def bot_messages(root: Path) -> Iterator[Message]:
    """Every message that the code says."""
    for path in sorted([*root.glob("flows/**/*.py"), *root.glob("bot/**/*.py")]):
        text = path.read_text(encoding="utf-8")
        if not any(f"{name}(" in text for name in _SAYING):  # most files say nothing, and parsing takes longest
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                found = _said(node.func.id, node.args)
                if found is not None:
                    yield found, path.relative_to(root).as_posix()


def _said(function: str, arguments: list[ast.expr]) -> Words | None:
    if function not in _SAYING:
        return None
    words = [a.value for a in arguments if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    if function == "say" and words:
        return words[0]
    if function == "say_count" and len(words) >= 2:
        return words[0], words[1]
    return None


def collection_messages(folder: Path) -> Iterator[Message]:
    """Every text of a collection's YAML files that a contributor reads. Cards are Markdown, a folder a language."""
    files = [folder / "collection.yaml", folder / "questions.yaml", *sorted(folder.glob("regions/*/region.yaml"))]
    for path in files:
        place = f"collections/{folder.name}/{path.relative_to(folder).as_posix()}"
        for words in _texts(parsed(path.read_text(encoding="utf-8-sig"))[1]):
            yield words, place


def _texts(value: Any) -> Iterator[str]:  # noqa: ANN401  # YAML
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in _NOT_READ_BY_CONTRIBUTORS or (name == "label" and "language" in value):
                continue  # a language's own name is CLDR's
            if name in _TRANSLATED_FIELDS and isinstance(inner, str):
                yield inner.strip()
            else:
                yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _template(messages: Iterable[Message], project: str) -> Catalog:
    template = Catalog(project=project, version="", charset="utf-8", fuzzy=False)
    for message, place in messages:
        template.add(message, locations=[(place, 0)])
    return template


@dataclass(frozen=True, slots=True)
class Domain:
    """The catalogs of the bot or of one collection: where they stand, what they are to say, in which languages."""

    folder: Path
    name: str
    template: Catalog
    languages: tuple[str, ...]

    @property
    def written_by(self) -> str:
        """What brings new words in and compiles."""
        return "make catalogs" if self.name == _OF_THE_BOT else "surveybot catalogs"

    def po(self, language: str) -> Path:
        """A language's catalog."""
        return self.folder / language / "LC_MESSAGES" / f"{self.name}.po"


def domains(root: Path) -> Iterator[Domain]:
    """The bot's catalogs and those of each collection."""
    yield bot_domain(root)
    for path in sorted((root / "collections").glob("*/collection.yaml")):
        yield collection_domain(path.parent)


def bot_domain(root: Path) -> Domain:
    """The bot's own catalogs."""
    folder = root / "translations"
    return Domain(folder, _OF_THE_BOT, _template(bot_messages(root), "surveybot"), _languages(folder))


def collection_domain(path: Path) -> Domain:
    """The catalogs of the collection in a folder."""
    name, folder = path.name, path / "translations"
    listed = parsed((path / "collection.yaml").read_text(encoding="utf-8-sig"))[1].get("languages", ())
    return Domain(folder, name, _template(collection_messages(path), name), _languages(folder, listed))


def _languages(folder: Path, listed: Iterable[str] = ()) -> tuple[str, ...]:
    """Every language that has a folder or is named; the original needs no catalog."""
    found = {path.parent.name for path in folder.glob("*/LC_MESSAGES")} | {str(name) for name in listed}
    return tuple(sorted(found - {ORIGINAL}))


def _merged(po: Path, template: Catalog, language: str) -> Catalog:
    """Today's messages with the translations that exist; what changed is marked fuzzy for a translator to look at."""
    if not po.exists():
        catalog = _begun(template, language)
    else:
        with po.open("rb") as file:
            catalog = read_po(file, locale=language)
    catalog.update(template, no_fuzzy_matching=False)
    catalog.obsolete.clear()
    return catalog


def _begun(template: Catalog, language: str) -> Catalog:
    name = Locale.parse(language).get_display_name(ORIGINAL) or language
    catalog = Catalog(
        locale=language,
        header_comment=f"# {name} words of {template.project}.",
        project=template.project,
        msgid_bugs_address="",
        last_translator=template.project,
        language_team=name,
        fuzzy=False,
    )
    # Babel fills a new catalog's header from a table of its own, which is not CLDR's.
    catalog.mime_headers = [("Plural-Forms", plural_forms(language))]
    return catalog


def po_bytes(catalog: Catalog) -> bytes:
    """A catalog as its file holds it."""
    out = BytesIO()
    write_po(out, catalog, width=118, sort_by_file=True, omit_header=False, include_lineno=False)
    lines = out.getvalue().splitlines(keepends=True)
    # Dates and tool versions change on every run and say nothing to a translator.
    noise = (b'"POT-Creation-Date', b'"PO-Revision-Date', b'"Generated-By')
    return b"".join(line for line in lines if not line.startswith(noise))


def _mo_bytes(catalog: Catalog) -> bytes:
    out = BytesIO()
    # Babel would fill the gaps of a half-translated plural with English, and nobody could see that it is missing.
    for message in [each for each in catalog if isinstance(each.string, tuple) and not all(each.string)]:
        catalog.delete(message.id, message.context)
    # Babel writes today's time into the header where the .po names none; then no two compilations would be alike.
    catalog.creation_date = catalog.revision_date = _ANY_DAY
    write_mo(out, catalog)
    return out.getvalue()


def compiled(po: Path) -> bytes:
    """A catalog as `gettext` reads it."""
    with po.open("rb") as file:
        return _mo_bytes(read_po(file))


def add(root: Path, language: str) -> None:
    """Begin a language: an empty folder of its own, which `write` fills. Raises ValueError where CLDR has no such."""
    try:
        as_cldr = str(Locale.parse(language.replace("-", "_")))
    except (UnknownLocaleError, ValueError):
        raise ValueError(f"CLDR knows no language {language!r}; write it as CLDR does: sw, pt_BR, zh_Hans") from None
    if as_cldr == ORIGINAL:
        raise ValueError("English is the original and has no catalog: change the words where they are said")
    if as_cldr != language:
        raise ValueError(f"CLDR writes {language!r} as {as_cldr!r}; add it by that name")
    for domain in domains(root):
        domain.po(language).parent.mkdir(parents=True, exist_ok=True)


def write(root: Path) -> None:
    """Extract, merge and compile: `<domain>.pot`, and `<domain>.po` and `.mo` for each language."""
    for domain in domains(root):
        write_domain(domain)


def write_domain(domain: Domain) -> None:
    """The same of the bot's catalogs alone, or of one collection's."""
    domain.folder.mkdir(parents=True, exist_ok=True)
    (domain.folder / f"{domain.name}.pot").write_bytes(po_bytes(domain.template))
    for language in domain.languages:
        po = domain.po(language)
        po.parent.mkdir(parents=True, exist_ok=True)
        catalog = _merged(po, domain.template, language)
        po.write_bytes(po_bytes(catalog))
        with po.open("rb") as file:
            po.with_suffix(".mo").write_bytes(_mo_bytes(read_po(file, locale=language)))


def check(root: Path) -> list[str]:
    """What is missing, fuzzy, changed since, or not compiled, one line each; empty when all is complete."""
    problems: list[str] = []
    spoken: set[str] = set()
    for domain in domains(root):
        spoken |= set(domain.languages)
        problems += problems_of(domain)
    silent = sorted(name for name in spoken if not (root / "translations" / name).is_dir())
    return problems + [
        f"{root / 'translations' / name}: missing; run python -m bot.catalogs --add {name}" for name in silent
    ]


def problems_of(domain: Domain) -> list[str]:
    """What is missing, fuzzy, changed since, or not compiled in one domain's catalogs."""
    problems: list[str] = []
    for language in domain.languages:
        po = domain.po(language)
        problems += _po_problems(po, domain, language) if po.exists() else [f"{po}: missing; run {domain.written_by}"]
    return problems


def _po_problems(po: Path, domain: Domain, language: str) -> Iterator[str]:
    template, run = domain.template, f"run {domain.written_by}"
    with po.open("rb") as file:
        catalog = read_po(file, locale=language)
    if not _counts_as_cldr(catalog, language):
        yield f"{po}: its Plural-Forms are not CLDR's; write: {plural_forms(language)}"
    for message in template:
        if not message.id:
            continue
        words = message.id if isinstance(message.id, str) else message.id[0]
        found = catalog.get(words)
        if found is None:
            yield f"{po}: {words!r} is not there; {run}"
        elif not found.string or (isinstance(found.string, tuple) and not all(found.string)):
            yield f"{po}: {words!r} has no translation"
        elif found.fuzzy:
            yield f"{po}: {words!r} is marked fuzzy"
        else:
            yield from _message_problems(po, words, found.id, found.string)
    for message in catalog:
        if message.id and template.get(message.id if isinstance(message.id, str) else message.id[0]) is None:
            yield f"{po}: {message.id!r} is said nowhere any more; {run}"
    mo = po.with_suffix(".mo")
    if not mo.exists() or mo.read_bytes() != _mo_bytes(catalog):
        yield f"{mo}: not compiled from {po.name}; {run}"


def _counts_as_cldr(catalog: Catalog, language: str) -> bool:
    """Whether the header picks the form that CLDR picks, compared where rules differ: below 200, and at thousands."""
    form = gettext.c2py(catalog.plural_expr)
    return all(form(number) == form_of(language, number) for number in (*range(200), 1000, 2000, 9999))


def _message_problems(po: Path, words: str, original: Any, translated: Any) -> Iterator[str]:  # noqa: ANN401  # Babel
    originals = {original} if isinstance(original, str) else set(original)
    forms = [translated] if isinstance(translated, str) else list(translated)
    wanted = set().union(*(placeholders(text) for text in originals))
    for form in forms:
        # A plural form may leave the number out where the language says it with the noun: سنتان is "two years".
        if placeholders(form) - wanted or (wanted - {"count"}) - placeholders(form):
            yield f"{po}: {words!r}: placeholders differ in {form!r}"


def placeholders(text: str) -> set[str]:
    """What the program fills in. Raises ValueError where a brace is never closed."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def main(arguments: list[str]) -> int:
    """Write the catalogs and say what translators still have to do; `--check` only says."""
    parser = argparse.ArgumentParser(prog="python -m bot.catalogs", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 where something is missing")
    parser.add_argument("--add", nargs="+", default=[], metavar="LANGUAGE", help="begin languages: sw pt_BR")
    asked = parser.parse_args(arguments)
    root = shipped.translations().parent
    try:
        for language in asked.add:
            add(root, language)
    except ValueError as error:
        parser.error(str(error))
    if not asked.check:
        write(root)
    problems = check(root)
    for problem in problems:
        sys.stderr.write(problem + "\n")
    return 1 if problems and asked.check else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
