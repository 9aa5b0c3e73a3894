"""Collections for tests: the ready one, a small made-up one, and both as they might be after somebody changed them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from bot import shipped
from bot.texts import Texts, load_catalogs
from flows.collection import (
    Card,
    CardQuestion,
    Collection,
    Compensation,
    ConsentTerms,
    Dpv,
    Option,
    Organisation,
    Pay,
    PayWay,
    Purpose,
    Question,
    QuietHours,
    Region,
    Responsible,
    Retention,
    Source,
    Subject,
    Supplier,
)
from flows.links import Doorway, LinkStanding
from flows.load import load_collection
from flows.shelf import Shelf
from flows.sign_offs import Place, Review, Reviews

READY = shipped.ready_collections() / "demographics"
BEGINNING = dt.datetime(2026, 12, 1, 9, 30, tzinfo=dt.UTC)


@lru_cache(maxsize=1)
def demographics() -> Collection:
    """The collection that ships."""
    return load_collection(READY)


@lru_cache(maxsize=1)
def texts() -> Texts:
    """The words of the bot and of the ready collection."""
    folders: dict[str, Path] = {"demographics": READY}
    return Texts(load_catalogs(shipped.translations(), folders, demographics().languages))


def _cards(language: str) -> tuple[Card, ...]:
    asked = CardQuestion(
        text=f"Did we explain this well? ({language})",
        answers=("Off the mark", f"As meant ({language})"),
        right=1,
        once_more="Here it is once more.",
    )
    return tuple(
        Card(
            title=f"Card {number} ({language})",
            text="{organisation} pays {pay}.",
            more="It is kept for {kept}.",
            question=asked if number > 1 else None,
        )
        for number in range(1, 5)
    )


def _voices_questions() -> tuple[Question, ...]:
    tongues = tuple(Option(id=f"tongue_{number}", label=f"Tongue number {number}") for number in range(1, 12))
    return (
        Question(
            id="faith_of_pets",
            subject=Subject.OTHER,
            kind="one",
            text="What does your pet believe?",
            sensitive=True,
            options=(
                Option(id="yes", label="Much"),
                Option(id="no", label="Little"),
                Option(id="own", label="In its own words", own_words=True),
            ),
        ),
        Question(
            id="tongues",
            subject=Subject.FIRST_LANGUAGE,
            kind="several",
            text="Which tongues do you speak?",
            options=(*tongues, Option(id="none", label="None of these", exclusive=True)),
        ),
        Question(
            id="likes_tea",
            subject=Subject.OTHER,
            kind="one",
            text="Do you like tea?",
            options=(Option(id="yes", label="Yes, tea"), Option(id="no", label="No tea")),
        ),
        Question(
            id="likes_rain",
            subject=Subject.OTHER,
            kind="one",
            text="Do you like rain?",
            options=(Option(id="yes", label="Yes, rain"), Option(id="no", label="No rain")),
        ),
    )


def voices(*questions: Question, accrues: str = "last_question") -> Collection:
    """A made-up collection with what the ready one lacks: a sensitive single choice, exclusives, a second contact."""
    asked = questions or _voices_questions()

    def region(territory: str, languages: tuple[str, ...]) -> Region:
        return Region(
            territory=territory,
            languages=languages,
            minimum_age=21,
            pay=Pay(amount=Decimal("3.00"), currency="USD", floor_per_hour=Decimal(20), floor_source="made up"),
            time_zones=("UTC",),
            quiet_hours=QuietHours(start=dt.time(21), end=dt.time(8)),
            help_lines=(),
            sources=(Source(title="made up", read_on=dt.date(2026, 11, 23)),),
            questions=asked,
        )

    dpv = Dpv(purpose="dpv:ResearchAndDevelopment")
    return Collection.model_validate(
        {
            "id": "voices",
            "version": 1,
            "title": "Voices",
            "what_for": "To hear voices of many kinds.",
            "minutes": 7,
            "languages": ("en", "de"),
            "organisation": Organisation(
                name="Voice House", page="https://voices.example", contact="hello@voices.example", address="1 Lane"
            ),
            "responsible": Responsible(role="Lead", impact_assessment="DPIA-2"),
            "suppliers": (Supplier(id="house", name="Voice House", in_house=True),),
            "consent": ConsentTerms(version=3, changes={2: "minor", 3: "material"}, expires="P30D"),
            "purposes": (
                Purpose(id="hear", uses="answers", required=True, label="Hear you", why="It is what we do.", dpv=dpv),
                Purpose(id="share", uses="answers", label="Share with partners", dpv=dpv),
                Purpose(id="write", uses="contact", label="Write to you", dpv=dpv),
            ),
            "compensation": Compensation.model_validate({"accrues": accrues, "kept": "P1Y"}),
            "retention": Retention(answers="P1Y", place="DE"),
            "regions": (region("DE", ("de", "en")), region("US", ("en",))),
            "documents": {"en": _cards("en"), "de": _cards("de")},
            "what_changed": {name: {2: f"Commas ({name}).", 3: f"We pay {{pay}} ({name})."} for name in ("en", "de")},
        }
    )


def signed_off(*collections: Collection, until: dt.date = dt.date(2027, 12, 31)) -> Reviews:
    """Every language of every region as if it had been signed off."""
    return {
        Place(collection.id, region.territory, language): Review(None, until)
        for collection in collections
        for region in collection.regions
        for language in region.languages
    }


def without_question(collection: Collection, question: str) -> Collection:
    """The collection with one question gone from every region."""
    return _with_questions(collection, lambda asked: tuple(q for q in asked if q.id != question))


def without_option(collection: Collection, option: str) -> Collection:
    """The collection with one option gone from every question."""

    def fewer(asked: tuple[Question, ...]) -> tuple[Question, ...]:
        return tuple(
            question.model_copy(update={"options": tuple(o for o in question.options if o.id != option)})
            for question in asked
        )

    return _with_questions(collection, fewer)


def with_question(collection: Collection, question: Question) -> Collection:
    """The collection with one question more, at the end of every region."""
    return _with_questions(collection, lambda asked: (*asked, question))


def _with_questions(collection: Collection, change: object) -> Collection:
    assert callable(change)
    regions = tuple(r.model_copy(update={"questions": change(r.questions)}) for r in collection.regions)
    return collection.model_copy(update={"regions": regions})


def without_region(collection: Collection, territory: str) -> Collection:
    """The collection with one region's folder gone."""
    return collection.model_copy(update={"regions": tuple(r for r in collection.regions if r.territory != territory)})


