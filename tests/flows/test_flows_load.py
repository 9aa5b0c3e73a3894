"""A coordinator's slips: each is named with file, line and remedy, all of them at once, and none opens a collection."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from made_up import READY

from flows.collection import Clause
from flows.load import CollectionFaults, Fault, load_collection, load_collections
from flows.shelf import Shelf

Breaking = Callable[[Path], None]
TODAY = dt.date(2026, 12, 1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the ready collection, to be broken."""
    copy = tmp_path / "collections" / "demographics"
    shutil.copytree(READY, copy)
    return copy


def change(file: str, old: str, new: str) -> Breaking:
    """Put other text where some text stands once."""

    def breaking(folder: Path) -> None:
        path = folder / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) >= 1, f"{old!r} is not in {file}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return breaking


def add(file: str, text: str) -> Breaking:
    """Put text at the end of a file."""

    def breaking(folder: Path) -> None:
        path = folder / file
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        path.write_text(before + text, encoding="utf-8")

    return breaking


def overwrite(file: str, content: bytes) -> Breaking:
    """Put other bytes in a file's place."""
    return lambda folder: _wrote(folder / file, content)


def _wrote(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def without(file: str) -> Breaking:
    """Take a file away."""
    return lambda folder: (folder / file).unlink()


def move_folder(old: str, new: str) -> Breaking:
    """Name a folder differently."""

    def breaking(folder: Path) -> None:
        (folder / old).rename(folder / new)

    return breaking


@dataclass(frozen=True)
class Slip:
    """One thing broken, and what is to be said about it."""

    name: str
    breaking: Breaking
    file: str
    said: str
    on: str | None = None
    """Words of the line that is pointed at; None where a file as a whole is meant."""


BASE, QUESTIONS, US, EG = "collection.yaml", "questions.yaml", "regions/US/region.yaml", "regions/EG/region.yaml"
SA, TARGETS = "regions/SA/region.yaml", "regions/US/targets.yaml"
CARD_2, CHANGES = "consent/en/2.md", "consent/en/changes.md"

_MORE_BANDS = "label: 35–44, age_from: 35, age_to: 44"
_HIDDEN_GENDER = """
about_you:
  subject: other
  kind: one
  text: How do you see yourself?
  options:
    - {id: w, label: As a woman}
    - {id: m, label: As a man}
"""


def _without_help_lines(folder: Path) -> None:
    path = folder / US
    text = re.sub(r"(?ms)^help_lines:.*?^sources:", "help_lines: []\nsources:", path.read_text(encoding="utf-8"))
    path.write_text(text, encoding="utf-8")


_SUPPLIER = "  - {id: acme, name: Acme"
_FIRST_SUPPLIER = "  - id: in_house"


def _with_supplier(more: str) -> Breaking:
    """Another supplier before the first one, with some of what a supplier has."""
    return change(BASE, _FIRST_SUPPLIER, f"{_SUPPLIER}{more}}}\n{_FIRST_SUPPLIER}")


_CLAUSES = ", ".join(f"{clause.value}: '{number}'" for number, clause in enumerate(Clause, 1))
_ATTESTED = (
    ", qualified_on: 2026-01-01, expires_on: 2027-01-01, training: {held_on: 2025-12-01, what: consent}, contact: x, "
    "statement_of_work: {reference: S, clauses: {"
)

_SLIPS = [
    Slip("a supplier of whom nothing is known", _with_supplier(""), BASE, "acme lacks qualified_on", "acme"),
    Slip("a clause left out", _with_supplier(f"{_ATTESTED}voluntary: '1'}}}}"), BASE, "missing: true_words", "acme"),
    Slip("a clause nobody asks for", _with_supplier(f"{_ATTESTED}{_CLAUSES}, speed: '9'}}}}"), BASE, "speed", "acme"),
    Slip("an attestation that ends before it begins", _with_supplier(
        f"{_ATTESTED}{_CLAUSES}}}}}".replace("2027-01-01", "2025-01-01")), BASE, "expires_on is not after", "acme"),
    Slip("two suppliers of one id", change(BASE, _FIRST_SUPPLIER, "  - {id: in_house, name: B, in_house: true}\n"
         + _FIRST_SUPPLIER), BASE, "doubled: in_house"),
    Slip("no collection.yaml", without(BASE), BASE, "the file is missing"),
    Slip("no questions.yaml", without(QUESTIONS), QUESTIONS, "the file is missing"),
    Slip("no region.yaml", without(US), US, "the file is missing"),
    Slip("no card", without("consent/ar/3.md"), "consent/ar/3.md", "the file is missing"),
    Slip("bad YAML", change(BASE, "version: 1", "version: [1"), BASE, "not YAML"),
    Slip("YAML that is a list", overwrite(QUESTIONS, b"- age\n- ancestry\n"), QUESTIONS, "names and values"),
    Slip("an empty file", overwrite(EG, b""), EG, "names and values"),
    Slip("YAML not in UTF-8", overwrite(QUESTIONS, "age: å".encode("latin-1")), QUESTIONS, "not UTF-8"),
    Slip("a card not in UTF-8", overwrite(CARD_2, "# å".encode("latin-1")), CARD_2, "not UTF-8"),
    Slip("control characters", overwrite(QUESTIONS, b"age: \x00"), QUESTIONS, "control characters"),
    Slip("a name that stands twice", add(QUESTIONS, "\nage:\n  subject: age\n"), QUESTIONS, "age stands here twice"),
    Slip("a misspelt field", change(BASE, "minutes:", "minuets:"), BASE, "minuets: Extra inputs", "minuets"),
    Slip("a field left out", change(BASE, "minutes: 6", "# minutes"), BASE, "minutes: Field required"),
    Slip("a misspelt field in a region", change(US, "minimum_age", "minimal_age"), US, "minimal_age", "minimal_age"),
    Slip("an id that is not the folder's", change(BASE, "id: demographics", "id: facts"), BASE, "its folder is", "id:"),
    Slip("an id with capitals", change(BASE, "- id: improvement", "- id: Improvement"), BASE, "a-z, 0-9", "Impr"),
    Slip("an unknown placeholder", change(CARD_2, "your age", "your {hobby}"), CARD_2, "{hobby}", "{hobby}"),
    Slip("a placeholder left open", change(CARD_2, "your age", "your {age"), CARD_2, "nothing fills {age.", "{age."),
    Slip("placeholders that differ", change("consent/ar/1.md", "{pay}", ""), "consent/ar/1.md", "placeholders differ"),
    Slip("a placeholder outside the cards", change(BASE, "what_for: To", 'what_for: "{pay} to'), BASE, "not YAML"),
    Slip(
        "braces in a question",
        change(QUESTIONS, "text: How old are you?", 'text: "How old are you, {name}?"'),
        QUESTIONS,
        "nothing is filled in here",
        "{name}",
    ),
    Slip("a card without a title", change(CARD_2, "# What we ask", "What we ask"), CARD_2, "no title"),
    Slip(
        "a part that stands twice on a card",
        change(CARD_2, "<!-- question -->", "<!--  more -->\nAnd this.\n\n<!-- question -->"),
        CARD_2,
        "the part `more` stands here twice",
        "<!--  more -->",
    ),
    Slip("a card without the longer text", change(CARD_2, "<!-- more -->", ""), CARD_2, "the part `more` is missing"),
    Slip("a card without its question", change(CARD_2, "<!-- question -->", ""), CARD_2, "`question` is missing"),
    Slip("two right answers", change(CARD_2, "- [ ] Yes", "- [x] Yes"), CARD_2, "2 of them marked", "<!-- question"),
    Slip("no right answer", change(CARD_2, "- [x] Not", "- [ ] Not"), CARD_2, "0 of them marked", "<!-- question"),
    Slip("a first card that asks", add("consent/en/1.md", "\n<!-- question -->\n\nHm?\n"), "consent/en/1.md", "asks"),
    Slip("gender where it is locked", add(EG, "\n"), EG, "gender_identity, which is locked in EG"),
    Slip("gender under another subject", add(EG, "\n"), EG, "is about gender_identity and says other"),
    Slip("gender told by its options", add(QUESTIONS, _HIDDEN_GENDER), EG, "about_you is about gender_identity"),
    Slip("a religion", change(QUESTIONS, "subject: grew_up", "subject: religion"), EG, "religion, which is closed"),
    Slip("an unknown subject", change(QUESTIONS, "subject: grew_up", "subject: home"), QUESTIONS, "subject", "home"),
    Slip("doubled option ids", change(QUESTIONS, "{id: man,", "{id: woman,"), QUESTIONS, "doubled", "gender_identity"),
    Slip("overlapping bands", change(QUESTIONS, _MORE_BANDS, _MORE_BANDS.replace("35, ", "34, ")), US, "overlap", "id"),
    Slip("a gap between bands", change(QUESTIONS, _MORE_BANDS, _MORE_BANDS.replace("35, ", "36, ")), US, "gap", "age"),
    Slip("a band under age", change(QUESTIONS, "age_from: 18", "age_from: 17"), US, "begin at 17", "age"),
    Slip("nobody old", change(QUESTIONS, "age_from: 75", "age_from: 75, age_to: 99"), US, "older than 99", "age"),
    Slip("a minimum age below 18", change(US, "minimum_age: 18", "minimum_age: 16"), US, "minimum_age", "minimum_age"),
    Slip("an unknown territory", move_folder("regions/US", "regions/QX"), "regions/QX/region.yaml", "'QX'"),
    Slip("a territory of another form", move_folder("regions/US", "regions/usa"), "regions/usa/region.yaml", "'usa'"),
    Slip("no region at all", lambda folder: shutil.rmtree(folder / "regions"), "regions", "no region"),
    Slip("a language without cards", change(BASE, "languages: [", "languages: [it, "), "consent/it/1.md", "missing"),
    Slip("no language of the collection's", change(EG, "[ar, en]", "[it]"), EG, "EG speaks it, the", "languages"),
    Slip("pay below the floor", change(US, '"2.50"', '"2.49"'), US, "is 24.90 an hour, below 25.00", "amount"),
    Slip("more time, same pay", change(BASE, "minutes: 6", "minutes: 8"), US, "for 8 minutes is 18.75", "amount"),
    Slip("nobody to talk to", _without_help_lines, US, "names no help line", "help_lines"),
    Slip("a language without a name", change(SA, "language: ur", "language: xx"), SA, "hi, fil, pcm", "id: ur"),
    Slip("a language without a name there", change(SA, "language: ur", "language: arz"), SA, "for the language arz in"),
    Slip("a region without a language", change(EG, "[ar, en]", "[]"), EG, "languages", "languages"),
    Slip("a language of another form", change(BASE, "[en, ar,", "[en, AR,"), BASE, "as CLDR does", "languages"),
    Slip("one id, two meanings", add(QUESTIONS, "\n"), US, "means 'Female person' here"),
    Slip("the opt-out listed", add(QUESTIONS, "\n"), US, "every question has it already"),
    Slip("a single option", add(QUESTIONS, "\n"), US, "two options at least"),
    Slip("too many options", add(QUESTIONS, "\n"), US, "40 options at most"),
    Slip("two options for own words", add(QUESTIONS, "\n"), US, "only one option"),
    Slip("an unknown currency", change(US, "currency: USD", "currency: USX"), US, "ISO 4217", "currency"),
    Slip("pay of nothing", change(US, 'amount: "2.50"', 'amount: "0"'), US, "greater than 0", "amount"),
    Slip("a budget for nobody", change(US, "pay:\n", 'pay:\n  budget: "1.00"\n'), US, "pays nobody", "pay"),
    Slip("a way of paying twice", change(US, "pay:\n", "pay:\n  ways: [bank, bank]\n"), US, "doubled: bank", "pay"),
    Slip("no way of paying beside one", change(US, "pay:\n", "pay:\n  ways: [none, bank]\n"), US, "others", "pay"),
    Slip("no such way of paying", change(US, "pay:\n", "pay:\n  ways: [cash]\n"), US, "pay.ways.0", "ways"),
    Slip("no ways of paying", change(US, "pay:\n", "pay:\n  ways: []\n"), US, "pay.ways", "ways"),
    Slip("a period in words", change(BASE, "expires: P24M", "expires: two years"), BASE, "ISO 8601", "expires"),
    Slip("a period of nothing", change(BASE, "answers: P24M", "answers: P0M"), BASE, "ISO 8601", "answers"),
    Slip("an unknown time zone", change(EG, "Africa/Cairo", "Africa/Kairo"), EG, "IANA", "time_zones"),
    Slip("a time without quotes", change(EG, '"21:00"', "21:00"), EG, "in quotes", "quiet_hours"),
    Slip("no purpose required", change(BASE, "required: true", "required: false"), BASE, "one purpose must be"),
    Slip(
        "required without why",
        change(BASE, "    why: Without it there would be nothing to ask.\n", ""),
        BASE,
        "says why it is required",
        "- id: evaluation",
    ),
    Slip("two for balance", change(BASE, "needs_participant: true", "balance: true"), BASE, "only one purpose says"),
    Slip("doubled purposes", change(BASE, "- id: improvement", "- id: evaluation"), BASE, "an id of its own"),
    Slip("not_asked of nothing", change(US, "[grew_up_region,", "[grew_up,"), US, "'grew_up', which no", "not_asked"),
    Slip("asked and not asked", change(US, "[grew_up_region,", "[age,"), US, "both asked and not asked", "not_asked"),
    Slip("a question that nobody wrote", change(US, "- id: age", "- id: aeg"), US, "no question 'aeg'", "- id: aeg"),
    Slip("a question without an id", change(US, "- id: age", "- age"), US, "a question without an id", "- age"),
    Slip("a page without https", change(BASE, "https://example", "http://example"), BASE, "https://", "page"),
    Slip("a catalog that is none", overwrite("translations/ar/LC_MESSAGES/demographics.po", b"msgid nothing\n"),
         "translations/ar/LC_MESSAGES/demographics.po", "not a catalog"),
    Slip("a version that nobody described", add(BASE, "\n"), CHANGES, "the file is missing"),
    Slip("a version without its words", add(BASE, "\n"), CHANGES, "nothing says what version 2 changed"),
    Slip("a version with an empty description", add(BASE, "\n"), CHANGES, "nothing says what version 2", "# 2"),
    Slip("a change to a version that is not there", add(BASE, "\n"), CHANGES, "`# 9` is no version", "# 9"),
    Slip("a version described twice", add(BASE, "\n"), CHANGES, "`# 2` is no version", "# 2"),
    Slip("words before a version", add(BASE, "\n"), CHANGES, "words before the first heading", "What is new"),
    Slip("more than a message of changes", add(BASE, "\n"), CHANGES, "3000 fit into one message"),
    Slip("an unknown placeholder in a change", add(BASE, "\n"), CHANGES, "nothing fills {hobby}", "{hobby}"),
    Slip("changes that differ", add(BASE, "\n"), "consent/ar/changes.md", "placeholders differ"),
    Slip("changes not in UTF-8", add(BASE, "\n"), CHANGES, "not UTF-8"),
    Slip("changes before the second version", overwrite("consent/en/changes.md", b"# 1\n\nNew.\n"), CHANGES,
         "`# 1` is no version", "# 1"),
    Slip("minor or material unsaid", change(BASE, "  version: 1\n", "  version: 3\n  changes: {2: minor}\n"), BASE,
         "whether version 3 is minor or material", "consent:"),
    Slip("a change that is neither", change(BASE, "  version: 1\n", "  version: 2\n  changes: {2: big}\n"), BASE,
         "consent.changes.2", "changes"),
    Slip("a change to come", change(BASE, "  version: 1\n", "  version: 1\n  changes: {2: minor}\n"), BASE,
         "`changes` names version 2", "consent:"),
    Slip("a target of a few", add(TARGETS, "people: 9\n"), TARGETS, "people: ", "people:"),
    Slip("a target beyond all", add(TARGETS, "languages: {en: 60, es: 50}\n"), TARGETS, "more than 100 percent"),
    Slip("a target in another language", add(TARGETS, "people: 50\nlanguages:\n  ja: 10\n"), TARGETS,
         "US does not speak ja", "ja: 10"),
    Slip("a target of nothing that is asked", add(TARGETS, "questions:\n  quilombola: {ja_sim: 5}\n"), TARGETS,
         "US does not ask quilombola", "quilombola"),
    Slip("a target of no option", add(TARGETS, "questions:\n  age:\n    age_12_18: 5\n"), TARGETS,
         "age has no option age_12_18", "age_12_18"),
    Slip("a target of silence", add(TARGETS, "questions:\n  age:\n    prefer_not_to_answer: 5\n"), TARGETS,
         "age has no option prefer_not_to_answer", "prefer_not"),
    Slip("a sign-off in a file", add("regions/US/sign-off.yaml", "reviewed_on: 2026-11-30\n"),
         "regions/US/sign-off.yaml", "sign-offs are kept in the database"),
]  # fmt: skip


def _extra_question(question: dict[str, object], territory: str) -> Breaking:
    def breaking(folder: Path) -> None:
        path = folder / f"regions/{territory}/region.yaml"
        value = yaml.safe_load(path.read_text(encoding="utf-8"))
        known = yaml.safe_load((folder / QUESTIONS).read_text(encoding="utf-8"))
        if question["id"] not in known:
            known[question["id"]] = {}
            (folder / QUESTIONS).write_text(yaml.safe_dump(known, allow_unicode=True), encoding="utf-8")
        value["questions"] = [q for q in value["questions"] if q["id"] != question["id"]] + [question]
        value["not_asked"] = []
        value["quiet_hours"] = {"start": "21:00", "end": "08:00"}
        path.write_text(yaml.safe_dump(value, allow_unicode=True), encoding="utf-8")

    return breaking


def _asking(options: list[dict[str, object]], **fields: object) -> dict[str, object]:
    return {"id": "hobby", "subject": "other", "kind": "one", "text": "What?", "options": options, **fields}


_TWO: list[dict[str, object]] = [{"id": "a", "label": "A"}, {"id": "b", "label": "B"}]


def _second_version(english: bytes | None, arabic: bytes = b"# 2\n\nNew.\n") -> Breaking:
    def breaking(folder: Path) -> None:
        change(BASE, "  version: 1\n", "  version: 2\n  changes: {2: material}\n")(folder)
        overwrite("consent/ar/changes.md", arabic)(folder)
        if english is not None:
            overwrite(CHANGES, english)(folder)

    return breaking


_EXTRA: dict[str, Breaking] = {
    "a version that nobody described": _second_version(None),
    "a version without its words": _second_version(b""),
    "a version with an empty description": _second_version(b"# 2\n\n"),
    "a change to a version that is not there": _second_version(b"# 9\n\nNew.\n\n# 2\n\nNew.\n"),
    "a version described twice": _second_version(b"# 2\n\nNew.\n\n# 2\n\nNewer.\n"),
    "words before a version": _second_version(b"What is new\n\n# 2\n\nNew.\n"),
    "more than a message of changes": _second_version(b"# 2\n\n" + b"New. " * 600),
    "an unknown placeholder in a change": _second_version(b"# 2\n\nNew {hobby}.\n"),
    "changes that differ": _second_version(b"# 2\n\nNow {pay}.\n"),
    "changes not in UTF-8": _second_version("# 2\n\nå".encode("latin-1")),
    "gender where it is locked": _extra_question({"id": "gender_identity"}, "EG"),
    "gender under another subject": _extra_question(_asking(_TWO, id="your_gender"), "EG"),
    "gender told by its options": _extra_question({"id": "about_you"}, "EG"),
    "one id, two meanings": _extra_question(
        {"id": "age", "options": [{"id": "age_18_24", "label": "Female person"}, *_TWO]}, "US"
    ),
    "the opt-out listed": _extra_question(_asking([*_TWO, {"id": "prefer_not_to_answer", "label": "No"}]), "US"),
    "a single option": _extra_question(_asking(_TWO[:1]), "US"),
    "too many options": _extra_question(_asking([{"id": f"o{n}", "label": f"O {n}"} for n in range(41)]), "US"),
    "two options for own words": _extra_question(_asking([{**each, "own_words": True} for each in _TWO]), "US"),
}


def faults_of(folder: Path) -> tuple[Fault, ...]:
    """What is said of a folder."""
    with pytest.raises(CollectionFaults) as found:
        load_collections(folder.parent)
    return found.value.faults


@pytest.mark.parametrize("slip", _SLIPS, ids=lambda slip: slip.name)
def test_a_slip_is_named_with_file_line_and_remedy(folder: Path, slip: Slip) -> None:
    """Whoever wrote the folder finds the place and what to do there."""
    slip.breaking(folder)
    if slip.name in _EXTRA:
        _EXTRA[slip.name](folder)
    faults = faults_of(folder)
    said = [fault for fault in faults if fault.file == folder / slip.file and slip.said in fault.problem]
    assert said, "\n".join(str(fault) for fault in faults)
    assert all(fault.line >= 1 and fault.remedy and not fault.remedy.endswith(".") for fault in faults)
    if slip.on is not None:
        lines = (folder / slip.file).read_text(encoding="utf-8").splitlines()
        assert slip.on in lines[said[0].line - 1]
    assert f"{said[0].file}:{said[0].line}: " in str(said[0])


def test_a_supplier_who_has_it_all_opens(folder: Path) -> None:
    _with_supplier(f"{_ATTESTED}{_CLAUSES}}}}}")(folder)
    acme = load_collection(folder).suppliers[0]
    assert acme.is_attested(dt.date(2026, 12, 31))
    assert not acme.is_attested(dt.date(2027, 1, 1))


def test_the_ready_collection_has_no_fault() -> None:
    """What ships can be opened."""
    assert [collection.id for collection in load_collections(READY.parent)] == ["demographics"]


def test_what_the_questions_file_says_wrong_is_named_there_and_once(folder: Path) -> None:
    """Several regions ask it, and none of them says it; and none is blamed for what could not be read of another."""
    change(QUESTIONS, "{id: woman, label: Woman", "{id: no, label: Woman")(folder)
    faults = faults_of(folder)
    assert {fault.file.relative_to(folder).as_posix() for fault in faults} == {QUESTIONS}
    [fault] = faults
    assert fault.problem == "gender_identity.options.0.id: Input should be a valid string"
    assert "{id: no, " in (folder / QUESTIONS).read_text(encoding="utf-8").splitlines()[fault.line - 1]
    assert fault.remedy.startswith('Put it into quotes, such as "no": without them, YAML takes no and off for false')


def test_what_a_region_says_wrong_of_a_question_is_named_in_the_region(folder: Path) -> None:
    change("regions/BR/region.yaml", "{id: woman, label: Woman", "{id: yes, label: Woman")(folder)
    [fault] = faults_of(folder)
    assert fault.file == folder / "regions/BR/region.yaml"
    assert "{id: yes, " in fault.file.read_text(encoding="utf-8").splitlines()[fault.line - 1]


def test_what_an_unreadable_region_asks_is_not_taken_for_asked_nowhere(folder: Path) -> None:
    """first_language is asked in one region of the copy alone, and others say that they do not ask it."""
    asked = [path for path in folder.glob("regions/*/region.yaml") if "id: first_language" in path.read_text()]
    for path in asked:
        path.write_text(path.read_text(encoding="utf-8").replace("currency: ", "currency: [", 1), encoding="utf-8")
    faults = faults_of(folder)
    assert {fault.file for fault in faults} == set(asked)


def test_many_slips_are_all_named_at_once(folder: Path) -> None:
    """One run says everything: nobody mends a folder one error at a time."""
    chosen = {
        "a misspelt field",
        "a card not in UTF-8",
        "no card",
        "no language of the collection's",
        "a gap between bands",
        "not_asked of nothing",
        "a period in words",
        "a sign-off in a file",
    }
    slips = [slip for slip in _SLIPS if slip.name in chosen]
    assert len(slips) == len(chosen)
    for slip in slips:
        slip.breaking(folder)
    change(EG, "currency: EGP", "currency: EGX")(folder)
    add(QUESTIONS, "\nnothing: {}\nnothing: {}\n")(folder)
    problems = "\n".join(str(fault) for fault in faults_of(folder))
    for said in ("minuets", "consent/en/2.md:1: the file is not UTF-8", "consent/ar/3.md:1: the file is missing",
                 "ISO 4217", "leave a gap", "'grew_up', which no", "ISO 8601", "sign-off.yaml",
                 "nothing stands here"):  # fmt: skip
        assert said in problems


def test_slips_in_several_collections_are_named_together(folder: Path) -> None:
    """A second folder's faults do not wait for the first one's."""
    other = folder.parent / "others"
    shutil.copytree(folder, other)
    change(BASE, "minutes: 6", "minutes: 400")(folder)
    files = {fault.file.relative_to(folder.parent).parts[0] for fault in faults_of(folder)}
    assert files == {"demographics", "others"}


def test_an_empty_folder_is_not_a_quiet_success(tmp_path: Path) -> None:
    """A wrong setting for the collections' folder is said."""
    with pytest.raises(CollectionFaults, match="no collection here"):
        load_collections(tmp_path / "nowhere")


def test_what_changed_is_read_version_by_version(folder: Path) -> None:
    """A heading a version, in any order, with Markdown beneath."""
    shipped = load_collection(folder)
    change(BASE, "  version: 1\n", "  version: 3\n  changes: {2: minor, 3: material}\n")(folder)
    for language in shipped.languages:
        overwrite(f"consent/{language}/changes.md", b"# 2\r\n\r\nCommas.\r\n# 3\n\nWe pay **{pay}**.\n\nNow.")(folder)
    collection = load_collection(folder)
    wanted = {2: "Commas.", 3: "We pay **{pay}**.\n\nNow."}
    assert collection.what_changed == dict.fromkeys(shipped.languages, wanted)
    shelf = Shelf((collection,), unreviewed=True)
    said = shelf.what_changed(collection, "en", "US", since=1)
    assert [words.replace("\u2068", "").replace("\u2069", "") for words in said] == [
        "We pay **$2.50**.\n\nNow.",
        "Commas.",
    ]
    assert len(shelf.what_changed(collection, "en", "US", since=2)) == 1
    assert shelf.what_changed(collection, "en", "US", since=3) == ()
    assert [collection.consent.asks_again(agreed) for agreed in (1, 2, 3, 4)] == [True, True, False, False]


def test_files_from_other_editors_are_read(folder: Path) -> None:
    """A mark at the beginning and Windows line ends change nothing."""
    for path in (folder / BASE, folder / CARD_2):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    as_written, as_shipped = load_collection(folder), load_collection(READY)
    assert as_written.documents == as_shipped.documents
    assert as_written.regions == as_shipped.regions
