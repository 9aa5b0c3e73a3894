"""Links: nobody agrees by one that is not open, who has agreed goes on whatever becomes of it, and counts match."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up import BEGINNING, CLOSED_LINK, RESTING_LINK, demographics, shelves
from walker import Walker

from flows.collection import Collection, Supplier
from flows.effects import CountLink, GiveConsent
from flows.events import Event, Opened
from flows.links import (
    BURST,
    FASTER,
    WINDOW,
    CollectionLink,
    Doorway,
    LinkKind,
    LinkStanding,
    LinkState,
    Passed,
    address,
    attested,
    is_full,
    lapses,
    new_code,
    passed,
    payload,
    resumed,
    shown_counts,
    standing,
)
from flows.session import Aside, Stage, passage_to_json
from flows.shelf import Shelf

HALF_WAY = ("United States", "Next", *["As meant (en)"] * 3, "I am 21 or older and I agree")


@pytest.mark.parametrize(("code", "name"), [(RESTING_LINK, "link-resting"), (CLOSED_LINK, "link-closed")])
def test_whoever_is_half_way_elsewhere_finds_back_from_a_link_that_takes_nobody(code: str, name: str) -> None:
    """Also after /start, which shows the link again. What they came with from there is not lost."""
    walker = Walker(shelves()["both"]).opens("voices").presses(*HALF_WAY)
    asked = walker.name
    assert asked.startswith("question-")
    walker.meet(Opened(at=walker.now, token=walker.token(), link=code))
    walker.opens()
    assert walker.name == name
    assert "You began" in walker.text
    assert walker.screen is not None
    assert [choice.verb for choice in walker.screen.choices] == ["try_link", "go_on_elsewhere", "open_language"]
    walker.press(walker.by_verb("go_on_elsewhere"))
    assert walker.name == asked
    assert walker.opens().name == asked


def test_whoever_came_by_a_link_alone_reads_of_nothing_else() -> None:
    walker = Walker(shelves()["both"])
    walker.meet(Opened(at=walker.now, token=walker.token(), link=CLOSED_LINK))
    assert walker.screen is not None
    assert [choice.verb for choice in walker.screen.choices] == ["try_link", "open_language"]


CODES = ("AAAAAAAAAA", "BBBBBBBBBB")
LEAST = 3


def attested_until(day: dt.date | None) -> Collection:
    """The ready collection, with a supplier until a day."""
    supplier = Supplier(id="acme", name="Acme", in_house=True, qualified_on=dt.date(2026, 1, 1), expires_on=day)
    return demographics().model_copy(update={"suppliers": (supplier,)})


def link(code: str = CODES[0], **changes: object) -> CollectionLink:
    """A link that was made a moment ago."""
    made = CollectionLink(
        id=code, collection="demographics", kind=LinkKind.POSTER, name="library", supplier=None, territory=None,
        daily=None, state=LinkState.OPEN, why="", made_by="m_owner", made_at=BEGINNING,
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


# --- one link --------------------------------------------------------------------------------------------------------


def test_a_link_closes_on_the_day_that_its_attestation_ends_and_is_said_two_weeks_before() -> None:
    day = BEGINNING.date()
    of_acme = link(supplier="acme")
    assert standing(of_acme, attested_until(day + dt.timedelta(days=1)), BEGINNING) is LinkStanding.OPEN
    assert standing(of_acme, attested_until(day), BEGINNING) is LinkStanding.CLOSED
    assert standing(of_acme, demographics(), BEGINNING) is LinkStanding.CLOSED, "not among the suppliers any more"
    assert standing(link(), attested_until(day), BEGINNING) is LinkStanding.OPEN, "no supplier hands it out"
    assert not attested(of_acme, attested_until(None), dt.date(2025, 12, 31)), "not qualified yet"
    assert lapses(attested_until(day + dt.timedelta(days=15)), day) == ()
    assert [each.id for each in lapses(attested_until(day + dt.timedelta(days=14)), day)] == ["acme"]


def test_a_ceiling_is_a_days_and_a_burst_is_far_faster_than_the_busiest_hour_before() -> None:
    full = passed(link(daily=1), Passed.CONSENTED, BEGINNING, LEAST)
    assert standing(full, demographics(), BEGINNING) is LinkStanding.RESTING
    assert not is_full(full, BEGINNING + dt.timedelta(days=1))
    busy = link()
    for _ in range(LEAST):
        busy = passed(busy, Passed.OPENED, BEGINNING, LEAST)
    assert busy.state is LinkState.OPEN
    burst = passed(busy, Passed.OPENED, BEGINNING + WINDOW / 2, LEAST)
    assert burst.rests_by_itself
    assert standing(burst, demographics(), BEGINNING) is LinkStanding.RESTING
    again, later = resumed(burst), BEGINNING + WINDOW
    for number in range(burst.since_opened * FASTER):
        again = passed(again, Passed.OPENED, later, LEAST)
        assert again.state is LinkState.OPEN, number
    assert passed(again, Passed.OPENED, later, LEAST).why == BURST


@given(st.integers(0, 300), st.integers(0, 300), st.integers(0, 300))
def test_no_count_under_ten_is_shown_nor_one_that_tells_of_fewer_than_ten(one: int, two: int, three: int) -> None:
    submitted, consented, opened = sorted((one, two, three))
    true = {Passed.OPENED: opened, Passed.CONSENTED: consented, Passed.SUBMITTED: submitted}
    shown = shown_counts(link(opened=opened, consented=consented, submitted=submitted))
    seen = [(true[how_far], count) for how_far, count in shown.items() if count is not None]
    assert all(count % 10 == 0 and 10 <= count <= counted for counted, count in seen)
    numbers = [counted for counted, _ in seen]
    assert all(before - after >= 10 for before, after in itertools.pairwise(numbers))


def test_what_a_link_carries_is_opaque_and_fits() -> None:
    code = new_code(bytes(range(32)))
    assert len(code) == 10
    assert payload(code) == f"L-{code}"
    assert len(payload(code, "a1b2c3d4e5f6a1b2c3d4e5f6")) <= 64
    assert address("a_bot", code) == f"https://t.me/a_bot?start=L-{code}"


# --- people who come by links --------------------------------------------------------------------------------------

_TO_A_LINK = {"pause": LinkState.PAUSED, "resume": LinkState.OPEN, "end": LinkState.ENDED}
_DOINGS = ["open", "plain", "try", "pause", "resume", "day", "open", *["on"] * 9, "resume", "end"]

_doings = st.lists(
    st.tuples(
        st.sampled_from(_DOINGS),
        st.integers(0, 2),
        st.integers(0, 1),
    ),
    min_size=15,
    max_size=60,
)


class World:
    """Three people, two links of which one is a supplier's, and everything that can be done to links."""

    def __init__(self) -> None:
        self.collection = attested_until(BEGINNING.date() + dt.timedelta(days=2))
        self.links = {code: link(code, daily=2, supplier="acme" if code == CODES[1] else None) for code in CODES}
        self.now = BEGINNING
        self.people = [Walker(self.shelf, "en") for _ in range(3)]
        self.counts: Counter[tuple[str, Passed]] = Counter()

    @property
    def shelf(self) -> Shelf:
        """As `bot.links.doors` makes it for a step."""
        doors = {
            code: Doorway(each.collection, standing(each, self.collection, self.now))
            for code, each in self.links.items()
        }
        return Shelf((self.collection,), unreviewed=True).with_links(doors)

    def does(self, what: str, who: int, which: int) -> None:
        """One of them does something, or somebody does something to a link."""
        if what in _TO_A_LINK:
            found = self.links[CODES[which]]
            if found.state is not LinkState.ENDED:
                self.links[found.id] = replace(found, state=_TO_A_LINK[what])
        elif what == "day":
            self.now += dt.timedelta(hours=20)
        else:
            self._meets(self.people[who], what, CODES[which])

    def _meets(self, walker: Walker, what: str, code: str) -> None:
        walker.shelf, walker.now = self.shelf, self.now
        before = walker.session.passages.get("demographics") if walker.session is not None else None
        event = self._event(walker, what, code)
        if event is None:
            return
        step = walker.meet(event)
        for effect in step.effects:
            if isinstance(effect, GiveConsent) and before is not None and before.link is not None:
                assert standing(self.links[before.link], self.collection, self.now) is LinkStanding.OPEN
            if isinstance(effect, CountLink):
                self.counts[effect.link, effect.how_far] += 1
                self.links[effect.link] = passed(self.links[effect.link], effect.how_far, self.now, LEAST)
        if before is not None and before.consented is not None:
            assert step.session is not None
            assert step.session.aside not in {Aside.LINK_RESTING, Aside.LINK_CLOSED}
            assert step.session.passages["demographics"].consented is not None

    def _event(self, walker: Walker, what: str, code: str) -> Event | None:
        if what in {"open", "plain"}:
            return Opened(at=self.now, token=walker.token(), link=code if what == "open" else None)
        return self._on(walker) if what == "on" else self._press(walker, "try_link")

    def _press(self, walker: Walker, *verbs: str) -> Event | None:
        screen = walker.screen
        found = [c for verb in verbs for c in (screen.choices if screen is not None else ()) if c.verb == verb]
        return walker.tap(screen.choices.index(found[0]), found[0]) if found and screen is not None else None

    def _on(self, walker: Walker) -> Event | None:
        session, screen = walker.session, walker.screen
        if session is None or screen is None:
            return None
        if any(choice.verb == "card_answer" for choice in screen.choices) and session.passage is not None:
            question = self.collection.documents[session.language][session.passage.card].question
            assert question is not None
            answers = [choice for choice in screen.choices if choice.verb == "card_answer"]
            return walker.tap(screen.choices.index(answers[question.right]), answers[question.right])
        if any(choice.ticked for choice in screen.choices):
            return self._press(walker, "done", "submit")
        return self._press(walker, "live_in", "next", "agree", "choose", "tick", "done", "submit")


