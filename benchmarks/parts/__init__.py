"""What is measured, a part a module: each takes an order and gives its figures."""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType

from benchmarks.figures import Figure
from benchmarks.order import Order
from benchmarks.parts import broadcasts, idle, many, processes, releases, taps, updates

Part = Callable[[Order], Awaitable[list[Figure]]]

PARTS: Mapping[str, Part] = MappingProxyType(
    {
        "updates": updates.measured,
        "processes": processes.measured,
        "broadcasts": broadcasts.measured,
        "taps": taps.measured,
        "idle": idle.measured,
        "many": many.measured,
        "releases": releases.measured,
    }
)
"""In the order in which they are measured; those that want many people come last."""
