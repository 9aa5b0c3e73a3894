"""Rules of the consent documents: what their cards have to say, in every language."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from bot.burden import WITHOUT_SPACES
from bot.checking import practices
from bot.checking.checked import Checked
from bot.checking.findings import Found, Rule, Severity, error
from bot.texts import ORIGINAL
from flows import language as lang
from flows.collection import Card
from flows.consent import Documents
from flows.meaning import differs
from flows.voice import cards_without_voice
from flows.words import letters

MOST_WORDS = 70
"""Of a card's short text (docs/collections.md): what a phone shows above its buttons."""

MOST_LETTERS = 300
"""Of the same where words stand without spaces."""


MOST_IN_ALL = 3800
"""Letters of a card with *More*: Telegram takes 4096, and values are still filled in."""


def _whole(card: Card) -> str:
    """What a card tells, without what it asks."""
    return f"{card.title}\n{card.text}\n{card.more}"


def too_long(checked: Checked) -> Iterator[Found]:
    """Short texts that somebody would have to scroll."""
    for language, number, card in checked.cards():
        spaceless = language in WITHOUT_SPACES
        length, most = (len(card.text), MOST_LETTERS) if spaceless else (len(card.text.split()), MOST_WORDS)
        if length > most:
            unit = "letters" if spaceless else "words"
            yield Found(
                checked.card_path(language, number),
                checked.card_line(language, number, card.text),
                f"card {number} has {length} {unit} before *More*, and a phone shows {most}",
                "Say one thing on the card, and move the rest below `<!-- more -->`",
                language=language,
            )
        elif (whole := letters(_whole(card))) > MOST_IN_ALL:
            yield Found(
                checked.card_path(language, number),
                1,
                f"card {number} has {whole} letters with *More*, and one message takes about {MOST_IN_ALL}",
                "Say it in fewer words",
                language=language,
            )


def _missing(checked: Checked, says: Callable[[Card], bool], number: int, what: str, remedy: str) -> Iterator[Found]:
    """A finding for every language in which no card says something; it points to the card that should."""
    for language, cards in checked.reading.documents.items():
        if not any(says(card) for card in cards):
            yield Found(checked.card_path(language, number), 1, what, remedy, language=language)


def no_way_to_leave(checked: Checked) -> Iterator[Found]:
    """Documents that do not say how to leave."""
    remedy = "Say on card 4 that /leave ends it at any time, without a reason"
    return _missing(checked, lambda card: "/leave" in _whole(card), 4, "no card says how to leave", remedy)


def no_contact(checked: Checked) -> Iterator[Found]:
    """Documents that name nobody to write to."""
    remedy = "Put {contact} on card 4"
    return _missing(checked, lambda card: "{contact}" in _whole(card), 4, "no card says whom to ask", remedy)


def no_retention(checked: Checked) -> Iterator[Found]:
    """Documents that do not say how long answers are kept."""
    remedy = "Put {kept} on card 4"
    return _missing(checked, lambda card: "{kept}" in _whole(card), 4, "no card says how long answers are kept", remedy)


def unexplained(checked: Checked) -> Iterator[Found]:
    """Purposes of which no card says what they are for, in the original; and translations that leave a line out."""
    cards = checked.reading.documents.get(ORIGINAL, ())
    pieces = [_stems(piece) for card in cards for piece in re.split(r"\n+|(?<=[.!?])\s", _whole(card))]
    purposes = checked.reading.base.items("purposes") if checked.reading.base is not None and cards else []
    for number, purpose in enumerate(purposes):
        label = str(purpose.get("label", "")) if isinstance(purpose, dict) else ""
        wanted = _stems(label)
        if wanted and not any(2 * len(wanted & piece) > len(wanted) for piece in pieces):
            yield Found(
                checked.base_path,
                checked.base_line("purposes", number),
                f"no card explains the purpose {purpose.get('id')!r} (“{label}”)",
                "Say behind *More* of card 1 what it means, in the words of its label",
            )
    yield from lines_left_out(checked)


def lines_left_out(checked: Checked) -> Iterator[Found]:
    """Cards whose list has fewer lines than the original's: one of them may be what a purpose means."""
    originals = checked.reading.documents.get(ORIGINAL, ())
    for language, cards in checked.reading.documents.items():
        for number, (card, original) in enumerate(zip(cards, originals, strict=False), start=1):
            said, wanted = _listed(card), _listed(original)
            if said < wanted:
                yield Found(
                    checked.card_path(language, number),
                    checked.card_line(language, number, "- "),
                    f"card {number} lists {said} things, and {wanted} in the original",
                    "Translate every line of the list: each of them explains something that is agreed to",
                    language=language,
                )


def _listed(card: Card) -> int:
    return sum(line.startswith("- ") for line in f"{card.text}\n{card.more}".splitlines())


_SMALL = frozenset(
    re.findall(
        r"\w+",
        "a an and are as at be by can for from get give how i if in is it its later me more my not of on or our so "
        "that the their them there they this to us we well what when which who will with you your",
    )
)
_STEM = 4
"""Letters by which "link" and "linking", "invite" and "invites" are one word."""


