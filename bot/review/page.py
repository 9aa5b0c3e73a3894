"""The booklet as one HTML file: no scripts, nothing from elsewhere, good to print, with room for remarks."""

from __future__ import annotations

import html
from collections.abc import Iterator

from bot import inline
from bot.gallery.page import figure
from bot.review.booklet import Booklet, Chapter, Leaf, Part
from bot.review.marking import marked
from bot.review.office import Reviewed
from bot.review.style import STYLE
from bot.texts import markdown_to_html
from flows import language as lang
from flows.collection import Card, PayWay, Region, Source
from flows.differing import Difference
from flows.explore import ORIGINAL
from flows.safety import Level, takes_two
from flows.sign_offs import SignOff, Verdict
from flows.territories import ROWS


def page(booklet: Booklet) -> str:
    """The whole file."""
    return "".join(_page(booklet))


def _page(booklet: Booklet) -> Iterator[str]:
    title = f"For review: {booklet.collection.title}"
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield f"{inline.head(STYLE)}<title>{_text(title)}</title>\n</head>\n<body>\n<main>\n"
    yield from _head(booklet, title)
    for part in booklet.parts:
        yield from _part(booklet, part)
    yield "</main>\n</body>\n</html>\n"


def _head(booklet: Booklet, title: str) -> Iterator[str]:
    collection = booklet.collection
    yield f"<header>\n<h1>{_text(title)}</h1>\n"
    yield f"<p>{_text(collection.what_for)} {_text(collection.organisation.name)}, {booklet.made_on:%Y-%m-%d}.</p>\n"
    yield (
        "<p>Every message that a contributor can meet stands here once, on a screen drawn as the chat draws it; the "
        "original is beside the translation. Screens are numbered: <code>surveybot review remark --screen</code> takes "
        "the number. Whoever signs, signs exactly this: each chapter has a code, and "
        "<code>surveybot review sign --content</code> refuses anything else.</p>\n"
    )
    yield from _ethics(booklet)
    yield "<h2>What the check found</h2>\n<p>About what is in this booklet, and about all of the collection.</p>\n"
    yield from _list(booklet.findings or ("Nothing: every file is right, and no word is missing.",))
    yield '<nav aria-label="Chapters">\n<h2>Chapters</h2>\n<table>\n<thead><tr>'
    yield "".join(f'<th scope="col">{name}</th>' for name in ("Place", "Language", "Now", "Changed", "Code"))
    yield "</tr></thead>\n<tbody>\n"
    for chapter in (each for part in booklet.parts for each in part.chapters):
        yield _contents(booklet, chapter)
    yield "</tbody>\n</table>\n</nav>\n</header>\n"


def _ethics(booklet: Booklet) -> Iterator[str]:
    ethics, responsible = booklet.collection.ethics, booklet.collection.responsible
    facts = {"Responsible": responsible.role, "Impact assessment": responsible.impact_assessment}
    facts["Written by"] = ", ".join(booklet.collection.written_by) or "not said: nobody can sign"
    if ethics is None:
        facts["Ethics committee"] = "none is named"
    else:
        facts["Ethics committee"] = f"{ethics.committee}, {ethics.contact}"
        facts["Approval"] = f"{ethics.approval}, until {ethics.expires_on}"
    yield from _facts(facts)


def _contents(booklet: Booklet, chapter: Chapter) -> str:
    place = chapter.place
    cells = (
        f'<a href="#{_anchor(chapter)}">{_text(lang.place_name(place.territory, ORIGINAL))}</a>',
        _text(lang.language_name(place.language, ORIGINAL)),
        _text(_state(booklet, chapter.reviewed)),
        str(len(chapter.reviewed.changed)) if chapter.reviewed.before is not None else "all of it",
        f"<code>{chapter.reviewed.content[:12]}</code>",
    )
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>\n"


def _state(booklet: Booklet, reviewed: Reviewed) -> str:
    closed = reviewed.review.closure(booklet.made_on)
    if closed is not None:
        return f"closed: {closed.value}"
    return f"open until {reviewed.review.until}"


# --- a region --------------------------------------------------------------------------------------------------------


