"""The team's events in a chat: who may mean them, the visit that they belong to, and the chat's own passage beneath it.

A visit lies in the chat's own sealed row, as a rehearsal does. The contributor's session beneath is not looked at: a
command of a contributor's ends the visit and goes to the session as if there had been none.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from bot.arrivals import Arrival
from bot.chats import Chat
from bot.owing.batch import Batch, Turnout, owe
from bot.owing.chat import GOODBYE_KEPT
from bot.owing.effects import carry_out
from bot.storage.schedule import Due
from bot.team.desk import Desk
from bot.team.rows import CONFIRM, LAPSING
from bot.texts import Texts
from bot.vault import Vault
from bot.work import Work
from flows.events import TOKEN_BYTES, Commanded, Event, Misdirected, Opened, RehearsalAsked, Sent, Tapped, Typed
from flows.halts import Scope
from flows.negotiation import negotiate
from flows.session import Session
from flows.shelf import Shelf
from flows.team import linking, releasing
from flows.team.engine import answers_to, begin, end, step
from flows.team.events import TeamAsked, TeamCommand, TeamLinkOpened, as_anybody
from flows.team.inviting import waits_for
from flows.team.moves.granting import opened
from flows.team.rights import Standing
from flows.team.roster import InvitesAsked, PostAsked, ReleaseAsked, ReleaseMoved
from flows.team.visit import SILENCE, Page, Visit
from flows.words import Day, Language, Listed, Place, Raw, Text, asked, say

OF_A_VISIT = (Tapped, Typed, Sent, Misdirected)
"""What belongs to the visit while one is open; anything else is the contributor's."""


_TELLS = InvitesAsked | PostAsked | ReleaseAsked | ReleaseMoved
"""Changes of which the chat is told later what came of them."""


def concerns_the_team(event: Event) -> bool:
    """Whether it has to be known who is in the team before this can be met."""
    return isinstance(event, TeamAsked | TeamLinkOpened | RehearsalAsked)


