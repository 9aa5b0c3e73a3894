"""Differentially private counts, through OpenDP and nothing else.

The data of a table is the vector of its counts, one for each cell that the packs have. Whoever takes part or not
changes it by `most` in all (the L1 distance), `most` being in how many cells one person is counted at most. OpenDP adds
noise of a discrete Laplace distribution to it and answers for what that loses (`Measurement.map`).

OpenDP is an extra, heavy, and loaded here alone, when noise is drawn.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from bot.stewardship.refusing import WITH_FORMATS, Refused

OUTSIDE = 0.05
"""The part of numbers that may be further from the truth than the accuracy that is stated: 5 of 100."""
MILLION = 1_000_000
"""Budgets are kept in millionths of an epsilon, so that adding them up is exact."""


@dataclass(frozen=True, slots=True)
class Noise:
    """What noise a table gets."""

    epsilon: int
    """What it costs at most, in millionths."""
    most: int
    """In how many cells one person is counted at most."""
    scale: float
    """Of the discrete Laplace distribution."""
    accuracy: int
    """At least 95 of 100 numbers are so near to the truth, or nearer."""


def check_there() -> None:
    """Raise Refused where OpenDP is not installed."""
    if find_spec("opendp") is None:
        raise Refused(f"private statistics need opendp, which this installation has not: {WITH_FORMATS}")


def noise_for(epsilon: int, most: int) -> Noise:
    """The least noise that keeps within so many millionths of an epsilon."""
    dp = _opendp()
    scale: float = dp.binary_search_param(_laplace, d_in=most, d_out=epsilon / MILLION, bounds=(1e-6, 1e12))
    # P(|noise| >= accuracy) is 5% at most, and noise is whole: the next whole number is on the safe side.
    return Noise(epsilon, most, scale, math.ceil(dp.discrete_laplacian_scale_to_accuracy(scale, OUTSIDE)))


def drawn(counts: Sequence[int], noise: Noise) -> list[int]:
    """Counts with noise, which can be below nothing. Raises ArithmeticError where OpenDP finds that it costs more."""
    measurement = _laplace(noise.scale)
    if measurement.map(noise.most) > noise.epsilon / MILLION:
        raise ArithmeticError("the noise would cost more than was reserved for it")
    found: list[int] = measurement(list(counts))
    return found


def _laplace(scale: float) -> Any:  # noqa: ANN401  # a measurement of OpenDP, which has no types here
    dp = _opendp()
    space = dp.vector_domain(dp.atom_domain(T=int)), dp.l1_distance(T=int)
    return space >> dp.m.then_laplace(scale)


def _opendp() -> Any:  # noqa: ANN401
    import opendp.prelude as dp  # noqa: PLC0415  # heavy

    # OpenDP's name for components whose proofs are reviewed and published, but not verified by a machine.
    dp.enable_features("contrib")
    return dp