def _part(booklet: Booklet, part: Part) -> Iterator[str]:
    region = part.region
    name = _text(lang.place_name(region.territory, ORIGINAL))
    yield f'<section class="region" id="{region.territory}">\n<h2>{name}</h2>\n'
    if takes_two(region.territory):
        yield '<p class="changed">A regional expert and counsel both sign here: gender identity is closed.</p>\n'
    yield from _facts(_promises(region))
    yield "<h3>Help lines</h3>\n"
    yield from _list([f"{line.name}: {line.contact}" for line in region.help_lines] or ["None is named."])
    yield "<h3>What is not asked, and why</h3>\n"
    yield from _list(list(_not_asked(part)))
    yield "<h3>Sources</h3>\n"
    yield from _list([_source(each) for each in region.sources])
    for chapter in part.chapters:
        yield from _chapter(booklet, chapter)
    yield "</section>\n"


def _source(source: Source) -> str:
    where = f", {source.address}" if source.address else ""
    return f"{source.title}{where} (read on {source.read_on})"


def _promises(region: Region) -> dict[str, str]:
    pay, quiet = region.pay, region.quiet_hours
    money = lang.money(pay.amount, pay.currency, ORIGINAL, region.territory)
    floor = lang.money(pay.floor_per_hour, pay.currency, ORIGINAL, region.territory)
    return {
        "Minimum age": str(region.minimum_age),
        "Pay": f"{money}, {'by a person' if PayWay.NONE in pay.ways else 'as ' + ', '.join(pay.ways)}",
        "Floor for an hour": f"{floor} ({pay.floor_source})",
        "No invites, no reminders": f"{quiet.start:%H:%M} to {quiet.end:%H:%M} in {', '.join(region.time_zones)}",
        "Asked": ", ".join(f"{q.id}{' (sensitive)' if q.sensitive else ''}" for q in region.questions),
    }


_WHY = {
    Level.LOCKED: "never asked here, and no setting or signature changes it",
    Level.CLOSED: "not asked here",
}


def _not_asked(part: Part) -> Iterator[str]:
    for subject, level in part.closed_subjects:
        yield f"{subject.value.replace('_', ' ')}: {_WHY[level]} ({_on_whose_word(part.region.territory)})"
    for name in part.region.not_asked:
        yield f"{name.replace('_', ' ')}: left out here on purpose; see the sources"


def _on_whose_word(territory: str) -> str:
    row = ROWS.get(territory)
    if row is None:
        return "the program's own list, which has no row for this place yet"
    grounds = "; ".join(f"{each.title}, read {each.read_on}" for each in row.grounds)
    return f"the program's own list: {grounds}"


# --- a region in a language ------------------------------------------------------------------------------------------


def _chapter(booklet: Booklet, chapter: Chapter) -> Iterator[str]:
    place, reviewed = chapter.place, chapter.reviewed
    name = f"{lang.place_name(place.territory, ORIGINAL)}, {lang.language_name(place.language, ORIGINAL)}"
    yield f'<section class="chapter" id="{_anchor(chapter)}">\n<h2>{_text(name)}</h2>\n'
    yield f'<p class="code">{_text(_state(booklet, reviewed))}. Code: <code>{reviewed.content}</code></p>\n'
    if reviewed.words:
        yield "<h3>What reviewers said</h3>\n"
        yield from _list([_said(word) for word in reviewed.words])
    yield from _changes(reviewed)
    yield "<h3>Consent, whole</h3>\n"
    for number, (card, original) in enumerate(chapter.cards, 1):
        yield f'<div class="pair card"><h4>Card {number}</h4>\n'
        yield _card(card, place.language)
        if original is not None:
            yield _card(original, ORIGINAL)
        yield "</div>\n"
    yield "<h3>Screens</h3>\n"
    for leaf in chapter.leaves:
        yield from _leaf(chapter, leaf)
    yield from _signature(chapter)
    yield "</section>\n"


def _said(word: SignOff) -> str:
    what = {Verdict.SIGNED: "signed", Verdict.REFUSED: "refused", Verdict.REMARKED: "remarked"}[word.verdict]
    screen = f" on screen {word.screen}" if word.screen is not None else ""
    until = f" until {word.expires_on}" if word.expires_on is not None else ""
    alone = ", one person where it takes two" if word.alone else ""
    words = f": {word.words}" if word.words else ""
    return f"{word.at:%Y-%m-%d}: {what}{screen}{until} by {word.role} ({word.capacity.value}{alone}){words}"


