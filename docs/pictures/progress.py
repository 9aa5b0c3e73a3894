# ruff: noqa: INP001  # a script of its own, in no package
"""Draw docs/pictures/progress-*.png again: `.venv/bin/python -m docs.pictures.progress`. The numbers are made up."""

from __future__ import annotations

import asyncio
import datetime as dt
import random
from collections.abc import Mapping
from pathlib import Path

from bot.progress.drawing import svg
from bot.progress.rasterise import png
from bot.progress.words import Words
from bot.reading import read_collections, read_texts
from bot.settings import read_settings
from flows import tallies
from flows.collection import Collection, Region, Targets
from flows.painting import picture
from flows.picture import Theme
from flows.progress import UNCLEAR, chose, countable, reads, screens_of, took
from flows.snapshots import Snapshot, renewed

FOLDER = Path(__file__).parent
DAY = dt.datetime(2026, 11, 26, 12, tzinfo=dt.UTC)
PEOPLE = 420
TARGETS = {
    "US": Targets(people=600, questions={"age": {"age_65_74": 10}}),
    "EG": Targets(questions={"age": {"age_65_74": 10, "age_75_up": 5}, "grew_up_region": {"greater_cairo": 20}}),
}


def counts(collection: Collection, region: Region, dice: random.Random) -> Mapping[str, int]:
    """Plausible ones: people stop on the way, some groups are larger than others."""
    found = countable(collection, region)
    left = int(PEOPLE * 1.7)
    found |= {tallies.INVITED: PEOPLE * 4, tallies.OPENED: left, tallies.SUBMITTED: PEOPLE, tallies.LEFT: 17}
    for screen in screens_of(region):
        found[screen] = left
        left = max(PEOPLE, int(left * dice.uniform(0.9, 0.99)))
    found[tallies.CONSENTED] = int(PEOPLE * 1.15)
    found |= {took(minutes): count for minutes, count in ((2, 40), (3, 110), (4, 130), (5, 70), (6, 40), (8, 30))}
    found |= dict(zip(UNCLEAR, (64, 23, 38), strict=True))
    for language, share in zip(region.languages, (0.74, 0.2, 0.06), strict=False):
        found[reads(language)] = int(PEOPLE * share)
    for question in region.questions:
        weights = [dice.uniform(0.2, 1) for _ in question.options]
        for option, weight in zip(question.options, weights, strict=True):
            found[chose(question.id, option.id)] = int(PEOPLE * weight / sum(weights))
    return found


async def main() -> None:
    """English of the United States, Arabic of Egypt."""
    settings = read_settings(_env_file=None)
    collections = read_collections(settings)
    collection = collections[0].model_copy(update={"targets": TARGETS})
    texts, dice = read_texts(settings, collections), random.Random(7)  # noqa: S311  # nothing is secret here
    snapshots: dict[str, Snapshot] = {}
    for region in collection.regions:
        taken = renewed(None, counts(collection, region, dice), PEOPLE, DAY)
        if taken is not None:
            snapshots[region.territory] = taken
    for territory, language, theme in (("US", "en", Theme.COURSE), ("EG", "ar", Theme.GROUPS)):
        seen = picture(collection, snapshots, (territory,)).of(theme)
        file = FOLDER / f"progress-{theme.value}.png"
        file.write_bytes(await png(svg(seen, Words(texts, language))))


if __name__ == "__main__":
    asyncio.run(main())
