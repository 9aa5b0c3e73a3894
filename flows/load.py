"""A collection's folder -> Collection, or every fault at once, each with file, line and remedy.

Nothing else in `flows` opens a file. Layout of a folder: `docs/collections.md`.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from flows.collection import CARDS, Card, CardQuestion, Collection, Region, SignOff
from flows.consent import PLACEHOLDERS
from flows.language import known_territory
from flows.safety import Level, level, told_by_id


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is not right in a collection's folder."""

    file: Path
    line: int
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.problem}. {self.remedy}"


class CollectionFaults(Exception):
    """A folder that cannot be opened as a collection; carries every fault found."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = tuple(faults)


class _Yaml:
    """A YAML file's values, and the line that each came from."""

    def __init__(self, path: Path) -> None:
        self.path = path
        text = path.read_text(encoding="utf-8")
        self.value: Any = yaml.safe_load(text)
        self._root = yaml.compose(text, Loader=yaml.SafeLoader)

    def line(self, place: tuple[int | str, ...]) -> int:
        """The line of a place such as ("purposes", 0, "why"), or of the nearest thing around it."""
        node, line = self._root, 1
        for key in place:
            found = _child(node, key)
            if found is None:
                break
            node, line = found
        return line


def _child(node: yaml.Node | None, key: int | str) -> tuple[yaml.Node, int] | None:
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if name.value == str(key):
                return value, name.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
        return node.value[key], node.value[key].start_mark.line + 1
    return None


def load_collections(folder: Path) -> tuple[Collection, ...]:
    """Every collection in a folder of collections, by name. Raises CollectionFaults with all faults of all of them."""
    faults: list[Fault] = []
    collections = []
    folders = sorted(path.parent for path in folder.glob("*/collection.yaml")) if folder.is_dir() else []
    if not folders:
        faults.append(Fault(folder, 1, "no collection here", "Put a folder with a collection.yaml into it"))
    for each in folders:
        try:
            collections.append(load_collection(each))
        except CollectionFaults as found:
            faults += found.faults
    if faults:
        raise CollectionFaults(faults)
    return tuple(collections)


def load_collection(folder: Path) -> Collection:
    """The collection that a folder holds. Raises CollectionFaults with every fault in it."""
    faults: list[Fault] = []
    base = _read(folder / "collection.yaml", faults)
    questions = _read(folder / "questions.yaml", faults)
    if base is None or questions is None or not _are_mappings((base, questions), faults):
        raise CollectionFaults(faults)
    if base.value.get("id") != folder.name:
        problem = f"the collection's id is {base.value.get('id')!r} and its folder is {folder.name!r}"
        faults.append(Fault(base.path, base.line(("id",)), problem, "Give both the same name"))
    languages = [str(name) for name in base.value.get("languages") or []]
    documents = {name: _document(folder / "consent" / name, faults) for name in languages}
    regions = [_region(path, questions, faults) for path in sorted(folder.glob("regions/*/region.yaml"))]
    if not regions:
        faults.append(Fault(folder / "regions", 1, "no region", "Add regions/XX/region.yaml, XX as ISO 3166 writes it"))
    found = [region for region in regions if region is not None]
    collection = _collection(base, found, {k: v for k, v in documents.items() if v}, faults)
    if collection is not None:
        faults += _disagreements(folder, base, collection)
    if faults or collection is None:
        raise CollectionFaults(faults)
    return _with_sign_offs(folder, collection)


def _read(path: Path, faults: list[Fault]) -> _Yaml | None:
    try:
        return _Yaml(path)
    except FileNotFoundError:
        faults.append(Fault(path, 1, "the file is missing", "Add it; docs/collections.md says what goes in"))
    except UnicodeDecodeError:
        faults.append(Fault(path, 1, "the file is not UTF-8", "Save it as UTF-8"))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        faults.append(Fault(path, line, f"not YAML: {error.problem}", "Mend the line, or quote the text"))
    return None