def with_places(collection: Collection, territories: tuple[str, ...]) -> Collection:
    """The collection, open in these places alone and in the same way."""
    first = collection.regions[0]
    regions = tuple(first.model_copy(update={"territory": territory}) for territory in territories)
    return collection.model_copy(update={"regions": regions})


def reworded(collection: Collection) -> Collection:
    """The collection with another word on its first card, in every language."""
    documents = {
        language: (cards[0].model_copy(update={"text": cards[0].text + " So it is."}), *cards[1:])
        for language, cards in collection.documents.items()
    }
    return collection.model_copy(update={"documents": documents})


def changed(collection: Collection, kind: str = "material") -> Collection:
    """The collection with other cards, published as a new version."""
    version = collection.consent.version + 1
    terms = {"version": version, "changes": {**collection.consent.changes, version: kind}}
    said = {name: {**collection.what_changed.get(name, {}), version: f"New ({name})."} for name in collection.documents}
    consent = collection.consent.model_copy(update=terms)
    return reworded(collection).model_copy(update={"consent": consent, "what_changed": said})


def allowing_more(collection: Collection) -> Collection:
    """The collection, changed, where each use that is not needed passes own words on too, and says so."""
    return passing_words_on(changed(collection))


def passing_words_on(collection: Collection) -> Collection:
    """The same without another word on its cards."""
    purposes = tuple(
        p if p.required else p.model_copy(update={"label": f"{p.label}, also from your own words", "own_words": True})
        for p in collection.purposes
    )
    return collection.model_copy(update={"purposes": purposes})


def paid_by(collection: Collection, *ways: PayWay) -> Collection:
    """The collection with pay that comes in these ways."""
    regions = tuple(r.model_copy(update={"pay": r.pay.model_copy(update={"ways": ways})}) for r in collection.regions)
    return collection.model_copy(update={"regions": regions})


NEW_QUESTION = Question(
    id="hobby",
    subject=Subject.OTHER,
    kind="several",
    text="What do you do on Sundays?",
    sensitive=True,
    options=(Option(id="sleep", label="Sleep"), Option(id="walk", label="Walk")),
)


OPEN_LINK, RESTING_LINK, CLOSED_LINK = "AAAAAAAAAA", "BBBBBBBBBB", "CCCCCCCCCC"
_DOORS = {OPEN_LINK: LinkStanding.OPEN, RESTING_LINK: LinkStanding.RESTING, CLOSED_LINK: LinkStanding.CLOSED}


@lru_cache(maxsize=1)
def shelves() -> dict[str, Shelf]:
    """One world as it may change while somebody is half-way; links to the ready collection stay as they are."""
    links = {code: Doorway("demographics", standing) for code, standing in _DOORS.items()}
    return {name: shelf.with_links(links) for name, shelf in _shelves().items()}


def _shelves() -> dict[str, Shelf]:
    ready, made_up = demographics(), voices()
    return {
        "both": Shelf((ready, made_up), unreviewed=True),
        "ready": Shelf((ready,), unreviewed=True),
        "made up": Shelf((made_up,), unreviewed=True),
        "question gone": Shelf(
            (without_question(ready, "gender_identity"), without_question(made_up, "likes_tea")), unreviewed=True
        ),
        "option gone": Shelf(
            (without_option(without_option(ready, "white"), "self_described"), made_up), unreviewed=True
        ),
        "question new": Shelf((with_question(ready, NEW_QUESTION), made_up), unreviewed=True),
        "cards reworded": Shelf((reworded(ready), reworded(made_up)), unreviewed=True),
        "cards changed": Shelf((changed(ready), changed(made_up)), unreviewed=True),
        "said otherwise": Shelf((changed(ready, "minor"), changed(made_up, "minor")), unreviewed=True),
        "paid to a number": Shelf((paid_by(ready, PayWay.BANK), paid_by(made_up, PayWay.VOUCHER)), unreviewed=True),
        "region gone": Shelf((without_region(ready, "US"), made_up), unreviewed=True),
        "one open": Shelf((ready, made_up), unreviewed=False).reviewed(signed_off(made_up)),
        "all closed": Shelf((ready, made_up), unreviewed=False),
        "empty": Shelf((), unreviewed=True),
        "more allowed": Shelf((allowing_more(ready), allowing_more(made_up)), unreviewed=True),
    }
