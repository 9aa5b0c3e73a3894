"""A collection that is missing while people's answers to it are held: the words of a refused start, and of doctor.

Served without it, they would read that it is closed, and what may not be kept any longer would stay: only the folder
says how long that is.
"""

from __future__ import annotations

from bot.settings import Settings

CLOSES = "put its folder back, and let it leave when `surveybot close` says that nothing is held any more"


def held(collection: str, count: int) -> str:
    """What is held of it."""
    return (
        f"1 contribution to {collection} is held" if count == 1 else f"{count} contributions to {collection} are held"
    )


def missing(settings: Settings, collection: str, count: int) -> tuple[str, str]:
    """What is wrong, and what helps, where nobody has said that it left on purpose."""
    says = f"{held(collection, count)}, and the collection is not in {settings.collections}"
    remedy = (
        "put its folder back there, or name the folder that has it in SURVEYBOT_COLLECTIONS. Where it has left on "
        f"purpose: SURVEYBOT_COLLECTIONS_GONE={collection} (docs/keeping.md)"
    )
    return says, remedy


def left(collection: str, count: int) -> str:
    """What it means that it left on purpose."""
    return (
        f"{held(collection, count)}, and it has left (SURVEYBOT_COLLECTIONS_GONE): each goes when its own consent "
        "ends, and not when its retention or a purpose's own time says"
    )
