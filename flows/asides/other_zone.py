"""Where somebody lives, another installation asks, with a bot of its own: the way there."""

from __future__ import annotations

from flows.cards import View, close
from flows.screens import Choice, Screen, body
from flows.session import Onward
from flows.words import Place, Raw, Text, say
from flows.zones import address

OTHER_ZONE = (
    say(
        "Thank you for coming by. Where you live, another of our bots does this, so that what people say stays in "
        "their part of the world. The button below opens it."
    ),
    say("Nothing about you is kept here."),
)
"""Said to somebody of whom nothing else is held here."""


def other_zone_screen(view: View) -> Screen:
    """The way there, for somebody who has agreed to something else here."""
    blocks = (body(OTHER_ZONE[0]), body(say("What you have agreed to here stays as it is.")))
    return Screen("other-zone", blocks, (*way_on(view.session.onward), (close(),)))


def way_on(way: Onward | None) -> tuple[tuple[Choice, ...], ...]:
    """The button that opens another installation's bot."""
    if way is None:
        return ()
    return ((Choice(say("Open {bot}", bot=Raw(f"@{way.bot}")), "", look="primary", url=address(way)),),)


def in_another_zone(territory: str, bot: str) -> Text:
    """Said to somebody who has moved there, and whose answers stay here."""
    return say(
        "{place}: another of our bots asks there, {bot}. What you gave here stays as it is until you take it back: "
        "/leave",
        place=Place(territory),
        bot=Raw(f"@{bot}"),
    )
