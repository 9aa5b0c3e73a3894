"""Parts of a picture about who is heard: by region, language and question, beside whom one hopes to hear from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flows import tallies
from flows.collection import Collection, Question, Region
from flows.picture import Line, Part, Theme, so_many
from flows.progress import NOTHING_MET, Met, chose, group_of, met, questions_of, reads
from flows.regions import questions_for
from flows.small_counts import FEWEST
from flows.snapshots import SHARE_STEP, Snapshot, shares
from flows.words import Language, Percent, Place, Text, asked, say


def regions_beside(
    collection: Collection, regions: tuple[Region, ...], taken: Mapping[str, Snapshot]
) -> Iterator[Part]:
    """Balance by region, by submissions."""
    if len(regions) < 2:
        return
    lines = []
    counts = {r.territory: taken[r.territory].seen.get(tallies.SUBMITTED) for r in regions if r.territory in taken}
    most = max([*(count or 0 for count in counts.values()), 1])
    for region in regions:
        count = counts.get(region.territory)
        targets = collection.targets.get(region.territory)
        hoped = targets.people if targets is not None else None
        said = so_many(count)
        if hoped is not None:
            said = say("{count}, hoped for {hoped}", count=said, hoped=hoped)
        full = None if count is None else 100 * count // most
        lines.append(Line(Text("{place}", {"place": Place(region.territory)}), said, full, None, count))
    yield Part(say("Regions, by what was submitted"), tuple(lines), theme=Theme.GROUPS)


def groups(collection: Collection, regions: tuple[Region, ...], seen: Mapping[str, int]) -> Iterator[Part]:
    """Languages, and each question that these regions ask alike, as shares."""
    if collection.balance_purpose is None:
        return
    languages = list(dict.fromkeys(language for region in regions for language in region.languages))
    labels = {each: Text("{language}", {"language": Language(each, own=False)}) for each in languages}
    hoped = _targets(collection, regions)
    yield _group(say("Languages"), labels, group_of(seen, reads("")), hoped.get("", {}))
    for question in _alike(collection, regions):
        words = {option.id: _option(collection, question, option.id) for option in question.options}
        chosen = group_of(seen, chose(question.id, ""))
        yield _group(asked(collection.id, question.text), words, chosen, hoped.get(question.id, {}))


def _alike(collection: Collection, regions: tuple[Region, ...]) -> Iterator[Question]:
    """Questions that all of these regions ask, with the same answers: others cannot be added up."""
    for question in questions_of(collection, tuple(region.territory for region in regions)):
        options = {option.id for option in question.options}
        there = [{o.id for o in q.options} for region in regions if (q := region.question(question.id)) is not None]
        if len(there) == len(regions) and all(each == options for each in there):
            yield question


def _targets(collection: Collection, regions: tuple[Region, ...]) -> dict[str, Mapping[str, int]]:
    """Shares that are hoped for in a region, by question, languages under ""; regions together have none."""
    targets = collection.targets.get(regions[0].territory) if len(regions) == 1 else None
    return {} if targets is None else {"": targets.languages, **targets.questions}


def _option(collection: Collection, question: Question, option_id: str) -> Text:
    option = question.option(option_id)
    if option is None:
        return Text("{id}", {"id": option_id})
    if option.language is not None:
        return Text("{language}", {"language": Language(option.language, own=False)})
    return asked(collection.id, option.label)


def _group(title: Text, labels: Mapping[str, Text], seen: Mapping[str, int], hoped: Mapping[str, int]) -> Part:
    percent = shares({group: seen.get(group) for group in labels})
    lines = []
    for group, label in labels.items():
        share, wanted = percent[group], hoped.get(group)
        alone = share is None and group in seen
        said = say("{few} or more", few=FEWEST) if alone else say("fewer than {few}", few=FEWEST)
        if share is not None:
            said = _share(share)
        if wanted is not None:
            said = say("{share}, hoped for {hoped}", share=said, hoped=Percent(wanted))
        lines.append(Line(label, said, share, wanted, share))
    return Part(title, tuple(lines), theme=Theme.GROUPS)


def hoped_for(
    collection: Collection,
    regions: tuple[Region, ...],
    taken: Mapping[str, Snapshot],
    known: Mapping[str, Met] | None = None,
) -> Iterator[Part]:
    """Groups whose target is not met: by what is seen, or by what is `known` of each region."""
    reached = {territory: met(collection.targets.get(territory), each.seen) for territory, each in taken.items()}
    reached |= known or {}
    several = len(regions) > 1
    lines = [
        line
        for region in regions
        for line in _unmet(collection, region, reached.get(region.territory, NOTHING_MET), several=several)
    ]
    if lines:
        yield Part(say("Groups we still hope to hear from"), tuple(lines), theme=Theme.GROUPS)


def _unmet(collection: Collection, region: Region, reached: Met, *, several: bool) -> Iterator[Line]:
    targets = collection.targets.get(region.territory)
    if targets is None:
        return
    place = Text("{place}", {"place": Place(region.territory)})

    def here(label: Text) -> Text:
        return Text("{place}: {group}", {"place": place, "group": label}) if several else label

    if targets.people is not None and not reached.people:
        yield Line(place, say("hoped for {hoped}", hoped=targets.people))
    for language, percent in targets.languages.items():
        if language not in reached.languages:
            label = Text("{language}", {"language": Language(language, own=False)})
            yield Line(here(label), say("hoped for {share}", share=Percent(percent)))
    for question in questions_for(region):
        for option, percent in targets.questions.get(question.id, {}).items():
            if (question.id, option) not in reached.options:
                yield Line(
                    here(_option(collection, question, option)), say("hoped for {share}", share=Percent(percent))
                )


def _share(percent: int) -> Text:
    if percent == 0:
        return say("under {share}", share=Percent(SHARE_STEP))
    return say("about {share}", share=Percent(percent))
