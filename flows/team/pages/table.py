"""Which screen each page shows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from types import MappingProxyType

from flows.screens import Screen, body, title
from flows.team.board import Board
from flows.team.pages.changes import review_changes_page
from flows.team.pages.choosing import choose_option_page, choose_question_page
from flows.team.pages.halts import halt_collection_page, halt_region_page, halt_sure_page, halts_page
from flows.team.pages.invites import (
    audience_page,
    broadcast_page,
    cancel_broadcast_page,
    invite_collection_page,
    invites_page,
    plan_page,
    preview_page,
)
from flows.team.pages.letters import inbox_page, letter_page
from flows.team.pages.links import (
    door_collection_page,
    door_end_page,
    door_kind_page,
    door_name_page,
    door_page,
    door_poster_page,
    door_region_page,
    doors_page,
)
from flows.team.pages.posts import post_collection_page, post_page, post_place_page, post_preview_page
from flows.team.pages.progress import progress_collection_page, progress_page
from flows.team.pages.releases import release_form_page, release_page, releases_page
from flows.team.pages.reviews import (
    review_collection_page,
    review_place_page,
    review_places_page,
    review_refuse_page,
    review_region_page,
    review_remark_page,
    review_sign_page,
)
from flows.team.pages.rights import (
    code_page,
    give_back_page,
    home_page,
    limits_page,
    link_page,
    links_page,
    member_page,
    name_page,
    revoke_page,
    role_page,
    training_page,
)
from flows.team.visit import Page, Visit
from flows.words import say


def over_screen(*, is_somebody: bool) -> Screen:
    """The last card, where the chat has nothing else to show."""
    words = say("Closed. /team opens it again.") if is_somebody else say("This right has ended.")
    return Screen("team-over", (title(say("Team")), body(words)))


SCREENS: Mapping[Page, Callable[[Visit, Board, dt.datetime], Screen]] = MappingProxyType(
    {
        Page.HOME: home_page,
        Page.ROLE: role_page,
        Page.LIMITS: limits_page,
        Page.LINK: link_page,
        Page.LINKS: links_page,
        Page.MEMBER: member_page,
        Page.TRAINING: training_page,
        Page.REVOKE: revoke_page,
        Page.GIVE_BACK: give_back_page,
        Page.CODE: code_page,
        Page.NAME: name_page,
        Page.HALTS: halts_page,
        Page.HALT_COLLECTION: halt_collection_page,
        Page.HALT_REGION: halt_region_page,
        Page.HALT_SURE: halt_sure_page,
        Page.INBOX: inbox_page,
        Page.LETTER: letter_page,
        Page.INVITES: invites_page,
        Page.INVITE_COLLECTION: invite_collection_page,
        Page.AUDIENCE: audience_page,
        Page.CHOOSE_QUESTION: choose_question_page,
        Page.CHOOSE_OPTION: choose_option_page,
        Page.PLAN: plan_page,
        Page.PREVIEW: preview_page,
        Page.BROADCAST: broadcast_page,
        Page.CANCEL_BROADCAST: cancel_broadcast_page,
        Page.PROGRESS_COLLECTION: progress_collection_page,
        Page.PROGRESS: progress_page,
        Page.DOORS: doors_page,
        Page.DOOR_COLLECTION: door_collection_page,
        Page.DOOR_KIND: door_kind_page,
        Page.DOOR_REGION: door_region_page,
        Page.DOOR_NAME: door_name_page,
        Page.DOOR: door_page,
        Page.DOOR_POSTER: door_poster_page,
        Page.DOOR_END: door_end_page,
        Page.POST_COLLECTION: post_collection_page,
        Page.POST_PLACE: post_place_page,
        Page.POST_PREVIEW: post_preview_page,
        Page.POST: post_page,
        Page.REVIEW_COLLECTION: review_collection_page,
        Page.REVIEW_REGION: review_region_page,
        Page.REVIEW_PLACES: review_places_page,
        Page.REVIEW_PLACE: review_place_page,
        Page.REVIEW_CHANGES: review_changes_page,
        Page.REVIEW_SIGN: review_sign_page,
        Page.REVIEW_REFUSE: review_refuse_page,
        Page.REVIEW_REMARK: review_remark_page,
        Page.RELEASES: releases_page,
        Page.RELEASE_FORM: release_form_page,
        Page.RELEASE: release_page,
    }
)
