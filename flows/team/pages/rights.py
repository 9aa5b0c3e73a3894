"""Screens of rights and of the links that grant them."""

from __future__ import annotations

import datetime as dt

from flows.language import place_name
from flows.listing import in_rows
from flows.screens import Block, Choice, Screen, body, item, lead, quiet, title
from flows.team.board import Board
from flows.team.code import code_of_conduct
from flows.team.links import link_address
from flows.team.pages.in_words import (
    NUMBERS_A_ROW,
    back,
    called,
    limits_words,
    numbered,
    page_words,
    part_in,
    place_words,
    role_words,
    state_words,
    ticked_words,
)
from flows.team.rights import GRANTED, Lack, Limits, Right, Role
from flows.team.roster import Link
from flows.team.visit import Visit
from flows.words import Day, Raw, Text, Value, asked, say, say_count


def home_page(visit: Visit, board: Board, now: dt.datetime) -> Screen:
    """Own rights first; for an owner, everybody's."""
    me = board.me
    blocks = [title(say("Team"))]
    rows: list[tuple[Choice, ...]] = []
    mine = "• {role} · {limits} · {state}"
    if me.is_owner:
        blocks.append(body(say("You are an owner.")))
    for right in me.rights:
        blocks.append(item(_right_words(mine, right, visit, board, now)))
        rows += _own_choices(right, now)
    if me.rights:
        rows.append((Choice(say("What I am called"), "name"),))
    if me.is_owner:
        more, buttons = _everybody(visit, board, now)
        blocks += more
        rows = [*buttons, *rows]
    if me.may_answer(now):
        waiting = len(board.roster.inbox(me, now))
        rows.append((Choice(say("Inbox: {count}", count=waiting), "inbox"),))
    if me.may_invite(now):
        rows.append((Choice(say("Invites"), "invites"), Choice(say("Links"), "doors")))
        rows.append((Choice(say("How it goes"), "progress"),))
    if me.may_review(now):
        rows.append((Choice(say("Signing off"), "reviews"),))
    if me.may_halt_something(now):
        commands = ["/halt", "/rehearse"]
        commands += ["/inbox", "/invite", "/progress", "/links", "/post"] if me.may_answer(now) else []
        commands += ["/review"] if me.may_review(now) else []
        blocks.append(quiet(say("You can also send {commands}.", commands=Raw(", ".join(commands)))))
        rows.append((Choice(say("Halting and reopening"), "halts"),))
    return Screen("team", tuple(blocks), (*rows, (Choice(say("Close"), "close"),)))


def _own_choices(right: Right, now: dt.datetime) -> list[tuple[Choice, ...]]:
    """The code while it is missing, and the way out."""
    rows: list[tuple[Choice, ...]] = []
    if Lack.CODE in right.lacks(now):
        rows.append((Choice(say("Code of conduct"), "code", look="primary"),))
    rows.append((Choice(say("Give back: {role}", role=role_words(right.role)), "give_back", right.id),))
    return rows


def _right_words(line: str, right: Right, visit: Visit, board: Board, now: dt.datetime, number: int = 0) -> Text:
    values: dict[str, Value] = {
        "number": number,
        "who": called(right),
        "role": role_words(right.role),
        "limits": limits_words(right.limits, board, visit.language),
        "state": state_words(right, now),
    }
    return Text(line, values)


def _everybody(visit: Visit, board: Board, now: dt.datetime) -> tuple[list[Block], list[tuple[Choice, ...]]]:
    rights = board.roster.rights
    ids = sorted(rights, key=lambda each: (rights[each].role, rights[each].name.casefold(), each))
    part = part_in(ids, visit)
    line = "{number}. {who} · {role} · {limits} · {state}"
    first = ids.index(part.items[0]) + 1 if part.items else 1
    blocks = [lead(say("Everybody with a right:")) if ids else body(say("Nobody has a right yet."))]
    blocks += part.heading(page_words(part))
    blocks += [
        item(_right_words(line, rights[each], visit, board, now, number))
        for number, each in enumerate(part.items, first)
    ]
    links = len(board.roster.open_links(now))
    rows = [*numbered("see", part.items, first), *part.turning(), (Choice(say("Invite somebody"), "invite"),)]
    if links:
        rows.append((Choice(say_count("{count} open link", "{count} open links", links), "links"),))
    return blocks, rows


def role_page(_visit: Visit, _board: Board, _now: dt.datetime) -> Screen:
    blocks = (
        title(say("Invite somebody")),
        body(say("You get a link. Whoever opens it first has the right, once. As what?")),
        item(say("• Coordinator: invites, watches how it goes, sees counts and never people")),
        item(say("• Reviewer: signs regions off")),
        item(say("• Steward: exports what people agreed to")),
    )
    rows = tuple((Choice(role_words(role), "role", role.value),) for role in GRANTED)
    return Screen("team-role", blocks, (*rows, back()))


