"""Whom a region's coordinators hope to hear from, as `targets.yaml` in a region's folder says it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from flows.collection import OPT_OUT, Collection, Region, Targets
from flows.faults import Fault, YamlFile, mistyped, read_yaml


def read_targets(folder: Path, collection: Collection, faults: list[Fault]) -> dict[str, Targets]:
    """The targets of every region that has some, by territory. `folder` is the one with a folder for each region."""
    found = {}
    for region in collection.regions:
        path = folder / region.territory / "targets.yaml"
        file = read_yaml(path, faults) if path.exists() else None
        if file is None:
            continue
        try:
            targets = Targets.model_validate(file.value)
        except ValidationError as error:
            faults.extend(mistyped(error, file))
            continue
        faults.extend(_misnamed(file, targets, region))
        if collection.balance_purpose is None and (targets.languages or targets.questions):
            remedy = "Add a purpose with `balance: true`, or leave only `people` here"
            faults.append(file.fault((), "nobody is counted: no purpose of collection.yaml is for balance", remedy))
        found[region.territory] = targets
    return found


def _misnamed(file: YamlFile, targets: Targets, region: Region) -> Iterator[Fault]:
    for language in targets.languages:
        if language not in region.languages:
            spoken = ", ".join(region.languages) or "none"
            problem = f"{region.territory} does not speak {language}"
            yield file.fault(("languages", language), problem, f"It speaks: {spoken}")
    for question_id, options in targets.questions.items():
        question = region.question(question_id)
        if question is None:
            asked = ", ".join(each.id for each in region.questions)
            problem = f"{region.territory} does not ask {question_id}"
            yield file.fault(("questions", question_id), problem, f"It asks: {asked}")
            continue
        for option in options:
            if question.option(option) is None:
                problem = f"{question_id} has no option {option}"
                remedy = f"It has: {', '.join(each.id for each in question.options)}"
                if option == OPT_OUT:
                    remedy = "Who prefers not to answer is nobody's to count"
                yield file.fault(("questions", question_id, option), problem, remedy)
