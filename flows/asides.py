"""Screens that lie over an unchanged stage: help, privacy, what is held, language, leaving, and goodbyes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from types import MappingProxyType

from flows.cards import View, answer_words, help_lines, language_choice, language_label
from flows.collection import Collection
from flows.questions import NOTHING
from flows.screens import Block, Choice, Screen, body, item, lead, quiet, title
from flows.session import Aside, Farewell, Passage
from flows.words import Day, Money, Raw, Span, Text, asked, say


def _return() -> Choice:
    return Choice(say("‹ Back"), "close")


def collections_screen(view: View) -> Screen:
    """Several collections are open: which one?"""
    offered = view.shelf.offered(view.now.date())
    blocks = [title(say("Which of these did you come for?"))]
    rows = []
    for collection in offered:
        line = Text(
            "• {title} ({organisation})",
            {
                "title": asked(collection.id, collection.title),
                "organisation": asked(collection.id, collection.organisation.name),
            },
        )
        blocks.append(item(line))
        rows.append((Choice(asked(collection.id, collection.title), "choose_collection", collection.id),))
    blocks.append(body(say("Nothing is kept unless you agree.")))
    rows.append((language_choice(),))
    return Screen("collections", tuple(blocks), tuple(rows))


def closed_screen(view: View) -> Screen:  # noqa: ARG001  # one signature for every screen
    """Nothing is open at the moment."""
    words = body(
        say("There is nothing to take part in at the moment. Nothing about you is kept. Please come by later.")
    )
    return Screen("closed", (words,), ((language_choice(),),))


def help_screen(view: View) -> Screen:
    """What can be asked for at any time, and whom to turn to."""
    blocks = [
        title(say("Help")),
        item(say("/mydata: what is held about you")),
        item(say("/edit: change an answer")),
        item(say("/language: another language")),
        item(say("/privacy: what happens to your data")),
        item(say("/leave: stop, or take everything back. No reason needed.")),
    ]
    contacts = [Raw(c.organisation.contact) for c in _in_hand(view)]
    blocks += [
        body(say("A person answers you here: {contact}", contact=contact)) for contact in dict.fromkeys(contacts)
    ]
    blocks += _help_lines(view)
    return Screen("help", tuple(blocks), ((_return(),),))


def _help_lines(view: View) -> list[Block]:
    passage = view.session.passage
    region = view.collection.region(passage.territory) if passage else None
    if region is None or not region.help_lines:
        return []
    return [lead(say("If something here weighs on you:")), *help_lines(view.collection, region)]


def privacy_screen(view: View) -> Screen:
    """Answers to anybody, before consent too."""
    blocks = [
        title(say("Privacy")),
        body(
            say(
                "Nothing is kept unless you agree. Until then this chat only remembers where you stand, sealed, and "
                "forgets it when you decline, when you leave, or after three days of silence."
            )
        ),
        body(
            say(
                "What you answer is sealed with a key of your own. Each use that you agree to has a key of its own "
                "too, and taking that yes back destroys it."
            )
        ),
        body(
            say(
                "This bot reads private chats only. Telegram carries the messages and can see them; the bot takes "
                "your own words out of the chat."
            )
        ),
        body(
            say(
                "You can see, correct and take back what is held: /mydata, /edit, /leave. You may also complain to "
                "your data protection authority."
            )
        ),
    ]
    blocks += [
        body(
            say(
                "{title}: {organisation}, {address}. Kept for {time}. Questions: {contact}",
                title=asked(collection.id, collection.title),
                organisation=asked(collection.id, collection.organisation.name),
                address=Raw(collection.organisation.address),
                time=Span(collection.retention.answers),
                contact=Raw(collection.organisation.contact),
            )
        )
        for collection in _in_hand(view)
    ]
    return Screen("privacy", tuple(blocks), ((_return(),),))


def _in_hand(view: View) -> tuple[Collection, ...]:
    """The collection in hand, or every one on offer while none is."""
    passage = view.session.passage
    return (view.shelf.collections[passage.collection],) if passage else view.shelf.offered(view.now.date())


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
        return Screen("my-data", tuple(blocks), ((_return(),),))
    blocks = [title(say("What is held"))]
    for passage in view.session.consents:
        blocks += _held(view, passage)
    rows: list[tuple[Choice, ...]] = []
    if _has_sensitive_answers(view):
        rows.append((_reveal_choice(view),))
    rows.append((Choice(say("Receipt as a file"), "ask_receipt_file"),))
    rows.append((Choice(say("Leave"), "open_leave"), _return()))
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


def code_screen(view: View) -> Screen:
    """Sensitive answers after submitting: phones are shared, so the code on paper opens them."""
    waiting = code_must_wait(view.passage, view.now)
    words = (
        say("That was not the code, five times in a row. Please wait an hour, then try again.")
        if waiting
        else say(
            "Phones are shared, so hidden answers open with the code from your receipt. Please write it here. "
            "Your message is deleted at once."
        )
    )
    blocks = [title(say("Your code")), body(words)]
    if not waiting and view.passage.code_tries:
        blocks.append(
            body(say("That is not the code on the receipt. It has eight letters and digits; the dash does not matter."))
        )
    blocks.append(quiet(say("Lost it? Leaving needs no code: /leave")))
    return Screen("code", tuple(blocks), ((_return(),),))


CODE_TRIES = 5
"""Codes that may be tried before an hour's wait: 40 bits against five guesses an hour."""