def _are_mappings(files: tuple[_Yaml, ...], faults: list[Fault]) -> bool:
    faults.extend(
        Fault(file.path, 1, "names and values were expected", "Write `name: value` lines")
        for file in files
        if not isinstance(file.value, dict)
    )
    return not faults


def _collection(
    base: _Yaml, regions: list[Region], documents: dict[str, tuple[Card, ...]], faults: list[Fault]
) -> Collection | None:
    try:
        return Collection.model_validate({**base.value, "regions": tuple(regions), "documents": documents})
    except ValidationError as error:
        faults += _pydantic_faults(error, base, ())
        return None


def _pydantic_faults(error: ValidationError, file: _Yaml, under: tuple[int | str, ...]) -> Iterator[Fault]:
    for detail in error.errors(include_url=False, include_input=False):
        place = (*under, *detail["loc"])
        name = ".".join(str(part) for part in place) or "the file"
        message = detail["msg"].removeprefix("Value error, ")
        remedy = _REMEDIES.get(detail["type"], "Mend it as docs/collections.md says")
        yield Fault(file.path, file.line(place), f"{name}: {message}", remedy)


_REMEDIES = {
    "missing": "Add the field",
    "extra_forbidden": "Take the field out, or correct its name",
    "string_type": "Put the value into quotes",
}


def _region(path: Path, questions: _Yaml, faults: list[Fault]) -> Region | None:
    file = _read(path, faults)
    if file is None:
        return None
    territory = path.parent.name
    if not isinstance(file.value, dict):
        faults.append(Fault(path, 1, "names and values were expected", "Write `name: value` lines"))
        return None
    if not known_territory(territory):
        remedy = "Name the folder by its ISO 3166 code"
        faults.append(Fault(path, 1, f"CLDR knows no territory {territory!r}", remedy))
    asked = [
        _merged(entry, number, file, questions, faults)
        for number, entry in enumerate(file.value.get("questions") or [])
    ]
    value = {**file.value, "territory": territory, "questions": [entry for entry in asked if entry is not None]}
    try:
        region = Region.model_validate(value)
    except ValidationError as error:
        faults.extend(_pydantic_faults(error, file, ()))
        return None
    faults.extend(_unsafe_questions(file, region))
    return region


def _merged(entry: Any, number: int, file: _Yaml, questions: _Yaml, faults: list[Fault]) -> dict[str, Any] | None:  # noqa: ANN401  # YAML
    """A region's entry laid over the collection's question of the same id."""
    if not isinstance(entry, dict) or "id" not in entry:
        remedy = "Write `- id: age`, and below it what this region says otherwise"
        faults.append(Fault(file.path, file.line(("questions", number)), "a question without an id", remedy))
        return None
    known = questions.value.get(entry["id"])
    if known is None:
        remedy = f"Add {entry['id']} to questions.yaml, or correct the id"
        problem = f"questions.yaml knows no question {entry['id']!r}"
        faults.append(Fault(file.path, file.line(("questions", number)), problem, remedy))
        return None
    return {**known, **entry}


def _unsafe_questions(file: _Yaml, region: Region) -> Iterator[Fault]:
    for number, question in enumerate(region.questions):
        line = file.line(("questions", number))
        told = told_by_id(question.id)
        if told is not None and question.subject is not told:
            problem = f"the question {question.id!r} is about {told.value} and says {question.subject.value}"
            yield Fault(file.path, line, problem, f"Write `subject: {told.value}`")
        found = level(region.territory, question.subject)
        if found is not Level.OPEN:
            problem = f"{question.subject.value} is {found.value} in {region.territory}"
            remedy = "Take the question out: flows/safety.py says why, and no setting overrides it"
            yield Fault(file.path, line, problem, remedy)
        ages = [o for o in question.options if o.age_from is not None]
        if ages and ages[0].age_from is not None and ages[0].age_from < region.minimum_age:
            problem = f"an age band begins at {ages[0].age_from}, below the minimum age {region.minimum_age}"
            yield Fault(file.path, line, problem, "Begin at the minimum age")
        yield from _broken_bands(file, line, question.id, [(o.age_from, o.age_to) for o in ages])


