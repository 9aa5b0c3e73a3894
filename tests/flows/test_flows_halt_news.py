"""Who is told of a halt: somebody half-way where it stands still, and nobody who wants no messages."""

from __future__ import annotations

from hypothesis import given, settings
from made_up import demographics, shelves
from test_flows_journeys import agreed
from walker import Walker
from walks import Beginning, Doings, beginnings, doings, walk_from

from flows.events import HaltedAround
from flows.halts import Scope
from flows.moves.answering import shows_sensitive
from flows.moves.coming_due import JUST_NOW
from flows.reminders import ON_THE_WAY_OUT, is_half_way

many = settings(max_examples=1000)


@many
@given(beginnings, doings)
def test_only_who_is_half_way_where_it_is_closed_is_told(beginning: Beginning, steps: Doings) -> None:
    for each in walk_from(beginning, steps):
        if not isinstance(each.event, HaltedAround) or not each.step.shows:
            continue
        assert each.before is not None
        assert each.after is not None
        passage = each.before.passages[each.event.collection]
        assert is_half_way(passage, each.now)
        assert not each.before.stopped
        assert each.before.aside not in ON_THE_WAY_OUT
        collection = each.shelf.collections[each.event.collection]
        assert passage.territory not in {r.territory for r in each.shelf.regions(collection)}
        assert each.screen is not None
        assert each.screen.name in {"halted", "closed", "collections"}
        assert not shows_sensitive(each.after, each.shelf)
        assert each.after.passages[each.event.collection].answers == passage.answers


def test_whoever_is_half_way_reads_that_it_is_not_about_them() -> None:
    walker = Walker(shelves()["ready"]).opens("demographics")
    walker.press(walker.by_verb("live_in", "US"))
    walker.press(walker.by_verb("next"))
    for card in walker.shelf.document(walker.shelf.collections["demographics"], "en", "US").cards[1:]:
        assert card.question is not None
        walker.press(walker.by_verb("card_answer", str(card.question.right)))
    walker.press(walker.by_verb("agree"))
    walker.meet(HaltedAround(at=walker.now, token=walker.token(), collection="demographics"))
    assert walker.last is not None
    assert not walker.last.shows, "it is open"
    walker.shelf = walker.shelf.halting(frozenset({Scope(None, "US")}))
    walker.meet(HaltedAround(at=walker.now, token=walker.token(), collection="demographics"))
    assert walker.name == "halted"
    assert "It is not about you." in walker.text


def half_way_in_two() -> Walker:
    """Somebody who stopped half-way in one collection and writes own words in another."""
    walker = agreed()
    walker.shelf = shelves()["both"]
    walker.opens("voices").presses("United States", "Next", *["As meant (en)"] * 3, "I am 21 or older and I agree")
    walker.presses("In its own words")
    walker.shelf = walker.shelf.halting(frozenset({Scope("demographics", None)}))
    return walker


def test_news_of_one_collection_throws_nobody_out_of_another() -> None:
    """What they are writing is kept."""
    walker = half_way_in_two()
    walker.meet(HaltedAround(at=walker.now, token=walker.token(), collection="demographics"))
    assert walker.last is not None
    assert not walker.last.shows
    walker.writes("Be kind")
    assert walker.name == "question-tongues"


def test_whoever_takes_part_in_two_reads_which_is_halted_and_gets_back_to_the_other() -> None:
    walker = half_way_in_two()
    walker.now += JUST_NOW
    walker.meet(HaltedAround(at=walker.now, token=walker.token(), collection="demographics"))
    assert walker.name == "halted"
    assert walker.text.startswith(demographics().title)
    walker.presses("Voices", "Show")
    assert walker.name == "question-faith_of_pets"
