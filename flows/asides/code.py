"""The code from the receipt, which opens hidden answers once they are submitted."""

from __future__ import annotations

import datetime as dt

from flows.asides.held import title_of
from flows.cards import View, close
from flows.screens import Screen, body, quiet, title
from flows.session import Passage
from flows.words import say

CODE_TRIES = 5
"""Codes that may be tried before an hour's wait: 40 bits against five guesses an hour."""


CODE_PAUSE = dt.timedelta(hours=1)


def code_screen(view: View) -> Screen:
    """Sensitive answers after submitting: phones are shared, so the code on paper opens them."""
    name = title_of(view.shelf.collections.get(view.passage.collection), view.passage)
    waiting = code_must_wait(view.passage, view.now)
    words = (
        say("That was not the code, five times in a row. Please wait an hour, then try again.")
        if waiting
        else say(
            "Phones are shared, so hidden answers open with the code from your receipt. Please write it here. "
            "Your message is deleted at once."
        )
    )
    blocks = [title(say("Your code")), body(name), body(words)]
    if not waiting and view.passage.code_tries:
        blocks.append(
            body(say("That is not the code on the receipt. It has eight letters and digits; the dash does not matter."))
        )
    blocks.append(quiet(say("Lost it? Leaving needs no code: /leave")))
    return Screen("code", tuple(blocks), ((close(),),))


def code_must_wait(passage: Passage, now: dt.datetime) -> bool:
    """Whether too many codes were tried within the hour."""
    tried_at = passage.code_tried_at
    return passage.code_tries >= CODE_TRIES and tried_at is not None and now - tried_at < CODE_PAUSE
