"""The gallery as a page: plain HTML that works without scripts, prints, and can be read out."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.burden import counts_in_letters
from bot.gallery.exhibits import BEGIN_SAME, END_SAME, Exhibit, Picture, unmarked
from bot.texts import Texts
from flows import language as lang
from flows.events import InviteAnswer
from flows.explore import IDLE, ORIGINAL, OTHER_CODE, OWN_WORDS, TOO_LONG, YEARS
from flows.on_record import PayState
from flows.walk import (
    Act,
    AnswerInvite,
    Ask,
    GetReminded,
    Meanwhile,
    Open,
    OpenLink,
    Pays,
    Press,
    SendPicture,
    Vouch,
    Wait,
    Write,
)
from flows.worlds import (
    APPROVED,
    CHANGED,
    CHOICE,
    CLOSED,
    CODES,
    EVERYWHERE,
    FULL,
    MANY,
    NUMBER,
    OPENED,
    OTHER_ZONE,
    PAUSED,
    READ_ALOUD,
    RESTING,
    SECOND,
)


@dataclass(frozen=True, slots=True)
class Hall:
    """What is looked at, and what else there is to look at."""

    collection: str
    territory: str
    language: str
    collections: Mapping[str, str]
    """Title by id."""
    territories: Mapping[str, str]
    """Each region of the collection, and why it is closed, or that it is open."""
    languages: Mapping[str, bool]
    """Each language that has texts, and whether the region offers it."""


def page(hall: Hall, exhibits: Sequence[Exhibit], texts: Texts) -> str:
    """The whole page."""
    place = lang.place_name(hall.territory, ORIGINAL)
    language = lang.language_name(hall.language, ORIGINAL)
    title = f"Gallery: {hall.collections[hall.collection]}, {place}, {language}"
    return "".join(
        (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n',
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n',
            f"<title>{_text(title)}</title>\n",
            '<link rel="icon" href="/icon.svg" type="image/svg+xml">\n',
            '<link rel="stylesheet" href="/palette.css">\n<link rel="stylesheet" href="/gallery.css">\n',
            '<script src="/early.js"></script>\n</head>\n<body>\n',
            '<a class="skip" href="#screens">To the screens</a>\n',
            *_head(hall, exhibits),
            '<div class="hall">\n',
            *_contents(exhibits),
            '<main id="screens" tabindex="-1">\n',
            *(part for number, each in enumerate(exhibits) for part in _exhibit(hall, number, each, texts)),
            "</main>\n</div>\n</body>\n</html>\n",
        )
    )


def _text(words: str) -> str:
    return html.escape(words)


def anchor(number: int) -> str:
    """Where a screen hangs on the page."""
    return f"screen-{number + 1}"


# --- the head --------------------------------------------------------------------------------------------------------


def _head(hall: Hall, exhibits: Sequence[Exhibit]) -> Iterator[str]:
    yield '<header class="head">\n<nav class="pages" aria-label="Pages"><a href="/">Chats</a> '
    yield '<a href="/gallery" aria-current="page">Gallery</a></nav>\n<h1>Gallery</h1>\n'
    yield '<form class="choices" method="get" action="/gallery">\n'
    yield from _select("collection", "Collection", hall.collection, hall.collections)
    places = {name: _region(name, state) for name, state in hall.territories.items()}
    yield from _select("region", "Region", hall.territory, places)
    spoken = {name: _language(name, offered=offered) for name, offered in hall.languages.items()}
    yield from _select("language", "Language", hall.language, spoken)
    yield '<button type="submit">Show</button>\n</form>\n'
    yield f'<p class="state">{_text(hall.territories[hall.territory])}. '
    yield "Found by walking through the flow, and rendered as Telegram is sent it.</p>\n"
    yield from _summary(hall, exhibits)
    yield "</header>\n"


def _region(territory: str, state: str) -> str:
    name = lang.place_name(territory, ORIGINAL)
    return name if state == "Open" else f"{name} (closed)"


def _language(language: str, *, offered: bool) -> str:
    name = lang.language_name(language, ORIGINAL)
    return name if offered else f"{name} (not offered there)"


def _select(name: str, label: str, chosen: str, options: Mapping[str, str]) -> Iterator[str]:
    yield f'<label for="{name}">{label}</label>\n<select id="{name}" name="{name}">\n'
    for value, words in options.items():
        selected = " selected" if value == chosen else ""
        yield f'<option value="{_text(value)}"{selected}>{_text(words)}</option>\n'
    yield "</select>\n"


def _summary(hall: Hall, exhibits: Sequence[Exhibit]) -> Iterator[str]:
    letters_only = counts_in_letters(hall.language)
    count = sum(each.shown.counted_letters if letters_only else each.shown.counted_words for each in exhibits)
    what = "letters" if letters_only else "words"
    language = _text(lang.language_name(hall.language, ORIGINAL))
    yield f'<p class="summary">{len(exhibits)} screens, {count} {what} in {language}. '
    remarked = [(number, each.name) for number, each in enumerate(exhibits) if each.shown.remarks]
    if not remarked:
        yield "Nothing is too long, and nothing was left untranslated.</p>\n"
        return
    links = (f'<a href="#{anchor(number)}">{number + 1} {_text(name)}</a>' for number, name in remarked)
    yield f"{len(remarked)} with remarks: {', '.join(links)}</p>\n"


_FLAG = '<span class="flag" title="with remarks">●<span class="heard"> with remarks</span></span>'


def _contents(exhibits: Sequence[Exhibit]) -> Iterator[str]:
    """Names once, with a number for each time that a screen looks otherwise."""
    yield '<nav class="contents" aria-label="Screens">\n<ul>\n'
    numbered = list(enumerate(exhibits))
    for name in dict.fromkeys(each.name for each in exhibits):
        links = "".join(_link(number, each) for number, each in numbered if each.name == name)
        yield f'<li><span class="name">{_text(name)}</span>{links}</li>\n'
    yield "</ul>\n</nav>\n"


def _link(number: int, exhibit: Exhibit) -> str:
    flag = _FLAG if exhibit.shown.remarks else ""
    return f' <a href="#{anchor(number)}"><span class="heard">{_text(exhibit.name)} </span>{number + 1}</a>{flag}'


# --- a screen --------------------------------------------------------------------------------------------------------


def _exhibit(hall: Hall, number: int, exhibit: Exhibit, texts: Texts) -> Iterator[str]:
    place = anchor(number)
    yield f'<article class="exhibit" id="{place}" aria-labelledby="{place}-name">\n'
    steps = [told(act, texts) for act in exhibit.acts]
    yield f'<h2 id="{place}-name"><a href="#{place}">{number + 1}. {_text(exhibit.name)}</a>'
    yield f' <span class="place">{_text(exhibit.place)}: {_text(steps[-1])}</span></h2>\n'
    yield from _way(steps)
    yield '<div class="pair">\n'
    yield from figure(exhibit.original, ORIGINAL)
    if exhibit.translation is not None:
        yield from figure(exhibit.translation, hall.language)
    elif hall.language != ORIGINAL:
        yield '<p class="absent">Nobody comes by this screen in this language.</p>\n'
    yield "</div>\n</article>\n"


def _way(steps: Sequence[str]) -> Iterator[str]:
    count = "1 step" if len(steps) == 1 else f"{len(steps)} steps"
    yield f'<details class="way"><summary>Way there: {count}</summary>\n<ol>\n'
    yield from (f"<li>{_text(step)}</li>\n" for step in steps)
    yield "</ol>\n</details>\n"


def figure(picture: Picture, language: str) -> Iterator[str]:
    """A screen in one language, as a phone shows it."""
    direction = "rtl" if lang.is_right_to_left(language) else "ltr"
    code = language.replace("_", "-")
    name = _text(lang.language_name(language, ORIGINAL))
    yield '<figure class="picture">\n'
    counted = f"{picture.counted_letters} letters"
    if not counts_in_letters(language):
        counted = f"{picture.counted_words} words, {counted}"
    yield f"<figcaption>{name}: {counted}</figcaption>\n"
    yield f'<div class="phone" lang="{code}" dir="{direction}">\n'
    yield f'<div class="message">{_highlighted(picture.words)}</div>\n'
    if picture.rows:
        yield '<ul class="keyboard">\n'
        for row in picture.rows:
            keys = "".join(_key(each.label, each.look, is_link=each.is_link) for each in row)
            yield f'<li class="row">{keys}</li>\n'
        yield "</ul>\n"
    yield "</div>\n"
    if picture.remarks:
        yield '<ul class="remarks">\n'
        yield from (f"<li>{_text(remark)}</li>\n" for remark in picture.remarks)
        yield "</ul>\n"
    yield "</figure>\n"


def _key(label: str, look: str, *, is_link: bool) -> str:
    kind = " ".join(("key", *([f"key-{look}"] if look else []), *(["key-link"] if is_link else [])))
    return f'<span class="{kind}">{_highlighted(html.escape(label, quote=False))}</span>'


def _highlighted(words: str) -> str:
    """Marks as markup; what Telegram is sent as HTML is escaped already."""
    begin = '<mark title="as in the original">'
    return words.replace(BEGIN_SAME, begin).replace(END_SAME, "</mark>")


# --- the way there ---------------------------------------------------------------------------------------------------

_HAPPENS: Mapping[str, str] = {
    "open": "the collection is open beside a second one",
    "closed": "the collection closes",
    "fewer": "a question is asked no more",
    FULL: "as many have agreed as can",
    PAUSED: "nobody new is asked in this language",
    "gone": "the collection leaves the shelf",
    CHANGED: "the cards say something else",
    APPROVED: "an ethics committee is named",
    READ_ALOUD: "every card is read aloud",
    EVERYWHERE: "every place speaks every language",
    OTHER_ZONE: "one place more is on the list, which another installation serves",
    MANY: "lists grow longer than a screen",
    CODES: "pay comes as a code",
    CHOICE: "pay comes in any of several ways",
    NUMBER: "pay goes to a number",
}

_BECOMES = {
    PayState.OWED: "has pay owed",
    PayState.UNDER_WAY: "has pay sent to a provider",
    PayState.SENT: "is paid",
    PayState.NOT_ARRIVED: "has pay come back",
    PayState.WITHHELD: "has pay withheld by a person",
    PayState.PAID_BEFORE: "was paid before",
}


_INVITED: Mapping[InviteAnswer, str] = {
    InviteAnswer.OPEN: "gets an invite, and has a look",
    InviteAnswer.WHY: "gets an invite, and asks why",
    InviteAnswer.STOP: "gets an invite, and stops them all",
}


_LINKS = {OPENED: "of a channel", RESTING: "that rests", CLOSED: "that is closed"}


def told(act: Act, texts: Texts) -> str:  # noqa: C901, PLR0911, PLR0912  # one line an act
    """What is done, in words."""
    match act:
        case Open(collection, participant):
            to = {"": "with no link", SECOND: "with a second collection's link"}.get(collection, "with its link")
            return f"opens the chat {to}" + (", which names another contribution" if participant else "")
        case OpenLink(link):
            return f"opens the chat with a link {_LINKS.get(link, link)}"
        case Press():
            label = unmarked(texts.plain(act.label, ORIGINAL)) if act.label is not None else act.verb
            return f"presses “{label}”"
        case Ask(command):
            return f"sends /{command}"
        case AnswerInvite(answer):
            return _INVITED[answer]
        case Write(None):
            return "writes the code from the receipt"
        case Write(str(words)):
            known = {OWN_WORDS: "writes some words", TOO_LONG: "writes too much", OTHER_CODE: "writes another code"}
            return known.get(words, f"writes “{words}”")
        case SendPicture():
            return "sends a picture"
        case Wait(time):
            known_times = {IDLE: "waits a while", YEARS: "waits for years"}
            return known_times.get(time, "waits until the consent is almost over")
        case GetReminded():
            return "stops half-way, and is reminded after some days"
        case Vouch():
            return "has a person say that moving there is safe"
        case Pays(state):
            return _BECOMES[state]
        case Meanwhile(world):
            return _HAPPENS.get(world, world)
    return ""
