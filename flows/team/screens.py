"""The team's screens. None shows a contributor, or anything that one has said."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from flows.contact.letter import ANSWER_LONGEST, Letter
from flows.halts import Scope
from flows.language import place_name
from flows.listing import Part, in_rows, part_of
from flows.screens import Block, Choice, Screen, body, item, lead, quiet, title
from flows.session import Looking
from flows.team.board import Board
from flows.team.code import code_of_conduct
from flows.team.rights import GRANTED, NAME_LETTERS, Lack, Limits, Right, Role
from flows.team.roster import Halt, Link
from flows.team.visit import Page, Visit
from flows.words import Day, Language, Listed, Place, Raw, Text, Value, asked, say, say_count

NUMBERS_A_ROW = 4
Rows = tuple[tuple[Choice, ...], ...]


def said_block(said: str, now: dt.datetime) -> Block:
    """What has just been done, or is asked for once more."""
    return quiet(_SAID[said](now))


_SAID: Mapping[str, Callable[[dt.datetime], Text]] = MappingProxyType(
    {
        "done": lambda _: say("✓ Done."),
        "buttons": lambda _: say("Please choose with the buttons here."),
        "granted": lambda _: say("✓ Welcome to the team."),
        "have_already": lambda _: say("You have that right already. The link stays good for somebody else."),
        "training_help": lambda now: say(
            "Please write a day that is not still to come, such as {day}, and then what it was.",
            day=Raw(now.date().isoformat()),
        ),
        "name_help": lambda _: say("Please write {count} letters at most.", count=NAME_LETTERS),
        "answer_help": lambda _: say("Please write {count} letters at most.", count=ANSWER_LONGEST),
        "not_free": lambda _: say("It has been answered, or somebody else is answering it."),
        "answered": lambda _: say("✓ Your answer is on its way."),
        "halted": lambda _: say("✓ It stands still."),
        "not_there": lambda _: say("That is not among what you look after."),
        "agreed": lambda _: say("✓ You have agreed. It goes on once an owner and a reviewer have, two people."),
        "reopened": lambda _: say("✓ It goes on again."),
    }
)


# --- in words --------------------------------------------------------------------------------------------------------


def role_words(role: Role) -> Text:
    """A role's name."""
    return _ROLES[role]


_ROLES: Mapping[Role, Text] = MappingProxyType(
    {
        Role.OWNER: say("Owner"),
        Role.COORDINATOR: say("Coordinator"),
        Role.REVIEWER: say("Reviewer"),
        Role.STEWARD: say("Steward"),
    }
)


def _limits_words(limits: Limits, board: Board, language: str) -> Text:
    if limits.are_none:
        return say("everywhere")
    titles: list[Value] = [_title(name, board) for name in sorted(limits.collections)]
    places: list[Value] = [Place(each) for each in sorted(limits.regions, key=lambda t: place_name(t, language))]
    return Text("{what}", {"what": Listed((*titles, *places))})


def _title(collection: str, board: Board) -> Value:
    found = board.shelf.collections.get(collection)
    return asked(found.id, found.title) if found is not None else Raw(collection)


def _state_words(right: Right, now: dt.datetime) -> Text:
    lacks = right.lacks(now)
    if lacks:
        return Text("{what}", {"what": Listed(tuple(_LACKS[lack] for lack in lacks))})
    until = right.code_until if right.role is Role.COORDINATOR else None
    return say("in effect until {day}", day=Day(until.date())) if until is not None else say("in effect")


_LACKS: Mapping[Lack, Text] = MappingProxyType(
    {
        Lack.TRAINING: say("waits for an owner to note a training"),
        Lack.CODE: say("waits for the code of conduct"),
    }
)


def _who(right: Right) -> Raw:
    return Raw(right.name or right.member[:8])


def _scope_words(scope: Scope, board: Board) -> Text:
    where: Value = Place(scope.territory) if scope.territory else say("all regions")
    if scope.collection is None:
        return Text("{where}", {"where": where})
    return Text("{where} ({collection})", {"where": where, "collection": _title(scope.collection, board)})