CODE_PAUSE = dt.timedelta(hours=1)


def code_must_wait(passage: Passage, now: dt.datetime) -> bool:
    """Whether too many codes were tried within the hour."""
    tried_at = passage.code_tried_at
    return passage.code_tries >= CODE_TRIES and tried_at is not None and now - tried_at < CODE_PAUSE


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
    return Screen("receipt-file", blocks, ((Choice(say("Send the file"), "send_receipt_file"),), (_return(),)))


def receipt_caption() -> Text:
    """What stands beneath the receipt's file."""
    return say("Your receipt, as machines read it. It holds none of your answers.")


def language_screen(view: View) -> Screen:
    """Languages by their own names."""
    rows = [(Choice(language_label(name), "speak", name),) for name in view.shelf.languages]
    return Screen("language", (title(say("Language")),), (*rows, (_return(),)))


def paused_screen(view: View) -> Screen:  # noqa: ARG001
    """Pausing folds what was open; everything stays where it is."""
    blocks = (title(say("Paused")), body(say("What you have answered is kept, sealed. Come back whenever it suits.")))
    return Screen("paused", blocks, ((Choice(say("Go on"), "close"),), (Choice(say("Leave"), "open_leave"),)))


def leave_screen(view: View) -> Screen:  # noqa: ARG001
    """Three things and all three; each says what it does not do."""
    blocks = [
        title(say("Leaving")),
        body(say("Clean this chat: deletes what can still be deleted here (the last 48 hours). What is held stays.")),
        body(say("No more messages: nothing is sent to you unless you write first. What is held stays.")),
        body(
            say(
                "Take back my data: destroys what is held, at once. What an AI has already learned and numbers "
                "already published cannot be undone. What we owe you stays owed."
            )
        ),
    ]
    rows = (
        (Choice(say("Clean this chat"), "clean_chat"),),
        (Choice(say("No more messages"), "stop_messages"),),
        (Choice(say("Take back my data"), "open_take_back"),),
        (Choice(say("All three"), "open_leave_all"),),
        (_return(),),
    )
    return Screen("leave", tuple(blocks), rows)


def take_back_screen(view: View) -> Screen:
    """All of it, or one purpose. What taking part needs is no row of its own where "all of it" says the same."""
    blocks = [title(say("Take back my data"))]
    rows: list[tuple[Choice, ...]] = []
    number = 0
    for passage in view.session.consents:
        collection = view.shelf.collections.get(passage.collection)
        if collection is None or passage.consented is None:
            continue
        live = [p for p in collection.purposes if p.id in passage.consented.live_purposes()]
        alone = len(view.session.consents) == 1
        for purpose in [p for p in live if not (p.required and alone)]:
            number += 1
            blocks.append(item(say("{number}. {purpose}", number=number, purpose=asked(collection.id, purpose.label))))
            rows.append(
                (Choice(say("Only use {number}", number=number), "take_back_purpose", f"{collection.id}/{purpose.id}"),)
            )
    if not view.session.consents:
        blocks.append(body(say("Nothing is held but where this chat stands.")))
    blocks.append(body(say("It happens at once. You get a receipt.")))
    rows = [(Choice(say("All of it"), "take_back_all"),), *rows, (_return(),)]
    return Screen("take-back", tuple(blocks), tuple(rows))