def limits_page(visit: Visit, board: Board, _now: dt.datetime) -> Screen:
    limits, shelf = visit.limits, board.shelf
    part = part_in(board.territories("", Limits(), visit.language), visit)
    blocks = (
        title(say("What do they look after?")),
        body(say("Where nothing is ticked, it is all of them.")),
        *part.heading(page_words(part)),
    )
    rows: list[tuple[Choice, ...]] = []
    if len(shelf.collections) > 1:
        rows = [
            (
                Choice(
                    ticked_words(asked(c.id, c.title), c.id in limits.collections),
                    "collection",
                    c.id,
                    c.id in limits.collections,
                ),
            )
            for c in shelf.collections.values()
        ]
    places = [
        (
            Choice(ticked_words(place_words(each), each in limits.regions), "region", each, each in limits.regions),
            f"☐ {place_name(each, visit.language)}",
        )
        for each in part.items
    ]
    rows += in_rows(places)
    done = Choice(say("Done") if visit.about else say("Make the link"), "done", look="primary")
    return Screen("team-limits", blocks, (*rows, *part.turning(), (done,), back()))


def link_page(visit: Visit, board: Board, now: dt.datetime) -> Screen:
    """The link, this once: what is kept of it opens nothing."""
    made = board.roster.link_with(board.keyed(visit.secret), now)
    if made is None:
        return Screen("team-link", (body(say("This link has been opened, or its time is over.")),), (back(),))
    blocks = (
        title(say("Here is the link")),
        body(Text("{link}", {"link": Raw(link_address(board.bot_name, visit.secret))})),
        body(_link_words(made, visit, board)),
        body(say("Pass it on to one person only, where nobody else reads along. It is shown here and never again.")),
    )
    return Screen("team-link", blocks, (back(),))


def _link_words(link: Link, visit: Visit, board: Board) -> Text:
    return say(
        "{role} · {limits} · until {day}, {time} UTC",
        role=role_words(link.role),
        limits=limits_words(link.limits, board, visit.language),
        day=Day(link.expires_at.date()),
        time=Raw(f"{link.expires_at:%H:%M}"),
    )


def links_page(visit: Visit, board: Board, now: dt.datetime) -> Screen:
    links = board.roster.open_links(now)[: NUMBERS_A_ROW * 4]
    blocks = [title(say("Open links"))]
    blocks.append(
        lead(say("Press a number to take a link back:")) if links else body(say("No link is open.")),
    )
    blocks += [
        item(Text("{number}. {link}", {"number": number, "link": _link_words(link, visit, board)}))
        for number, link in enumerate(links, 1)
    ]
    return Screen("team-links", tuple(blocks), (*numbered("cancel", [link.id for link in links]), back()))


def member_page(visit: Visit, board: Board, now: dt.datetime) -> Screen:
    right = board.right(visit.about)
    if right is None:
        return Screen("team-member", (body(say("This right has ended.")),), (back(),))
    blocks = [
        title(Text("{who}", {"who": called(right)})),
        body(_right_words("{role} · {limits} · {state}", right, visit, board, now)),
        body(say("Since {day}. In the audit: {member}", day=Day(right.granted_at.date()), member=Raw(right.member))),
    ]
    rows: list[tuple[Choice, ...]] = []
    if right.training is not None:
        note = say("Training on {day}: {what}", day=Day(right.training.on), what=Raw(right.training.what))
        blocks.append(body(note))
    if right.role is Role.COORDINATOR:
        rows.append((Choice(say("Note a training"), "training"),))
        rows.append((Choice(say("What they look after"), "limits"),))
    rows.append((Choice(say("Take the right back"), "revoke", look="danger"),))
    return Screen("team-member", tuple(blocks), (*rows, back()))


def training_page(_visit: Visit, _board: Board, now: dt.datetime) -> Screen:
    words = say(
        "Write on which day and in what they were trained, such as: {day} How to invite without pressing",
        day=Raw(now.date().isoformat()),
    )
    return Screen("team-training", (title(say("Note a training")), body(words)), (back(),))


def revoke_page(visit: Visit, board: Board, _now: dt.datetime) -> Screen:
    right = board.right(visit.about)
    if right is None:
        return Screen("team-revoke", (body(say("This right has ended.")),), (back(),))
    words = say("Take back from {who}: {role}? It ends at once.", who=called(right), role=role_words(right.role))
    return Screen("team-revoke", (body(words),), ((Choice(say("Take it back"), "revoke", look="danger"),), back()))


def give_back_page(visit: Visit, board: Board, _now: dt.datetime) -> Screen:
    right = board.right(visit.about)
    role = role_words(right.role) if right is not None else role_words(Role.COORDINATOR)
    words = say("Give back: {role}? It ends at once, and only a new link brings it back.", role=role)
    return Screen(
        "team-give-back", (body(words),), ((Choice(say("Yes, give it back"), "give_back", look="danger"),), back())
    )


def code_page(_visit: Visit, _board: Board, _now: dt.datetime) -> Screen:
    blocks = (
        title(say("Code of conduct")),
        *(item(Text("• {promise}", {"promise": promise})) for promise in code_of_conduct()),
        body(
            say("It holds for twelve months; then we ask again. The right takes effect with it and a noted training.")
        ),
    )
    return Screen("team-code", blocks, ((Choice(say("I accept"), "accept", look="success"),), back()))


def name_page(_visit: Visit, _board: Board, _now: dt.datetime) -> Screen:
    blocks = (
        title(say("What I am called")),
        body(say("Write what you want to be called in the team. It need not be your name. Owners see it, sealed.")),
    )
    return Screen("team-name", blocks, (back(),))