def _broken_bands(file: _Yaml, line: int, question: str, bands: list[tuple[int | None, int | None]]) -> Iterator[Fault]:
    for (_, end), (start, _) in itertools.pairwise(bands):
        if end is None or start is None or start != end + 1:
            problem = f"{question}: the age bands around {end} and {start} overlap or leave a gap"
            yield Fault(file.path, line, problem, "Let each band begin one year after the one before ends")


_PARTS = re.compile(r"^<!--\s*(more|question|once more)\s*-->\s*$", re.MULTILINE)
_ANSWER = re.compile(r"^- \[( |x)\] (.+)$", re.MULTILINE)


def _document(folder: Path, faults: list[Fault]) -> tuple[Card, ...] | None:
    cards = [_card(folder / f"{number}.md", number, faults) for number in range(1, CARDS + 1)]
    found = tuple(card for card in cards if card is not None)
    return found if len(found) == CARDS else None


def _card(path: Path, number: int, faults: list[Fault]) -> Card | None:
    try:
        text = path.read_text(encoding="utf-8").replace("\r\n", "\n")
    except FileNotFoundError:
        remedy = f"Write card {number}: consent text never falls back to another language"
        faults.append(Fault(path, 1, "the file is missing", remedy))
        return None
    except UnicodeDecodeError:
        faults.append(Fault(path, 1, "the file is not UTF-8", "Save it as UTF-8"))
        return None
    faults.extend(_unknown_placeholders(path, text))
    pieces = _PARTS.split(text)
    parts = dict(zip(pieces[1::2], (piece.strip() for piece in pieces[2::2]), strict=True))
    title, _, short = pieces[0].strip().partition("\n")
    problems = list(_card_problems(path, number, title, short, parts))
    if problems:
        faults.extend(problems)
        return None
    question = _card_question(path, text, parts, faults) if number > 1 else None
    return Card(title=title.removeprefix("# "), text=short.strip(), more=parts["more"], question=question)


def _unknown_placeholders(path: Path, text: str) -> Iterator[Fault]:
    for number, line in enumerate(text.splitlines(), start=1):
        for name in re.findall(r"\{(\w+)\}", line):
            if name not in PLACEHOLDERS:
                yield Fault(
                    path, number, f"nothing fills {{{name}}} in", f"Use one of {', '.join(sorted(PLACEHOLDERS))}"
                )


def _card_problems(path: Path, number: int, title: str, short: str, parts: Mapping[str, str]) -> Iterator[Fault]:
    if not title.startswith("# "):
        yield Fault(path, 1, "the card has no title", "Begin with `# Title`")
    if not short.strip():
        yield Fault(path, 2, "the card has no text", "Write the short text below the title")
    wanted = ("more",) if number == 1 else ("more", "question", "once more")
    for part in wanted:
        if not parts.get(part):
            yield Fault(path, 1, f"the part `{part}` is missing", f"Add a line `<!-- {part} -->` and the text below it")


def _card_question(path: Path, text: str, parts: Mapping[str, str], faults: list[Fault]) -> CardQuestion | None:
    answers = _ANSWER.findall(parts["question"])
    line = text[: text.index("<!-- question")].count("\n") + 1
    right = [place for place, (mark, _) in enumerate(answers) if mark == "x"]
    if len(right) != 1 or not 2 <= len(answers) <= 3:
        problem = f"{len(answers)} answers, {len(right)} of them marked [x]"
        faults.append(Fault(path, line, problem, "Write two or three lines `- [ ] answer`, exactly one with [x]"))
        return None
    return CardQuestion(
        text=_ANSWER.sub("", parts["question"]).strip(),
        answers=tuple(words.strip() for _, words in answers),
        right=right[0],
        once_more=parts["once more"],
    )


