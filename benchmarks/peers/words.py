"""What every peer asks and says, so that none has less to send than another.

The ready collection's words for the United States, without what stands behind "More".
"""

from typing import Final

Option = tuple[str, str]
"""A label and an id, in the order in which aiogram-dialog's documentation writes its items."""

START: Final = (
    "Example Lab\n\nTo see whether AI works equally well for different people.\n\nAbout 4 minutes. Nothing is "
    "kept unless you agree. We never ask for money, passwords or identity papers.\n\nWhere do you live? "
    "Rules and pay differ from place to place."
)
PLACES: Final[tuple[Option, ...]] = (
    ("United States", "us"),
    ("Egypt", "eg"),
    ("My place is not listed", "none"),
)

CARDS: Final = (
    (
        "Who asks, and why\n\n1 of 4\n\nExample Lab asks, to measure how well AI works for different people. Your "
        "answers help improve AI models only if you say yes.\n\nIt takes 4 minutes. You get $2.50 for your "
        "time, whatever you answer."
    ),
    (
        "What we ask\n\n2 of 4\n\nA few questions about who you are, such as your age. What we ask depends on "
        "where you live.\n\nYou can take your answers back. But what an AI model has already learned, and "
        "numbers already published, cannot be undone.\n\nDid we explain this well? Can everything be undone "
        "later?"
    ),
    (
        "What are the risks?\n\n3 of 4\n\nSomeone holding your phone could see this chat. If facts about you "
        "leaked, they could be used against you. Your answers are locked: the database cannot be read without "
        "the key.\n\nYou may leave out any question. Your pay stays the same.\n\nDid we explain AI use well? "
        "When may AI learn from you?"
    ),
    (
        "You stay in charge\n\n4 of 4\n\nWe keep answers for 2 years in Germany. Only our data stewards see them, "
        "and partners bound by the same promises.\n\nTo leave any time, send /leave: three taps. Questions? "
        "hello@example.org\n\nWhoever sent you is not told whether you took part.\n\nDid we explain this well? "
        "When can you leave?"
    ),
)
CARD_ANSWERS: Final[tuple[tuple[Option, ...], ...]] = (
    (("Next", "next"),),
    (("Not what AI already learned", "1"), ("Yes, everything", "0")),
    (("Only if I say yes", "0"), ("Always", "1")),
    (("At any time", "1"), ("Only before I submit", "0")),
)
FIRST_QUESTIONED_CARD: Final = 1

DECIDE: Final = (
    "You decide\n\nNeeded to take part: Measure how well AI works for different people.\nWithout this use "
    "there would be nothing to ask.\n\nOnly if you press Yes: Improve AI models. AI models learn from your "
    "answers. That cannot be undone."
)
PURPOSE: Final[tuple[Option, ...]] = (("Yes", "yes"), ("No", "no"))
AGREE: Final = "I am 18 or older and I agree"
DECLINE: Final = "I do not agree"
UNDER_AGE: Final = "I am under 18"
GOODBYE: Final = "Thank you for reading. Nothing was kept."

OPT_OUT: Final[Option] = ("Prefer not to answer", "opt_out")
DONE: Final = "Done"
BACK: Final = "Back"
SUBMIT: Final = "Submit"

AGE: Final = "1 of 3\n\nHow old are you?"
AGES: Final[tuple[Option, ...]] = (
    ("18–24", "18"),
    ("25–34", "25"),
    ("35–44", "35"),
    ("45–54", "45"),
    ("55–64", "55"),
    ("65–74", "65"),
    ("75 or older", "75"),
    OPT_OUT,
)

ANCESTRY: Final = (
    "2 of 3\n\nWhat is your race or ethnicity?\n\nChoose all the groups that you identify with. One is enough."
)
ANCESTRIES: Final[tuple[Option, ...]] = (
    ("American Indian or Alaska Native", "aian"),
    ("Asian", "asian"),
    ("Black or African American", "black"),
    ("Hispanic or Latino", "hisp"),
    ("Middle Eastern or North African", "mena"),
    ("Native Hawaiian or Pacific Islander", "nhpi"),
    ("White", "white"),
    ("Multiple", "multiple"),
    OPT_OUT,
)
ANCESTRY_OWN_WORDS: Final = "Not listed, I describe myself as"

GENDER: Final = (
    "3 of 3\n\nWhat is your gender?\n\nLeave this out if it is not safe where you are now. Choose all that fit."
)
GENDERS: Final[tuple[Option, ...]] = (
    ("Woman", "woman"),
    ("Man", "man"),
    ("Non-binary", "non_binary"),
    OPT_OUT,
)
GENDER_OWN_WORDS: Final = "Prefer to self-describe"
ASK_OWN_WORDS: Final = "Write it in a message, in your own words."

REVIEW: Final = (
    "Please look once more\n\n1. How old are you? {age}\n2. What is your race or ethnicity? {ancestry}\n"
    "3. What is your gender? {gender}"
)
THANKS: Final = (
    "Thank you\n\nWe owe you $2.50 for your time. It is yours whatever you answered, and if you "
    "leave.\n\nExample Lab tells you here how it reaches you. Questions: hello@example.org\n\nWe do not write "
    "to you again unless you write first.\n\n/mydata shows what is held, /edit changes an answer, /leave "
    "takes everything back."
)

TICK: Final = "✓ "


def label_of(options: tuple[Option, ...], wanted: str) -> str:
    return next((label for label, option in options if option == wanted), wanted)


def read_back(options: tuple[Option, ...], chosen: list[str], own_words: str | None) -> str:
    labels = [label for label, option in options if option in chosen]
    return ", ".join([*labels, own_words] if own_words else labels) or "–"
