"""Files: what each reveals, before it is sent, and what stands beneath it in the chat."""

from __future__ import annotations

from flows.cards import View, close
from flows.screens import Choice, Screen, body, title
from flows.words import Raw, Text, say


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


def own_copy_screen(view: View) -> Screen:
    """What such a file reveals, and for how long it stays, before it is sent."""
    collection = view.shelf.collections.get(view.passage.collection)
    blocks = [
        title(say("All of it as a file")),
        body(
            say(
                "The file holds your answers and what you said before, what you agreed to, who was given your "
                "answers, and what you wrote to a human. Nobody else's data is in it."
            )
        ),
        body(
            say(
                "It lies readable on this phone and on Telegram's computers. Whoever opens this phone can open it. "
                "A copy that the phone has saved cannot be deleted from here."
            )
        ),
        body(say("It goes away from this chat in an hour, or sooner when you clean this chat.")),
    ]
    if collection is not None:
        contact = Raw(collection.organisation.contact)
        blocks.append(body(say("Another way to get it, to keep: {contact}", contact=contact)))
    rows = (
        (Choice(say("As a table (CSV)"), "send_own_copy", "csv"),),
        (Choice(say("For programs (JSON)"), "send_own_copy", "json"),),
        (close(),),
    )
    return Screen("own-copy", tuple(blocks), rows)


def own_copy_caption() -> Text:
    """What stands beneath a file of what is held."""
    return say("What is held about you. This file goes away in an hour.")
