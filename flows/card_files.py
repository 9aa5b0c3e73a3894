"""Consent cards as Markdown files: one folder a language, one file a card."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import ValidationError

from flows.collection import CARDS, Card, CardQuestion, Voice
from flows.consent import PLACEHOLDERS
from flows.faults import Fault, text_or_fault
from flows.voice import MOST_BYTES, NoVoice, voice_of
from flows.written import Unreadable, content_of

_PART = re.compile(r"^<!--\s*(more|question|once more)\s*-->\s*$", re.MULTILINE)
_ANSWER = re.compile(r"^- \[( |x)\] (.+)$", re.MULTILINE)


def read_document(folder: Path, faults: list[Fault]) -> tuple[Card, ...] | None:
    """The four cards of one language; None, and faults that say why, where one of them cannot be read."""
    cards = [_card(folder / f"{number}.md", number, faults) for number in range(1, CARDS + 1)]
    found = tuple(card for card in cards if card is not None)
    return found if len(found) == CARDS else None


def _card(path: Path, number: int, faults: list[Fault]) -> Card | None:
    remedy = f"Write card {number}: consent text never falls back to another language"
    text = text_or_fault(path, faults, Fault(path, 1, "the file is missing", remedy, "consent.card_missing"))
    if text is None:
        return None
    faults.extend(unknown_placeholders(path, text))
    pieces = _PART.split(text)
    parts = dict(zip(pieces[1::2], (piece.strip() for piece in pieces[2::2]), strict=True))
    title, _, short = pieces[0].strip().partition("\n")
    problems = [*_doubled(path, text), *_problems(path, number, title, short, parts)]
    if problems:
        faults.extend(problems)
        return None
    voice = _voice(path.with_suffix(".ogg"), faults)
    try:
        question = _question(path, text, parts, faults) if number > 1 else None
        words = {"title": title.removeprefix("# "), "text": short.strip(), "more": parts["more"]}
        return Card(**words, question=question, voice=voice)
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_input=False):
            name = ".".join(map(str, detail["loc"]))
            faults.append(Fault(path, 1, f"{name}: {detail['msg']}", "Write it in fewer words, or in some"))
        return None


def _voice(path: Path, faults: list[Fault]) -> Voice | None:
    """The card read aloud, where there is such a file."""
    if not path.is_file():
        return None
    try:
        return voice_of(content_of(path, MOST_BYTES))
    except (NoVoice, Unreadable) as error:
        remedy = "Save it as Ogg Opus, such as with `ffmpeg -i card.wav -c:a libopus -b:a 24k card.ogg`"
        faults.append(Fault(path, 1, f"this is no voice note: {error}", remedy))
        return None


def unknown_placeholders(path: Path, text: str) -> Iterator[Fault]:
    """Braces that nothing is filled into."""
    remedy = f"Use one of {', '.join(sorted(PLACEHOLDERS))}"
    for number, line in enumerate(text.splitlines(), start=1):
        for name, end in re.findall(r"\{(\w*)(.?)", line):
            if name not in PLACEHOLDERS or end != "}":
                yield Fault(path, number, f"nothing fills {{{name}{end} in", remedy)


def _doubled(path: Path, text: str) -> Iterator[Fault]:
    """Parts that stand there again: of two, the first would be lost."""
    met: set[str] = set()
    for part in _PART.finditer(text):
        if part[1] in met:
            line = text[: part.start()].count("\n") + 1
            yield Fault(path, line, f"the part `{part[1]}` stands here twice", "Write all of it under one of the two")
        met.add(part[1])


def _problems(path: Path, number: int, title: str, short: str, parts: Mapping[str, str]) -> Iterator[Fault]:
    if not title.startswith("# "):
        yield Fault(path, 1, "the card has no title", "Begin with `# Title`")
    if not short.strip():
        yield Fault(path, 2, "the card has no text", "Write the short text below the title")
    wanted = ("more",) if number == 1 else ("more", "question", "once more")
    for part in wanted:
        if not parts.get(part):
            remedy = f"Add a line `<!-- {part} -->` and the text below it"
            yield Fault(path, 1, f"the part `{part}` is missing", remedy, "consent.card_missing")
    if set(parts) - set(wanted):
        yield Fault(path, 1, "the first card asks nothing", "Move the question to another card")


def _question(path: Path, text: str, parts: Mapping[str, str], faults: list[Fault]) -> CardQuestion | None:
    answers = _ANSWER.findall(parts["question"])
    right = [place for place, (mark, _) in enumerate(answers) if mark == "x"]
    if len(right) != 1 or not 2 <= len(answers) <= 3:
        line = next(text[: part.start()].count("\n") + 1 for part in _PART.finditer(text) if part[1] == "question")
        problem = f"{len(answers)} answers, {len(right)} of them marked [x]"
        faults.append(Fault(path, line, problem, "Write two or three lines `- [ ] answer`, exactly one with [x]"))
        return None
    return CardQuestion(
        text=_ANSWER.sub("", parts["question"]).strip(),
        answers=tuple(words.strip() for _, words in answers),
        right=right[0],
        once_more=parts["once more"],
    )


def placeholder_disagreements(folder: Path, documents: Mapping[str, tuple[Card, ...]]) -> Iterator[Fault]:
    """Cards that leave something else to be filled in than the same card of the first language."""
    languages = list(documents)
    for language in languages[1:]:
        pairs = zip(documents[language], documents[languages[0]], strict=True)
        for number, (card, original) in enumerate(pairs, start=1):
            if placeholders(card.model_dump_json()) != placeholders(original.model_dump_json()):
                problem = f"its placeholders differ from those of {languages[0]}/{number}.md"
                remedy = "Say the same things in every language"
                yield Fault(folder / language / f"{number}.md", 1, problem, remedy, "translations.placeholders_differ")


def placeholders(words: str) -> frozenset[str]:
    """What some words leave to be filled in."""
    return frozenset(re.findall(r"\{(\w+)\}", words))
