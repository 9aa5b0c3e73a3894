"""Long lists on a phone: a page at a time, or by typing a name; and with few places nothing of it is seen."""

from __future__ import annotations

from functools import cache

import pytest
from made_up import demographics, shelves, texts, with_places
from test_flows_journeys import agreed
from walker import Walker, saved

from bot.adapter.render import keyboard
from bot.limits import excesses
from flows import language as lang
from flows.effects import DeleteMessage, NewCard
from flows.events import Command
from flows.listing import ALL_AT_ONCE, PAGE, in_rows, part_of
from flows.screens import Choice
from flows.session import Looking
from flows.shelf import Shelf
from flows.words import Text

ELEVEN = ("US", "GB", "DE", "BR", "ZA", "JP", "IN", "KE", "NG", "SA", "EG")
FORTY = (
    *ELEVEN, "AR", "AU", "BD", "CA", "CL", "CN", "CO", "ES", "ET", "FR", "GH", "ID", "IT", "KR", "LK", "MA", "MX", "MY",
    "NL", "NP", "PE", "PH", "PK", "PL", "RU", "TH", "TR", "TZ", "VN",
)  # fmt: skip
EIGHT = ("en", "ar", "es", "de", "pt_BR", "hi", "sw", "ja")
LANGUAGES = (*EIGHT, "bn", "fa", "fr", "he", "id", "it", "ko", "nl", "pl", "ru", "ta", "tr", "uk", "vi", "zh_Hans")


@cache
def shelf(territories: tuple[str, ...], languages: tuple[str, ...] = EIGHT, copies: int = 0) -> Shelf:
    """The ready collection in these places, with so many others beside it."""
    collection = with_places(demographics(), territories).model_copy(update={"languages": languages})
    others = (collection.model_copy(update={"id": f"other_{number}"}) for number in range(copies))
    return Shelf((collection, *others), unreviewed=True)


def places(walker: Walker) -> list[str]:
    """Codes of the places on the screen, in order."""
    assert walker.screen is not None
    return [choice.value for choice in walker.screen.choices if choice.verb == "live_in"]


def pages(walker: Walker) -> list[list[str]]:
    """Places page by page, from where somebody stands to the end."""
    found = [places(walker)]
    while "Next page ›" in walker.labels:
        walker.presses("Next page ›")
        found.append(places(walker))
    return found


# --- few -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("territories", [("US",), ("US", "EG"), ELEVEN, FORTY[:ALL_AT_ONCE]])
@pytest.mark.parametrize("language", EIGHT)
def test_up_to_a_dozen_places_stand_on_one_screen_without_a_word_about_pages(
    territories: tuple[str, ...], language: str
) -> None:
    """The first screen costs one tap and says nothing more than with two."""
    walker = Walker(shelf(territories), language).opens()
    assert places(walker) == lang.sorted_by_name(territories, language)
    assert walker.screen is not None
    assert {choice.verb for choice in walker.screen.choices} == {"live_in", "not_listed", "open_language"}
    two = Walker(shelf(("US", "EG")), language).opens()
    assert walker.text == two.text


def test_short_names_share_a_row_and_long_ones_have_one_to_themselves() -> None:
    """In the same order, and none is cut on a phone."""
    walker = Walker(shelf(ELEVEN)).opens()
    assert walker.screen is not None
    rows = [[walker.label(choice) for choice in row] for row in walker.screen.rows]
    assert rows[:6] == [
        ["Brazil", "Egypt"], ["Germany", "India"], ["Japan", "Kenya"], ["Nigeria", "Saudi Arabia"],
        ["South Africa", "United Kingdom"], ["United States"],
    ]  # fmt: skip


def test_wide_letters_count_twice() -> None:
    """Eight kanji fill half a row, and marks take no room."""
    button = Choice(Text("x"), "press")
    assert len(in_rows([(button, "漢" * 8), (button, "漢" * 8)])) == 1
    assert len(in_rows([(button, "漢" * 9), (button, "漢")])) == 2
    assert len(in_rows([(button, "e\u0301" * 16), (button, "x")])) == 1


def test_with_few_places_a_typed_name_is_understood_and_other_words_are_answered_as_ever() -> None:
    walker = Walker(shelf(("US", "EG"))).opens()
    walker.writes("hello there")
    assert "Please choose with the buttons here." in walker.text
    assert places(walker) == ["EG", "US"]
    walker.writes("مصر")
    assert places(walker) == ["EG"]
    walker.presses("Egypt")
    assert walker.name == "card-1"


# --- many ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", EIGHT)
def test_every_place_stands_on_exactly_one_page_in_order(language: str) -> None:
    """Eight a page, and turning back leads through the same pages."""
    walker = Walker(shelf(FORTY), language).opens()
    there = [places(walker)]
    for number in range(1, 5):
        walker.press(walker.by_verb("turn_page", str(number)))
        there.append(places(walker))
    assert [place for page in there for place in page] == lang.sorted_by_name(FORTY, language)
    assert {len(page) for page in there} == {PAGE}
    back = [there[-1]]
    for number in reversed(range(4)):
        walker.press(walker.by_verb("turn_page", str(number)))
        back.append(places(walker))
    assert back == there[::-1]


