"""Who is reminded: once, somebody who agreed and stopped half-way, and nobody else whatever happens."""

from __future__ import annotations

import datetime as dt
from collections import Counter

from hypothesis import given, settings
from made_up import shelves
from walker import Walker
from walks import Beginning, Doings, beginnings, doings, walk_from

from flows.events import ReminderDue
from flows.moves.answering import shows_sensitive
from flows.reminders import reminds_at
from flows.renewal import why_again
from flows.session import Aside, Passage, Session, Stage

many = settings(max_examples=1000)

PAUSE = dt.timedelta(days=3)


def _may_be_reminded(passage: Passage | None, now: dt.datetime) -> bool:
    if passage is None or passage.consented is None or passage.consented.expires_at <= now:
        return False
    return passage.submitted_at is None and passage.stage in {Stage.QUESTION, Stage.REVIEW} and not passage.reminded


@many
@given(beginnings, doings)
def test_a_reminder_comes_once_and_only_to_who_agreed_and_stopped_half_way(beginning: Beginning, steps: Doings) -> None:
    """Never to who declined, left, stopped messages, submitted, was heard of lately, or lives where it is closed."""
    reminded: Counter[str] = Counter()
    for each in walk_from(beginning, steps):
        kept = each.after.passages if each.after is not None else {}
        for name in set(reminded) - set(kept):
            del reminded[name]  # who comes back after leaving is somebody else
        if not isinstance(each.event, ReminderDue):
            continue
        if not each.step.shows:
            assert each.after == each.before or each.after is None
            continue
        assert each.before is not None
        assert each.after is not None
        name = each.event.collection
        before = each.before.passages.get(name)
        assert _may_be_reminded(before, each.now)
        assert before is not None
        assert not each.before.stopped
        assert each.before.aside not in {Aside.GOODBYE, Aside.LEAVE, Aside.TAKE_BACK, Aside.LEAVE_ALL, Aside.LEFT}
        assert each.before.heard_at is not None
        assert each.now - each.before.heard_at >= each.event.pause
        collection = each.shelf.collections[name]
        assert before.territory in {region.territory for region in each.shelf.regions(collection)}
        assert why_again(before, collection, each.now) is None
        assert each.after.aside is Aside.REMINDED
        assert not shows_sensitive(each.after, each.shelf)
        reminded[name] += 1
        assert reminded[name] == 1


def _on_a_sensitive_question() -> Walker:
    """At the ticks of somebody who has ticked something sensitive, in the United States."""
    walker = Walker(shelves()["ready"]).opens("demographics")
    walker.press(walker.by_verb("live_in", "US"))
    walker.press(walker.by_verb("next"))
    for card in walker.shelf.document(walker.shelf.collections["demographics"], "en", "US").cards[1:]:
        assert card.question is not None
        walker.press(walker.by_verb("card_answer", str(card.question.right)))
    walker.press(walker.by_verb("agree"))
    while not _asks_something_sensitive(walker):
        walker.press(next(c for c in walker.screen.choices if c.verb in {"choose", "tick"}))  # type: ignore[union-attr]
        if walker.session is not None and any(c.verb == "done" for c in walker.screen.choices):  # type: ignore[union-attr]
            walker.press(walker.by_verb("done"))
    walker.press(walker.by_verb("tick"))
    assert walker.ticked
    return walker


def _asks_something_sensitive(walker: Walker) -> bool:
    passage = _passage(walker.session)
    path = walker.shelf.path(walker.shelf.collections["demographics"], "US")
    return any(question.id == passage.asking and question.sensitive and question.kind == "several" for question in path)


def _passage(session: Session | None) -> Passage:
    assert session is not None
    assert session.passage is not None
    return session.passage


def _is_reminded(walker: Walker) -> bool:
    token, before = walker.token(), walker.session
    walker.meet(ReminderDue(at=walker.now, token=token, collection="demographics", pause=PAUSE))
    return walker.session is not before and walker.name == "reminded"


def test_what_was_ticked_does_not_come_back_with_a_reminder_nor_after_it() -> None:
    walker = _on_a_sensitive_question()
    step = walker.step
    walker.waits(PAUSE)
    assert _is_reminded(walker)
    assert not walker.ticked
    assert walker.labels == ["Go on", "No more messages", "Leave"]
    assert walker.step != step
    walker.presses("Go on")
    assert not walker.ticked
    assert "show" in {choice.verb for choice in walker.screen.choices}  # type: ignore[union-attr]


def test_one_press_on_a_reminder_stops_every_message() -> None:
    walker = _on_a_sensitive_question().waits(PAUSE)
    assert _is_reminded(walker)
    walker.presses("No more messages")
    assert walker.session is not None
    assert walker.session.stopped
    assert walker.labels == ["Go on", "Leave"]


def test_a_reminder_promises_no_more_than_is_kept() -> None:
    """There is one of each collection, and so another one may come."""
    walker = _on_a_sensitive_question().waits(PAUSE)
    assert _is_reminded(walker)
    assert "This is the only time that we remind you of this one." in walker.text


def test_nobody_is_reminded_before_the_pause_is_over_since_their_last_word() -> None:
    walker = _on_a_sensitive_question().waits(PAUSE - dt.timedelta(seconds=1))
    assert walker.session is not None
    when = reminds_at(walker.session, "demographics", walker.shelf, walker.now, PAUSE)
    assert when == walker.now + dt.timedelta(seconds=1)
    walker.meet(ReminderDue(at=walker.now, token=walker.token(), collection="demographics", pause=PAUSE))
    assert walker.last is not None
    assert not walker.last.shows
