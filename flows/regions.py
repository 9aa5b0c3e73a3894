"""What a region allows: the questions that are asked there, and whether moving lets more be asked."""

from __future__ import annotations

from flows.collection import Collection, Question, Region, Subject
from flows.safety import COUNSEL, EXPERT, Level, level, may_be_asked, takes_two


def questions_for(region: Region) -> tuple[Question, ...]:
    """The questions of a region, in order.

    Safety is asked again here, so that no path round `load` shows a lock. Where gender identity is closed, nothing
    opens before an expert and counsel have both signed everything that is shown there (`flows.sign_offs`): so whoever
    is asked there is asked under both signatures.
    """
    roles = (EXPERT, COUNSEL) if takes_two(region.territory) else ()
    return tuple(question for question in region.questions if may_be_asked(region.territory, question, roles))


def asks_no_more(here: Region, there: Region) -> bool:
    """Whether moving lets nothing be asked of somebody that was locked or closed for them, at no lower an age."""
    levels = (Level.OPEN, Level.CLOSED, Level.LOCKED)

    def strictness(region: Region, subject: Subject) -> int:
        return levels.index(level(region.territory, subject))

    stricter = all(strictness(there, subject) >= strictness(here, subject) for subject in Subject)
    return stricter and there.minimum_age >= here.minimum_age


def spoken(collection: Collection) -> tuple[str, ...]:
    """Languages that the collection has consent cards in."""
    return tuple(language for language in collection.languages if language in collection.documents)


def in_every_language(collection: Collection) -> Collection:
    """The collection with each region in all languages that have texts: to look at what is not offered there."""
    regions = tuple(region.model_copy(update={"languages": spoken(collection)}) for region in collection.regions)
    return collection.model_copy(update={"regions": regions})
