"""Prometheus' text format, version 0.0.4 (prometheus.io, "Exposition formats"): what a scrape is answered with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

from bot.vitals.counts import BOUNDS, Timing

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_NO_LABELS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Sample:
    """One number; `suffix` tells those of a histogram apart."""

    value: float
    labels: Mapping[str, str]
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class Family:
    """A metric: what it is called, what it counts, and its numbers."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    meaning: str
    samples: Sequence[Sample]


def counter(name: str, meaning: str, value: float) -> Family:
    """What only grows, since the start of the process."""
    return Family(name, "counter", meaning, [Sample(value, _NO_LABELS)])


def gauge(name: str, meaning: str, value: float) -> Family:
    """What goes up and down."""
    return Family(name, "gauge", meaning, [Sample(value, _NO_LABELS)])


def labelled(
    name: str, kind: Literal["counter", "gauge"], meaning: str, values: Iterable[tuple[Mapping[str, str], float]]
) -> Family:
    """One number for each set of labels."""
    return Family(name, kind, meaning, [Sample(value, labels) for labels, value in values])


def histogram(name: str, meaning: str, timing: Timing) -> Family:
    """How long something took."""
    up_to = list(accumulate(timing.counts))
    bounds = [*(f"{bound:g}" for bound in BOUNDS), "+Inf"]
    buckets = [Sample(count, {"le": bound}, "_bucket") for bound, count in zip(bounds, up_to, strict=True)]
    total, count = Sample(timing.total, _NO_LABELS, "_sum"), Sample(up_to[-1], _NO_LABELS, "_count")
    return Family(name, "histogram", meaning, [*buckets, total, count])


def written(families: Iterable[Family]) -> str:
    """All of it as text."""
    return "".join(f"{line}\n" for family in families for line in _lines(family))


def _lines(family: Family) -> Iterator[str]:
    yield f"# HELP {family.name} {_escaped(family.meaning)}"
    yield f"# TYPE {family.name} {family.kind}"
    for sample in family.samples:
        labels = ",".join(f'{name}="{_quoted(value)}"' for name, value in sample.labels.items())
        yield f"{family.name}{sample.suffix}{'{' + labels + '}' if labels else ''} {float(sample.value)!r}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")


def _quoted(text: str) -> str:
    return _escaped(text).replace('"', '\\"')
