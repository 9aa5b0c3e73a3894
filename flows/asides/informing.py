"""Help and privacy: what anybody may ask at any time."""

from __future__ import annotations

from flows.asides.travelling import travelling_choice
from flows.cards import View, close, support
from flows.collection import Collection
from flows.screens import Screen, body, item, title
from flows.words import Raw, Span, asked, say


def help_screen(view: View) -> Screen:
    """What can be asked for at any time, and whom to turn to."""
    blocks = [
        title(say("Help")),
        item(say("/mydata: what is held about you")),
        item(say("/edit: change an answer")),
        item(say("/language: another language")),
        item(say("/privacy: what happens to your data")),
        item(say("/contact: write to a human")),
        item(say("/leave: stop, or take everything back. No reason needed.")),
    ]
    contacts = [Raw(c.organisation.contact) for c in _in_hand(view)]
    blocks += [
        body(say("A person answers you here: {contact}", contact=contact)) for contact in dict.fromkeys(contacts)
    ]
    passage = view.session.passage
    blocks += support(view.collection, view.collection.region(passage.territory)) if passage else []
    rows = ((travelling_choice(),), (close(),)) if passage is not None else ((close(),),)
    return Screen("help", tuple(blocks), rows)


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
    return Screen("privacy", tuple(blocks), ((close(),),))


def _in_hand(view: View) -> tuple[Collection, ...]:
    """The collection in hand, or every one on offer while none is."""
    passage = view.session.passage
    return (view.shelf.collections[passage.collection],) if passage else view.shelf.offered(view.now.date())
