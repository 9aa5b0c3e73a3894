"""Rules of pay: for time, in the money of the place, above its floor, and never for what is answered."""

from __future__ import annotations

from collections.abc import Iterator

from babel.numbers import get_territory_currencies

from bot.checking import practices
from bot.checking.burden import takes
from bot.checking.checked import Checked
from bot.checking.findings import Found, Rule, error, warning
from bot.checking.word_lists import entries
from flows.pilot_report import needed_for


def below_floor(checked: Checked) -> Iterator[Found]:
    """Pay that is below the region's floor for the minutes that it takes: measured, or else as estimated."""
    known = takes(checked)
    for file, region in checked.reading.regions:
        found = known.get(region.territory)
        needed = needed_for(found.minutes, region.pay.floor_per_hour, region.pay.currency) if found is not None else 0
        if found is not None and region.pay.amount < needed:
            yield Found(
                file.path,
                file.line(("pay", "amount")),
                f"{region.territory}: {region.pay.amount} for {found.minutes} {found.how} minutes is below the floor "
                f"of {region.pay.floor_per_hour} an hour",
                f"Pay {needed} at least, or ask less",
                region.territory,
            )


def foreign_currency(checked: Checked) -> Iterator[Found]:
    """Pay in money that is not legal tender there today (CLDR)."""
    for file, region in checked.reading.regions:
        tender = get_territory_currencies(region.territory, start_date=checked.today, end_date=checked.today)
        if tender and region.pay.currency not in tender:
            yield Found(
                file.path,
                file.line(("pay", "currency")),
                f"{region.territory} pays in {region.pay.currency}, and people there pay with {', '.join(tender)}",
                f"Pay in {tender[0]}, and hold the amount against the floor again",
                region.territory,
            )


def tied_to_answers(checked: Checked) -> Iterator[Found]:
    """Cards that promise pay for answers."""
    return _promised(checked, "answers", "Pay for time: say that it stays the same whatever is answered")


def tied_to_finishing(checked: Checked) -> Iterator[Found]:
    """Pay that somebody loses who stops before the end."""
    collection = checked.collection
    if collection is not None and collection.compensation.accrues == "last_question":
        yield Found(
            checked.base_path,
            checked.base_line("compensation", "accrues"),
            "pay is owed at the last question only: who stops before it has given time for nothing",
            "Write `accrues: half` or `accrues: consent`, and say so on the cards",
        )
    yield from _promised(checked, "finishing", "Pay for time: say from when on it is owed, also to who stops")


def _promised(checked: Checked, about: str, remedy: str) -> Iterator[Found]:
    for language, number, card in checked.cards():
        for each in entries("pay_tied", language):
            for part in (card.text, card.more):
                found = each.within(part) if each.about == about else None
                if found is not None:
                    path, line = checked.card_path(language, number), checked.card_line(language, number, found)
                    yield Found(path, line, f"“{found}” ties pay to {about}", remedy, language=language)


RULES: tuple[Rule, ...] = (
    error("pay.none", "A region pays nothing", "Time that is given is owed for.", practices.FAIR_PAY),
    error(
        "pay.below_floor",
        "Pay is below the region's floor for the minutes that it takes",
        "Below the floor somebody would earn more by doing anything else.",
        practices.FAIR_PAY,
        below_floor,
    ),
    error(
        "pay.tied_to_answers",
        "Pay hangs on what is answered",
        "Whoever is paid for an answer is not free to leave it out.",
        practices.PAY_AND_CHOICE,
        tied_to_answers,
    ),
    warning(
        "pay.tied_to_finishing",
        "Pay hangs on finishing",
        "Whoever would lose what they have earned is not free to stop.",
        practices.PAY_AND_CHOICE,
        tied_to_finishing,
    ),
    error(
        "pay.foreign_currency",
        "Pay is not in the region's own money",
        "Nobody can judge an offer in money that they do not use, and changing it costs.",
        practices.CLDR,
        foreign_currency,
    ),
)
