"""What becomes of the chat itself: receipts, files, what is deleted, and when it falls silent."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from enum import StrEnum
from types import MappingProxyType

from bot.chats import Chat
from bot.owing.batch import COPY, DELETE_COPY, FILE, GONE, PICTURE, VOICE, Batch, CarriedOut, Turnout, owe
from bot.storage.schedule import Due
from bot.texts import Texts
from bot.vault import Vault
from flows import effects as owed
from flows.cards import View, receipt_screen
from flows.session import Session
from flows.words import say

FOLDING = dt.timedelta(minutes=3)
"""After so long without a tap a sensitive card is put away."""

GOODBYE_KEPT = dt.timedelta(hours=24)
"""How long a goodbye that cannot be delivered keeps its sealed chat id (docs/promises.md, 1)."""

CARD_STAYS = dt.timedelta(seconds=10)
"""How long a card that another has taken the place of is left, where Telegram did not take it out just then."""

COPY_STAYS = dt.timedelta(hours=1)
"""How long a file with everything in it stands in the chat; its caption says so."""


def take_copies_away(chat: Chat, messages: tuple[int, ...], batch: Batch, vault: Vault, texts: Texts) -> None:
    """Owe the deletion of files with everything in them, and, should that fail for good, words that say so."""
    session = chat.session
    if messages and session is not None:
        words = texts.html(COPY_MAY_STAY, session.language)
        owe(DELETE_COPY, {"messages": list(messages), "words": words}, chat, batch, vault)
        chat.letterhead = chat.letterhead.without_copies(messages)


class Gone(StrEnum):
    """Why what somebody gave is gone, where they have not taken it back themselves."""

    KEPT = "kept"
    """It was kept for as long as was agreed."""
    CLOSED = "closed"
    """Its collection has come to its end."""
    ERASED = "erased"
    """It was asked for by its receipt."""


def tell_that_it_is_gone(
    chat: Chat, session: Session | None, collection: str, why: Gone, batch: Batch, vault: Vault
) -> bool:
    """Owe one message about what is gone, of which it says nothing. Not to who wants no messages; whether it is owed.

    Its words are put together when it is sent: whoever erases, the bot that serves knows them.
    """
    if session is None or session.stopped or not chat.reachable:
        return False
    payload = {"why": why.value, "collection": collection, "language": session.language}
    owe(GONE, payload, chat, batch, vault, unasked=True)
    return True


COPY_MAY_STAY = say(
    "A file with your data may still be in this chat, and this bot cannot take it away. If you see it here, please "
    "delete it yourself: press and hold it, then choose Delete."
)


ONLY_THERE = "only_there"
"""Of words that take another's place: where those are gone from the chat, nothing comes. Whoever deleted their receipt
does not want it back."""


def _keep_receipt(_effect: owed.KeepReceipt, turnout: Turnout) -> None:
    """The decision card becomes the receipt; where its number is not known, the receipt is a message of its own."""
    _take_code_out_of_the_receipt_before(turnout)
    head = turnout.chat.letterhead
    _owe_receipt(turnout, head.card, View(turnout.after, turnout.shelf, turnout.at))
    turnout.chat.letterhead = head.without_card()
    if head.card is not None:
        turnout.chat.letterhead = turnout.chat.letterhead.with_receipt(_collection_of(turnout.after), head.card)


def _take_code_out_of_the_receipt_before(turnout: Turnout) -> None:
    """A consent that follows another one has a receipt of its own, with the same code; the earlier receipt stays."""
    before = turnout.before
    passage = before.passage if before is not None else None
    if before is None or passage is None:
        return
    receipt = turnout.chat.letterhead.receipt_of(passage.collection)
    if receipt is not None and passage.consented is not None and passage.code is not None:
        session = before.with_passage(replace(passage, code=None))
        words = turnout.texts.screen(receipt_screen(_then(session, turnout)), session.language)
        turnout.owe("words", {"message": receipt, "words": words, ONLY_THERE: True})


def _then(session: Session, turnout: Turnout) -> View:
    """With what is on record of the consent that stood before this step."""
    return View(session, turnout.shelf, turnout.at, turnout.chat.records)


def _fold_receipt(_effect: owed.FoldReceipt, turnout: Turnout) -> None:
    receipt = turnout.chat.letterhead.receipt_of(_collection_of(turnout.after))
    if receipt is not None:
        _owe_receipt(turnout, receipt, _then(turnout.after, turnout), only_there=True)


def _owe_receipt(turnout: Turnout, message: int | None, view: View, *, only_there: bool = False) -> None:
    """The receipt of the collection in hand, in a message's place or as one of its own."""
    collection = _collection_of(turnout.after)
    words = turnout.texts.screen(receipt_screen(view), turnout.after.language)
    turnout.owe("receipt", {"message": message, "words": words, "collection": collection, ONLY_THERE: only_there})


