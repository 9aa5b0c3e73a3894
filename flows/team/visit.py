"""A member's visit to the team's screens: frozen, and kept as JSON in the chat's own sealed row between two events."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from flows.releases import NO_FORM, ReleaseForm
from flows.team.draft import NO_DRAFT, Draft, draft_from_json, draft_to_json
from flows.team.rights import NO_LIMITS, Limits

SILENCE = dt.timedelta(hours=1)
"""A visit that nobody goes on with closes: what is on it is nobody's to read on a phone that lies about."""


class Page(StrEnum):
    """Where a member is."""

    HOME = "home"
    ROLE = "role"
    LIMITS = "limits"
    LINK = "link"
    LINKS = "links"
    MEMBER = "member"
    TRAINING = "training"
    REVOKE = "revoke"
    GIVE_BACK = "give_back"
    CODE = "code"
    NAME = "name"
    HALTS = "halts"
    HALT_COLLECTION = "halt_collection"
    HALT_REGION = "halt_region"
    HALT_SURE = "halt_sure"
    INBOX = "inbox"
    LETTER = "letter"
    INVITES = "invites"
    INVITE_COLLECTION = "invite_collection"
    AUDIENCE = "audience"
    CHOOSE_QUESTION = "choose_question"
    CHOOSE_OPTION = "choose_option"
    PLAN = "plan"
    PREVIEW = "preview"
    BROADCAST = "broadcast"
    CANCEL_BROADCAST = "cancel_broadcast"
    PROGRESS_COLLECTION = "progress_collection"
    PROGRESS = "progress"
    DOORS = "doors"
    DOOR_COLLECTION = "door_collection"
    DOOR_KIND = "door_kind"
    DOOR_REGION = "door_region"
    DOOR_NAME = "door_name"
    DOOR = "door"
    DOOR_POSTER = "door_poster"
    DOOR_END = "door_end"
    POST_COLLECTION = "post_collection"
    POST_PLACE = "post_place"
    POST_PREVIEW = "post_preview"
    POST = "post"
    REVIEW_COLLECTION = "review_collection"
    REVIEW_REGION = "review_region"
    REVIEW_PLACES = "review_places"
    REVIEW_PLACE = "review_place"
    REVIEW_CHANGES = "review_changes"
    REVIEW_SIGN = "review_sign"
    REVIEW_REFUSE = "review_refuse"
    REVIEW_REMARK = "review_remark"
    RELEASES = "releases"
    RELEASE_FORM = "release_form"
    RELEASE = "release"


@dataclass(frozen=True, slots=True)
class Visit:
    """Where a member is, and what is chosen so far."""

    language: str
    step: int
    heard_at: dt.datetime
    page: Page = Page.HOME
    about: str = ""
    """The right, the letter, the broadcast or the link to a collection that is looked at, or when a count was asked
    for; what hands out a link that is being made, or where a post is to stand; the language that is reviewed, and as
    what; empty while a new link of the team's is made."""
    limits: Limits = NO_LIMITS
    """As ticked so far."""
    collection: str = ""
    territory: str = ""
    """What is about to be halted, or is looked at; empty stands for all."""
    secret: str = field(default="", repr=False)
    """What stands in a link that has just been made, only while it is on the screen."""
    said: str | None = None
    turned: int = 0
    """The page of a long list, from 0."""
    found: tuple[str, ...] = ()
    over: bool = False
    draft: Draft = NO_DRAFT
    """An invite as far as it is made ready."""
    release: ReleaseForm = NO_FORM
    """A release as far as it is filled in."""


def visit_to_json(visit: Visit) -> dict[str, Any]:
    """A visit as JSON values."""
    return {
        "language": visit.language,
        "step": visit.step,
        "heard_at": visit.heard_at.isoformat(),
        "page": visit.page.value,
        "about": visit.about,
        "limits": limits_to_json(visit.limits),
        "collection": visit.collection,
        "territory": visit.territory,
        "secret": visit.secret,
        "said": visit.said,
        "turned": visit.turned,
        "found": list(visit.found),
        "over": visit.over,
        "draft": draft_to_json(visit.draft) if visit.draft != NO_DRAFT else {},
        "release": visit.release.as_json() if visit.release != NO_FORM else {},
    }


def visit_from_json(data: Mapping[str, Any]) -> Visit:
    """The visit that `visit_to_json` wrote."""
    return Visit(
        language=data["language"],
        step=data["step"],
        heard_at=dt.datetime.fromisoformat(data["heard_at"]),
        page=Page(data["page"]),
        about=data["about"],
        limits=limits_from_json(data["limits"]),
        collection=data["collection"],
        territory=data["territory"],
        secret=data["secret"],
        said=data["said"],
        turned=data["turned"],
        found=tuple(data["found"]),
        over=data["over"],
        draft=draft_from_json(data.get("draft", {})),
        release=ReleaseForm(**data.get("release", {})),
    )


def limits_to_json(limits: Limits) -> dict[str, list[str]]:
    """Limits as JSON values."""
    return {"collections": sorted(limits.collections), "regions": sorted(limits.regions)}


def limits_from_json(data: Mapping[str, Any]) -> Limits:
    """The limits that `limits_to_json` wrote."""
    return Limits(frozenset(data["collections"]), frozenset(data["regions"]))