def test_a_page_says_which_it_is_and_how_to_go_without_pages() -> None:
    walker = Walker(shelf(FORTY)).opens()
    assert "Page 1 of 5. You can also write the name of your place." in walker.text
    assert "‹ Previous page" not in walker.labels
    walker.presses("Next page ›")
    assert "Page 2 of 5." in walker.text
    assert {"‹ Previous page", "Next page ›", "My place is not listed", "🌐 Language"} <= set(walker.labels)
    assert len(pages(walker)) == 4
    assert "Next page ›" not in walker.labels


@pytest.mark.parametrize("language", EIGHT)
def test_no_page_is_too_much_for_a_message(language: str) -> None:
    walker = Walker(shelf(FORTY, LANGUAGES), language).opens()
    for _ in range(2):
        while True:
            assert walker.screen is not None
            markup = keyboard(walker.screen, texts(), language, 2**40 - 1)
            assert excesses(texts().screen(walker.screen, language), markup) == []
            on = [c for c in walker.screen.choices if c.verb == "turn_page" and int(c.value) > _page(walker)]
            if not on:
                break
            walker.press(on[0])
        walker.asks(Command.LANGUAGE)


def _page(walker: Walker) -> int:
    assert walker.session is not None
    return walker.session.looking.page


def test_an_old_page_s_button_does_nothing() -> None:
    """It is another card: the press shows where things stand."""
    walker = Walker(shelf(FORTY)).opens()
    assert walker.screen is not None
    old = walker.tap(0, walker.screen.choices[0])
    walker.presses("Next page ›")
    before = places(walker)
    walker.meet(old)
    assert (walker.name, places(walker)) == ("place", before)


def test_typing_narrows_the_list_to_what_fits_and_the_press_is_still_the_person_s() -> None:
    """Nothing is chosen for anybody; one press shows everything again."""
    walker = Walker(shelf(FORTY)).opens().presses("Next page ›")
    walker.writes("united")
    assert places(walker) == ["GB", "US"]
    assert "This fits what you wrote:" in walker.text
    assert "Page" not in walker.text
    walker.presses("Show all")
    assert places(walker) == lang.sorted_by_name(FORTY, "en")[:PAGE]
    walker.writes("Keny").presses("Kenya")
    assert walker.name == "card-1"
    assert walker.session is not None
    assert walker.session.looking == Looking()


def test_what_fits_may_itself_be_more_than_a_page() -> None:
    walker = Walker(shelf(FORTY)).opens()
    walker.writes("an")
    assert walker.name == "place"
    walker.writes("i")
    found = pages(walker)
    assert all(len(page) <= ALL_AT_ONCE for page in found)


def test_words_that_are_no_place_get_a_kind_answer_and_the_whole_list() -> None:
    walker = Walker(shelf(FORTY)).opens()
    walker.writes("united").writes("who are you?")
    assert "That is not in this list. You can write it another way, or look through the pages." in walker.text
    assert places(walker) == lang.sorted_by_name(FORTY, "en")[:PAGE]


@pytest.mark.parametrize("territories", [ELEVEN, FORTY])
def test_a_place_that_is_not_open_is_named_and_the_way_out_is_there(territories: tuple[str, ...]) -> None:
    walker = Walker(shelf(territories)).opens()
    walker.writes("Mongolia")
    assert "Mongolia is not open yet." in walker.text
    assert "My place is not listed" in walker.labels
    walker.presses("My place is not listed")
    assert walker.name == "goodbye-not_listed"


@pytest.mark.parametrize("typed", ["united", "marmalade", "I live in Kenya marmalade", "Mongolia"])
def test_what_was_typed_is_neither_kept_nor_deleted(typed: str) -> None:
    """Before consent it is compared and forgotten; the message stays the person's own, and the card comes below it."""
    walker = Walker(shelf(FORTY)).opens()
    for _ in range(2):
        walker.effects.clear()
        walker.writes(typed)
        assert walker.session is not None
        assert typed.encode() not in saved(walker.session)
        assert b"marmalade" not in saved(walker.session)
        assert not any(isinstance(effect, DeleteMessage) for effect in walker.effects)
        assert NewCard() in walker.effects
        walker.asks(Command.LANGUAGE)


@pytest.mark.parametrize("typed", ["I am a trans woman", "Deutsch", "Uganda"])
@pytest.mark.parametrize("opened", ["language", "places", "travelling", "another collection"])
def test_of_somebody_who_has_agreed_what_was_typed_goes_from_the_chat(opened: str, typed: str) -> None:
    """It may be an answer to the question beneath, and a place that somebody is in is nobody else's business."""
    walker = agreed().presses("35–44")
    if opened == "language":
        walker.asks(Command.LANGUAGE)
    elif opened == "places":
        walker.asks(Command.MY_DATA).presses("I live elsewhere now")
    elif opened == "travelling":
        walker.asks(Command.HELP).presses("I am travelling")
    else:
        walker.shelf = shelves()["both"]
        walker.opens("voices")
        assert walker.name == "place"
    walker.effects.clear()
    walker.writes(typed, message=41)
    assert DeleteMessage(41) in walker.effects
    assert walker.session is not None
    assert b"trans" not in saved(walker.session)


