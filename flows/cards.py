"""Screens of the passage itself, from the first to the thanks: what each stage shows."""

from __future__ import annotations

import datetime as dt
from functools import cached_property

from flows import language as lang
from flows.collection import CARDS, Collection, Ethics, Option, Purpose, Question, Region, Voice
from flows.contact.letter import Letter
from flows.in_hand import InHand
from flows.listing import in_rows, part_of
from flows.on_record import NO_RECORDS, NOTHING_ON_RECORD, OnRecord, PayState, Records, letters_in
from flows.pay import may_choose, money, standing_words, ways_for
from flows.questions import NOTHING, Answer, Status
from flows.records import replace
from flows.reminders import is_half_way
from flows.renewal import Why, under_former_consents, why_again
from flows.screens import Block, Choice, Keeping, Screen, body, item, lead, markdown, quiet, title
from flows.session import Consented, Passage, Session
from flows.shelf import Shelf
from flows.words import Day, Language, Listed, Place, Raw, Text, asked, say, say_count


class View(InHand):
    """What a screen may look at: a session, its collection, the shelf and today."""

    def __init__(self, session: Session, shelf: Shelf, now: dt.datetime, records: Records = NO_RECORDS) -> None:
        self.session = session
        self.shelf = shelf
        self.now = now
        self._records = records

    # Looked up once: each word of a screen asks for them.

    @cached_property
    def passage(self) -> Passage:
        """The passage in hand."""
        return super().passage

    @cached_property
    def path(self) -> tuple[Question, ...]:
        """The questions on this person's way."""
        return super().path

    @property
    def on_record(self) -> OnRecord:
        """What is on record about the passage in hand."""
        return self._records.get(self.passage.collection, NOTHING_ON_RECORD)

    def on_record_of(self, collection: str) -> OnRecord:
        """What is on record about a collection that was agreed to."""
        return self._records.get(collection, NOTHING_ON_RECORD)

    @property
    def letters(self) -> tuple[Letter, ...]:
        """Everything that they have written to a human, without its words."""
        return letters_in(self._records)

    def words(self, message: str) -> Text:
        """Words of the collection in hand."""
        return asked(self.passage.collection, message)

    def option(self, option: Option) -> Text:
        """An option of the collection in hand, in words."""
        return option_words(self.passage.collection, option)


def as_agreed(view: View, collection: Collection, purpose: Purpose, consented: Consented) -> Text:
    """A purpose under the day of a consent: where today's words are others than were read then, the ones that were."""
    then = view.on_record_of(collection.id).meant.get(purpose.id)
    today = view.shelf.meanings(collection.id, consented.language).get(purpose.id)
    if then is None or not then.label or (today is not None and today.label == then.label):
        return asked(collection.id, purpose.label)
    return Text("{purpose}", {"purpose": Raw(then.label)})


def language_choice() -> Choice:
    """The way to another language; the globe is for who cannot read the word."""
    return Choice(say("🌐 Language"), "open_language")


def back() -> Choice:
    """One step back."""
    return Choice(say("‹ Back"), "back")


def close() -> Choice:
    """Away with what lies over the stage."""
    return Choice(say("‹ Back"), "close")


def place_screen(view: View) -> Screen:
    """The first screen: who asks, what for, what is never asked, and where the person lives."""
    collection = view.collection
    language = view.session.language
    blocks = [
        title(view.words(collection.organisation.name)),
        body(view.words(collection.what_for)),
        body(
            say_count(
                "About {count} minute. Nothing is kept unless you agree. "
                "We never ask for money, passwords or identity papers.",
                "About {count} minutes. Nothing is kept unless you agree. "
                "We never ask for money, passwords or identity papers.",
                collection.minutes_in(None),
            )
        ),
    ]
    if view.passage.participant:
        blocks.append(body(say("You come from another contribution.")))
    blocks.append(body(say("Where do you live? Rules and pay differ by place.")))
    taking = (region.territory for region in view.shelf.taking(collection, view.now.date()))
    open_here = (*taking, *view.shelf.in_other_zones(collection))
    part = part_of(lang.sorted_by_name(open_here, language), view.session.looking)
    blocks += part.heading(
        say(
            "Page {number} of {count}. You can also write the name of your place.",
            number=part.number,
            count=part.pages,
        )
    )
    rows = in_rows([(_place_choice(place), lang.place_name(place, language)) for place in part.items])
    rows += part.turning()
    rows.append((Choice(say("My place is not listed"), "not_listed"),))
    rows.append((Choice(say("Is this real?"), "", url=collection.organisation.page), language_choice()))
    return Screen("place", tuple(blocks), tuple(rows))


def _place_choice(territory: str) -> Choice:
    return Choice(Text("{place}", {"place": Place(territory)}), "live_in", territory)


