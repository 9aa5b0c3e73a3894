"""Links to a collection on the command line, in words and for programs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from bot.clock import utc_now

if TYPE_CHECKING:
    from flows.collection import Collection
    from flows.links import CollectionLink


def lapsing(collections: Sequence[Collection], today: dt.date) -> list[str]:
    """What is to be said of suppliers whose attestation has lapsed, or does within two weeks."""
    from flows.links import lapses

    return [
        f"{c.id}: {each.name} is attested until {each.expires_on}, and not on that day; their links close then"
        if each.is_attested(today)
        else f"{c.id}: the attestation of {each.name} lapsed on {each.expires_on}; their links are closed"
        for c in collections
        for each in lapses(c, today)
    ]


def link_line(collections: Sequence[Collection], link: CollectionLink) -> str:
    """A link in a line: where it leads, how it stands, how far people got."""
    from flows.links import shown_counts

    counts = ", ".join(
        f"{how_far.value} {f'{count} or a few more' if count is not None else 'too few to show'}"
        for how_far, count in shown_counts(link).items()
    )
    more = [link.kind.value, *([link.supplier] if link.supplier else []), *([link.territory] if link.territory else [])]
    daily = f", {link.daily} a day at most" if link.daily is not None else ""
    return (
        f"{link.id}  {link.collection}  {link.name} ({', '.join(more)})  {_state(collections, link)}{daily}: {counts}"
    )


def _state(collections: Sequence[Collection], link: CollectionLink) -> str:
    from flows.links import LinkStanding, LinkState, is_full, standing

    collection = next((each for each in collections if each.id == link.collection), None)
    if link.state is LinkState.ENDED:
        return "ended"
    if standing(link, collection, utc_now()) is LinkStanding.CLOSED:
        return "closed: whoever hands it out is not attested today" if collection else "closed: the collection is gone"
    if link.rests_by_itself:
        return "rests: it was opened far faster than usual; surveybot links resume lets it go on"
    if link.state is LinkState.PAUSED:
        return "rests"
    return "full for today" if is_full(link, utc_now()) else "open"


def link_json(link: CollectionLink, opens: str | None = None) -> dict[str, Any]:
    """The same for programs; `opens` is its address."""
    from flows.links import shown_counts

    return {
        "link": link.id,
        **({"address": opens} if opens is not None else {}),
        "collection": link.collection,
        "kind": link.kind.value,
        "name": link.name,
        "supplier": link.supplier,
        "region": link.territory,
        "daily": link.daily,
        "state": link.state.value,
        "paused_by_itself": link.rests_by_itself,
        "made_by": link.made_by,
        "made_at": link.made_at.isoformat(),
        **{how_far.value: count for how_far, count in shown_counts(link).items()},
    }