class Reception:
    """Takes members through what they press. Touches nothing but the batch and the desk."""

    def __init__(self, vault: Vault, shelf: Shelf, texts: Texts) -> None:
        self._vault = vault
        self._shelf = shelf
        self._texts = texts

    def met(self, event: Event, chat_id: int, desk: Desk | None) -> Event:
        """The event as whoever sent it may mean it. Without a right, the team's are those of anybody."""
        if not isinstance(event, TeamAsked | TeamLinkOpened | RehearsalAsked):
            return event
        me = desk.standing(chat_id) if desk is not None else None
        if desk is None or me is None:
            return as_anybody(event)
        if isinstance(event, TeamLinkOpened):
            return event if self._may_open(event, me, desk) else as_anybody(event)
        if isinstance(event, RehearsalAsked):
            return self._rehearsal(event, me)
        command = answers_to(me, event.command, event.at)
        return replace(event, command=command) if command is not None else as_anybody(event)

    def _may_open(self, event: TeamLinkOpened, me: Standing, desk: Desk) -> bool:
        """A link that grants something, or would if they had it not already."""
        link = desk.roster.link_with(self._vault.link_hash(event.secret), event.at)
        return link is not None and (
            me.right(link.role) is not None or bool(opened(event, desk.board(me, self._shelf)))
        )

    def _rehearsal(self, event: RehearsalAsked, me: Standing) -> Event:
        if me.may_rehearse(event.at):
            return event
        asked = TeamAsked(at=event.at, token=event.token, language_code=event.language_code, command=TeamCommand.TEAM)
        waits = any(not right.is_in_effect(event.at) for right in me.rights)
        return asked if waits else as_anybody(event)

    def shut_out(self, work: Work, chat: Chat, desk: Desk | None, batch: Batch) -> None:
        """A right that has ended meanwhile ends what was open by it: a visit, a rehearsal."""
        if desk is None:
            return
        me = desk.standing(chat.letterhead.chat_id)
        if chat.open_visit is not None and not me.is_somebody:
            self._goes_on(work, chat, end(chat.open_visit), batch)
        if chat.rehearsal is not None and not me.may_rehearse(batch.now):
            chat.rehearsing = None
            work.changed = True

    def happened(self, work: Work, chat: Chat, arrival: Arrival, event: Event, batch: Batch, desk: Desk) -> bool:
        """Take an event of the visit's; whether it was one. Any other ends the visit, but for being blocked."""
        asks = isinstance(event, TeamAsked | TeamLinkOpened)
        if not asks and (chat.open_visit is None or not isinstance(event, OF_A_VISIT)):
            if isinstance(event, Opened | Commanded | RehearsalAsked) or chat.open_visit is None:
                chat.visit = None
            return False
        if chat.ending:  # what was to be forgotten after its goodbye is forgotten now
            chat.session, chat.ending = None, False
        chat.rehearsing = None
        me = desk.standing(arrival.chat_id)
        board = desk.board(me, self._shelf)
        if chat.open_visit is None:
            done = begin(self._language(chat, event), event, board)
        else:
            done = step(chat.open_visit, event, board)
        for change in done.changes:
            known = replace(change, chat=chat.hash) if isinstance(change, _TELLS) else change
            desk.change(known, me, event.at)
        desk.met(me, arrival.chat_id, done.visit.language)
        turnout = self._turnout(chat, done.visit, batch, event)
        for effect in done.effects:
            carry_out(effect, turnout)
        if arrival.callback is not None:
            work.notices.append((arrival.callback, None))
        self._goes_on(work, chat, done.visit, batch)
        return True

    def tell(self, work: Work, chat: Chat, batch: Batch, desk: Desk, due: Due) -> None:
        """Something waits for a member: a line in their chat, or, where nothing stands in it, the page itself."""
        me = desk.standing(chat.letterhead.chat_id)
        waits = self._what_lapses(me, due, batch) if _is_of_lapses(due) else _what_waits(desk, me, due, batch)
        if waits is None:
            return
        command, line = waits
        known = desk.chats().get(chat.letterhead.chat_id)
        language = known or negotiate(None, self._shelf.languages or ("en",))
        if not chat.is_empty:
            words = self._texts.html(line, language)
            owe("words", {"message": None, "words": words}, chat, batch, self._vault)
            work.changed = True  # whoever has a screen under way to them looks for what is left beside it
            return
        token = self._vault.randomness(TOKEN_BYTES)
        asked = TeamAsked(at=batch.now, token=token, command=command)
        self._goes_on(work, chat, begin(language, asked, desk.board(me, self._shelf)).visit, batch)

    def _what_lapses(self, me: Standing, due: Due, batch: Batch) -> tuple[TeamCommand, Text] | None:
        """Sign-offs that end on a day, if they do still; a newer signature may have put it off."""
        name, day, _ = due.key.partition(LAPSING)[2].split("/")
        collection, until = self._shelf.collections.get(name), dt.date.fromisoformat(day)
        if collection is None or not me.may_watch(batch.now):
            return None
        limits = me.inviting_limits(batch.now)
        ending = [
            say("{place} ({language})", place=Place(region.territory), language=Language(language))
            for region in collection.regions
            for language in region.languages
            if self._shelf.review(name, region.territory, language)[:2] == (None, until)
            if limits.allow(Scope(name, region.territory))
        ]
        if not ending:
            return None
        line = say(
            "The sign-off of {collection} ends on {day}, and nobody new can begin after it: {places}. A reviewer signs "
            "again with /review.",
            collection=asked(name, collection.title),
            day=Day(until),
            places=Listed(tuple(ending)),
        )
        return TeamCommand.TEAM, line

    def was_counted(self, work: Work, chat: Chat) -> None:
        """What a member asked to be counted is there: the page that waits for it is shown anew."""
        if chat.open_visit is not None and chat.open_visit.page is Page.PLAN:
            chat.owed = work.changed = True

    def was_posted(self, work: Work, chat: Chat) -> None:
        """How a post went is there: the page that waits for it is shown anew."""
        if chat.open_visit is not None and chat.open_visit.page is Page.POST:
            chat.owed = work.changed = True

    def was_released(self, work: Work, chat: Chat) -> None:
        """What a release would be, or where it stands, is there: the page that waits for it is shown anew."""
        if chat.open_visit is not None and chat.open_visit.page is Page.RELEASE:
            chat.owed = work.changed = True

    def came_due(self, work: Work, chat: Chat, batch: Batch) -> None:
        """An hour is over: the visit closes, if nobody has gone on with it since."""
        visit = chat.open_visit
        if visit is not None and batch.now - visit.heard_at >= SILENCE:
            self._goes_on(work, chat, end(visit), batch)

    def _goes_on(self, work: Work, chat: Chat, visit: Visit, batch: Batch) -> None:
        chat.visit = visit
        chat.owed = work.changed = True
        if not visit.over:
            return
        if chat.session is not None:
            chat.visit = None  # what lay beneath is shown again
            return
        # Nothing else is known of this chat: its last card is a goodbye, and then it is forgotten.
        chat.ending = True
        batch.dues.append(Due("forget", chat.hash.hex(), batch.now + GOODBYE_KEPT))

    def _language(self, chat: Chat, event: Event) -> str:
        if chat.session is not None:
            return chat.session.language
        return negotiate(event.language_code, self._shelf.languages or ("en",))

    def _turnout(self, chat: Chat, visit: Visit, batch: Batch, event: Event) -> Turnout:
        """Only what belongs to the chat itself is ever owed by a visit: it is carried out as a rehearsal's is."""
        session = Session(visit.language, visit.step)
        return Turnout(chat, None, session, batch, self._vault, self._shelf, self._texts, event.at, rehearsing=True)