@settings(max_examples=50, deadline=None)
@given(_doings)
def test_nobody_agrees_by_a_link_that_is_not_open_and_who_has_agreed_goes_on(
    happened: list[tuple[str, int, int]],
) -> None:
    world = World()
    days: Counter[tuple[str, dt.date]] = Counter()
    for what, who, which in happened:
        before = Counter(world.counts)
        world.does(what, who, which)
        for (code, how_far), count in (world.counts - before).items():
            if how_far is Passed.CONSENTED:
                days[code, world.now.date()] += count
    assert all(count <= 2 for count in days.values()), "never more in a day than the ceiling"
    for code, each in world.links.items():
        counted = tuple(world.counts[code, how_far] for how_far in Passed)
        assert counted == (each.opened, each.consented, each.submitted)
        assert each.submitted <= each.consented <= each.opened
    for walker in world.people:
        passage = walker.session.passages.get("demographics") if walker.session is not None else None
        if passage is not None and passage.submitted_at is not None:
            assert passage.link is None, "nobody needs to know it any more"
            assert "link" not in passage_to_json(passage)


def walked(world: World, who: int = 0, *, until: Stage) -> Walker:
    """Somebody who comes by the first link and gets so far."""
    world.does("open", who, 0)
    for _ in range(40):
        session = world.people[who].session
        if session is not None and session.passage is not None and session.passage.stage is until:
            break
        world.does("on", who, 0)
    return world.people[who]


