"""A question's card: open, in own words, or put away so that it says nothing of what it is about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from flows.cards import View, asks_sensitive, back, clean_choice, support
from flows.collection import OPT_OUT, Option, Question
from flows.questions import NOTHING, Answer
from flows.screens import Block, Choice, Keeping, Screen, body, item, lead, quiet, title
from flows.words import Text, Value, say, say_count

LABELLED = 8
"""Up to so many options stand as a button each; above, buttons are numbered and labels stand in the text."""

LONG_LABEL = 34
"""Longer labels are cut on a phone of 360 points (`telegram.md`), so they go into the text too."""

SHORT_LABEL = 12
FEW = 4
"""More short options than this stand two in a row, so that the opt-out is seen without scrolling."""

NUMBERS_A_ROW = 4


def question_screen(view: View) -> Screen:
    """One question, edited in place."""
    passage, question = view.passage, view.asking
    if passage.folded:
        return _put_away_screen(view, question)
    if passage.describing:
        return _describe_screen(view, question)
    place = (_number(view, question), len(view.path), passage.returning, asks_sensitive(view))
    answer = passage.answers.get(question.id, NOTHING)
    if answer.options:
        return _open_screen(view, question, answer)
    return view.shelf.once((*_of(view, question), "untouched", *place), lambda: _open_screen(view, question, NOTHING))


def _of(view: View, question: Question) -> tuple[str, str, str]:
    """What every open card of a question is made of."""
    return (view.collection.id, view.region.territory, question.id)


def _open_screen(view: View, question: Question, answer: Answer) -> Screen:
    prepared = view.shelf.once((*_of(view, question), "prepared"), lambda: _prepared(view, question))
    steps = _steps(_number(view, question) > 1 or view.passage.returning, done=question.kind == "several")
    blocks = [_progress(view, question), *prepared.head, *prepared.lines(answer), *prepared.foot]
    rows = [*prepared.rows(answer), *prepared.beneath, steps]
    return _card(view, f"question-{question.id}", blocks, rows, discreet=question.sensitive)


def _number(view: View, question: Question) -> int:
    return [each.id for each in view.path].index(question.id) + 1


def _progress(view: View, question: Question) -> Block:
    return quiet(say("{number} of {count}", number=_number(view, question), count=len(view.path)))


def _steps(may_go_back: bool, *, done: bool) -> tuple[Choice, ...]:
    ways = [back()] if may_go_back else []
    ways.append(Choice(say("Pause"), "pause"))
    return (*ways, Choice(say("Done"), "done", look="primary")) if done else tuple(ways)


def _card(view: View, name: str, blocks: list[Block], rows: list[tuple[Choice, ...]], *, discreet: bool) -> Screen:
    """One of the questions' cards. All of a region's are one message, so one sensitive question protects them all."""
    keeping = Keeping.PROTECTED if asks_sensitive(view) else Keeping.EITHER
    return Screen(name, tuple(blocks), tuple(rows), keeping, discreet)


def _put_away_screen(view: View, question: Question) -> Screen:
    """What a sensitive card is while nobody looks at it: no word of what it asks, and none of what was answered."""
    answered = question.id in view.passage.answers
    words = (
        say("Answered. Hidden, so that nobody reads it over your shoulder.")
        if answered
        else say("Put away, so that nobody reads it over your shoulder.")
    )
    steps = _steps(_number(view, question) > 1 or view.passage.returning, done=answered)
    rows = [(Choice(say("Show"), "show"),), (clean_choice(),), steps]
    return _card(view, f"question-{question.id}", [_progress(view, question), body(words)], rows, discreet=False)


def _what_cleaning_reaches() -> Block:
    """Said before: Telegram lets a bot delete for 48 hours (`bot.letterhead.DELETABLE`)."""
    return quiet(say("“Clean this chat” deletes what is less than 48 hours old. What is older only you can delete."))


class _Faces(NamedTuple):
    """How an option stands on a card: not chosen, and chosen."""

    option: str
    choices: tuple[Choice, Choice]
    lines: tuple[Block, Block] | None = None
    """Its label in the text, where its button has a number alone."""
    heading: Block | None = None

    def chosen(self, answer: Answer) -> bool:
        return self.option in answer.options


@dataclass(frozen=True)
class _Prepared:
    """What is the same on every open card of a question, whoever looks at it and whatever they have chosen."""

    head: tuple[Block, ...]
    options: tuple[_Faces, ...]
    width: int
    """How many options stand in a row."""
    alone: tuple[_Faces, ...]
    """Own words, and the opt-out: each has a row, and a button with words on it."""
    foot: tuple[Block, ...]
    beneath: tuple[tuple[Choice, ...], ...]

    def lines(self, answer: Answer) -> Iterator[Block]:
        """The labels that stand in the text."""
        for faces in self.options:
            if faces.heading is not None:
                yield faces.heading
            if faces.lines is not None:
                yield faces.lines[faces.chosen(answer)]

    def rows(self, answer: Answer) -> list[tuple[Choice, ...]]:
        """A button for each option."""
        choices = [faces.choices[faces.chosen(answer)] for faces in self.options]
        rows = [tuple(choices[start : start + self.width]) for start in range(0, len(choices), self.width)]
        return rows + [(faces.choices[faces.chosen(answer)],) for faces in self.alone]


def _prepared(view: View, question: Question) -> _Prepared:
    plain = [option for option in question.options if not option.own_words]
    many = len(question.options) + 1 > LABELLED or any(option.heading for option in plain)
    numbered = many or any(len(option.label) > LONG_LABEL for option in plain)
    if numbered:
        options = [_numbered(view, question, option, number) for number, option in enumerate(plain, start=1)]
    else:
        options = [_labelled(question, option.id, view.option(option)) for option in plain]
    described = question.own_words_option
    alone = [_labelled(question, OPT_OUT, say("Prefer not to answer"))]
    if described is not None:
        alone.insert(0, _described(view, question, described))
    width = NUMBERS_A_ROW if numbered else 2 if _are_short(plain) else 1
    foot, beneath = list[Block](), list[tuple[Choice, ...]]()
    if question.sensitive:
        foot = [*support(view.collection, view.region), _what_cleaning_reaches()]
        beneath = [(clean_choice(),)]
    return _Prepared(_head(view, question), tuple(options), width, tuple(alone), tuple(foot), tuple(beneath))


def _head(view: View, question: Question) -> tuple[Block, ...]:
    blocks = [title(view.words(question.text))]
    if question.caution:
        blocks.insert(0, body(view.words(question.caution)))
    if question.note:
        blocks.append(body(view.words(question.note)))
    if question.kind == "several":
        blocks.append(quiet(say("You may choose several.")))
    return tuple(blocks)


def _numbered(view: View, question: Question, option: Option, number: int) -> _Faces:
    label: dict[str, Value] = {"number": number, "label": view.option(option)}
    lines = (item(Text("{number}. {label}", label)), item(Text("☑ {number}. {label}", label)))
    heading = lead(view.words(option.heading)) if option.heading is not None else None
    return _labelled(question, option.id, Text("{number}", {"number": number}))._replace(lines=lines, heading=heading)


def _are_short(options: list[Option]) -> bool:
    """Whether two stand side by side without being cut, and there are enough of them to save a scroll."""
    return len(options) > FEW and all(len(option.label) <= SHORT_LABEL for option in options)


def _labelled(question: Question, option: str, label: Text) -> _Faces:
    if question.kind == "one":
        words = (label, Text("● {label}", {"label": label}))
        return _Faces(option, (Choice(words[0], "choose", option), Choice(words[1], "choose", option)))
    words = (Text("☐ {label}", {"label": label}), Text("☑ {label}", {"label": label}))
    return _Faces(
        option, (Choice(words[0], "tick", option, ticked=False), Choice(words[1], "tick", option, ticked=True))
    )


def _described(view: View, question: Question, option: Option) -> _Faces:
    marks = ("{label}…", "● {label}…") if question.kind == "one" else ("☐ {label}…", "☑ {label}…")
    label = {"label": view.option(option)}
    off, on = (Choice(Text(mark, label), "describe", option.id) for mark in marks)
    return _Faces(option.id, (off, on))


def _describe_screen(view: View, question: Question) -> Screen:
    blocks = [
        title(view.words(question.text)),
        body(
            say_count(
                "In your own words: write a message here, up to {count} letter. It is deleted from this chat as soon "
                "as it is kept.",
                "In your own words: write a message here, up to {count} letters. It is deleted from this chat as soon "
                "as it is kept.",
                question.own_words_limit,
            )
        ),
        quiet(say("Please leave out names, addresses and phone numbers.")),
    ]
    answer = view.passage.answers.get(question.id, NOTHING)
    rows: list[tuple[Choice, ...]] = [(back(),)]
    if answer.own_words is not None:
        blocks.append(body(say("Your words are kept. Write again to replace them.")))
        rows.insert(0, (Choice(say("Take my words out"), "undescribe"),))
    if question.sensitive:
        rows.append((clean_choice(),))
    return _card(view, f"describe-{question.id}", blocks, rows, discreet=question.sensitive)
