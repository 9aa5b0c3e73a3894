"""What members may post, and where: an invite to a collection within what they look after."""

from __future__ import annotations

import datetime as dt

from flows.collection import Collection
from flows.links import LinkKind
from flows.posts import LANGUAGES_AT_MOST, Post, PostState, place_named
from flows.regions import spoken
from flows.team import linking
from flows.team.deciding import Changes, new_id
from flows.team.rights import Standing
from flows.team.roster import CollectionLinkMade, PostAsked


def ask(  # what a post says of itself
    me: Standing,
    collection: Collection,
    place: str,
    languages: tuple[str, ...],
    territory: str,
    now: dt.datetime,
    *,
    token: bytes,
    by: str | None = None,
) -> Changes:
    """A post, with a link of its own that carries the place's name. `by` is who asks, where that is not a member."""
    named = place_named(place)
    fits = 0 < len(languages) <= LANGUAGES_AT_MOST and set(languages) <= set(spoken(collection))
    if named is None or not fits:
        return ()
    made = linking.make(me, collection, LinkKind.CHANNEL, named, now, token=token, territory=territory or None, by=by)
    link = next((each.link for each in made if isinstance(each, CollectionLinkMade)), None)
    if link is None:
        return ()
    post = Post(
        id=new_id("p", token), link=link.id, collection=collection.id, place=named, languages=languages,
        territory=territory, state=PostState.ASKED, why="", asked_by=by or me.member, asked_at=now,
    )  # fmt: skip
    return (*made, PostAsked(post))
