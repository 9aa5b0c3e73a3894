"""Made-up worlds: what may be on offer around somebody, so that whatever the engine can show is met in one of them."""

from __future__ import annotations

import datetime as dt

from flows.collection import Collection, Ethics, PayWay, Voice
from flows.consent import Translate, untranslated
from flows.links import Doorway, LinkStanding
from flows.listing import ALL_AT_ONCE
from flows.regions import in_every_language
from flows.shelf import Shelf
from flows.walk import Worlds

SECOND = "second"
"""A copy of the collection, for what is shown only where there are several."""

OPENED, RESTING, CLOSED = "0000000001", "0000000002", "0000000003"
"""Links that lead into the collection, or do not just now, or not any more."""

MANY = "many"
"""The world in which lists are long: more collections, places and languages than stand on one screen."""

CHANGED = "changed"
"""The world in which the cards say something else by now."""

CODES, CHOICE, NUMBER = "codes", "choice", "number"
"""The worlds in which pay comes as a code, in any way that somebody chooses, or to a number."""

FULL = "full"
"""The world in which the collections are open and take nobody new."""

PAUSED = "paused"
"""The world in which every place is open, and not in the language that somebody reads, whichever that is."""

LEFT = "left"
"""The world in which the collection has left and nothing else is open."""

EVERYWHERE = "everywhere"
"""The world in which every place has every language, so that somebody can move anywhere and still be spoken to."""

APPROVED = "approved"
"""The world in which an ethics committee stands on the last card."""

READ_ALOUD = "read aloud"
"""The world in which a made-up voice reads every card aloud: in all others, it is heard where somebody has read it."""

OTHER_ZONE = "other zone"
"""The world in which one place more is on the list, which another installation serves."""

OTHER_PLACE = "AQ"

OTHER_BOT = "OtherZoneBot"

_ALL_WAYS = (PayWay.VOUCHER, PayWay.AIRTIME, PayWay.MOBILE_MONEY, PayWay.BANK)

PAID = (CODES, CHOICE, NUMBER)
"""Worlds in which the program gets pay to people."""

_MORE_PLACES = ("AR", "AU", "BD", "CA", "CL", "CO", "ET", "FR", "GH", "ID", "IT", "KR", "MX", "MY", "NP", "PH")

_OF_NOBODY = "zxx"
"""ISO 639's code for what is in no language."""

_MORE_LANGUAGES = ("bn", "fa", "fr", "he", "id", "it", "ko", "nl", "pl", "ru", "ta", "tr", "uk", "vi")


def worlds_of(collection: Collection, translate: Translate = untranslated) -> Worlds:
    """What may be on offer: the collection beside a second one, or a question shorter; neither open; one alone."""
    second = collection.model_copy(update={"id": SECOND})

    def translated(name: str, words: str, language: str) -> str:
        return translate(collection.id if is_copy(name) else name, words, language)

    doors = {OPENED: LinkStanding.OPEN, RESTING: LinkStanding.RESTING, CLOSED: LinkStanding.CLOSED}
    links = {name: Doorway(collection.id, standing) for name, standing in doors.items()}
    return {
        "open": Shelf((collection, second), unreviewed=True, translate=translated).with_links(links),
        "fewer": Shelf((_with_fewer(collection), second), unreviewed=True, translate=translated),
        "closed": Shelf((collection, second), unreviewed=False, translate=translated),
        "gone": Shelf((second,), unreviewed=True, translate=translated),
        LEFT: Shelf((second,), unreviewed=False, translate=translated),
        CHANGED: Shelf((_with_other_cards(collection), second), unreviewed=True, translate=translated),
        MANY: Shelf(_many(collection), unreviewed=True, translate=translated),
        CODES: Shelf((_paying(collection, PayWay.VOUCHER), second), unreviewed=True, translate=translated),
        CHOICE: Shelf((_paying(collection, *_ALL_WAYS), second), unreviewed=True, translate=translated),
        NUMBER: Shelf((_paying(collection, PayWay.BANK), second), unreviewed=True, translate=translated),
        FULL: _full(Shelf((collection, second), unreviewed=True, translate=translated)),
        PAUSED: Shelf((_in_no_language(collection), second), unreviewed=True, translate=translated),
        APPROVED: Shelf((_approved(collection), second), unreviewed=True, translate=translated),
        READ_ALOUD: Shelf((_read_aloud(collection), second), unreviewed=True, translate=translated),
        EVERYWHERE: Shelf((in_every_language(collection), second), unreviewed=True, translate=translated),
        OTHER_ZONE: _in_zones(Shelf((_wider(collection), _wider(second)), unreviewed=True, translate=translated)),
    }