def _changes(reviewed: Reviewed) -> Iterator[str]:
    if reviewed.before is None:
        who = "Not everybody who has to has signed this before" if reviewed.words else "Nobody has signed this before"
        yield f"<p>{who}, so all of it is new.</p>\n"
        return
    if not reviewed.changed:
        yield "<p>Nothing has changed since it was last signed.</p>\n"
        return
    language = reviewed.place.language
    yield f'<h3 class="changed">Changed since it was last signed: {len(reviewed.changed)}</h3>\n'
    yield '<table class="changes"><thead><tr><th scope="col">Where</th><th scope="col">Signed</th>'
    yield '<th scope="col">Now</th></tr></thead>\n<tbody>\n'
    for each in reviewed.changed:
        cells = "".join(f"<td{attributes}>{words}</td>" for attributes, words in _old_and_new(each, _code(language)))
        yield f'<tr><th scope="row" dir="auto">{_text(each.part)}</th>{cells}</tr>\n'
    yield "</tbody></table>\n"


def _old_and_new(each: Difference, code: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """Attributes and content of two cells. What was not there, or is gone, is said in the reviewer's own words."""
    its_own = f' lang="{code}" dir="auto"'
    if each.before is None:
        return ("", "<em>not there</em>"), (its_own, _text(each.now or ""))
    if each.now is None:
        return (its_own, _text(each.before)), ("", "<em>gone</em>")
    before, now = marked(each.before, each.now)
    return (its_own, before), (its_own, now)


def _card(card: Card, language: str) -> str:
    direction = "rtl" if lang.is_right_to_left(language) else "ltr"
    parts = [f"**{card.title}**", card.text, card.more]
    if card.question is not None:
        answers = [
            f"- {answer}{' ✓' if place == card.question.right else ''}"
            for place, answer in enumerate(card.question.answers)
        ]
        parts += [f"**{card.question.text}**", "\n".join(answers), card.question.once_more]
    said = "\n\n".join(markdown_to_html(part) for part in parts if part)
    return f'<div class="words" lang="{_code(language)}" dir="{direction}">{said}</div>\n'


def _leaf(chapter: Chapter, leaf: Leaf) -> Iterator[str]:
    exhibit, place = leaf.exhibit, chapter.place
    changed = " has-changed" if leaf.has_changed else ""
    said = ' <strong class="flag">changed</strong>' if leaf.has_changed else ""
    yield f'<article class="leaf{changed}" id="{_anchor(chapter)}-{leaf.number}">\n'
    where = f' <span class="place">{_text(exhibit.place)}</span>' if exhibit.place != exhibit.name else ""
    yield f"<h4>{leaf.number}. {_text(exhibit.name)}{where}{said}</h4>\n"
    yield '<div class="pair">\n'
    if exhibit.translation is not None:
        yield from figure(exhibit.translation, place.language)
    elif place.language != ORIGINAL:
        yield '<p class="absent">Nobody comes by this screen in this language.</p>\n'
    yield from figure(exhibit.original, ORIGINAL)
    yield f'<div class="remark"><span>Remarks on {leaf.number}</span></div>\n</div>\n</article>\n'


def _signature(chapter: Chapter) -> Iterator[str]:
    place = chapter.place
    yield '<div class="signature">\n<h3>Word on this chapter</h3>\n<dl>'
    for name in ("Signed, refused or remarked", "As reviewer, expert or counsel; role", "Holds until", "Date and name"):
        yield f"<dt>{name}</dt><dd></dd>"
    yield f"</dl>\n<p><code>surveybot review sign {place.collection} {place.territory} {place.language} "
    yield f"--content {chapter.reviewed.content[:12]} --by … --role … --until …</code></p>\n</div>\n"


# --- pieces ----------------------------------------------------------------------------------------------------------


def _anchor(chapter: Chapter) -> str:
    return f"{chapter.place.territory}-{chapter.place.language}"


def _code(language: str) -> str:
    return language.replace("_", "-")


def _text(words: str) -> str:
    return html.escape(words)


def _list(lines: list[str] | tuple[str, ...]) -> Iterator[str]:
    yield "<ul>\n"
    yield from (f"<li>{_text(line)}</li>\n" for line in lines)
    yield "</ul>\n"


def _facts(facts: dict[str, str]) -> Iterator[str]:
    yield '<dl class="facts">\n'
    yield from (f"<dt>{_text(name)}</dt><dd>{_text(value)}</dd>\n" for name, value in facts.items())
    yield "</dl>\n"