def _stems(words: str) -> frozenset[str]:
    found = re.findall(r"[a-z]+", words.lower())
    return frozenset(word[:_STEM] for word in found if word not in _SMALL)


def reworded(checked: Checked) -> Iterator[Found]:
    """Cards that say something else than people agreed to under the same version."""
    if checked.collection is None or not checked.known.agreed:
        return
    documents = Documents(checked.collection, checked.texts.of_collection)
    version = checked.collection.consent.version
    for region in checked.collection.regions:
        for language in checked.collection.documents:
            agreed = checked.known.agreed.get((version, language, region.territory))
            if agreed and documents.get(language, region.territory).sha256 not in agreed:
                yield Found(
                    checked.base_path,
                    checked.base_line("consent", "version"),
                    f"the cards ({language}, {region.territory}) differ from what was agreed to as version {version}",
                    f"Count `version` up to {version + 1} and say in `changes` whether that is minor or material",
                    region.territory,
                    language,
                )


def purposes_changed(checked: Checked) -> Iterator[Found]:
    """Purposes that say, or allow, something else than people agreed to under the same version of the cards."""
    collection = checked.collection
    if collection is None or not checked.known.meant:
        return
    documents, version = Documents(collection, checked.texts.of_collection), collection.consent.version
    for language in collection.documents:
        known = checked.known.meant.get((version, language), {})
        for number, (purpose, now) in enumerate(documents.meanings(language).items()):
            if fields := differs(known.get(purpose, frozenset()), now):
                yield Found(
                    checked.base_path,
                    checked.base_line("purposes", number),
                    f"{', '.join(fields)} of {purpose} ({language}) differ from what was agreed to as version "
                    f"{version}",
                    f"Put back what stood there, or count `version` of the consent up to {version + 1} and say in "
                    "`changes` whether that is minor or material",
                    language=language,
                )


def not_read_aloud(checked: Checked) -> Iterator[Found]:
    """Languages in which somebody who does not read could not hear every card."""
    silent: dict[str, list[int]] = {}
    for language, number in cards_without_voice(checked.collection) if checked.collection is not None else ():
        silent.setdefault(language, []).append(number)
    for language, numbers in silent.items():
        first = checked.card_path(language, numbers[0])
        which = f"card{'s' if len(numbers) > 1 else ''} {lang.listed([str(each) for each in numbers], ORIGINAL)}"
        yield Found(
            first,
            1,
            f"nobody has read aloud in {language}: {which}",
            f"Let somebody read it aloud whose language it is, and put it beside the card: {first.stem}.ogg, Ogg Opus",
            language=language,
        )


RULES: tuple[Rule, ...] = (
    error(
        "consent.card_missing",
        "A consent card, or a part of one, is missing in an offered language",
        "Nobody can agree to what they cannot read: consent never falls back to another language.",
        practices.INFORMED,
    ),
    error(
        "consent.card_too_long",
        f"A card has more than {MOST_WORDS} words before *More* ({MOST_LETTERS} letters in languages without spaces)",
        "What does not fit on a phone is scrolled past, and then agreed to unread.",
        practices.INFORMED,
        too_long,
    ),
    error(
        "consent.purpose_unexplained",
        "No card explains a purpose",
        "A yes to something that was never explained is no consent.",
        practices.PURPOSES,
        unexplained,
    ),
    error(
        "consent.required_without_reason",
        "A required purpose does not say why it is required",
        "Somebody who has to agree in order to take part is owed the reason.",
        practices.PURPOSES,
    ),
    error(
        "consent.no_way_to_leave",
        "No card says how to leave",
        "Who does not know the way out has not agreed freely.",
        practices.WITHDRAWAL,
        no_way_to_leave,
        can_be_waived=False,
    ),
    error(
        "consent.no_contact",
        "No card, or no field, says whom to ask",
        "Somebody with a question or a complaint needs a human who answers.",
        practices.INFORMED,
        no_contact,
    ),
    error(
        "consent.no_retention",
        "No card, or no field, says how long answers are kept",
        "For how long is part of what is agreed to.",
        practices.RETENTION,
        no_retention,
    ),
    error(
        "consent.reworded",
        "The cards changed and their version did not",
        "A version says the same for good: what somebody agreed to must be what is on record.",
        practices.VERSIONS,
        reworded,
        can_be_waived=False,
    ),
    error(
        "consent.purpose_changed",
        "A purpose's words, or what it allows, changed and the version of the cards did not",
        "People agree to purposes in words: under one version they say the same to everybody.",
        practices.VERSIONS,
        purposes_changed,
        can_be_waived=False,
    ),
    Rule(
        "consent.not_read_aloud",
        Severity.WARNING,
        "A card has no voice note in an offered language",
        "Reading is not everybody's way, and whoever cannot read it has agreed to what somebody else told them.",
        *practices.HEARD,
        not_read_aloud,
        by_people=True,
    ),
)
