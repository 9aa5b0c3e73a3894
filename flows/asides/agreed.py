"""The exact text that was agreed to, shown again: as it is stored, in the language in which it was read."""

from __future__ import annotations

from flows.agreed_text import pages
from flows.cards import View, close
from flows.listing import turning
from flows.screens import Choice, Screen, markdown, quiet, title
from flows.words import Day, Language, Raw, say


def agreed_text_screen(view: View) -> Screen:
    """One page of it, a card a page, with its fingerprint on the first one."""
    consented = view.passage.consented
    if consented is None:
        raise LookupError("no consent whose text to show")
    found = pages(view.on_record.text)
    page = min(view.session.looking.page, len(found) - 1)
    blocks = [
        title(say("What you agreed to")),
        quiet(
            say(
                "{number} of {count}. Read in {language} and agreed to on {day}, version {version}.",
                number=page + 1,
                count=len(found),
                language=Language(consented.language, own=False),
                day=Day(consented.given_at.date()),
                version=consented.version,
            )
        ),
        *([markdown(found[page])] if found[page] else []),
    ]
    rows: tuple[tuple[Choice, ...], ...] = ((close(),),)
    if len(found) > 1:
        rows = (tuple(turning(page, len(found))), *rows)
    if page == 0:
        blocks.insert(2, quiet(say("Fingerprint (SHA-256): {sha256}", sha256=Raw(consented.sha256))))
    return Screen("agreed-text", tuple(blocks), rows)