def _collection_of(session: Session) -> str:
    return session.passage.collection if session.passage is not None else ""


def _send_receipt_file(effect: owed.SendReceiptFile, turnout: Turnout) -> None:
    turnout.owe(FILE, {"collection": effect.collection, "form": "receipt"})


def _send_own_copy(effect: owed.SendOwnCopy, turnout: Turnout) -> None:
    words = turnout.texts.html(COPY_MAY_STAY, turnout.after.language)
    turnout.owe(COPY, {"collection": effect.collection, "form": effect.form, "words": words})
    part = turnout.part(effect.collection)
    turnout.audit("own copy sent", effect.collection, part.pseudonym, form=effect.form)


def _send_voice(effect: owed.SendVoice, turnout: Turnout) -> None:
    turnout.owe(VOICE, {"collection": effect.collection, "language": effect.language, "card": effect.card})


def send_picture(effect: owed.SendPicture, turnout: Turnout) -> None:
    """Owe a picture of how a collection goes."""
    wanted = {"collection": effect.collection, "territories": effect.territories, "theme": effect.theme}
    turnout.owe(PICTURE, {**wanted, "language": turnout.after.language})


def take_all_copies_away(turnout: Turnout) -> None:
    """With what is held go the files that hold it."""
    chat = turnout.chat
    messages = chat.letterhead.files_to_erase(turnout.at)
    take_copies_away(chat, messages, turnout.batch, turnout.vault, turnout.texts)


def delete_message(effect: owed.DeleteMessage, turnout: Turnout) -> None:
    """Owe the deletion of one message, such as somebody's own words."""
    if effect.message:
        turnout.owe("delete", {"messages": [effect.message], "words": _may_stay(turnout)})
        turnout.chat.letterhead = turnout.chat.letterhead.without((effect.message,))


MAY_STAY = say(
    "Something in this chat is older than 48 hours, and this bot cannot take it away any more. If you see it, press "
    "and hold it and choose Delete, or delete the whole chat."
)


def _may_stay(turnout: Turnout) -> str:
    return turnout.texts.html(MAY_STAY, turnout.after.language)


def _clean_chat(_effect: owed.CleanChat, turnout: Turnout) -> None:
    head = turnout.chat.letterhead
    messages = {message for message, _ in (*head.log, *head.copies, *head.files)} | set(head.ours)
    messages |= {number for number in (head.card, *head.receipts.values()) if number is not None}
    if messages or head.older:
        cleaning = {"messages": sorted(messages), "stays": head.older, "words": _may_stay(turnout)}
        turnout.owe("delete", cleaning)
    turnout.chat.letterhead = head.cleaned()
    turnout.batch.cleaned.append(turnout.chat)


GOES_BEHIND = "goes_behind"
"""Of a deletion: it waits until the screen that is owed is there, so that nobody looks at an empty chat."""


def new_card(_effect: owed.NewCard, turnout: Turnout) -> None:
    """The old card goes, so that nothing stays readable above and no old button is left."""
    head = turnout.chat.letterhead
    if head.card is not None:
        turnout.owe("delete", {"messages": [head.card], GOES_BEHIND: True})
        turnout.chat.letterhead = head.without_card().without((head.card,))


def take_cards_away(chat: Chat, messages: tuple[int, ...], batch: Batch, vault: Vault) -> None:
    """Owe the deletion of cards that others have taken the place of, where they could not be taken out at once. One on
    which something stands again by now, such as a receipt, stays."""
    head = chat.letterhead
    gone = [message for message in messages if message not in {head.card, *head.receipts.values()}]
    if gone:
        owe("delete", {"messages": gone}, chat, batch, vault, within=CARD_STAYS)


def _stop_messages(_effect: owed.StopMessages, turnout: Turnout) -> None:
    turnout.batch.quiet_chats.append(turnout.chat.hash)


def _fold_later(effect: owed.FoldLater, turnout: Turnout) -> None:
    due = turnout.at + FOLDING
    turnout.batch.dues.append(Due("fold", turnout.chat.hash.hex(), due, effect.step))


def _forget(_effect: owed.Forget, turnout: Turnout) -> None:
    turnout.chat.ending = True
    turnout.batch.dues.append(Due("forget", turnout.chat.hash.hex(), turnout.at + GOODBYE_KEPT))


CARRIED_OUT: CarriedOut = MappingProxyType(
    {
        owed.KeepReceipt: _keep_receipt,
        owed.FoldReceipt: _fold_receipt,
        owed.SendReceiptFile: _send_receipt_file,
        owed.SendOwnCopy: _send_own_copy,
        owed.SendVoice: _send_voice,
        owed.SendPicture: send_picture,
        owed.DeleteMessage: delete_message,
        owed.CleanChat: _clean_chat,
        owed.NewCard: new_card,
        owed.StopMessages: _stop_messages,
        owed.FoldLater: _fold_later,
        owed.Forget: _forget,
    }
)