def _wider(collection: Collection) -> Collection:
    """The collection with one place more."""
    more = collection.regions[0].model_copy(update={"territory": OTHER_PLACE})
    return collection.model_copy(update={"regions": (*collection.regions, more)})


def _in_zones(shelf: Shelf) -> Shelf:
    return shelf.handing_over({OTHER_PLACE: OTHER_BOT})


def _read_aloud(collection: Collection) -> Collection:
    """The collection with each of its cards read aloud."""
    voice = Voice(seconds=83, size=249_000, sha256="0" * 64)
    documents = {
        name: tuple(card.model_copy(update={"voice": voice}) for card in cards)
        for name, cards in collection.documents.items()
    }
    return collection.model_copy(update={"documents": documents})


def _full(shelf: Shelf) -> Shelf:
    return shelf.with_spent((c.id, region.territory) for c in shelf.collections.values() for region in c.regions)


def _in_no_language(collection: Collection) -> Collection:
    """The collection where each place has another language than all that are spoken."""
    regions = tuple(region.model_copy(update={"languages": (_OF_NOBODY,)}) for region in collection.regions)
    return collection.model_copy(update={"regions": regions})


def _with_other_cards(collection: Collection) -> Collection:
    """The collection with a version of its cards that has to be agreed to anew."""
    version = collection.consent.version + 1
    terms = {"version": version, "changes": {**collection.consent.changes, version: "material"}}
    # Words of no language, other ones in each: what is the same in two would be taken for untranslated.
    pens = {language: " ".join("✎" * number) for number, language in enumerate(collection.documents, start=3)}
    changed = {name: {**collection.what_changed.get(name, {}), version: pens[name]} for name in collection.documents}
    consent = collection.consent.model_copy(update=terms)
    return collection.model_copy(update={"consent": consent, "what_changed": changed})


def _approved(collection: Collection) -> Collection:
    """The collection with a committee behind it, in words of no language."""
    ethics = Ethics(committee="✎", approval="1/2026", expires_on=dt.date(2030, 12, 31), contact="✎ ✎")
    return collection.model_copy(update={"ethics": collection.ethics or ethics})


def _many(collection: Collection) -> tuple[Collection, ...]:
    """The collection with more places and languages than it has, and more collections beside it."""
    first = collection.regions[0]
    known = {region.territory for region in collection.regions}
    more = tuple(first.model_copy(update={"territory": name}) for name in _MORE_PLACES if name not in known)
    languages = tuple(dict.fromkeys((*collection.languages, *_MORE_LANGUAGES)))
    wide = collection.model_copy(update={"regions": (*collection.regions, *more), "languages": languages})
    copies = (collection.model_copy(update={"id": f"{SECOND}_{number}"}) for number in range(1, ALL_AT_ONCE + 1))
    return (wide, *copies)


def _paying(collection: Collection, *ways: PayWay) -> Collection:
    """The collection with pay that comes in these ways."""
    pay = {"ways": ways}
    regions = tuple(r.model_copy(update={"pay": r.pay.model_copy(update=pay)}) for r in collection.regions)
    return collection.model_copy(update={"regions": regions})


def is_copy(collection: str) -> bool:
    """Whether it is there to be one of several."""
    return collection.startswith(SECOND)


def _with_fewer(collection: Collection) -> Collection:
    """The collection without the last question of each region."""
    regions = tuple(region.model_copy(update={"questions": region.questions[:-1]}) for region in collection.regions)
    return collection.model_copy(update={"regions": regions})
