"""Answers that are submitted and taken out: sealed, under the consent that is in force."""

from __future__ import annotations

from types import MappingProxyType

import orjson

from bot.chats import Part, answer_place
from bot.owing.batch import CarriedOut, Turnout
from bot.vault import ANSWER_STEP, seal
from flows import effects as owed
from flows.questions import NOTHING, Answer


def _submit(effect: owed.Submit, turnout: Turnout) -> None:
    part = turnout.part(effect.collection)
    passage = turnout.after.passages[effect.collection]
    consented = passage.consented
    if part.key is None or consented is None:
        raise PermissionError("answers without a live consent")
    collection = turnout.shelf.collections[effect.collection]
    # Answers to questions that are not asked any more, or not where somebody is, stay as they were submitted.
    turnout.batch.ledger.replace_answers(part.pseudonym, effect.questions)
    for question in effect.questions:
        answer = passage.answers.get(question, NOTHING)
        turnout.batch.ledger.answers.append(
            {
                "pseudonym": part.pseudonym,
                "question": question,
                "sealed": _sealed_answer(turnout, part, part.key, question, answer, collection.version),
                "collection_version": collection.version,
                "record": consented.record,
                "consent_given_at": consented.given_at,
                "submitted_at": turnout.at,
            }
        )
    part.submitted_at, part.submitted_under = turnout.at, consented.record
    turnout.audit("answers submitted", effect.collection, part.pseudonym)


def _take_out_answers(effect: owed.TakeOutAnswers, turnout: Turnout) -> None:
    part = turnout.part(effect.collection)
    turnout.batch.ledger.replace_answers(part.pseudonym, effect.questions)
    turnout.audit("answers taken out", effect.collection, part.pseudonym, count=len(effect.questions))


def _sealed_answer(turnout: Turnout, part: Part, key: bytes, question: str, answer: Answer, version: int) -> bytes:
    value = {"status": answer.status.value, "options": list(answer.options), "own_words": answer.own_words}
    place = answer_place(part.pseudonym, question, version)
    return seal(key, orjson.dumps(value), place, turnout.vault.randomness, step=ANSWER_STEP)


CARRIED_OUT: CarriedOut = MappingProxyType(
    {
        owed.Submit: _submit,
        owed.TakeOutAnswers: _take_out_answers,
    }
)
