"""The exact text that was agreed to, shown again: as it is stored, in the language in which it was read."""

from __future__ import annotations

from flows.agreed_text import pages
from flows.cards import View, close
from flows.listing import turning
from flows.on_record import AgreedBefore
from flows.screens import Choice, Keeping, Screen, markdown, quiet, title
from flows.words import Day, Language, Raw, say


def agreed_text_screen(view: View) -> Screen:
    """One page of it, a card a page, with its fingerprint on the first one; texts from before come after it."""
    consented = view.passage.consented
    if consented is None:
        raise LookupError("no consent whose text to show")
    record = view.on_record
    in_force = AgreedBefore(consented.version, consented.language, consented.sha256, consented.given_at, record.text)
    found = [(agreed, words) for agreed in (in_force, *record.before) for words in pages(agreed.text)]
    page = min(view.session.looking.page, len(found) - 1)
    agreed, words = found[page]
    blocks = [
        title(say("What you agreed to")),
        quiet(
            say(
                "{number} of {count}. Read in {language} and agreed to on {day}, version {version}.",
                number=page + 1,
                count=len(found),
                language=Language(agreed.language, own=False),
                day=Day(agreed.given_at.date()),
                version=agreed.version,
            )
        ),
    ]
    if page == 0 or found[page - 1][0] is not agreed:
        blocks.append(quiet(say("Fingerprint (SHA-256): {sha256}", sha256=Raw(agreed.sha256))))
    if words:
        blocks.append(markdown(words))
    rows: tuple[tuple[Choice, ...], ...] = ((close(),),)
    if len(found) > 1:
        rows = (tuple(turning(page, len(found))), *rows)
    return Screen("agreed-text", tuple(blocks), rows, Keeping.EVIDENCE)