def card_screen(view: View) -> Screen:
    """One of the four consent cards; cards 2 to 4 end with a question whose answers are the way on."""
    passage = view.passage
    where = (passage.collection, passage.territory, view.session.language)
    return view.shelf.once(
        ("card", *where, passage.card, passage.unfolded, min(passage.misread, 2)), lambda: _card_screen(view)
    )


def _card_screen(view: View) -> Screen:
    passage = view.passage
    document = view.shelf.document(view.collection, view.session.language, view.region.territory)
    card = document.cards[passage.card]
    progress = say("{number} of {count}", number=passage.card + 1, count=CARDS)
    blocks = [quiet(progress), markdown(f"**{card.title}**"), markdown(card.text)]
    if passage.unfolded:
        blocks.append(markdown(card.more))
    ethics = view.collection.ethics
    if ethics is not None and passage.card + 1 == CARDS:
        blocks.append(body(ethics_words(ethics)))
    forward = [(Choice(say("Next"), "next", look="primary"),)]
    if card.question is not None:
        if passage.misread:
            blocks.append(body(say("We did not explain this well. Once more:")))
            blocks.append(markdown(f"**{card.question.once_more}**"))
        if passage.misread > 1:
            contact = Raw(view.collection.organisation.contact)
            blocks.append(body(say("Would you rather ask a person? Write to {contact}.", contact=contact)))
        else:
            blocks.append(markdown(card.question.text))
            forward = [
                (Choice(Text("{words}", {"words": Raw(answer)}), "card_answer", str(number)),)
                for number, answer in enumerate(card.question.answers)
            ]
    if card.voice is not None:
        forward.append((_listen(card.voice),))
    fold = Choice(say("Less"), "fold") if passage.unfolded else Choice(say("More"), "unfold")
    return Screen(f"card-{passage.card + 1}", tuple(blocks), (*forward, (back(), fold)), Keeping.EVIDENCE)


def ethics_words(ethics: Ethics) -> Text:
    """Who approved it, until when, and how to reach them; `flows.consent.ethics_text` is what is hashed."""
    return say(
        "{committee} has approved this: number {approval}, until {day}. You can also write to them: {contact}",
        committee=Raw(ethics.committee),
        approval=Raw(ethics.approval),
        day=Day(ethics.expires_on),
        contact=Raw(ethics.contact),
    )


