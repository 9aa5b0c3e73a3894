"""An invite: what it says, and the three things that can be pressed on it.

It is a message of its own and no card: it stands in the chat among whatever else goes on there, and what is pressed on
it means the same whenever it is pressed.
"""

from __future__ import annotations

from flows.collection import Collection, Region
from flows.events import InviteAnswer
from flows.screens import Choice, Screen, body, quiet, title
from flows.words import Money, Raw, Text, asked, say, say_count

LONGEST_PARAGRAPH = 1000
"""Letters that coordinators may add: the whole stays far below Telegram's 4096 in every language."""


def invite_screen(
    collection: Collection, region: Region, paragraph: str | None = None, *, has_finished: bool = False
) -> Screen:
    """Who asks, for what, minutes and pay where the reader lives; and why it came, one press away.

    Who has finished it is paid once, and is promised nothing more.
    """
    blocks = [
        quiet(say("An invite from {organisation}", organisation=asked(collection.id, collection.organisation.name))),
        title(asked(collection.id, collection.title)),
        body(asked(collection.id, collection.what_for)),
    ]
    if paragraph:
        blocks.append(body(Text("{words}", {"words": Raw(paragraph)})))
    blocks += [
        body(_taken_part() if has_finished else _costs(collection, region)),
        quiet(say("This is an invite that you agreed to get. One press stops them all.")),
    ]
    rows = (
        (Choice(say("Have a look"), InviteAnswer.OPEN, collection.id, look="primary"),),
        (Choice(say("Why am I getting this?"), InviteAnswer.WHY, collection.id),),
        (Choice(say("Stop inviting me"), InviteAnswer.STOP, collection.id),),
    )
    return Screen("invite", tuple(blocks), rows)


def _costs(collection: Collection, region: Region) -> Text:
    return say_count(
        "About {count} minute, and {pay} for your time. Looking costs nothing, and you decide.",
        "About {count} minutes, and {pay} for your time. Looking costs nothing, and you decide.",
        collection.minutes_in(region),
        pay=Money(region.pay.amount, region.pay.currency, region.territory),
    )


def _taken_part() -> Text:
    return say("You have taken part already, and nothing more is paid. Looking costs nothing, and you decide.")