def test_own_words_for_a_question_are_taken_for_no_place() -> None:
    """While a question waits for words, a name of a place is words."""
    walker = Walker(shelves()["ready"]).opens().presses("United States", "Next", "Not what AI already learned")
    walker.presses("Only if I say yes", "At any time", "I am 18 or older and I agree", "35–44")
    walker.presses("Not listed, I describe myself as").writes("Egypt")
    assert walker.session is not None
    assert walker.session.passages["demographics"].answers["ancestry"].own_words == "Egypt"


def test_a_list_begins_at_the_top_whenever_it_is_opened() -> None:
    walker = Walker(shelf(FORTY)).opens().presses("Next page ›")
    walker.asks(Command.HELP).presses("‹ Back")
    assert "Page 1 of 5." in walker.text
    walker.presses("Next page ›").opens()
    assert "Page 1 of 5." in walker.text
    walker.writes("Kenya").opens()
    assert "Page 1 of 5." in walker.text


def test_places_that_close_leave_the_page_and_what_was_found() -> None:
    """Meanwhile somebody changes the folder; nobody ends on a page that is not there."""
    walker = Walker(shelf(FORTY)).opens()
    for _ in range(4):
        walker.presses("Next page ›")
    walker.shelf = shelf(ELEVEN)
    walker.sends_a_picture()
    assert places(walker) == lang.sorted_by_name(ELEVEN, "en")
    walker.shelf = shelf(FORTY)
    walker.writes("Vietnam")
    assert places(walker) == ["VN"]
    walker.shelf = shelf(ELEVEN)
    walker.sends_a_picture()
    assert places(walker) == lang.sorted_by_name(ELEVEN, "en")


def test_parts_of_a_list() -> None:
    """Up to a dozen at once; from there on eight a page, and a page too far is the last one."""
    dozen = [str(number) for number in range(ALL_AT_ONCE)]
    assert part_of(dozen, Looking(page=3)).items == tuple(dozen)
    more = [*dozen, "12"]
    assert [part_of(more, Looking(page=page)).items for page in (0, 1, 9)] == [
        tuple(more[:8]),
        tuple(more[8:]),
        tuple(more[8:]),
    ]
    assert part_of(more, Looking(found=("5", "gone"))).items == ("5",)
    assert not part_of(more, Looking(found=("gone",))).narrowed
    assert part_of([], Looking()).items == ()


# --- languages and collections ---------------------------------------------------------------------------------------


def test_languages_are_paged_and_found_by_their_own_name_the_reader_s_and_the_english_one() -> None:
    walker = Walker(shelf(ELEVEN, LANGUAGES), "de").opens()
    walker.asks(Command.LANGUAGE)
    assert walker.screen is not None
    first = [walker.label(choice) for choice in walker.screen.choices if choice.verb == "speak"]
    assert first == [lang.language_name(each, each) for each in lang.sorted_by_own_name(LANGUAGES)[:PAGE]]
    for typed, name in (("日本語", "ja"), ("Japanisch", "ja"), ("japanese", "ja"), ("suaheli", "sw"), ("हिंदी", "hi")):
        walker.writes(typed)
        assert walker.screen is not None
        assert [c.value for c in walker.screen.choices if c.verb == "speak"] == [name]
    walker.press(walker.by_verb("speak", "hi"))
    assert (walker.name, walker.language) == ("place", "hi")


def test_a_language_that_is_not_there_leaves_the_whole_list() -> None:
    walker = Walker(shelf(ELEVEN, LANGUAGES)).opens().asks(Command.LANGUAGE)
    walker.writes("Klingon")
    assert "That is not in this list." in walker.text
    assert "Page 1 of 3. You can also write the name of your language." in walker.text
    few = Walker(shelf(ELEVEN)).opens().asks(Command.LANGUAGE)
    few.writes("Klingon")
    assert "Please choose with the buttons here." in few.text


def test_many_collections_are_paged_and_each_page_names_its_own() -> None:
    walker = Walker(shelf(("US",), copies=20)).opens()
    assert walker.name == "collections"
    met: list[str] = []
    while True:
        assert walker.screen is not None
        here = [choice.value for choice in walker.screen.choices if choice.verb == "choose_collection"]
        assert walker.text.count("•") == len(here) <= PAGE
        met += here
        if "Next page ›" not in walker.labels:
            break
        walker.presses("Next page ›")
    assert met == list(walker.shelf.collections)
    walker.press(walker.by_verb("choose_collection"))
    assert walker.name == "place"


def test_a_dozen_collections_stand_on_one_screen() -> None:
    walker = Walker(shelf(("US",), copies=ALL_AT_ONCE - 1)).opens()
    assert "Next page ›" not in walker.labels
    assert "Page" not in walker.text