def _listen(voice: Voice) -> Choice:
    """The card read aloud; how long it is and what it costs to load."""
    length = Raw(f"{voice.seconds // 60}:{voice.seconds % 60:02}")
    return Choice(say("🔊 Listen ({length}, {size} kB)", length=length, size=-(-voice.size // 1000)), "listen")


def decide_screen(view: View) -> Screen:
    """One screen to decide on: the required use with its reason, each optional purpose, and three ways out alike."""
    blocks = [title(say("You decide"))]
    for purpose in view.collection.required_purposes:
        blocks.append(lead(say("Needed to take part: {purpose}.", purpose=view.words(purpose.label))))
        blocks.append(item(view.words(purpose.why or "")))
    optional = view.collection.optional_purposes(linked=view.passage.participant is not None)
    if optional:
        blocks.append(lead(_what_untouched_means(view)))
    rows: list[tuple[Choice, ...]] = []
    for number, purpose in enumerate(optional, start=1):
        blocks.append(item(say("{number}. {purpose}", number=number, purpose=view.words(purpose.label))))
        rows.append(_yes_or_no(number, purpose, agreed=view.passage.decisions.get(purpose.id, False)))
    age = view.region.minimum_age
    # With the age as its value a press says what was read: where that has changed since, the layout has too.
    rows += [
        (Choice(say("I am {age} or older and I agree", age=age), "agree", str(age)),),
        (Choice(_no(view), "decline"),),
        (Choice(say("I am under {age}", age=age), "under_age", str(age)),),
        (back(),),
    ]
    return Screen("decide", tuple(blocks), tuple(rows), Keeping.EVIDENCE)


def _what_untouched_means(view: View) -> Text:
    if view.passage.consented is None:
        return say("Only if you press Yes:")
    return say("As you decided before. What is new or has changed is No until you press Yes:")


def _no(view: View) -> Text:
    """No, as what it means: before another consent, that the one before stays, or comes to its end."""
    why = why_again(view.passage, view.collection, view.now)
    if why is None:
        return say("I do not agree")
    return say("Let it end") if why is Why.ENDING else say("Leave it as it was")


def _yes_or_no(number: int, purpose: Purpose, *, agreed: bool) -> tuple[Choice, ...]:
    yes = say("✓ {number} Yes", number=number) if agreed else say("{number} Yes", number=number)
    no = say("{number} No", number=number) if agreed else say("✓ {number} No", number=number)
    return (Choice(yes, "purpose_yes", purpose.id), Choice(no, "purpose_no", purpose.id))


def receipt_screen(view: View) -> Screen:
    """The receipt: it takes the decision card's place and stays in the chat, its code only for a while."""
    passage = view.passage
    consented = passage.consented
    if consented is None:
        raise LookupError("no consent to give a receipt for")
    blocks = [title(say("Your receipt")), body(view.words(view.collection.title)), *what_was_agreed_to(view, consented)]
    if passage.code:
        blocks.append(lead(say("Your code: {code}", code=Raw(passage.code))))
        blocks.append(
            item(
                say(
                    "Please write it down on paper. It shows your answers again later, and it goes from this chat "
                    "when you finish. Leaving needs no code: /leave"
                )
            )
        )
    else:
        blocks.append(body(say("Your code is no longer shown here. Leaving needs no code: /leave")))
    return Screen("receipt", tuple(blocks), keeping=Keeping.EVIDENCE)


def option_words(collection: str, option: Option) -> Text:
    """An option in words: a language by CLDR's name for it, everything else as the collection says it."""
    if option.language is not None:
        return Text("{language}", {"language": Language(option.language, own=False)})
    return asked(collection, option.label)


def answer_words(collection: str, question: Question, answer: Answer, *, hidden: bool) -> Text:
    """An answer, read back: what was chosen, or that there is one."""
    if answer.status is Status.NOT_REACHED:
        return say("not answered yet")
    if hidden:
        return say("answered, hidden")
    if answer.status is Status.PREFER_NOT_TO_ANSWER:
        return say("prefer not to answer")
    items: list[Text] = []
    for option_id in answer.options:
        option = question.option(option_id)
        if option is not None and option.own_words and answer.own_words is not None:
            items.append(say("“{words}”", words=Raw(answer.own_words)))  # „…“ in German, 「…」 in Japanese
        elif option is not None:
            items.append(option_words(collection, option))
    return Text("{answer}", {"answer": Listed(tuple(items))})


def review_screen(view: View) -> Screen:
    """Every answer read back, each changeable, and how it is to be released."""
    passage = view.passage
    blocks = [title(say("Please look once more"))]
    rows = []
    for number, question in enumerate(view.path, start=1):
        answer = passage.answers.get(question.id, NOTHING)
        words = answer_words(view.collection.id, question, answer, hidden=question.sensitive and not passage.revealed)
        blocks.append(
            item(say("{number}. {question} {answer}", number=number, question=view.words(question.text), answer=words))
        )
        rows.append((Choice(say("Change {number}", number=number), "change", question.id),))
    paired = [tuple(choice for row in rows[i : i + 3] for choice in row) for i in range(0, len(rows), 3)]
    sensitive = asks_sensitive(view)
    if sensitive:
        show = Choice(say("Hide answers"), "hide") if passage.revealed else Choice(say("Show answers"), "reveal")
        paired += [(show,), (clean_choice(),)]
    if under_former_consents(passage):
        blocks.append(
            body(say("What you submitted before stays under what you agreed to then, until you submit again."))
        )
    blocks.append(body(say("If few people share your answer, how may it be passed on?")))
    exactly = say("✓ Exactly as I said") if passage.exactly else say("Exactly as I said")
    broader = say("In a broader group") if passage.exactly else say("✓ In a broader group")
    submit = Choice(say("Submit"), "submit", look="primary")
    rows_out = (
        *paired,
        (Choice(exactly, "exactly"),),  # in several languages the two are too long to stand side by side
        (Choice(broader, "broader"),),
        (back(), Choice(say("Pause"), "pause")),
        (submit,),
    )
    return Screen("review", tuple(blocks), rows_out, Keeping.PROTECTED if sensitive else Keeping.EITHER, sensitive)


def what_was_agreed_to(view: View, consented: Consented) -> list[Block]:
    """When, with whom, and for which uses that still stand."""
    live = [p for p in view.collection.purposes if p.id in consented.live_purposes()]
    labels = [as_agreed(view, view.collection, purpose, consented) for purpose in live]
    words = say(
        "On {day} you agreed with {organisation} to:",
        day=Day(consented.given_at.date()),
        organisation=view.words(view.collection.organisation.name),
    )
    return [lead(words), *(item(Text("• {purpose}", {"purpose": label})) for label in labels)]


def thanks_screen(view: View) -> Screen:
    """What is owed, what comes next, how to leave."""
    blocks = [
        title(say("Thank you")),
        *_pay_thanked_with(view),
        *_what_comes_next(view),
        body(say("/mydata shows what is held, /edit changes an answer, /leave lets you take everything back.")),
    ]
    rows = [(Choice(say("What is held"), "open_mydata"), Choice(say("Leave"), "open_leave"))]
    paid = [(pay_choice(),)] if ways_for(view, view.on_record.owed) else []
    return with_the_way_back(Screen("thanks", tuple(blocks), (*paid, *rows), Keeping.EVIDENCE), view)


def stopped_elsewhere(view: View) -> Collection | None:
    """Another collection that somebody agreed to and stopped in half-way, where it goes on."""
    for passage in view.session.consents:
        found = view.shelf.collections.get(passage.collection)
        if passage is view.session.passage or found is None or not is_half_way(passage, view.now):
            continue
        if view.shelf.goes_on(found, passage.territory, view.session.language):
            return found
    return None


def where_it_stopped(collection: Collection) -> Block:
    """That somebody can go on there, and nothing of what they answered."""
    words = say(
        "You began “{title}” and stopped part-way. What you have answered is kept, sealed, and you can go on where "
        "you stopped.",
        title=asked(collection.id, collection.title),
    )
    return body(words)


def with_the_way_back(screen: Screen, view: View) -> Screen:
    """A screen of one collection with the way back to another one, from which news or a link has led somebody here."""
    elsewhere = stopped_elsewhere(view)
    if elsewhere is None:
        return screen
    back = Choice(asked(elsewhere.id, elsewhere.title), "go_on_elsewhere", elsewhere.id)
    blocks = (*screen.blocks, where_it_stopped(elsewhere))
    return replace(screen, blocks=blocks, rows=(*screen.rows[:-1], (back,), screen.rows[-1]), discreet=True)


def _what_comes_next(view: View) -> list[Block]:
    """When they are written to: not at all where they have stopped messages, also not before the end."""
    if view.session.stopped:
        return []
    invites = [p for p in view.collection.purposes if p.uses == "contact"]
    consented = view.passage.consented
    if consented is not None and any(p.id in consented.live_purposes() for p in invites):
        words = say(
            "We also write to you when there is a new collection, and once before your consent ends. We stop when you "
            "say so."
        )
    else:
        words = say(
            "We write once more before your consent ends, and where there is something to tell about your "
            "data or your pay."
        )
    return [body(words)]


def _pay_thanked_with(view: View) -> list[Block]:
    """Nothing, where nothing is on record as owed: what is said here is what somebody can ask for."""
    owed = view.on_record.owed
    if owed is None:
        return []
    if owed.state is not PayState.OWED:
        words = standing_words(owed)
    else:
        # What was earned stays as it was earned, wherever somebody has moved to since.
        words = say(
            "We owe you {pay} for your time. It is yours whatever you answered, also if you leave.", pay=money(owed)
        )
    blocks = [body(words)]
    return [*blocks, whom_to_ask_for_it(view)] if may_choose(owed) and not ways_for(view, owed) else blocks


def whom_to_ask_for_it(view: View) -> Block:
    """Where a person pays: they know nobody's chat, so whoever is owed writes first. A rehearsal has no number."""
    owed = view.on_record.owed
    return body(
        say(
            "To get it, please write to {contact} and name {reference}, and nothing else: neither your name nor any "
            "answer is linked to it.",
            contact=Raw(view.collection.organisation.contact),
            reference=Raw(owed.reference if owed is not None else "PAY-…"),
        )
    )


def pay_choice() -> Choice:
    """The way to what somebody is owed."""
    return Choice(say("Your pay"), "open_pay")


def asks_sensitive(view: View) -> bool:
    """Whether somebody in this region is asked anything that is declared sensitive."""
    return any(question.sensitive for question in view.path)


def clean_choice() -> Choice:
    """Everything that the bot can delete from the chat, in one press."""
    return Choice(say("Clean this chat"), "clean_chat")


def support(collection: Collection, region: Region | None) -> list[Block]:
    """Somebody to talk to, shown to everybody alike: nothing of what anybody writes decides about it."""
    if region is None or not region.help_lines:
        return []
    return [lead(say("If something here weighs on you:")), *help_lines(collection, region)]


def help_lines(collection: Collection, region: Region) -> list[Block]:
    """Somebody to talk to, where a region names them."""
    return [
        item(
            Text(
                "• {name}: {contact}",
                {"name": asked(collection.id, line.name), "contact": asked(collection.id, line.contact)},
            )
        )
        for line in region.help_lines
    ]


def place_and_language(territory: str, language: str) -> Text:
    """By which rules somebody is asked, and in which language."""
    return say(
        "You live in: {place}. This chat speaks: {language}.", place=Place(territory), language=Language(language)
    )


def language_label(language: str) -> Text:
    """A language by its own name, so that who needs it can read it."""
    return Text("{name}", {"name": Language(language)})
