"""What members may do with links to a collection: make one, rest it, let it go on, end it. Nothing comes of what is not
theirs.

Coordinators act within the collections and regions that they look after, as with invites; owners everywhere.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from flows.collection import Collection
from flows.links import MOST_DAILY, NAME_LETTERS, CollectionLink, LinkKind, LinkState, new_code, resumed
from flows.questions import clean_own_words
from flows.team.inviting import covers
from flows.team.rights import Standing
from flows.team.roster import Change, CollectionLinkMade, CollectionLinkMoved, Roster

Changes = tuple[Change, ...]


def looks_after(me: Standing, link: CollectionLink, now: dt.datetime) -> bool:
    """Whether a link is among what somebody looks after."""
    return covers(me, link.collection, (link.territory,) if link.territory else (), now)


def links_of(roster: Roster, me: Standing, now: dt.datetime) -> tuple[CollectionLink, ...]:
    """Links that somebody looks after, the newest first; ended ones last."""
    seen = [each for each in roster.collection_links.values() if looks_after(me, each, now)]
    newest = sorted(seen, key=lambda each: (each.made_at, each.id), reverse=True)
    return tuple(sorted(newest, key=lambda each: each.state is LinkState.ENDED))


def make(  # what a link says of itself
    me: Standing,
    collection: Collection,
    kind: LinkKind,
    name: str,
    now: dt.datetime,
    *,
    token: bytes,
    supplier: str | None = None,
    territory: str | None = None,
    daily: int | None = None,
    by: str | None = None,
) -> Changes:
    """A link, open from now on. `by` is who made it, where that is not a member."""
    name = clean_own_words(name)
    link = CollectionLink(
        id=new_code(token), collection=collection.id, kind=kind, name=name, supplier=supplier, territory=territory,
        daily=daily, state=LinkState.OPEN, why="", made_by=by or me.member, made_at=now,
    )  # fmt: skip
    named = supplier is None or any(each.id == supplier for each in collection.suppliers)
    there = territory is None or collection.region(territory) is not None
    whole = 0 < len(name) <= NAME_LETTERS and (daily is None or 0 < daily <= MOST_DAILY)
    of_its_supplier = kind is not LinkKind.SUPPLIER or supplier is not None
    if not (named and there and whole and of_its_supplier and looks_after(me, link, now)):
        return ()
    return (CollectionLinkMade(link),)


def pause(roster: Roster, me: Standing, link: str, now: dt.datetime) -> Changes:
    """Let it rest."""
    found = _mine(roster, me, link, now)
    if found is None or found.state is not LinkState.OPEN:
        return ()
    return (CollectionLinkMoved(link, "collection link paused", replace(found, state=LinkState.PAUSED, why="")),)


def resume(roster: Roster, me: Standing, link: str, now: dt.datetime) -> Changes:
    """Let it go on; as fast as it was opened when it paused by itself is usual from then on."""
    found = _mine(roster, me, link, now)
    if found is None or found.state is not LinkState.PAUSED:
        return ()
    return (CollectionLinkMoved(link, "collection link resumed", resumed(found)),)


def end(roster: Roster, me: Standing, link: str, now: dt.datetime) -> Changes:
    """Close it for good."""
    found = _mine(roster, me, link, now)
    if found is None or found.state is LinkState.ENDED:
        return ()
    return (CollectionLinkMoved(link, "collection link ended", replace(found, state=LinkState.ENDED, why="")),)


def limit(roster: Roster, me: Standing, link: str, daily: int | None, now: dt.datetime) -> Changes:
    """So many a day from now on."""
    found = _mine(roster, me, link, now)
    if found is None or found.state is LinkState.ENDED or found.daily == daily or (daily is not None and daily < 1):
        return ()
    return (CollectionLinkMoved(link, "collection link limited", replace(found, daily=daily)),)


def _mine(roster: Roster, me: Standing, link: str, now: dt.datetime) -> CollectionLink | None:
    found = roster.collection_links.get(link)
    return found if found is not None and looks_after(me, found, now) else None