def leave_all_screen(view: View) -> Screen:  # noqa: ARG001
    """One press before everything goes."""
    blocks = (
        title(say("All three")),
        body(
            say(
                "This chat is cleaned, nothing more is sent, and your data is destroyed. It happens at once, and "
                "destroyed data cannot be brought back. What we owe you stays owed."
            )
        ),
    )
    return Screen("leave-all", blocks, ((Choice(say("Yes, all three"), "leave_all"),), (_return(),)))


_FAREWELLS: Mapping[Farewell, tuple[Text, ...]] = MappingProxyType(
    {
        Farewell.DECLINED: (
            say("That is quite all right. Nothing about you is kept, and nobody is told."),
            say("If you change your mind, /start begins anew."),
        ),
        Farewell.UNDER_AGE: (
            say("Thank you for saying so. One has to be older for this, so it ends here. Nothing about you is kept."),
        ),
        Farewell.NOT_LISTED: (
            say(
                "Thank you for coming by. Where you live is not open yet: each place is looked at by people who know "
                "it first. Nothing about you is kept."
            ),
        ),
        Farewell.TAKEN_BACK: (
            say(
                "Your data is taken back: the keys are destroyed and the answers erased. Earlier copies are told to "
                "remove theirs. What an AI has already learned and numbers already published cannot be undone. What "
                "we owe you stays owed."
            ),
        ),
        Farewell.LEFT_ALL: (
            say(
                "Done, all three: this chat is being cleaned, nothing more is sent, and your data is taken back: the "
                "keys are destroyed and the answers erased. Earlier copies are told to remove theirs. What an AI has "
                "already learned and numbers already published cannot be undone. What we owe you stays owed."
            ),
        ),
    }
)


def goodbye_screen(view: View) -> Screen:
    """A kind end; after a withdrawal it is the receipt of it."""
    farewell = view.session.farewell or Farewell.DECLINED
    blocks: list[Block] = [body(words) for words in _FAREWELLS[farewell]]
    if farewell in {Farewell.TAKEN_BACK, Farewell.LEFT_ALL}:
        blocks.insert(0, title(say("Your receipt for leaving")))
        blocks.insert(1, quiet(Text("{day}", {"day": Day(view.now.date())})))
        blocks += _whom_to_ask(view)
    return Screen(f"goodbye-{farewell.value}", tuple(blocks))


def left_screen(view: View) -> Screen:
    """A receipt for leaving one collection while something else still stands."""
    words = _FAREWELLS[Farewell.TAKEN_BACK]
    blocks = [title(say("Your receipt for leaving")), quiet(Text("{day}", {"day": Day(view.now.date())}))]
    return Screen("left", (*blocks, *(body(text) for text in words), *_whom_to_ask(view)), ((_return(),),))


def _whom_to_ask(view: View) -> list[Block]:
    """After leaving, there is still somebody to ask, about what is owed above all."""
    contacts = dict.fromkeys(Raw(c.organisation.contact) for c in view.shelf.collections.values())
    return [body(say("Questions, also about what we owe you: {contact}", contact=contact)) for contact in contacts]


def halted_screen(view: View) -> Screen:  # noqa: ARG001
    """The region has closed under somebody who is half-way."""
    words = say(
        "This collection is closed where you live at the moment. It is not about you. What you have answered "
        "is kept, sealed, and leaving works as always."
    )
    return Screen(
        "halted", (body(words),), ((Choice(say("What is held"), "open_mydata"), Choice(say("Leave"), "open_leave")),)
    )


ASIDE_SCREENS: Mapping[Aside, Callable[[View], Screen]] = MappingProxyType(
    {
        Aside.COLLECTIONS: collections_screen,
        Aside.CLOSED: closed_screen,
        Aside.HELP: help_screen,
        Aside.PRIVACY: privacy_screen,
        Aside.MY_DATA: my_data_screen,
        Aside.RECEIPT_FILE: receipt_file_screen,
        Aside.CODE: code_screen,
        Aside.LANGUAGE: language_screen,
        Aside.PAUSED: paused_screen,
        Aside.LEAVE: leave_screen,
        Aside.TAKE_BACK: take_back_screen,
        Aside.LEAVE_ALL: leave_all_screen,
        Aside.LEFT: left_screen,
        Aside.GOODBYE: goodbye_screen,
    }
)