def _back() -> tuple[Choice, ...]:
    return (Choice(say("‹ Back"), "back"),)


def _numbered(verb: str, values: Sequence[str], first: int = 1) -> list[tuple[Choice, ...]]:
    """Buttons with numbers, for what stands numbered in the text."""
    choices = [Choice(Text("{number}", {"number": number}), verb, value) for number, value in enumerate(values, first)]
    return [tuple(choices[start : start + NUMBERS_A_ROW]) for start in range(0, len(choices), NUMBERS_A_ROW)]


def _part(items: Sequence[str], visit: Visit) -> Part:
    return part_of(items, Looking(visit.turned, visit.found))


def _pages(part: Part) -> Text:
    return say("Page {number} of {count}.", number=part.number, count=part.pages)


# --- pages -----------------------------------------------------------------------------------------------------------


def _home(visit: Visit, board: Board, now: dt.datetime) -> Screen:
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
    if me.may_halt_something(now):
        blocks.append(
            quiet(
                say(
                    "You can also send {commands}.",
                    commands=Raw("/halt, /rehearse, /inbox" if me.may_answer(now) else "/halt, /rehearse"),
                )
            )
        )
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
        "who": _who(right),
        "role": role_words(right.role),
        "limits": _limits_words(right.limits, board, visit.language),
        "state": _state_words(right, now),
    }
    return Text(line, values)


def _everybody(visit: Visit, board: Board, now: dt.datetime) -> tuple[list[Block], list[tuple[Choice, ...]]]:
    rights = board.roster.rights
    ids = sorted(rights, key=lambda each: (rights[each].role, rights[each].name.casefold(), each))
    part = _part(ids, visit)
    line = "{number}. {who} · {role} · {limits} · {state}"
    first = ids.index(part.items[0]) + 1 if part.items else 1
    blocks = [lead(say("Everybody with a right:")) if ids else body(say("Nobody has a right yet."))]
    blocks += part.heading(_pages(part))
    blocks += [
        item(_right_words(line, rights[each], visit, board, now, number))
        for number, each in enumerate(part.items, first)
    ]
    links = len(board.roster.open_links(now))
    rows = [*_numbered("see", part.items, first), *part.turning(), (Choice(say("Invite somebody"), "invite"),)]
    if links:
        rows.append((Choice(say_count("{count} open link", "{count} open links", links), "links"),))
    return blocks, rows


def _role(_visit: Visit, _board: Board, _now: dt.datetime) -> Screen:
    blocks = (
        title(say("Invite somebody")),
        body(say("You get a link. Whoever opens it first has the right, once. As what?")),
        item(say("• Coordinator: invites, watches how it goes, sees counts and never people")),
        item(say("• Reviewer: signs regions off")),
        item(say("• Steward: exports what people agreed to")),
    )
    rows = tuple((Choice(role_words(role), "role", role.value),) for role in GRANTED)
    return Screen("team-role", blocks, (*rows, _back()))


def _limits(visit: Visit, board: Board, _now: dt.datetime) -> Screen:
    limits, shelf = visit.limits, board.shelf
    part = _part(board.territories("", Limits(), visit.language), visit)
    blocks = (
        title(say("What do they look after?")),
        body(say("Where nothing is ticked, it is all of them.")),
        *part.heading(_pages(part)),
    )
    rows: list[tuple[Choice, ...]] = []
    if len(shelf.collections) > 1:
        rows = [
            (
                Choice(
                    _ticked(asked(c.id, c.title), c.id in limits.collections),
                    "collection",
                    c.id,
                    c.id in limits.collections,
                ),
            )
            for c in shelf.collections.values()
        ]
    places = [
        (
            Choice(_ticked(_place(each), each in limits.regions), "region", each, each in limits.regions),
            f"☐ {place_name(each, visit.language)}",
        )
        for each in part.items
    ]
    rows += in_rows(places)
    done = Choice(say("Done") if visit.about else say("Make the link"), "done", look="primary")
    return Screen("team-limits", blocks, (*rows, *part.turning(), (done,), _back()))