def _is_of_lapses(due: Due) -> bool:
    return due.key.partition("/")[2].startswith(LAPSING)


def _what_waits(desk: Desk, me: Standing, due: Due, batch: Batch) -> tuple[TeamCommand, Text] | None:
    """What shows it, and the line that says so; None where nothing waits any more."""
    link = due.key.partition("/")[2]
    if due.kind == CONFIRM:
        return _of_invites(desk, me, batch) or _of_releases(desk, me, batch)
    return _of_a_link(desk, me, link, batch) if link else _of_the_inbox(desk, me, batch)


def _of_invites(desk: Desk, me: Standing, batch: Batch) -> tuple[TeamCommand, Text] | None:
    found = desk.roster.broadcasts.values()
    if not any(waits_for(each, me, batch.now, alone=desk.settings.alone) for each in found):
        return None
    return TeamCommand.INVITE, say("Invites wait for a second person. /invite shows them.")


def _of_releases(desk: Desk, me: Standing, batch: Batch) -> tuple[TeamCommand, Text] | None:
    if not any(releasing.waits_for(each, me, batch.now) for each in desk.roster.releases.values()):
        return None
    return TeamCommand.RELEASE, say("A release waits for a second steward. /release shows it.")


def _of_the_inbox(desk: Desk, me: Standing, batch: Batch) -> tuple[TeamCommand, Text] | None:
    waits = desk.roster.inbox(me, batch.now)
    return (TeamCommand.INBOX, say("Somebody has written to you. /inbox shows it.")) if waits else None


def _of_a_link(desk: Desk, me: Standing, link: str, batch: Batch) -> tuple[TeamCommand, Text] | None:
    found = desk.roster.collection_links.get(link)
    if found is None or not found.rests_by_itself or not linking.looks_after(me, found, batch.now):
        return None
    line = say(
        "The link “{name}” was opened far faster than usual, so it rests until somebody has looked at it. /links shows "
        "it.",
        name=Raw(found.name),
    )
    return TeamCommand.LINKS, line


def look_again_for_the_visit(work: Work, before: Visit | None, batch: Batch) -> None:
    """An hour after the last word; not any more where it has closed."""
    chat = work.chat
    after = chat.open_visit if chat is not None else None
    key = work.hash.hex()
    if after is not None and after is not before:
        batch.dues.append(Due("visit", key, after.heard_at + SILENCE))
    elif after is None and before is not None:
        work.dues_done.append(Due("visit", key, before.heard_at + SILENCE))
