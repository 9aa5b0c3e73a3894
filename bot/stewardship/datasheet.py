"""The datasheet and the recipient's page: questions of "Datasheets for Datasets" (Gebru et al. 2021), answered from
what is on record. Questions that nothing on record answers are left to people, and not written."""

from __future__ import annotations

from collections.abc import Iterator

from bot.stewardship.telling import Told
from flows.collection import Region


def readme(told: Told) -> str:
    """One page for the recipient."""
    release, who = told.release, told.recipient
    lines = [
        f"# {told.wanted.collection.title}",
        "",
        (
            f"Release {release.id} of {release.made_at:%Y-%m-%d}, for {release.recipient} under {who.agreement}, "
            f"{told.count(release.rows)} contributions."
        ),
        "",
        (
            f"**For one use alone: {told.use}** (`{release.purpose}`). The column "
            f"`purposes` does not widen "
            "it. Do not try to find out who somebody is, do not join this with other data, do not pass it on."
        ),
        "",
        *_first_page_losses(told),
        "## Deleting",
        "",
        (
            "People can take their data back at any time. You are then sent a signed list. On a machine "
            "with `surveybot`, "
            "with or without a network, and with no database:"
        ),
        "",
        *(f"    surveybot withdrawals prune {sheet.name} --list LIST" for sheet in told.sheets),
        "",
        (
            f"It takes those rows out and writes an acknowledgement: send that back within "
            f"{who.delete_within} days of the "
            "list. Who has not is given nothing new. Copies and what was made from them are meant too. "
            "The agreement ends on "
            f"{who.expires_on}."
        ),
        "",
        "## What is in this folder",
        "",
        *(f"- `{sheet.name}`: the data" for sheet in told.sheets),
        "- `codebook.csv`: every column, and every value that it can have",
        "- `datasheet.md`: how this came about, what people were told and paid, how they can leave",
        "- `protection.md`: what became of answers that few people share",
        "- `croissant.json`: the same for programs (Croissant 1.1, RAI 1.0)",
        "- `consent/`: the exact texts that people agreed to",
        "- `purposes/`: the purposes in the words that they read",
        *(
            ["- `changes.csv`: who is new, changed or gone since the release before"]
            if told.changes is not None
            else []
        ),
        "- `manifest.json`, `manifest.json.sig`: the hash of each file, signed",
        "",
        f"Questions: {told.wanted.collection.organisation.contact}",
        "",
    ]
    return "\n".join(lines)


def _first_page_losses(told: Told) -> Iterator[str]:
    """A line a question. What fewer gave than a group has is always lost, and stands in protection.md."""
    by_question: dict[str, list[str]] = {}
    for loss in told.lost_much:
        if loss.may_be_told(told.release.smallest_group):
            by_question.setdefault(loss.question, []).append(f"{told.label(loss)} ({told.lost(loss)})")
    if told.lost_much:
        yield "**More than a fifth of these answers is not said exactly, or left out, because few people share them:**"
        yield ""
        yield from (f"- `{question}`: {', '.join(answers)}" for question, answers in by_question.items())
        yield "- and answers that few people gave, or that few of them lose, of which nothing is told one by one"
        yield ""


def protection(told: Told) -> str:
    """What became of answers that few people share, answer by answer."""
    release = told.release
    unit = "table" if release.tables else "row"
    lines = [
        "# What became of answers that few people share",
        "",
        *_first_page_losses(told),
        (
            f"In each {unit}, {release.smallest_group} people at least share everything that tells "
            f"people apart, except of "
            "whoever asked at review to be passed on exactly as they said. Everybody was asked; who "
            "chose nothing is passed "
            "on in a broader group. Broader groups are tried first, then `several`, which says no more "
            "than that somebody "
            f"answered. Left out altogether: {told.count(told.rows_left_out) if told.rows_left_out else 'nobody'}."
        ),
        "",
        *(
            [
                "Tables of single questions lose less: no table joins to another. Ask for them where this is too much.",
                "",
            ]
            if not release.tables
            else []
        ),
        "| question | answer | gave it | lost |",
        "| --- | --- | --- | --- |",
        *(
            f"| `{loss.question}` | {told.label(loss)} | {told.gave(loss)} | {told.lost(loss)} |"
            for loss in told.losses
        ),
        "",
    ]
    return "\n".join(lines)


def datasheet(told: Told) -> str:
    """The datasheet."""
    lines = [f"# Datasheet: {told.wanted.collection.title}", ""]
    for heading, answers in (
        ("Motivation", _motivation(told)),
        ("Composition", _composition(told)),
        ("Collection", _collection(told)),
        ("Preprocessing", _preprocessing(told)),
        ("Uses", _uses(told)),
        ("Distribution", _distribution(told)),
        ("Maintenance", _maintenance(told)),
    ):
        lines += [f"## {heading}", ""]
        for question, answer in answers:
            lines += [f"**{question}** {answer}", ""]
    return "\n".join(lines)


