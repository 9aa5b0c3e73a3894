"""A team made up for properties: who is in it, what they may do by chance, and what is pressed by whom."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import strategies as st
from made_up import demographics

from flows.broadcasts import Audience, Broadcast, BroadcastState
from flows.contact.letter import CLAIM_HOLDS, Letter
from flows.events import TOKEN_BYTES, Event, Sent, Tapped, Typed
from flows.grading import CardPause
from flows.halts import Scope
from flows.pilots import NOT_PILOTED, PILOTED, Invitable, MayInvite
from flows.releases import OrderState, ReleaseOrder
from flows.shelf import Shelf
from flows.team.board import Board
from flows.team.code import CODE_VERSION
from flows.team.engine import VisitStep, answers_to, begin, step, visit_screen
from flows.team.events import TeamAsked, TeamCommand, TeamLinkOpened
from flows.team.rights import GRANTED, Limits, Right, Role, Standing, Training
from flows.team.roster import Agreement, Halt, Link, RightRevoked, Roster, applied
from flows.team.visit import Visit, visit_from_json, visit_to_json

BEGINNING = dt.datetime(2026, 12, 1, 9, 30, tzinfo=dt.UTC)
PEOPLE = ("m_owner", "m_one", "m_two")
SHELF = Shelf((demographics(),), unreviewed=True)


def keyed(secret: str) -> bytes:
    """A hash that stands for the keyed one."""
    return hashlib.sha256(secret.encode()).digest()


_limits = st.builds(
    Limits,
    st.sets(st.just("demographics"), max_size=1).map(frozenset),
    st.sets(st.sampled_from(["EG", "US"])).map(frozenset),
)


def broadcast(number: int, state: BroadcastState, **changes: Any) -> Broadcast:  # noqa: ANN401  # fields
    """A broadcast to a thousand people."""
    audience = Audience(changes.pop("regions", ())).as_json()
    values: dict[str, Any] = {
        "collection": "demographics", "paragraphs": {}, "paid": False, "any_hour": False, "planned_by": "m_owner",
        "planned_at": BEGINNING, "starts_at": BEGINNING, "ended_at": None, "why": None, "fallen_out": {},
        "recipients": 1000, "delivered": 300, "unreachable": 20, "unknown": 1, "cancelled": 0,
    }  # fmt: skip
    return Broadcast(id=number, state=state, audience=audience, **{**values, **changes})


@st.composite
def rosters(draw: st.DrawFn) -> Roster:
    """Any team: rights in effect, waiting or lapsed; open links; halts with any agreement."""
    rights = {}
    for member in PEOPLE[1:]:
        for role in draw(st.sets(st.sampled_from([Role.COORDINATOR, Role.REVIEWER, Role.STEWARD]))):
            id_ = f"r_{member}_{role.value}"
            accepted = draw(
                st.sampled_from(
                    [None, BEGINNING, BEGINNING - dt.timedelta(days=360), BEGINNING - dt.timedelta(days=400)]
                )
            )
            training = draw(st.sampled_from([None, Training(dt.date(2026, 11, 1), "how")]))
            limits = draw(_limits) if role is Role.COORDINATOR else Limits()
            rights[id_] = Right(
                id_, member, role, BEGINNING, "m_owner", limits, draw(st.sampled_from(["", "N"])), training,
                CODE_VERSION if accepted else 0, accepted,
            )  # fmt: skip
    links = {
        f"l_{role.value}": Link(
            f"l_{role.value}",
            keyed(role.value),
            role,
            Limits(),
            "m_owner",
            BEGINNING,
            BEGINNING + dt.timedelta(hours=48),
        )
        for role in GRANTED
    }
    agreed = st.sampled_from([(), (Agreement("m_owner", (Role.OWNER,)),), (Agreement("m_one", (Role.REVIEWER,)),)])
    halts = {
        f"h_{where}": Halt(f"h_{where}", Scope(None, where), BEGINNING, "m_one", Role.COORDINATOR, draw(agreed))
        for where in draw(st.sets(st.sampled_from(["EG", "US"])))
    }
    letters = {
        id_: Letter(
            id=id_, sender=b"", collection="demographics", territory=draw(st.sampled_from(["EG", "US", ""])),
            at=BEGINNING, keep_until=BEGINNING, for_owner=draw(st.booleans()),
            claimed_by=draw(st.sampled_from(["", "m_one", "m_owner"])), claimed_until=BEGINNING + CLAIM_HOLDS,
            words=f"zebra {id_}",
        )
        for id_ in ("c_1", "c_2")
    }  # fmt: skip
    states = st.sampled_from([BroadcastState.PLANNED, BroadcastState.UNCONFIRMED, BroadcastState.RUNNING,
                              BroadcastState.PAUSED, BroadcastState.DONE])  # fmt: skip
    regions = st.sampled_from([(), ("EG",), ("US",), ("EG", "US")])
    by = st.sampled_from([*PEOPLE, "Kim"])
    broadcasts = {n: broadcast(n, draw(states), planned_by=draw(by), regions=draw(regions)) for n in (1, 2, 3)}
    pilots = draw(st.sampled_from([PILOTED, PILOTED, Invitable(MayInvite.AS_MANY, 1000), Invitable(MayInvite.FULL),
                                   NOT_PILOTED, Invitable(MayInvite.AS_MANY, 20)]))  # fmt: skip
    pauses = [
        CardPause("demographics", name, 2, 1, 9, 20, BEGINNING) for name in draw(st.sets(st.sampled_from(["en", "ar"])))
    ]
    order_states = st.sampled_from([OrderState.COUNTED, OrderState.WAITING, OrderState.MADE])
    orders = {
        id_: ReleaseOrder(
            id_, "demographics", "evaluation", "lab", "csv", own_words=False, by=draw(st.sampled_from(PEOPLE)),
            at=BEGINNING, state=draw(order_states),
        )
        for id_ in ("o_1", "o_2")
    }  # fmt: skip
    recipients = draw(st.sampled_from([{}, {"lab": ("evaluation",)}]))
    return Roster(
        rights,
        links,
        halts,
        letters,
        broadcasts,
        {"demographics": pilots},
        pauses={each.id: each for each in pauses},
        releases=orders,
        recipients=recipients,
    )


@dataclass(frozen=True)
class Doing:
    """What somebody does next."""

    kind: str
    number: int
    text: str


KINDS = {
    "press": 20,
    "team": 2,
    "halt": 2,
    "inbox": 3,
    "invite": 5,
    "links": 4,
    "post": 3,
    "release": 4,
    "counted": 4,
    "link": 3,
    "type": 2,
    "sent": 1,
    "stale": 1,
    "time": 1,
    "revoke": 1,
}
"""How often each is done: what leads somewhere more often than what ends it."""

LATER = (dt.timedelta(minutes=10), dt.timedelta(minutes=40), dt.timedelta(days=1), dt.timedelta(days=200))

doings = st.lists(
    st.tuples(
        st.sampled_from(PEOPLE),
        st.builds(
            Doing,
            st.sampled_from([kind for kind, often in KINDS.items() for _ in range(often)]),
            st.integers(0, 60),
            st.sampled_from(["", "EG", "Egypt", "nowhere", "2026-11-20 how", "2999-01-01 how", "N", "@neighbours"]),
        ),
    ),
    min_size=40,
    max_size=90,
)


@dataclass
class Team:
    """Several members and their visits, side by side over one roster."""

    roster: Roster
    now: dt.datetime = BEGINNING
    alone: bool = False
    visits: dict[str, Visit] = field(default_factory=dict)
    steps: int = 0

    def me(self, who: str) -> Standing:
        """Where somebody stands now."""
        return self.roster.standing(who, is_owner=who == "m_owner")

    def board(self, who: str) -> Board:
        """What their flow may look at."""
        return Board(self.me(who), self.roster, SHELF, keyed, "a_bot", self.alone, confirm_above=500)

    def does(self, who: str, doing: Doing) -> tuple[VisitStep | None, Standing, Roster]:
        """What comes of it, with where they stood and the team before."""
        self.steps += 1
        token = hashlib.sha256(str(self.steps).encode()).digest()[:TOKEN_BYTES]
        before = self.roster
        if doing.kind == "time":
            self.now += LATER[doing.number % len(LATER)]
            return None, self.me(who), before
        if doing.kind == "counted":
            self._count(doing.number * 20)
            return None, self.me(who), before
        if doing.kind == "revoke":
            ids = sorted(self.roster.rights)
            if ids:
                self.roster = applied(self.roster, RightRevoked(ids[doing.number % len(ids)]))
            return None, self.me(who), before
        me, board = self.me(who), self.board(who)
        done = self._step(who, doing, token, board)
        if done is not None:
            for change in done.changes:
                self.roster = applied(self.roster, change)
            if done.visit.over:
                self.visits.pop(who, None)
            else:
                self.visits[who] = visit_from_json(visit_to_json(done.visit))
        return done, me, before

    def _count(self, recipients: int) -> None:
        """What was asked for has been planned, and has a number."""
        asked = {n: b for n, b in self.roster.broadcasts.items() if n < 0}
        kept = {n: b for n, b in self.roster.broadcasts.items() if n > 0}
        for found in asked.values():
            number = max(kept, default=0) + 1
            state = BroadcastState.PLANNED if found.state is BroadcastState.ASKED else found.state
            kept[number] = replace(found, id=number, state=state, recipients=recipients)
        self.roster = replace(self.roster, broadcasts=kept)

    def _step(self, who: str, doing: Doing, token: bytes, board: Board) -> VisitStep | None:
        visit = self.visits.get(who)
        event = self._event(visit, doing, token, board)
        if event is None:
            return None
        return begin("en", event, board) if visit is None else step(visit, event, board)

    def _event(self, visit: Visit | None, doing: Doing, token: bytes, board: Board) -> Event | None:
        """What `bot.team.reception` would let through to the flow."""
        if doing.kind in {"team", "halt", "inbox", "invite", "links", "post", "release"}:
            command = answers_to(board.me, TeamCommand(doing.kind), self.now)
            asked = command and TeamAsked(at=self.now, token=token, command=command, argument=doing.text)
            return asked or None
        if doing.kind == "link":
            secret = GRANTED[doing.number % len(GRANTED)].value
            link = board.roster.link_with(keyed(secret), self.now)
            return TeamLinkOpened(at=self.now, token=token, secret=secret) if link is not None else None
        if doing.kind == "type" and visit is not None:
            return Typed(at=self.now, token=token, text=doing.text or "x")
        if doing.kind == "sent" and visit is not None:
            return Sent(at=self.now, token=token)
        return self._tap(visit, doing, token, board) if visit is not None else None

    def _tap(self, visit: Visit, doing: Doing, token: bytes, board: Board) -> Event | None:
        screen = visit_screen(visit, board, self.now)
        if not screen.choices:
            return None
        place = doing.number % len(screen.choices)
        ticked = screen.choices[place].ticked
        number = visit.step - 1 if doing.kind == "stale" else visit.step
        on = None if ticked is None else not ticked
        return Tapped(at=self.now, token=token, step=number, choice=place, layout=screen.layout, on=on)
