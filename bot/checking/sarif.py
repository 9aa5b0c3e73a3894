"""Findings as SARIF 2.1.0 (OASIS), which code hosts and editors show beside the line.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bot.checking.findings import Finding, Rule
from bot.checking.rules import RULES

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

_PLACES = {rule.id: number for number, rule in enumerate(RULES)}


def as_sarif(findings: Iterable[Finding], here: Path) -> dict[str, Any]:
    """One run with every rule in it. Files under `here` are named from there, others by their whole address."""
    driver = {
        "name": "surveybot check",
        "version": version("surveybot"),
        "rules": [_rule(rule) for rule in RULES],
    }
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {"%SRCROOT%": {"uri": here.resolve().as_uri().rstrip("/") + "/"}},
                "results": [_result(finding, here) for finding in findings],
            }
        ],
    }


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": f"{rule.what}."},
        "fullDescription": {"text": rule.why},
        "help": {"text": f"{rule.practice}: {rule.source}."},
        "defaultConfiguration": {"level": rule.severity.value},
    }


def _result(finding: Finding, here: Path) -> dict[str, Any]:
    return {
        "ruleId": finding.rule,
        "ruleIndex": _PLACES[finding.rule],
        "level": finding.severity.value,
        "message": {"text": f"{finding.what}. {finding.why} {finding.remedy}."},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": _address(finding.path, here),
                    "region": {"startLine": max(finding.line, 1)},
                }
            }
        ],
        "properties": {"region": finding.region, "language": finding.language},
    }


def _address(path: Path, here: Path) -> dict[str, str]:
    whole = path.resolve()
    try:
        relative = whole.relative_to(here.resolve())
    except ValueError:
        return {"uri": whole.as_uri()}
    return {"uri": quote(relative.as_posix()), "uriBaseId": "%SRCROOT%"}