def test_the_walks_of_the_property_get_to_the_end() -> None:
    world = World()
    assert walked(world, until=Stage.THANKS).screen is not None
    assert {how_far for _, how_far in world.counts} == set(Passed)


@pytest.mark.parametrize(("state", "screen"), [("pause", "link-resting"), ("end", "link-closed")])
def test_who_is_at_the_decision_when_a_link_closes_reads_so_and_agrees_to_nothing(state: str, screen: str) -> None:
    world = World()
    walker = walked(world, until=Stage.DECIDE)
    world.does(state, 0, 0)
    world.does("on", 0, 0)
    assert walker.screen is not None
    assert walker.screen.name == screen
    assert walker.session is not None
    assert walker.session.passages["demographics"].consented is None
    world.does("resume", 0, 0)
    world.does("try", 0, 0)
    assert walker.screen.name == ("decide" if state == "pause" else "link-closed")


def test_another_link_that_is_open_leads_on() -> None:
    world = World()
    walker = walked(world, until=Stage.DECIDE)
    world.does("end", 0, 0)
    world.does("open", 0, 1)
    world.does("on", 0, 0)
    assert walker.session is not None
    assert walker.session.passages["demographics"].consented is not None
    assert world.counts[CODES[1], Passed.CONSENTED] == 1