def _place(territory: str) -> Text:
    return Text("{place}", {"place": Place(territory)})


def _ticked(label: Text, ticked: bool) -> Text:
    return Text("☑ {label}" if ticked else "☐ {label}", {"label": label})


def _link(visit: Visit, board: Board, now: dt.datetime) -> Screen:
    """The link, this once: what is kept of it opens nothing."""
    made = board.roster.link_with(board.keyed(visit.secret), now)
    if made is None:
        return Screen("team-link", (body(say("This link has been opened, or its time is over.")),), (_back(),))
    blocks = (
        title(say("Here is the link")),
        body(Text("{link}", {"link": Raw(link_address(board.bot_name, visit.secret))})),
        body(_link_words(made, visit, board)),
        body(say("Pass it on to one person only, where nobody else reads along. It is shown here and never again.")),
    )
    return Screen("team-link", blocks, (_back(),))


LINK_PREFIX = "team-"
"""What a link of the team's begins with, behind `?start=`."""


def link_address(bot_name: str, secret: str) -> str:
    """What somebody opens to be in the team."""
    return f"https://t.me/{bot_name}?start={LINK_PREFIX}{secret}"


def _link_words(link: Link, visit: Visit, board: Board) -> Text:
    return say(
        "{role} · {limits} · until {day}, {time} UTC",
        role=role_words(link.role),
        limits=_limits_words(link.limits, board, visit.language),
        day=Day(link.expires_at.date()),
        time=Raw(f"{link.expires_at:%H:%M}"),
    )


def _links(visit: Visit, board: Board, now: dt.datetime) -> Screen:
    links = board.roster.open_links(now)[: NUMBERS_A_ROW * 4]
    blocks = [title(say("Open links"))]
    blocks.append(
        lead(say("Press a number to take a link back:")) if links else body(say("No link is open.")),
    )
    blocks += [
        item(Text("{number}. {link}", {"number": number, "link": _link_words(link, visit, board)}))
        for number, link in enumerate(links, 1)
    ]
    return Screen("team-links", tuple(blocks), (*_numbered("cancel", [link.id for link in links]), _back()))


