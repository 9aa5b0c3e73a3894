"""What stands on a poster: who asks, what for in a line, how long it takes, and how to come in."""

from __future__ import annotations

from flows.collection import Collection, Region
from flows.words import Money, Text, asked, say, say_count


def poster_words(collection: Collection, region: Region | None) -> tuple[Text, ...]:
    """The lines above the code, the first as a heading and the second larger than the rest; the last stands below it.

    Pay is said where the poster hangs in one region.
    """
    minutes = say_count(
        "About {count} minute. Nothing is kept unless you agree. We never ask for money, passwords or identity papers.",
        "About {count} minutes. Nothing is kept unless you agree. "
        "We never ask for money, passwords or identity papers.",
        collection.minutes_in(None),
    )
    above = [
        asked(collection.id, collection.organisation.name),
        asked(collection.id, collection.title),
        asked(collection.id, collection.what_for),
    ]
    if region is not None:
        pay = Money(region.pay.amount, region.pay.currency, region.territory)
        above.append(
            say_count(
                "About {count} minute, and {pay} for your time. Looking costs nothing, and you decide.",
                "About {count} minutes, and {pay} for your time. Looking costs nothing, and you decide.",
                collection.minutes_in(region),
                pay=pay,
            )
        )
    else:
        above.append(minutes)
    return (*above, say("Scan it with your phone’s camera, or open:"))
