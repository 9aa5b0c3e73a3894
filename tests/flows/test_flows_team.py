"""Whatever is pressed, by whomever, while rights come and go: nobody reaches what is not theirs."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up import texts
from team_walks import BEGINNING, SHELF, Doing, Team, broadcast, doings, keyed, rosters
from ways import every_language

from bot.adapter.render import keyboard
from bot.limits import excesses
from flows.broadcasts import BroadcastState, Reason
from flows.contact.letter import ANSWER_LONGEST, LONGEST, Letter
from flows.halts import Scope, is_halted
from flows.invites import LONGEST_PARAGRAPH
from flows.links import CollectionLink
from flows.pilots import NOT_PILOTED, Invitable, MayInvite
from flows.releases import OrderState, ReleaseOrder
from flows.screens import Choice, Screen
from flows.team import deciding, inviting
from flows.team.board import Board
from flows.team.code import CODE_VERSION
from flows.team.draft import Draft
from flows.team.engine import PAGES, visit_screen
from flows.team.inviting import Act
from flows.team.rights import Limits, Right, Role, Standing, Training
from flows.team.roster import (
    Agreement,
    AnswerNotRight,
    BroadcastMoved,
    Change,
    CodeAccepted,
    CollectionLinkMade,
    CollectionLinkMoved,
    Halt,
    Halted,
    InvitesAsked,
    LetterAnswered,
    LetterClaimed,
    LetterHandedOn,
    LetterPutBack,
    LetterWritten,
    Link,
    LinkCancelled,
    LinkMade,
    MemberNamed,
    PauseLifted,
    PostAsked,
    ReleaseAsked,
    ReleaseMoved,
    Reopened,
    ReopeningAgreed,
    RightGranted,
    RightLimited,
    RightRevoked,
    Roster,
    TrainingNoted,
    WordSaid,
    applied,
)
from flows.team.visit import Page, Visit
from flows.words import say

NOW = BEGINNING


def _answers(change: Change, me: Standing, letter: Letter, now: dt.datetime) -> bool:
    coordinates = any(right.role is Role.COORDINATOR and not right.lacks(now) for right in me.rights)
    has_claimed = isinstance(change, LetterClaimed) or letter.claimed_by == me.member
    return has_claimed and (me.is_owner or (coordinates and not letter.for_owner))


def _invites(me: Standing, collection: str, regions: tuple[str, ...], now: dt.datetime) -> bool:
    """Owners anywhere; coordinators whose right is live, within what they look after."""
    live = [right.limits for right in me.rights if right.role is Role.COORDINATOR and not right.lacks(now)]
    inside = any(
        (not limits.collections or collection in limits.collections)
        and (not limits.regions or bool(regions and set(regions) <= limits.regions))
        for limits in live
    )
    return me.is_owner or inside


def _moves(change: BroadcastMoved, me: Standing, before: Roster, now: dt.datetime, *, alone: bool) -> bool:
    """Plans are their maker's, also to be given up; what is sent off is anybody's who looks after it, and confirmed by
    somebody else."""
    found = before.broadcasts[change.broadcast]
    is_mine, ends = found.planned_by == me.member, change.after is BroadcastState.CANCELLED
    is_theirs = _invites(me, found.collection, tuple(found.audience["regions"]), now)
    if change.before in {BroadcastState.ASKED, BroadcastState.PLANNING, BroadcastState.PLANNED}:
        return is_mine and (ends or is_theirs)
    confirms = change.before is BroadcastState.UNCONFIRMED and not ends
    return is_theirs and (not confirms or not is_mine or alone)


def _of_a_link(link: CollectionLink, me: Standing, before: Roster, now: dt.datetime) -> bool:
    """Whoever looks after it; where it leads stays as it was, and so do its counts."""
    found = before.collection_links.get(link.id, link)
    kept = replace(found, state=link.state, why=link.why, daily=link.daily, busiest=link.busiest) == link
    return kept and _invites(me, link.collection, (link.territory,) if link.territory else (), now)


def is_theirs(  # noqa: C901, PLR0911, PLR0912  # one a kind
    change: Change, me: Standing, before: Roster, now: dt.datetime, *, alone: bool
) -> bool:
    """Whether somebody may do this, said once more and otherwise than the flow says it."""
    mine = {right.id: right for right in me.rights}
    match change:
        case ReleaseAsked(order):
            return order.by == me.member and Role.STEWARD in {each.role for each in mine.values()}
        case ReleaseMoved(order, _, after):
            found = before.releases[order]
            is_mine, steward = found.by == me.member, Role.STEWARD in {each.role for each in mine.values()}
            confirms = found.state is OrderState.WAITING and after is OrderState.MAKING
            return steward and is_mine is not confirms
        case LinkMade() | LinkCancelled() | RightLimited() | TrainingNoted():
            return me.is_owner
        case RightGranted(right, link):
            open_ = before.links.get(link)
            had = right.role in {each.role for each in mine.values()}
            return open_ is not None and open_.expires_at > now and right.member == me.member and not had
        case CodeAccepted(right):
            return right in mine and mine[right].role is Role.COORDINATOR
        case MemberNamed(member):
            return member == me.member and bool(mine)
        case RightRevoked(right):
            return me.is_owner or right in mine
        case Halted(halt):
            live = [r for r in mine.values() if not r.lacks(now)]
            anything = me.is_owner or any(r.role is Role.REVIEWER for r in live)
            return anything or any(r.role is Role.COORDINATOR and r.limits.allow(halt.scope) for r in live)
        case LetterClaimed(letter) | LetterPutBack(letter) | LetterHandedOn(letter) | LetterAnswered(letter):
            return _answers(change, me, before.letters[letter], now)
        case InvitesAsked(member, collection, audience):
            return member == me.member and _invites(me, collection, audience.regions, now)
        case BroadcastMoved(number, _, state):
            return before.broadcasts[number].state == state and _moves(change, me, before, now, alone=alone)
        case CollectionLinkMade(link) | CollectionLinkMoved(_, _, link):
            return _of_a_link(link, me, before, now)
        case PostAsked(post):
            link = before.collection_links[post.link]
            return post.asked_by == me.member and _of_a_link(link, me, before, now)
        case WordSaid(word):
            return word.by == me.member and any(r.role is Role.REVIEWER and not r.lacks(now) for r in mine.values())
        case LetterWritten() | AnswerNotRight():
            return False  # a contributor's
        case ReopeningAgreed() | Reopened() | PauseLifted():
            return me.is_owner or any(r.role is Role.REVIEWER for r in mine.values())


OF_INVITES = {
    "team-invites", "team-invite-collection", "team-audience", "team-plan", "team-preview", "team-broadcast",
    "team-cancel-invite", "team-doors", "team-door-collection", "team-door-kind", "team-door-region", "team-door-name",
    "team-door", "team-door-poster", "team-door-end", "team-post-collection", "team-post-place", "team-post-preview",
    "team-post",
}  # fmt: skip


def _may_invite(me: Standing, now: dt.datetime) -> bool:
    return me.is_owner or any(right.role is Role.COORDINATOR and not right.lacks(now) for right in me.rights)


def _leads_to_theirs(screen: Screen, choice: Choice, me: Standing, team: Team) -> bool:
    """Whether a button in a list leads to what somebody looks after."""
    if screen.name == "team-releases":
        return me.right(Role.STEWARD) is not None
    if screen.name == "team-doors":
        link = team.roster.collection_links[choice.value]
        return _invites(me, link.collection, (link.territory,) if link.territory else (), team.now)
    found = team.roster.broadcasts[int(choice.value)]
    return _invites(me, found.collection, tuple(found.audience["regions"]), team.now)


@settings(max_examples=80, deadline=None)
@given(rosters(), doings, st.booleans())
def test_nobody_reaches_a_page_or_a_change_that_is_not_theirs(
    roster: Roster,
    happened: list[tuple[str, Doing]],
    alone: bool,  # hypothesis
) -> None:
    team = Team(roster, alone=alone)
    for who, doing in happened:
        done, me, before = team.does(who, doing)
        if done is None:
            continue
        came_by_link = doing.kind == "link"
        assert me.is_somebody or came_by_link or done.visit.over
        for change in done.changes:
            assert is_theirs(change, me, before, team.now, alone=alone)
            before = applied(before, change)
        after = team.me(who)
        assert done.visit.over or PAGES[done.visit.page].gate(after, team.now)
        screen = visit_screen(done.visit, team.board(who), team.now)
        if screen.name in OF_INVITES:
            assert _may_invite(after, team.now)
        assert all(_leads_to_theirs(screen, choice, after, team) for choice in screen.choices if choice.verb == "open")
        if not after.is_owner:
            others = {r.id for r in team.roster.rights.values() if r.member != who}
            assert not others & {choice.value for choice in screen.choices}
            assert screen.name not in {"team-link", "team-links", "team-member", "team-limits", "team-role"}
        if not after.is_somebody:
            assert screen.name == "team-over"


@settings(max_examples=60, deadline=None)
@given(rosters(), doings)
def test_reopening_takes_two_people_of_whom_one_is_an_owner_and_one_a_reviewer(
    roster: Roster, happened: list[tuple[str, Doing]]
) -> None:
    team = Team(roster)
    for who, doing in happened:
        before = team.roster
        done, _, _ = team.does(who, doing)
        for change in done.changes if done is not None else ():
            if isinstance(change, Reopened):
                agreed = {each.member for each in before.halts[change.halt].agreed} | {who}
                reviewers = {r.member for r in before.rights.values() if r.role is Role.REVIEWER}
                assert not change.alone
                assert "m_owner" in agreed
                assert agreed & reviewers - {"m_owner"}


@settings(max_examples=60, deadline=None)
@given(rosters(), doings)
def test_two_do_not_answer_the_same_letter(roster: Roster, happened: list[tuple[str, Doing]]) -> None:
    """While a claim holds, nobody else reads the words; and an answer that is there is not written over."""
    team = Team(roster)
    answered: list[str] = []
    for who, doing in happened:
        done, _, before = team.does(who, doing)
        for change in done.changes if done is not None else ():
            if isinstance(change, LetterClaimed):
                was = before.letters[change.letter]
                assert was.claimed_by in {"", who} or (was.claimed_until or team.now) <= team.now
            if isinstance(change, LetterAnswered):
                answered.append(change.letter)
        if done is not None and done.visit.page is Page.LETTER and not done.visit.over:
            letter = team.roster.letters[done.visit.about]
            screen = texts().screen(visit_screen(done.visit, team.board(who), team.now), "en")
            assert letter.claimed_by == who or letter.words not in screen
    assert len(answered) == len(set(answered))


@settings(max_examples=60, deadline=None)
@given(rosters(), doings)
def test_a_link_grants_once(roster: Roster, happened: list[tuple[str, Doing]]) -> None:
    team = Team(roster)
    granted: list[str] = []
    for who, doing in happened:
        done, _, _ = team.does(who, doing)
        granted += [change.link for change in (done.changes if done else ()) if isinstance(change, RightGranted)]
    assert len(granted) == len(set(granted))


# --- single rules ----------------------------------------------------------------------------------------------------

OWNER = Standing("m_owner", is_owner=True)


def coordinator(**changes: object) -> Right:
    values: dict[str, object] = {
        "id": "r_1", "member": "m_one", "role": Role.COORDINATOR, "granted_at": NOW, "granted_by": "m_owner",
        "name": "Carla", "training": Training(dt.date(2026, 11, 20), "How to invite"),
        "code_version": CODE_VERSION, "code_accepted_at": NOW,
    }  # fmt: skip
    return Right(**{**values, **changes})  # type: ignore[arg-type]


def test_an_accepted_code_holds_for_twelve_months() -> None:
    right = coordinator()
    assert right.is_in_effect(NOW.replace(year=2027) - dt.timedelta(seconds=1))
    assert not right.is_in_effect(NOW.replace(year=2027))
    assert not coordinator(code_version=CODE_VERSION - 1).is_in_effect(NOW), "another text is asked for again"
    assert not coordinator(training=None).is_in_effect(NOW)


def test_a_link_holds_for_as_long_as_it_says_and_at_most_two_weeks() -> None:
    for hours, is_made in ((48, True), (336, True), (337, False), (0, False), (-1, False)):
        made = deciding.make_link(
            OWNER, Role.REVIEWER, Limits(), NOW, id_="l", secret_hash=b"", holds=dt.timedelta(hours=hours)
        )
        assert bool(made) is is_made
    [change] = deciding.make_link(OWNER, Role.REVIEWER, Limits(frozenset({"c"})), NOW, id_="l", secret_hash=b"h")
    assert isinstance(change, LinkMade)
    assert change.link.limits.are_none, "only a coordinator is limited"
    roster = applied(Roster(), change)
    assert roster.link_with(b"h", NOW + dt.timedelta(hours=47, minutes=59)) is not None
    assert roster.link_with(b"h", NOW + dt.timedelta(hours=48)) is None


def test_an_agreement_of_a_reviewer_who_is_none_any_more_does_not_count() -> None:
    halt = Halt("h", Scope(None, "EG"), NOW, "m_x", Role.OWNER, (Agreement("m_one", (Role.REVIEWER,)),))
    roster = Roster(halts={"h": halt})
    changes = deciding.agree_to_reopen(roster, OWNER, "h", NOW, alone=False)
    assert [type(change) for change in changes] == [ReopeningAgreed]
    reviewer = coordinator(role=Role.REVIEWER)
    with_them = Roster(rights={"r_1": reviewer}, halts={"h": halt})
    changes = deciding.agree_to_reopen(with_them, OWNER, "h", NOW, alone=False)
    assert [type(change) for change in changes] == [ReopeningAgreed, Reopened]


def test_one_who_is_owner_and_reviewer_is_still_one_person() -> None:
    both = Standing("m_one", is_owner=True, rights=(coordinator(role=Role.REVIEWER),))
    roster = Roster(
        rights={"r_1": coordinator(role=Role.REVIEWER)}, halts={"h": Halt("h", Scope(), NOW, "m", Role.OWNER)}
    )
    for _ in range(2):
        changes = deciding.agree_to_reopen(roster, both, "h", NOW, alone=False)
        assert [type(change) for change in changes] == [ReopeningAgreed]
        roster = applied(roster, changes[0])
    changes = deciding.agree_to_reopen(roster, OWNER, "h", NOW, alone=False)
    assert isinstance(changes[-1], Reopened)


@given(st.sets(st.builds(Scope, st.sampled_from([None, "demographics", "c"]), st.sampled_from([None, "EG", "US"]))))
def test_what_is_halted_is_not_on_the_shelf(scopes: set[Scope]) -> None:
    halted = SHELF.halting(frozenset(scopes))
    collection = SHELF.collections["demographics"]
    there = {region.territory for region in halted.regions(collection)}
    for region in SHELF.regions(collection):
        assert (region.territory in there) is not is_halted(frozenset(scopes), collection.id, region.territory)
    assert bool(halted.offered(NOW.date())) is bool(there)
    assert halted.halting(frozenset()).regions(collection) == SHELF.regions(collection)


# --- on a phone ------------------------------------------------------------------------------------------------------


def _full_board(pilot: Invitable = Invitable(MayInvite.AS_MANY, 1000)) -> Board:  # noqa: B008  # frozen
    """As much as a screen can come to hold."""
    name = "W" * 40
    every = frozenset(region.territory for region in SHELF.collections["demographics"].regions)
    rights = {
        f"r_{n}": coordinator(
            id=f"r_{n}", member=f"m_{n:024x}", name=name, limits=Limits(frozenset({"demographics"}), every)
        )
        for n in range(40)
    }
    mine = tuple(
        coordinator(id=role.value, role=role, name=name) for role in (Role.COORDINATOR, Role.REVIEWER, Role.STEWARD)
    )
    links = {
        f"l_{n}": Link(f"l_{n}", keyed(str(n)), Role.COORDINATOR, Limits(), "m", NOW, NOW + dt.timedelta(hours=48))
        for n in range(40)
    }
    both = (Agreement("m_1", (Role.OWNER,)), Agreement("m_2", (Role.REVIEWER,)))
    halts = {f"h_{n}": Halt(f"h_{n}", Scope("demographics", "EG"), NOW, "m", Role.COORDINATOR, both) for n in range(40)}
    letters = {
        f"c_{n}": Letter(
            id=f"c_{n}", sender=b"", collection="demographics", territory="US", at=NOW, keep_until=NOW,
            for_owner=True, not_right=True, words="W" * LONGEST, answer="W" * ANSWER_LONGEST, language="en",
            claimed_by="m_owner" if n == 1 else "m_2", claimed_until=NOW + dt.timedelta(minutes=1),
        )
        for n in range(40)
    }  # fmt: skip
    me = Standing("m_owner", is_owner=True, rights=mine)
    sent = {n: broadcast(n, BroadcastState.RUNNING, planned_by="m_1", why="W" * 300) for n in range(1, 60)}
    plan = {99: broadcast(99, BroadcastState.PLANNED, fallen_out={reason.value: 9999 for reason in Reason})}
    roster = Roster(rights, links, halts, letters, {**sent, **plan}, {"demographics": pilot})
    names = {f"{'w' * 38}{n}": ("evaluation", "improvement") for n in range(9)}
    roster = replace(roster, releases=_orders(min(names)), recipients=names)
    return Board(me, roster, SHELF, keyed, "a_bot_with_a_long_name_of_its_own")


_ANCESTRIES = [
    option.id
    for region in SHELF.collections["demographics"].regions
    for question in region.questions
    if question.id == "ancestry"
    for option in question.options
]


def _orders(recipient: str) -> dict[str, ReleaseOrder]:
    """Orders in every state, with as much told of each as there can be."""
    losses = [("ancestry", option, 95) for option in _ANCESTRIES] * 20
    told = {"smallest": 5, "rows": 999_999, "left_out": None, "losses": losses, "folder": "W" * 2000, "why": "W" * 2000}
    return {
        f"o_{state.value}{n}": ReleaseOrder(
            f"o_{state.value}{n}", "demographics", "evaluation", recipient, "parquet", own_words=True,
            by="m_owner" if n % 2 else "m_1", at=NOW, state=state, told={**told, "release": "w" * 36},
        )
        for state in OrderState
        for n in range(6)
    }  # fmt: skip


SAID = [
    None,
    "training_help",
    "answer_help",
    "paragraph_help",
    "plan_ended",
    "pilot_changed",
    "underpaid",
    "not_free",
    "answered",
    "picture",
    "name_help",
    "agreed",
    "have_already",
    "halted",
    "not_there",
    "reopened",
    "granted",
    "word_signed",
    "word_refused",
    "word_remarked",
    "other_code",
    "no_role",
    "no_words",
    "no_writer",
    "wrote_it",
    "end",
]
OF_REVIEWS = [page for page in Page if page.value.startswith("review_")]


@pytest.mark.parametrize("language", every_language())
@pytest.mark.parametrize("page", Page)
def test_no_screen_of_the_teams_is_too_much(page: Page, language: str) -> None:
    in_a_pilot = _full_board()
    others = [(None, _full_board(Invitable(MayInvite.FULL))), (None, _full_board(NOT_PILOTED))]
    for said, board in [*((each, in_a_pilot) for each in SAID), *others]:
        about = "c_1" if page is Page.LETTER else "r_1"
        of_invites = {
            Page.PLAN: NOW.isoformat(),
            Page.PREVIEW: NOW.isoformat(),
            Page.BROADCAST: "7",
            Page.RELEASE: "o_made1",
        }
        about = "ar/expert" if page in OF_REVIEWS else of_invites.get(page, about)
        draft = Draft(paragraphs={language: "W" * LONGEST_PARAGRAPH, "en": "W"}, shown=language, looks=((0, 1), (9, 2)))
        visit = Visit(
            language, 2**32, NOW, page, about=about, secret="7", territory="US", said=said,  # noqa: S106
            collection="demographics", draft=draft,
        )  # fmt: skip
        screen = visit_screen(visit, board, NOW)
        markup = keyboard(screen, texts(), language, visit.step)
        assert excesses(texts().screen(screen, language), markup) == []


def test_the_teams_commands_keep_their_slash_in_front_in_arabic() -> None:
    """Without an isolate (UAX 9) around it, /team is read as team/."""
    over = visit_screen(Visit("ar", 1, NOW, over=True), _full_board(), NOW)
    told = say("Somebody has written to you. /inbox shows it.")
    words = texts().screen(over, "ar") + texts().plain(told, "ar")
    assert re.findall(r"(.)/[a-z]+(.)", re.sub("<[^>]*>", "", words)) == [("\u2066", "\u2069")] * 2


@pytest.mark.parametrize("pilot", [NOT_PILOTED, Invitable(MayInvite.FULL)])
def test_what_was_paused_does_not_go_on_where_nobody_may_be_invited_by_now(pilot: Invitable) -> None:
    paused = broadcast(1, BroadcastState.PAUSED, planned_by="m_1")
    roster = Roster(broadcasts={1: paused}, pilots={"demographics": pilot})
    me = Standing("m", is_owner=True)
    assert inviting.act(roster, me, 1, Act.RESUME, NOW, alone=False) == ()
    waived = replace(roster, broadcasts={1: replace(paused, without_pilot="tried on paper")})
    assert len(inviting.act(waived, me, 1, Act.RESUME, NOW, alone=False)) == 1


@settings(max_examples=80, deadline=None)
@given(rosters(), doings)
def test_many_are_invited_only_when_two_people_said_so(roster: Roster, happened: list[tuple[str, Doing]]) -> None:
    team = Team(roster)
    for who, doing in happened:
        before = team.roster
        done, _, _ = team.does(who, doing)
        for change in done.changes if done is not None else ():
            if not isinstance(change, BroadcastMoved) or change.after is not BroadcastState.RUNNING:
                continue
            found = before.broadcasts[change.broadcast]
            may = before.invitable(found.collection)
            assert not may.is_refused
            if change.before is not BroadcastState.PAUSED:
                assert may.takes(found.recipients)
            if change.before is BroadcastState.UNCONFIRMED:
                assert found.planned_by != who
            elif change.before is BroadcastState.PLANNED:
                assert found.planned_by == who
                assert 0 < found.recipients <= 500
