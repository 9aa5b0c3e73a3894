"""A question's card: open, in own words, or put away so that it says nothing of what it is about."""

from __future__ import annotations

from flows.cards import View, asks_sensitive, back, clean_choice, support
from flows.collection import OPT_OUT, Option, Question
from flows.questions import NOTHING, Answer
from flows.screens import Block, Choice, Keeping, Screen, body, item, lead, quiet, title
from flows.words import Text, say, say_count

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
    if passage.describing:
        return _describe_screen(view, question)
    if passage.folded:
        return _put_away_screen(view, question)
    number = _number(view, question)
    blocks = [_progress(view, question)]
    if question.caution:
        blocks.append(body(view.words(question.caution)))
    blocks.append(title(view.words(question.text)))
    if question.note:
        blocks.append(body(view.words(question.note)))
    if question.kind == "several":
        blocks.append(quiet(say("You may choose several.")))
    labels, rows = _options(view, question, passage.answers.get(question.id, NOTHING))
    blocks += labels
    if question.sensitive:
        blocks += support(view.collection, view.region)
        blocks.append(_what_cleaning_reaches())
        rows.append((clean_choice(),))
    steps = _steps(number > 1 or passage.returning, done=question.kind == "several")
    return _card(view, f"question-{question.id}", blocks, [*rows, steps], discreet=question.sensitive)


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


def _options(view: View, question: Question, answer: Answer) -> tuple[list[Block], list[tuple[Choice, ...]]]:
    """Labels for the text and rows of buttons. Opt-out and own words always have a button with words on it."""
    plain = [option for option in question.options if not option.own_words]
    many = len(question.options) + 1 > LABELLED or any(option.heading for option in plain)
    numbered = many or any(len(option.label) > LONG_LABEL for option in plain)
    labels: list[Block] = []
    rows: list[tuple[Choice, ...]] = []
    if numbered:
        labels, rows = _numbered(view, question, plain, answer)
    else:
        choices = [_option_choice(question, option.id, view.option(option), answer) for option in plain]
        rows = _in_rows(choices, 2 if _are_short(plain) else 1)
    described = question.own_words_option
    if described is not None:
        rows.append((_describe_choice(view, question, described, answer),))
    rows.append((_option_choice(question, OPT_OUT, say("Prefer not to answer"), answer),))
    return labels, rows


def _numbered(
    view: View, question: Question, options: list[Option], answer: Answer
) -> tuple[list[Block], list[tuple[Choice, ...]]]:
    labels = []
    choices = []
    for number, option in enumerate(options, start=1):
        if option.heading is not None:
            labels.append(lead(view.words(option.heading)))
        ticked = option.id in answer.options
        line = Text(
            "☑ {number}. {label}" if ticked else "{number}. {label}",
            {"number": number, "label": view.option(option)},
        )
        labels.append(item(line))
        choices.append(_option_choice(question, option.id, Text("{number}", {"number": number}), answer))
    return labels, _in_rows(choices, NUMBERS_A_ROW)


def _are_short(options: list[Option]) -> bool:
    """Whether two stand side by side without being cut, and there are enough of them to save a scroll."""
    return len(options) > FEW and all(len(option.label) <= SHORT_LABEL for option in options)


def _in_rows(choices: list[Choice], width: int) -> list[tuple[Choice, ...]]:
    return [tuple(choices[start : start + width]) for start in range(0, len(choices), width)]


def _option_choice(question: Question, option_id: str, label: Text, answer: Answer) -> Choice:
    ticked = option_id in answer.options
    if question.kind == "one":
        words = Text("● {label}", {"label": label}) if ticked else label
        return Choice(words, "choose", option_id)
    mark = "☑ {label}" if ticked else "☐ {label}"
    return Choice(Text(mark, {"label": label}), "tick", option_id, ticked=ticked)


def _describe_choice(view: View, question: Question, option: Option, answer: Answer) -> Choice:
    ticked = option.id in answer.options
    mark = "☑ {label}…" if ticked else "☐ {label}…"
    if question.kind == "one":
        mark = "● {label}…" if ticked else "{label}…"
    return Choice(Text(mark, {"label": view.option(option)}), "describe", option.id)


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
    ]
    answer = view.passage.answers.get(question.id, NOTHING)
    rows: list[tuple[Choice, ...]] = [(back(),)]
    if answer.own_words is not None:
        blocks.append(body(say("Your words are kept. Write again to replace them.")))
        rows.insert(0, (Choice(say("Take my words out"), "undescribe"),))
    if question.sensitive:
        rows.append((clean_choice(),))
    return _card(view, f"describe-{question.id}", blocks, rows, discreet=question.sensitive)