def _member(visit: Visit, board: Board, now: dt.datetime) -> Screen:
    right = board.right(visit.about)
    if right is None:
        return Screen("team-member", (body(say("This right has ended.")),), (_back(),))
    blocks = [
        title(Text("{who}", {"who": _who(right)})),
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
    return Screen("team-member", tuple(blocks), (*rows, _back()))


def _training(_visit: Visit, _board: Board, now: dt.datetime) -> Screen:
    words = say(
        "Write on which day and in what they were trained, such as: {day} How to invite without pressing",
        day=Raw(now.date().isoformat()),
    )
    return Screen("team-training", (title(say("Note a training")), body(words)), (_back(),))


def _revoke(visit: Visit, board: Board, _now: dt.datetime) -> Screen:
    right = board.right(visit.about)
    if right is None:
        return Screen("team-revoke", (body(say("This right has ended.")),), (_back(),))
    words = say("Take back from {who}: {role}? It ends at once.", who=_who(right), role=role_words(right.role))
    return Screen("team-revoke", (body(words),), ((Choice(say("Take it back"), "revoke", look="danger"),), _back()))


def _give_back(visit: Visit, board: Board, _now: dt.datetime) -> Screen:
    right = board.right(visit.about)
    role = role_words(right.role) if right is not None else role_words(Role.COORDINATOR)
    words = say("Give back: {role}? It ends at once, and only a new link brings it back.", role=role)
    return Screen(
        "team-give-back", (body(words),), ((Choice(say("Yes, give it back"), "give_back", look="danger"),), _back())
    )


def _code(_visit: Visit, _board: Board, _now: dt.datetime) -> Screen:
    blocks = (
        title(say("Code of conduct")),
        *(item(Text("• {promise}", {"promise": promise})) for promise in code_of_conduct()),
        body(
            say("It holds for twelve months; then we ask again. The right takes effect with it and a noted training.")
        ),
    )
    return Screen("team-code", blocks, ((Choice(say("I accept"), "accept", look="success"),), _back()))


def _name(_visit: Visit, _board: Board, _now: dt.datetime) -> Screen:
    blocks = (
        title(say("What I am called")),
        body(say("Write what you want to be called in the team. It need not be your name. Owners see it, sealed.")),
    )
    return Screen("team-name", blocks, (_back(),))


def _halts(_visit: Visit, board: Board, now: dt.datetime) -> Screen:
    halts = sorted(board.roster.halts.values(), key=lambda halt: (halt.at, halt.id))[: NUMBERS_A_ROW * 4]
    blocks = [title(say("Halting and reopening"))]
    blocks.append(lead(say("This stands still:")) if halts else body(say("Nothing stands still.")))
    for number, halt in enumerate(halts, 1):
        blocks.append(item(_halt_words(number, halt, board)))
    rows: list[tuple[Choice, ...]] = []
    if halts and board.me.may_reopen(now):
        alone = board.alone and board.me.is_owner
        words = say("Press a number to agree that it goes on. It takes an owner and a reviewer, two people.")
        blocks.append(body(say("Press a number to let it go on.") if alone else words))
        rows += _numbered("reopen", [halt.id for halt in halts])
    rows.append((Choice(say("Halt something"), "halt", look="danger"),))
    return Screen("team-halts", tuple(blocks), (*rows, _back()))


def _halt_words(number: int, halt: Halt, board: Board) -> Text:
    values: dict[str, Value] = {
        "number": number,
        "what": _scope_words(halt.scope, board),
        "since": say("since {day}, by: {role}", day=Day(halt.at.date()), role=role_words(halt.role)),
    }
    agreed = tuple(dict.fromkeys(role for each in halt.agreed for role in each.roles))
    if not agreed:
        return Text("{number}. {what} · {since}", values)
    roles = Listed(tuple(role_words(role) for role in agreed))
    return Text(
        "{number}. {what} · {since} · {agreed}", {**values, "agreed": say("agreed to reopen: {roles}", roles=roles)}
    )


def _halt_collection(visit: Visit, board: Board, now: dt.datetime) -> Screen:
    part = _part(board.collections(board.me.halting_limits(now)), visit)
    rows = [(Choice(Text("{title}", {"title": _title(name, board)}), "collection", name),) for name in part.items]
    every = (Choice(say("All of them"), "collection", ""),)
    blocks = (body(say("Which collection?")), *part.heading(_pages(part)))
    return Screen("team-halt-collection", blocks, (*rows, *part.turning(), every, _back()))


def _halt_region(visit: Visit, board: Board, now: dt.datetime) -> Screen:
    territories = board.territories(visit.collection, board.me.halting_limits(now), visit.language)
    part = _part(territories, visit)
    rows = in_rows([(Choice(_place(each), "region", each), place_name(each, visit.language)) for each in part.items])
    every = (Choice(say("All of them"), "region", ""),)
    blocks = (body(say("Where? You can also write the place.")), *part.heading(_pages(part)))
    return Screen("team-halt-region", blocks, (*rows, *part.turning(), every, _back()))


def _halt_sure(visit: Visit, board: Board, _now: dt.datetime) -> Screen:
    scope = Scope(visit.collection or None, visit.territory or None)
    blocks = (
        title(_scope_words(scope, board)),
        body(
            say(
                "Nobody is invited and nothing is asked there from now on. People who are in the middle read that it "
                "is not about them; leaving works as always. Going on takes an owner and a reviewer."
            )
        ),
    )
    return Screen("team-halt-sure", blocks, ((Choice(say("Halt now"), "halt", look="danger"),), _back()))


def _inbox(visit: Visit, board: Board, now: dt.datetime) -> Screen:
    """What waits for an answer: where from, since when, and never from whom."""
    letters = {letter.id: letter for letter in board.roster.inbox(board.me, now)}
    ids = list(letters)
    part = _part(ids, visit)
    first = ids.index(part.items[0]) + 1 if part.items else 1
    words = say("Press a number to read and answer. For half an hour it is yours alone.")
    blocks = [title(say("Inbox")), body(words) if ids else body(say("Nothing waits for an answer."))]
    blocks += part.heading(_pages(part))
    for number, each in enumerate(part.items, first):
        line: dict[str, Value] = {"number": number, "letter": _letter_words(letters[each], board, now)}
        blocks.append(item(Text("{number}. {letter}", line)))
    return Screen("team-inbox", tuple(blocks), (*_numbered("letter", part.items, first), *part.turning(), _back()))


def _letter_words(letter: Letter, board: Board, now: dt.datetime) -> Text:
    where: Value = Place(letter.territory) if letter.territory else say("no place yet")
    facts: list[Value] = [Text("{where}", {"where": where}), Text("{day}", {"day": Day(letter.at.date())})]
    if letter.collection and len(board.shelf.collections) > 1:
        facts.append(_title(letter.collection, board))
    if letter.not_right:
        facts.append(say("the answer was not right"))
    elif letter.for_owner:
        facts.append(say("a complaint"))
    if not letter.is_free_for(board.me.member, now):
        facts.append(say("somebody is answering it"))
    return Text("{facts}", {"facts": Listed(tuple(facts))})


def _letter(visit: Visit, board: Board, now: dt.datetime) -> Screen:
    """One letter, while it is somebody's to answer."""
    letter = board.roster.letters.get(visit.about)
    mine = letter is not None and letter.is_for(board.me, now) and letter.claimed_by == board.me.member
    if letter is None or not mine:
        return Screen(
            "team-letter", (body(say("It has been answered, or somebody else is answering it.")),), (_back(),)
        )
    blocks = [quiet(_letter_words(letter, board, now))]
    if letter.language:
        blocks.append(
            quiet(say("Written by somebody who reads {language}.", language=Language(letter.language, own=False)))
        )
    blocks.append(body(Text("{words}", {"words": Raw(letter.words)})))
    if letter.answer:
        blocks.append(body(say("Answered before: {answer}", answer=Raw(letter.answer))))
    blocks.append(quiet(say("Write the answer as one message. They can say that it was not right, to an owner alone.")))
    rows: list[tuple[Choice, ...]] = []
    if not letter.for_owner:
        rows.append((Choice(say("A complaint: to an owner"), "hand_on"),))
    return Screen("team-letter", tuple(blocks), (*rows, _back()))


def over_screen(*, is_somebody: bool) -> Screen:
    """The last card, where the chat has nothing else to show."""
    words = say("Closed. /team opens it again.") if is_somebody else say("This right has ended.")
    return Screen("team-over", (title(say("Team")), body(words)))


SCREENS: Mapping[Page, Callable[[Visit, Board, dt.datetime], Screen]] = MappingProxyType(
    {
        Page.HOME: _home,
        Page.ROLE: _role,
        Page.LIMITS: _limits,
        Page.LINK: _link,
        Page.LINKS: _links,
        Page.MEMBER: _member,
        Page.TRAINING: _training,
        Page.REVOKE: _revoke,
        Page.GIVE_BACK: _give_back,
        Page.CODE: _code,
        Page.NAME: _name,
        Page.HALTS: _halts,
        Page.HALT_COLLECTION: _halt_collection,
        Page.HALT_REGION: _halt_region,
        Page.HALT_SURE: _halt_sure,
        Page.INBOX: _inbox,
        Page.LETTER: _letter,
    }
)
