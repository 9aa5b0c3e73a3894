"""What is held about somebody, in words: one collection at a time, a few answers a page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from flows.asides.travelling import travelling_choice
from flows.cards import View, answer_words, as_agreed, clean_choice, close, pay_choice, place_and_language
from flows.collection import OPT_OUT, Collection, Purpose, Question, Region
from flows.history import not_asked_any_more
from flows.in_hand import InHand
from flows.listing import turning
from flows.on_record import PassedOn
from flows.pay import standing_words
from flows.questions import NOTHING, Answer
from flows.records import replace
from flows.renewal import under_former_consents, why_again
from flows.safety import may_be_asked
from flows.screens import Block, Choice, Keeping, Screen, body, item, lead, quiet, title
from flows.session import Consented, Passage, Stage
from flows.travelling import safe_on_the_way
from flows.words import Day, Listed, Place, Raw, Text, Value, asked, say, say_count

FEW_ANSWERS = 3
"""So many stand below everything else; more have pages of their own."""

ANSWERS_A_PAGE = 4
"""Each may be every option ticked and own words, in a language longer than English: a message takes 4096 letters."""

RELEASES_SHOWN = 3


def my_data_screen(view: View) -> Screen:
    """What is held, for which purposes, in words."""
    if not view.session.consents:
        return _nothing_screen(view)
    if view.session.held is None:
        return _overview_screen(view)
    blocks, pages = _page(view)
    rows: list[tuple[Choice, ...]] = []
    if pages > 1:
        rows.append(tuple(turning(view.session.looking.page, pages)))
    if has_sensitive_answers(view) and view.session.held in view.shelf.collections:
        rows.append((_reveal_choice(view),))
    if _kept_from_before(view):
        rows.append((Choice(say("Take out what is no longer asked"), "take_out"),))
    rows.append((Choice(say("The text agreed to"), "open_agreed_text"),))
    if _may_move(view):
        rows.append((Choice(say("I live elsewhere now"), "open_places"),))
        rows.append((travelling_choice(),))
    if _may_agree_again(view):
        rows.append((Choice(say("Agree again"), "open_renewal"),))
    if view.on_record.owed is not None and view.session.held in view.shelf.collections:
        rows.append((pay_choice(),))
    rows.append((Choice(say("All of it as a file"), "ask_own_copy"),))
    if view.session.held in view.shelf.collections:
        rows.append((Choice(say("Receipt as a file"), "ask_receipt_file"),))
    rows.append((Choice(say("Leave"), "open_leave"), close()))
    shown = Screen("my-data", (title(say("What is held")), *blocks), tuple(rows))
    return _with_answers(shown) if view.passage.revealed else shown


def _with_answers(shown: Screen) -> Screen:
    """What is held, with sensitive answers in sight."""
    return replace(shown, rows=((clean_choice(),), *shown.rows), keeping=Keeping.PROTECTED, discreet=True)


def _may_move(view: View) -> bool:
    """Where another place is open."""
    collection = view.shelf.collections.get(view.passage.collection)
    if collection is None:
        return False
    open_now = {region.territory for region in view.shelf.regions(collection)}
    return bool(open_now - {view.passage.territory})


def _may_agree_again(view: View) -> bool:
    """Where there is something new to agree to, or the end is near, and the place is open."""
    collection = view.shelf.collections.get(view.passage.collection)
    if collection is None or view.passage.stage is Stage.RENEW or why_again(view.passage, collection, view.now) is None:
        return False
    return view.passage.territory in {r.territory for r in view.shelf.regions(collection)}


_BY_A_LINK = say(
    "Which link you came by is remembered too, only to count how many people came by it. "
    "It is forgotten when you submit."
)


_BY_A_CODE = say(
    "Your link carried the code of another contribution of yours. It is kept too, and once you agree only if you say "
    "yes to linking the two."
)


def _nothing_screen(view: View) -> Screen:
    blocks = (
        title(say("What is held")),
        body(
            say(
                "Nothing but where this chat stands: your language, your place, and what you have chosen so far. "
                "It is forgotten after three days of silence."
            )
        ),
        *_elsewhere(view),
        *_brought_by_links(tuple(view.session.passages.values())),
        *letters_held(view),
    )
    return Screen("my-data", blocks, ((close(),),))


def _begun(view: View) -> list[Block]:
    """What is held of whatever was opened and not agreed to, beside what was."""
    begun = [passage for passage in view.session.passages.values() if passage.consented is None]
    if not begun:
        return []
    titles = Listed(tuple(title_of(view.shelf.collections.get(each.collection), each) for each in begun))
    words = say(
        "Not agreed to: {titles}. Only where you stand there is held: your place, and what you have chosen so far. It "
        "is forgotten after three days of silence.",
        titles=titles,
    )
    return [body(words), *_brought_by_links(begun)]


def _brought_by_links(begun: Sequence[Passage]) -> list[Block]:
    """What links brought along by which nothing was agreed to yet."""
    by_a_link = any(passage.link is not None for passage in begun)
    by_a_code = any(passage.participant is not None for passage in begun)
    return [*((body(_BY_A_LINK),) if by_a_link else ()), *((body(_BY_A_CODE),) if by_a_code else ())]


def letters_held(view: View) -> list[Block]:
    """What they have written to a human, which is held apart from everything else."""
    if not view.letters:
        return []
    until = max(letter.keep_until for letter in view.letters)
    words = say_count(
        "{count} letter of yours to a human is kept too, sealed, with what you were answered, until {day} at the "
        "latest.",
        "{count} letters of yours to a human are kept too, sealed, with what you were answered, until {day} at the "
        "latest.",
        len(view.letters),
        day=Day(until.date()),
    )
    return [body(words)]


def _elsewhere(view: View) -> list[Block]:
    """Where somebody has said that they are for a while."""
    where = view.session.travelling
    return [] if where is None else [body(say("You said that you are here: {place}", place=Place(where)))]


def _overview_screen(view: View) -> Screen:
    """Several collections were agreed to: which one?"""
    blocks = [title(say("What is held"))]
    rows: list[tuple[Choice, ...]] = []
    for passage in view.session.consents:
        if passage.consented is not None:
            name = title_of(view.shelf.collections.get(passage.collection), passage)
            blocks.append(item(_agreed(name, passage.consented)))
            rows.append((Choice(name, "hold", passage.collection),))
    blocks += _begun(view)
    blocks += letters_held(view)
    rows.append((Choice(say("Leave"), "open_leave"), close()))
    return Screen("my-data-choice", tuple(blocks), tuple(rows))


def title_of(collection: Collection | None, passage: Passage) -> Text:
    """What a collection is called; by its id where it has left the shelf."""
    name = Text("{id}", {"id": Raw(passage.collection)})
    return asked(collection.id, collection.title) if collection is not None else name


def _agreed(name: Text, consented: Consented) -> Text:
    return say(
        "{title}: you agreed on {day}, until {end}. Version {version}.",
        title=name,
        day=Day(consented.given_at.date()),
        end=Day(consented.expires_at.date()),
        version=consented.version,
    )


# --- one collection --------------------------------------------------------------------------------------------------


def _page(view: View) -> tuple[list[Block], int]:
    """The open page, and how many there are."""
    passage, collection = view.passage, view.shelf.collections.get(view.passage.collection)
    facts = _facts(view, collection)
    if collection is None:  # it left the shelf; what is held of it can still be taken back
        return facts, 1
    answers = [*_answers(view, collection, passage), *_kept_from_before(view)]
    if len(answers) <= FEW_ANSWERS:
        return [*facts, *_listed(answers)], 1
    pages = [answers[start : start + ANSWERS_A_PAGE] for start in range(0, len(answers), ANSWERS_A_PAGE)]
    page = min(view.session.looking.page, len(pages))
    return (_listed(pages[page - 1]) if page else facts), len(pages) + 1


def _listed(answers: Sequence[Block]) -> list[Block]:
    return [lead(say("Your answers:")), *answers] if answers else []


def _facts(view: View, collection: Collection | None) -> list[Block]:
    """Everything but answers."""
    passage, consented = view.passage, view.passage.consented
    if consented is None:
        return []
    blocks = [lead(_agreed(title_of(collection, passage), consented))]
    blocks += [item(_submitted_under(former)) for former in under_former_consents(passage)]
    purposes = collection.purposes if collection is not None else ()
    for each in purposes:
        if collection is not None and each.id in consented.decisions:
            blocks.append(item(_decision(view, each, consented, as_agreed(view, collection, each, consented))))
    blocks.append(body(place_and_language(passage.territory or "", view.session.language)))
    blocks += _elsewhere(view)
    blocks.append(body(_submitted(passage)))
    if passage.link is not None:
        blocks.append(body(_BY_A_LINK))
    if passage.submitted_at is not None:
        blocks.append(body(_release_wish(passage)))
    if passage.earlier:
        blocks.append(
            body(
                say_count(
                    "{count} earlier answer of yours is kept as well. It stands in the file.",
                    "{count} earlier answers of yours are kept as well. They stand in the file.",
                    len(passage.earlier),
                )
            )
        )
    owed = view.on_record.owed
    if owed is not None:
        blocks.append(body(standing_words(owed)))
    if len(view.session.consents) == 1:  # of several it stands where one of them is chosen
        blocks += _begun(view)
    blocks += letters_held(view)
    blocks += _passed_on(view, collection, view.on_record.releases)
    blocks.append(body(say("On {day} at the latest it is all erased.", day=Day(consented.expires_at.date()))))
    blocks.append(quiet(say("To write to you here, the numbers of this chat and its messages are kept too, sealed.")))
    return blocks


def _submitted_under(former: Consented) -> Text:
    return say(
        "What you submitted stands under version {version}, agreed to on {day}, until {end}.",
        version=former.version,
        day=Day(former.given_at.date()),
        end=Day(former.expires_at.date()),
    )


def _decision(view: View, purpose: Purpose, consented: Consented, words: Text) -> Text:
    if purpose.id in consented.live_purposes():
        return say("✓ Yes: {purpose}", purpose=words)
    taken_back = view.on_record.withdrawn_at(purpose.id)
    if taken_back is not None:
        return say("– Taken back on {day}: {purpose}", day=Day(taken_back.date()), purpose=words)
    return say("– No: {purpose}", purpose=words)


def _submitted(passage: Passage) -> Text:
    at: dt.datetime | None = passage.submitted_at
    if at is None:
        return say("Your answers are not submitted yet.")
    if _has_changes(passage):
        return say("Submitted on {day}. What you have changed since then is not submitted yet.", day=Day(at.date()))
    return say("Submitted on {day}.", day=Day(at.date()))


def _has_changes(passage: Passage) -> bool:
    """Whether something was answered otherwise, or taken out by hand; what does not fit any more nobody has changed."""
    stands = {question: each.answer for question, each in passage.submitted.items()}
    emptied = stands.keys() - passage.answers.keys() - passage.retired.keys()
    changed = any(stands.get(question) != answer for question, answer in passage.answers.items())
    return changed or any(stands[question] != NOTHING for question in emptied)


def _release_wish(passage: Passage) -> Text:
    if passage.exactly:
        return say("If few people share your answer, it is passed on exactly as you said.")
    return say("If few people share your answer, it is passed on in a broader group.")


def _passed_on(view: View, collection: Collection | None, releases: Sequence[PassedOn]) -> list[Block]:
    if not releases:
        return [body(say("So far it has been passed on to nobody."))] if view.passage.submitted_at else []
    blocks = [lead(say("Passed on:"))]
    for release in reversed(releases[-RELEASES_SHOWN:]):
        purpose = collection.purpose(release.purpose) if collection is not None else None
        words = asked(collection.id, purpose.label) if collection and purpose else Text("{id}", {"id": release.purpose})
        recipient, day = Raw(release.recipient), Day(release.at.date())
        values: Mapping[str, Value] = {"recipient": recipient, "day": day, "purpose": words}
        blocks.append(item(Text("• {recipient}, {day}: {purpose}", values)))
    if len(releases) > RELEASES_SHOWN:
        blocks.append(item(say("All of them stand in the file.")))
    return blocks


# --- answers ---------------------------------------------------------------------------------------------------------


def _answers(view: View, collection: Collection, passage: Passage) -> list[Block]:
    lines = []
    for now in safe_on_the_way(view.session, view.shelf.path(collection, passage.territory or "")):
        question, answer = _held_of(view, collection, now)
        hidden = (now.sensitive or question.sensitive) and not passage.revealed
        words = answer_words(collection.id, question, answer, hidden=hidden or not _can_be_read(question, answer))
        lines.append(item(say("{question} {answer}", question=asked(collection.id, question.text), answer=words)))
    return lines


def _held_of(view: View, collection: Collection, question: Question) -> tuple[Question, Answer]:
    """What is answered, or else what stands submitted, which may not fit any more, and the question that it is to."""
    passage = view.passage
    submitted = passage.submitted.get(question.id)
    if question.id in passage.answers or submitted is None:
        return question, passage.answers.get(question.id, NOTHING)
    return _as_asked_then(view, collection, question, submitted.record), submitted.answer


def _as_asked_then(view: View, collection: Collection, question: Question, record: str) -> Question:
    """The question where that consent was given; as it is here where that is not known or must not be named here."""
    passage = view.passage
    consents = (passage.consented, *passage.former)
    there = next((each.territory for each in consents if each is not None and each.record == record), None)
    region = collection.region(there)
    then = region.question(question.id) if region is not None else None
    if then is None or not may_be_asked(passage.territory or "", then) or not safe_on_the_way(view.session, [then]):
        return question
    return then


def _can_be_read(question: Question, answer: Answer) -> bool:
    """Whether each of its options is still known; part of an answer would say something else than the whole."""
    return all(name == OPT_OUT or question.option(name) is not None for name in answer.options)


def _kept_from_before(view: View) -> list[Block]:
    """Answers to questions that are not asked any more; none where nothing is known of what is asked now."""
    collection = view.shelf.collections.get(view.passage.collection)
    region = collection.region(view.passage.territory) if collection is not None else None
    if collection is None or region is None:
        return []
    passage, lines = view.passage, []
    asked_now = view.shelf.path(collection, region.territory)
    for name in not_asked_any_more(passage, [question.id for question in asked_now]):
        question = _as_it_was_asked(collection, passage, name)
        if question is None or not _may_be_named(view, region.territory, question):
            # What is not known any more, or must not be named here, is not read back.
            lines.append(item(say("A question that is no longer asked: {answer}", answer=say("answered, hidden"))))
            continue
        hidden = _is_sensitive(collection, passage, name) and not passage.revealed
        words = answer_words(collection.id, question, _kept(passage, name), hidden=hidden)
        lines.append(item(say("{question} {answer}", question=asked(collection.id, question.text), answer=words)))
    return lines


def _kept(passage: Passage, question: str) -> Answer:
    submitted = passage.submitted.get(question)
    return submitted.answer if submitted is not None else passage.retired.get(question, NOTHING)


def has_sensitive_answers(hand: InHand) -> bool:
    """Whether something is held that is not shown without a press; so is what cannot be looked up any more."""
    passage = hand.session.passage
    if passage is None or passage.consented is None:
        return False
    collection = hand.shelf.collections.get(passage.collection)
    given = {*passage.answers, *passage.submitted, *passage.retired, *(each.question for each in passage.earlier)}
    return any(_is_sensitive(collection, passage, name) for name in given)


def _is_sensitive(collection: Collection | None, passage: Passage, name: str) -> bool:
    """Whether it is sensitive where somebody lives or was asked it, or else anywhere: the same question can give away
    in one region what it does not in another."""
    if collection is None:
        return True
    mine = [question for region in _regions_of(collection, passage) if (question := region.question(name)) is not None]
    asked = mine or [question for region in collection.regions if (question := region.question(name)) is not None]
    return not asked or any(question.sensitive for question in asked)


def _as_it_was_asked(collection: Collection, passage: Passage, name: str) -> Question | None:
    """The question as the region had it that somebody answered it in, or else as another one has it."""
    asked = (region.question(name) for region in _regions_of(collection, passage))
    return next((question for question in asked if question is not None), None) or collection.question(name)


def _regions_of(collection: Collection, passage: Passage) -> list[Region]:
    """Where somebody agreed, newest first, and where they live."""
    consents = [*((passage.consented,) if passage.consented is not None else ()), *reversed(passage.former)]
    places = dict.fromkeys((*(each.territory for each in consents), passage.territory))
    return [region for place in places if (region := collection.region(place)) is not None]


def _may_be_named(view: View, territory: str, question: Question) -> bool:
    """Whether nothing that must not be asked where somebody lives, or is just now, would be read back."""
    return may_be_asked(territory, question) and bool(safe_on_the_way(view.session, (question,)))


def _reveal_choice(view: View) -> Choice:
    if view.passage.revealed:
        return Choice(say("Hide answers"), "hide")
    return Choice(say("Show answers"), "reveal")
