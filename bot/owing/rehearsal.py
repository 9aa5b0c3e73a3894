"""What of a rehearsal reaches the chat: screens and words that are marked, and nothing that is kept."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from bot.broadcasts.trial import TRIAL, trial
from bot.owing.batch import POSTER, CarriedOut, Turnout
from bot.owing.chat import ONLY_THERE, delete_message, new_card, send_picture
from flows import effects as owed
from flows.cards import View, receipt_screen
from flows.rehearsal import marked


def _show_receipt(_effect: owed.KeepReceipt, turnout: Turnout) -> None:
    """The card becomes a receipt, marked; it is no receipt of the owner's own."""
    card = turnout.chat.letterhead.card
    turnout.owe("words", {"message": card, "words": _rehearsed_receipt(turnout)})
    turnout.chat.letterhead = turnout.chat.letterhead.without_card()
    if turnout.chat.rehearsing is not None:
        turnout.chat.rehearsing = replace(turnout.chat.rehearsing, receipt=card)


def _fold_shown_receipt(_effect: owed.FoldReceipt, turnout: Turnout) -> None:
    receipt = turnout.chat.rehearsing.receipt if turnout.chat.rehearsing is not None else None
    if receipt is not None:
        turnout.owe("words", {"message": receipt, "words": _rehearsed_receipt(turnout), ONLY_THERE: True})


def _rehearsed_receipt(turnout: Turnout) -> str:
    screen = marked(receipt_screen(View(turnout.after, turnout.shelf, turnout.at)))
    return turnout.texts.screen(screen, turnout.after.language)


def _send_poster(effect: owed.SendPoster, turnout: Turnout) -> None:
    """The team's, whose screens are carried out as a rehearsal is."""
    turnout.owe(POSTER, {"link": effect.link, "language": effect.language})


def _clean_rehearsal(_effect: owed.CleanChat, turnout: Turnout) -> None:
    clean_rehearsal(turnout)
    turnout.chat.letterhead = turnout.chat.letterhead.without_card()


def clean_rehearsal(turnout: Turnout, *, but: int | None = None) -> None:
    """Delete from the chat what has come into it since the rehearsal began."""
    chat, head = turnout.chat, turnout.chat.letterhead
    if chat.rehearsing is None:
        return
    since = chat.rehearsing.since
    messages = {message for message, _ in head.log} | {n for n in (head.card, chat.rehearsing.receipt) if n is not None}
    gone = sorted(message for message in messages if message >= since and message != but)
    if gone:
        turnout.owe("delete", {"messages": gone})
    chat.letterhead = head.without(gone)
    chat.rehearsing = replace(chat.rehearsing, receipt=None)


def _send_trial(effect: owed.SendTrial, turnout: Turnout) -> None:
    """From a visit of the team's, which is carried out as a rehearsal is."""
    collection = turnout.shelf.collections[effect.collection]
    region = collection.region(effect.territory)
    if region is not None:
        reader = turnout.after.language
        told = trial(
            turnout.texts, collection, region, effect.paragraph, effect.language, reader,
            has_finished=effect.has_finished,
        )  # fmt: skip
        turnout.owe(TRIAL, told)


REHEARSED: CarriedOut = MappingProxyType(
    {
        owed.KeepReceipt: _show_receipt,
        owed.FoldReceipt: _fold_shown_receipt,
        owed.DeleteMessage: delete_message,
        owed.CleanChat: _clean_rehearsal,
        owed.SendTrial: _send_trial,
        owed.NewCard: new_card,
        owed.SendPicture: send_picture,
        owed.SendPoster: _send_poster,
    }
)
"""Whatever stands not here is never carried out for a rehearsal, so that a new effect keeps nothing either."""