_Answers = Iterator[tuple[str, str]]
_MARKS_APART = (
    "Each table holds only those who were asked its question. An option's column has 0 for everybody who answered and "
    "did not choose it, also where their region does not offer it: an empty cell would say where they are. "
)


def _motivation(told: Told) -> _Answers:
    organisation = told.wanted.collection.organisation
    yield "For what purpose was the dataset created?", told.wanted.collection.what_for
    yield "Who created the dataset?", f"{organisation.name}, {organisation.address}. {organisation.page}"


def _composition(told: Told) -> _Answers:
    release = told.release
    sensitive = [asked.label for asked in told.questions if asked.question is not None and asked.question.sensitive]
    yield "What do the instances represent?", "One contribution each, of one person."
    yield "How many instances are there?", f"{told.count(release.rows)}."
    yield (
        "Is any information missing?",
        (
            "Each question has a state: answered, preferred not to answer, not reached (added later), "
            "not asked in that "
            f"region. {_MARKS_APART if release.tables else ''}"
            "protection.md says what was put into broader groups or left out."
        ),
    )
    yield "Does the dataset contain data that might be considered sensitive?", f"{', '.join(sensitive) or 'No'}."
    yield (
        "Is it possible to identify individuals?",
        "No names, accounts, numbers or exact times are in it."
        if not release.exact_times
        else "No names, accounts or numbers are in it. Exact times are: it is for inside the organisation.",
    )
    yield (
        "Does it hold people's own words?",
        "Yes, of whoever agreed to that and asked to be passed on exactly." if release.own_words else "No.",
    )


def _collection(told: Told) -> _Answers:
    collection, span = told.wanted.collection, told.span
    yield "How was the data acquired?", "People said it themselves, in a private chat. Nothing is inferred."
    yield "Who was involved, and how were they compensated?", _pay(told)
    if span is not None:
        yield (
            "Over what timeframe?",
            f"Submitted from {span.submitted_first:%Y-%m-%d} to {span.submitted_last:%Y-%m-%d}.",
        )
    assessment = collection.responsible
    yield "Was there a review?", f"Impact assessment {assessment.impact_assessment}; responsible: {assessment.role}."
    yield "Was it collected from the individuals directly?", "Yes."
    languages = sorted({text.language for text in told.texts})
    yield (
        "Were they notified, and did they consent?",
        (
            f"Yes, purpose by purpose, in {', '.join(languages) or 'their language'}. The exact texts "
            f"are in `consent/`; the "
            "column `consent_sha256` is their fingerprint."
        ),
    )
    yield (
        "Were they given a mechanism to revoke their consent?",
        (
            "Yes: /leave in the same chat, three taps, no reason, for everything or one purpose, at any time. Keys are "
            "destroyed at once, and recipients are told."
        ),
    )


def _pay(told: Told) -> str:
    regions = [told.wanted.collection.region(place) for place in sorted({text.territory for text in told.texts})]
    return (
        "Contributors are paid for time: whatever they answer, and also if they leave. "
        f"{'; '.join(_rate(region) for region in regions if region is not None)}."
    )


def _rate(region: Region) -> str:
    pay = region.pay
    return f"{region.territory}: {pay.amount} {pay.currency} (floor {pay.floor_per_hour} an hour: {pay.floor_source})"


def _preprocessing(_told: Told) -> _Answers:
    yield "Was any preprocessing done?", "Pseudonyms; days instead of times; broader groups: see protection.md."
    yield "Was the raw data saved?", "Yes, sealed, for as long as people agreed to. It is not in this release."


def _uses(told: Told) -> _Answers:
    yield "What may it be used for?", f"{told.use}. Nothing else."
    also = [purpose.label for purpose in told.purposes if purpose.id != told.release.purpose]
    if also:
        yield "What else did everybody in it agree to?", f"{'; '.join(also)}. That needs a release of its own."
    yield (
        "Are there tasks for which it should not be used?",
        "Guessing who somebody is, deciding about a single person, estimating how common a group is in a population.",
    )


def _distribution(told: Told) -> _Answers:
    release, names = told.release, told.release.stewards
    yield "To whom is it distributed?", f"To {release.recipient} alone, under {told.recipient.agreement}."
    who = " and ".join(names)
    if len(names) == 1:
        yield (
            "Who confirmed the release?",
            f"{who} alone: this team has one person, and no second steward looked at it.",
        )
    elif names:
        yield "Who confirmed the release?", f"{who}, two stewards."


def _maintenance(told: Told) -> _Answers:
    kept = told.wanted.collection.retention.answers
    yield "Who supports it?", told.wanted.collection.organisation.contact
    yield (
        "Will it be updated?",
        "By new releases; `changes.csv` then says what is new. Withdrawal lists come in between, and bind at once.",
    )
    yield (
        "Are there limits on retention?",
        (
            f"Answers are kept for {kept} with the organisation. The agreement ends on "
            f"{told.recipient.expires_on}; rows on "
            f"withdrawal lists go within {told.recipient.delete_within} days."
        ),
    )
