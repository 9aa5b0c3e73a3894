"""What is held about somebody, in words, and the receipt as a file."""

from __future__ import annotations

from flows.cards import View, answer_words, close
from flows.collection import Collection
from flows.questions import NOTHING
from flows.screens import Block, Choice, Screen, body, item, lead, title
from flows.session import Passage
from flows.words import Day, Money, Raw, Text, asked, say


def my_data_screen(view: View) -> Screen:
    """What is held, for which purposes, in words."""
    if not view.session.consents:
        blocks = [
            title(say("What is held")),
            body(
                say(
                    "Nothing but where this chat stands: your language, your place, and what you have chosen so far. "
                    "It is forgotten after three days of silence."
                )
            ),
        ]
        return Screen("my-data", tuple(blocks), ((close(),),))
    blocks = [title(say("What is held"))]
    for passage in view.session.consents:
        blocks += _held(view, passage)
    rows: list[tuple[Choice, ...]] = []
    if _has_sensitive_answers(view):
        rows.append((_reveal_choice(view),))
    rows.append((Choice(say("Receipt as a file"), "ask_receipt_file"),))
    rows.append((Choice(say("Leave"), "open_leave"), close()))
    return Screen("my-data", tuple(blocks), tuple(rows))


def _held(view: View, passage: Passage) -> list[Block]:
    collection = view.shelf.collections.get(passage.collection)
    consented = passage.consented
    if consented is None:
        return []
    blocks = [
        lead(
            say(
                "{title}: you agreed on {day}, until {end}. Version {version}.",
                title=asked(collection.id, collection.title) if collection else Raw(passage.collection),
                day=Day(consented.given_at.date()),
                end=Day(consented.expires_at.date()),
                version=consented.version,
            )
        )
    ]
    if collection is None:  # it left the shelf; what is held of it can still be taken back
        return blocks
    for purpose in collection.purposes:
        if purpose.id in consented.decisions:
            agreed = purpose.id in consented.live_purposes()
            line = (
                say("✓ Yes: {purpose}", purpose=asked(collection.id, purpose.label))
                if agreed
                else say("– No: {purpose}", purpose=asked(collection.id, purpose.label))
            )
            blocks.append(item(line))
    blocks += _answers_held(view, collection, passage)
    region = collection.region(passage.territory)
    if passage.accrued and region is not None:
        pay = Money(region.pay.amount, region.pay.currency, region.territory)
        blocks.append(body(say("Owed to you: {pay}", pay=pay)))
    return blocks


def _answers_held(view: View, collection: Collection, passage: Passage) -> list[Block]:
    lines = []
    for question in view.shelf.path(collection, passage.territory or ""):
        answer = passage.answers.get(question.id, NOTHING)
        hidden = question.sensitive and not passage.revealed
        words = answer_words(collection.id, question, answer, hidden=hidden)
        lines.append(item(say("{question} {answer}", question=asked(collection.id, question.text), answer=words)))
    return [lead(say("Your answers:")), *lines] if lines else []


def _has_sensitive_answers(view: View) -> bool:
    passage = view.session.passage
    if passage is None or passage.consented is None:
        return False
    path = view.shelf.path(view.collection, passage.territory or "")
    return any(question.sensitive and question.id in passage.answers for question in path)


def _reveal_choice(view: View) -> Choice:
    if view.passage.revealed:
        return Choice(say("Hide answers"), "hide")
    return Choice(say("Show answers"), "reveal")


def receipt_file_screen(view: View) -> Screen:  # noqa: ARG001
    """What a file on a phone reveals, before it is sent."""
    blocks = (
        title(say("Receipt as a file")),
        body(
            say(
                "The file says what you agreed to, with whom, when, and what kinds of facts are asked for where you "
                "live. It holds none of your answers."
            )
        ),
        body(
            say(
                "Whoever opens this phone can open the file too. A copy that the phone has saved cannot be deleted "
                "from here."
            )
        ),
    )
    return Screen("receipt-file", blocks, ((Choice(say("Send the file"), "send_receipt_file"),), (close(),)))


def receipt_caption() -> Text:
    """What stands beneath the receipt's file."""
    return say("Your receipt, as machines read it. It holds none of your answers.")
