"""What was said before: an answer that is changed after submitting stays beside the new one, for its owner alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

from flows.questions import NOTHING
from flows.session import EarlierAnswer, Passage, SubmittedAnswer

MOST_EARLIER = 200
"""Earlier answers that are kept, the newest: a contribution is opened and sealed as a whole at every step."""


def submitted(passage: Passage, path: Iterable[str], now: dt.datetime) -> Passage:
    """The passage with its answers submitted.

    What stood submitted otherwise becomes an earlier answer. Answers to questions that are not asked any more stay
    submitted as they are, under the consent that they were given under, for nobody took them out.
    """
    stands = dict(passage.submitted)
    earlier = list(passage.earlier)
    record = passage.consented.record if passage.consented is not None else ""
    for question in path:
        answer, before = passage.answers.get(question, NOTHING), stands.get(question)
        if before is not None and before.answer != answer:
            earlier.append(EarlierAnswer(question, before.answer, before.since, now, before.record))
        since = before.since if before is not None and before.answer == answer else now
        stands[question] = SubmittedAnswer(answer, since, record)
    asked = set(path)
    retired = {question: answer for question, answer in passage.retired.items() if question not in asked}
    return replace(passage, submitted_at=now, submitted=stands, earlier=tuple(earlier[-MOST_EARLIER:]), retired=retired)


def taken_out(passage: Passage, asked: Iterable[str]) -> Passage:
    """The passage without answers to questions that are not asked any more, and without what they were before."""
    kept = set(asked)
    return replace(
        passage,
        retired={},
        submitted={question: each for question, each in passage.submitted.items() if question in kept},
        earlier=tuple(each for each in passage.earlier if each.question in kept),
    )


def without_questions(passage: Passage, questions: Iterable[str]) -> Passage:
    """The passage without anything that was ever answered to some questions."""
    gone = set(questions)
    return replace(
        passage,
        answers={name: answer for name, answer in passage.answers.items() if name not in gone},
        retired={name: answer for name, answer in passage.retired.items() if name not in gone},
        submitted={name: each for name, each in passage.submitted.items() if name not in gone},
        earlier=tuple(each for each in passage.earlier if each.question not in gone),
    )


def not_asked_any_more(passage: Passage, asked: Iterable[str]) -> tuple[str, ...]:
    """Questions that are not asked any more and whose answers are kept, in the order in which they were answered."""
    kept = set(asked)
    return tuple(dict.fromkeys(name for name in (*passage.submitted, *passage.retired) if name not in kept))
