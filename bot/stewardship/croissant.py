"""The release as machines read of it: Croissant 1.1 with RAI 1.0 (docs.mlcommons.org/croissant).

Written by hand: the library writes `rai:dataCollectionTimeFrame` where the vocabulary says `dataCollectionTimeframe`.
Both stand here, and it reads either.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from bot.stewardship.columns import Column, Kind
from bot.stewardship.sheets import Sheet
from bot.stewardship.telling import Told
from flows.collection import Purpose

_CONTEXT: Mapping[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    **{name: f"cr:{name}" for name in (
        "arrayShape", "citeAs", "column", "containedIn", "equivalentProperty", "extract", "field", "fileProperty",
        "fileObject", "fileSet", "format", "includes", "isArray", "isLiveDataset", "jsonPath", "key", "md5",
        "parentField", "path", "recordSet", "references", "regex", "repeated", "replace", "samplingRate", "separator",
        "source", "subField", "transform",
    )},
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "sc": "https://schema.org/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "description": {"@container": "@language"},
    "name": {"@container": "@language"},
}  # fmt: skip

_READABLE = {"csv": "text/csv", "jsonl": "application/jsonlines", "parquet": "application/x-parquet"}
"""Formats that readers of Croissant load; of the others they know only that the files are there."""


_PREFIXES = {"dpv": "https://w3id.org/dpv#", "ai": "https://w3id.org/dpv/ai#"}


def croissant(told: Told) -> bytes:
    """JSON-LD (UTF-8)."""
    value = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"],
        **_general(told),
        **_responsible(told),
        "distribution": [_file(told, sheet) for sheet in told.sheets],
    }
    if told.release.format in _READABLE:
        value["recordSet"] = [_records(sheet, exact_times=told.release.exact_times) for sheet in told.sheets]
    return orjson.dumps(value, option=orjson.OPT_INDENT_2)


def _general(told: Told) -> dict[str, Any]:
    release, collection = told.release, told.wanted.collection
    return {
        "name": f"{collection.id}-{release.purpose}-{release.id[:8]}",
        "description": f"{collection.title} {collection.what_for} Released to {release.recipient} for one purpose: "
        f"{told.use}.",
        "version": f"{collection.version}.0.0",
        "datePublished": release.made_at.date().isoformat(),
        "creator": {
            "@type": "Organization",
            "name": collection.organisation.name,
            "url": collection.organisation.page,
            "email": collection.organisation.contact,
        },
        "url": collection.organisation.page,
        "license": f"Agreement {told.recipient.agreement}; not to be passed on",
        "citeAs": f"{collection.organisation.name}: {collection.title} Release {release.id}",
        "isLiveDataset": False,
        "usageInfo": [_use(purpose) for purpose in told.purposes],
    }


def _use(purpose: Purpose) -> dict[str, Any]:
    terms = [purpose.dpv.purpose, *([purpose.dpv.ai] if purpose.dpv.ai else [])]
    return {
        "@type": "DefinedTerm",
        "termCode": purpose.id,
        "name": purpose.label,
        "inDefinedTermSet": "https://w3id.org/dpv",
        "url": [_in_full(term) for term in terms],
    }


def _in_full(term: str) -> str:
    prefix, _, name = term.partition(":")
    return f"{_PREFIXES[prefix]}{name}"


def _responsible(told: Told) -> dict[str, Any]:
    release, span = told.release, told.span
    sensitive = [asked.label for asked in told.questions if asked.question is not None and asked.question.sensitive]
    when = [span.submitted_first.date().isoformat(), span.submitted_last.date().isoformat()] if span else []
    return {
        "rai:dataCollection": "People answered in a private chat, after they had agreed purpose by purpose.",
        "rai:dataCollectionType": ["Surveys", "Self-reporting"],
        "rai:dataCollectionMissingData": "Four states stay apart: answered, prefer_not_to_answer, not_reached, "
        "not_asked. Nothing is imputed.",
        "rai:dataCollectionRawData": "Raw answers stay sealed with the organisation; none are in the release.",
        "rai:dataCollectionTimeframe": when,
        "rai:dataCollectionTimeFrame": when,
        "rai:dataImputationProtocol": "None.",
        "rai:dataManipulationProtocol": "Where fewer than "
        f"{release.smallest_group} rows share what tells people apart, answers are put into broader groups, unless "
        "their contributor asked for exactly; see protection.md.",
        "rai:dataPreprocessingProtocol": ["Pseudonyms by keyed hash, different for each recipient."],
        "rai:dataReleaseMaintenancePlan": "Withdrawal lists are sent; rows on them are to be deleted within "
        f"{told.recipient.delete_within} days.",
        "rai:personalSensitiveInformation": sensitive,
        "rai:dataBiases": "Only people who agreed, and who could be reached by chat. Protection takes most from small "
        "groups; protection.md says how much.",
        "rai:dataLimitations": "No sample of any population: nothing here says how many people in the world are what.",
        "rai:dataUseCases": [purpose.label for purpose in told.purposes],
        "rai:dataSocialImpact": f"Impact assessment {told.wanted.collection.responsible.impact_assessment}.",
    }


def _file(told: Told, sheet: Sheet) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": sheet.name,
        "name": sheet.name,
        "description": "The data." if sheet.question is None else f"The data of the question {sheet.question}.",
        "contentUrl": sheet.name,
        "encodingFormat": _READABLE.get(told.release.format, told.wanted.format.media_type),
        "sha256": told.hashes[sheet.name],
    }


def _records(sheet: Sheet, *, exact_times: bool) -> dict[str, Any]:
    name = sheet.question or "contributions"
    fields = [_field(name, sheet, column, exact_times=exact_times) for column in sheet.columns]
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": "One row a contribution.",
        "key": {"@id": f"{name}/contributor"},
        "field": fields,
    }


def _field(records: str, sheet: Sheet, column: Column, *, exact_times: bool) -> dict[str, Any]:
    number = column.kind in {Kind.NUMBER, Kind.MARK}
    # In CSV and Parquet an empty mark stands among numbers: readers that know no empty whole number need a float.
    kind = "sc:Integer" if column.kind is Kind.NUMBER else "sc:Float" if number else "sc:Text"
    if column.kind is Kind.TIME:
        kind = "sc:DateTime" if exact_times else "sc:Date"
    return {
        "@type": "cr:Field",
        "@id": f"{records}/{column.name}",
        "name": column.name,
        "description": column.label,
        "dataType": kind,
        "source": {"fileObject": {"@id": sheet.name}, "extract": {"column": column.name}},
    }
