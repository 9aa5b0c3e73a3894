"""docs/checking.md: python -m bot.checking.page draws it from the rules themselves, as `make rules` does."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import groupby

from bot.checking.findings import Rule
from bot.checking.rules import RULES

_HEAD = """\
# What `surveybot check` looks for

Published guidance on asking people about themselves, as rules that a program can hold a collection against: like a
compiler, it says everything at once, each finding with its rule, file and line, what is wrong, why it matters and how
to mend it.

    surveybot check                                  # every collection of SURVEYBOT_COLLECTIONS
    surveybot check collections/demographics         # one folder
    surveybot check --explain consent.hard_to_read   # the practice behind a rule, and its source
    surveybot check --json                           # for a program: --json
    surveybot check --sarif > check.sarif            # for a code host, which shows it beside the line: --sarif

It ends with 1 where there is an error. Beside findings it says which regions are closed and why, each region's
content for the sign-off, what languages lack, and what taking part costs: taps, words and minutes, by region and
language. Sign-offs, earlier texts and measured minutes stand in the data, which it looks at for folders in
`SURVEYBOT_COLLECTIONS`; of any other it says *sign-offs not looked at*, and so it does where the data cannot be read.
Minutes are an estimate from the words (184 a minute, the average of 17 languages: Trauzettel-Klosinski and
Dietz 2012) and presses (2.65 seconds each: Card, Moran and Newell 1980), rounded up; once ten people of a region have
taken part, their median is held against the floor instead, and nobody is invited to a region where pay is below it.

**Errors** keep a collection from being opened: the bot does not start, and `surveybot invite`, `surveybot pilot
begin` and `surveybot reopen` are refused, as they are where a folder cannot be read. A rehearsal begins all the same
and says so. **Warnings** stop nothing.

## Waivers

A rule that cannot be followed for now is waived in `collection.yaml`, and nowhere else, with the reason and a day on
which that is over, a year ahead at most:

```
waived:
  - {rule: consent.hard_to_read, language: sw, reason: New cards come in May, until: 2027-05-31}
```

From the next day on the rule speaks again, and the waiver is a finding itself; so is one that covers nothing. A
waiver is part of what a reviewer signs off: adding one closes the regions until somebody has looked. What a
collection cannot even be read with, and what nobody may do without (*no* below), cannot be waived.

## What only people can give

Some rules ask for what no program can make: a sign-off, real names in the place of examples, and a voice that reads a
card aloud. A collection that says `example: true`, as the one that ships does, is not asked for them, and nobody can
sign it off. On a stand-in for Telegram on this machine nobody real is reached, so there they stop nothing.

## Reading

A card, and what stands behind *More*, are measured each by itself: English by its school grade (Flesch-Kincaid),
other languages in Latin letters by LIX, languages in which a word's letters say little (Arabic, Hindi, Swahili, Urdu)
by words a sentence, and languages without spaces by letters a sentence. The hardest sentences are quoted. Numbers
find bad sentences; that people there understand good ones is for a reviewer to say.

## Words that are looked for

Loaded wording, questions about others, ways of not answering, pressure in invites and pay that is tied to answers are
lists in `bot/checking/words/`, each entry with its source, or on whose judgement it is there. All but questions about
others are looked for in every language, since a fault may stand in one translation alone. An invite's words are a
collection's `title` and `what_for`.

## Rules
"""

_SUBJECTS = {
    "files": "Files",
    "consent": "Consent",
    "questions": "Questions",
    "pay": "Pay",
    "regions": "Regions",
    "zones": "Zones",
    "people": "People",
    "translations": "Translations",
    "waivers": "Waived rules",
}


def drawn() -> str:
    """The whole of docs/checking.md."""
    return "\n".join((_HEAD, *_tables()))


def _subject(rule: Rule) -> str:
    return rule.id.partition(".")[0]


def _tables() -> Iterator[str]:
    order = list(_SUBJECTS)
    for subject, rules in groupby(sorted(RULES, key=lambda rule: order.index(_subject(rule))), key=_subject):
        yield f"### {_SUBJECTS[subject]}"
        yield ""
        yield "| rule | what | why | practice and source | waived |"
        yield "| --- | --- | --- | --- | --- |"
        for rule in rules:
            waived = "yes" if rule.can_be_waived else "no"
            kind = "" if rule.severity.value == "error" else " (warning)"
            yield f"| `{rule.id}`{kind} | {rule.what} | {rule.why} | {rule.practice}: {rule.source} | {waived} |"
        yield ""


if __name__ == "__main__":
    sys.stdout.write(drawn())
