"""What an enforced rate leaves of a broadcast's speed, and of a tap's: at Telegram's free rate and at what is paid for.

The same people, recipients of the broadcast, press a button at an even pace, first while nothing else happens and then
while the broadcast runs.
"""

from dataclasses import replace

from benchmarks.broadcasts.rates import measure_in
from benchmarks.figures import Figure, Wanted, at_least, at_most, figure
from benchmarks.order import Order
from benchmarks.people import copied, made, somewhere

RATES = (30.0, 1000.0)
_SLOWER = {30.0: 1.5, 1000.0: 3.0}
"""How many times as long a tap may take, at most."""
_NEVER_MIND = {30.0: 0.0, 1000.0: 25.0}
"""Milliseconds that are good enough whatever they were before."""


async def measured(order: Order) -> list[Figure]:
    """Both rates. At the slower one the broadcast does not come to its end: it would go on for an hour."""
    found: list[Figure] = []
    async with somewhere(order) as where:
        people = await made(order, order.recipients, where)
        for rate in RATES:
            runs = []
            for number in range(order.rounds):
                folder = await copied(people, where / "round")
                whole = order.recipients / rate < 600
                runs.append(await measure_in(folder, rate, order.recipients, order.taps, whole=whole))
                order.say(f"round {number + 1}: {rate:g} a second: {runs[-1]}")
            found += figures(rate, runs)
    return found


def figures(rate: float, runs: list[dict[str, float]]) -> list[Figure]:
    """Of one rate: how near the broadcast came, what was refused, and a tap's p99 without and with it."""
    at = f"at {rate:g} a second"
    quiet = figure(f"a tap's p99, quiet, {at}", "ms", (each["tap_p99_ms_quiet"] for each in runs))
    busy = [each["tap_p99_ms_broadcast"] for each in runs]
    beside = figure(f"a tap's p99, broadcasting, {at}", "ms", busy, quiet, _as_quick_as(rate, quiet.median))
    return [
        figure(f"broadcast {at}: reached", "of it", (each["share"] for each in runs), wanted=at_least(0.99, "")),
        figure(f"broadcast {at}: 429", "messages", (each["refused"] for each in runs), wanted=at_most(0, "")),
        figure(f"broadcast {at}: sent twice", "messages", (each["twice"] for each in runs), wanted=at_most(0, "")),
        replace(
            figure(
                f"taps without an answer, {at}",
                "taps",
                (each["taps_left_waiting"] for each in runs),
                wanted=at_most(0, ""),
            ),
            must=True,
        ),
        figure(
            f"broadcast {at}: processor time, taps beside it included",
            "ms a message",
            (each["cpu_ms_each"] for each in runs),
        ),
        figure(f"a tap's processor time, quiet, {at}", "ms", (each["cpu_ms_a_tap_quiet"] for each in runs)),
        *((quiet, beside) if quiet.median else ()),
    ]


def _as_quick_as(rate: float, quiet: float) -> Wanted:
    times, enough = _SLOWER[rate], _NEVER_MIND[rate]
    words = f"at most {times:g} times" + (f", or {enough:g} ms" if enough else "")
    return Wanted(words, lambda ratio: ratio <= times or ratio * quiet <= enough)