def _disagreements(folder: Path, base: _Yaml, collection: Collection) -> Iterator[Fault]:
    for region in collection.regions:
        file = folder / "regions" / region.territory / "region.yaml"
        missing = set(region.languages) - set(collection.languages)
        if missing:
            remedy = "Add them to `languages` in collection.yaml, with their consent cards"
            yield Fault(
                file, 1, f"{region.territory} offers {', '.join(sorted(missing))}, the collection does not", remedy
            )
        known = {q.id for r in collection.regions for q in r.questions}
        for name in sorted(set(region.not_asked) & {q.id for q in region.questions}):
            yield Fault(file, 1, f"{name} is both asked and not asked", "Take it out of one of the two")
        for name in sorted(set(region.not_asked) - known):
            yield Fault(file, 1, f"not_asked names {name!r}, which no region asks", "Correct the id")
    yield from _meanings(folder, collection)
    yield from _placeholder_disagreements(folder, collection)
    if sum(p.balance for p in collection.purposes) > 1:
        yield Fault(base.path, base.line(("purposes",)), "two purposes say `balance: true`", "Leave one of them")


def _meanings(folder: Path, collection: Collection) -> Iterator[Fault]:
    """One id, one meaning: a question keeps its subject and kind, an option its words, in every region."""
    seen: dict[tuple[str, ...], tuple[str, str]] = {}
    for region in collection.regions:
        file = folder / "regions" / region.territory / "region.yaml"
        for question in region.questions:
            meanings: dict[tuple[str, ...], str] = {(question.id,): f"{question.subject.value}, {question.kind}"}
            meanings |= {(question.id, option.id): option.label for option in question.options}
            for key, meaning in meanings.items():
                first = seen.setdefault(key, (meaning, region.territory))
                if first[0] != meaning:
                    problem = f"{'.'.join(key)} means {meaning!r} here and {first[0]!r} in {first[1]}"
                    yield Fault(file, 1, problem, "Give one of the two an id of its own")


def _placeholder_disagreements(folder: Path, collection: Collection) -> Iterator[Fault]:
    documents = list(collection.documents.items())
    for language, cards in documents[1:]:
        for number, (card, original) in enumerate(zip(cards, documents[0][1], strict=True), start=1):
            if _placeholders(card) != _placeholders(original):
                file = folder / "consent" / language / f"{number}.md"
                problem = f"its placeholders differ from those of {documents[0][0]}/{number}.md"
                yield Fault(file, 1, problem, "Say the same things in every language")


def _placeholders(card: Card) -> frozenset[str]:
    return frozenset(re.findall(r"\{(\w+)\}", card.model_dump_json()))


def _with_sign_offs(folder: Path, collection: Collection) -> Collection:
    regions = []
    faults: list[Fault] = []
    for region in collection.regions:
        content = region_content(collection, region)
        sign_off = _sign_off(folder / "regions" / region.territory / "sign-off.yaml", faults)
        regions.append(region.model_copy(update={"content": content, "sign_off": sign_off}))
    if faults:
        raise CollectionFaults(faults)
    return collection.model_copy(update={"regions": tuple(regions)})


def _sign_off(path: Path, faults: list[Fault]) -> SignOff | None:
    if not path.exists():
        return None
    file = _read(path, faults)
    if file is None:
        return None
    try:
        return SignOff.model_validate(file.value)
    except ValidationError as error:
        faults.extend(_pydantic_faults(error, file, ()))
        return None


def region_content(collection: Collection, region: Region) -> str:
    """SHA-256 over everything that somebody in a region is shown or promised: what a sign-off is bound to.

    Who recruits and the sign-offs themselves are left out; the order of fields does not matter.
    """
    shown = {
        "collection": collection.model_dump(mode="json", exclude={"regions", "documents", "suppliers"}),
        "region": region.model_dump(mode="json", exclude={"content", "sign_off"}),
        "cards": {
            name: [card.model_dump(mode="json") for card in cards]
            for name, cards in sorted(collection.documents.items())
            if name in region.languages
        },
    }
    text = json.dumps(shown, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
