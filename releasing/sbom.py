"""A bill of materials as CycloneDX 1.6 JSON (cyclonedx.org): `make sbom`.

The same locks and commit give the same bytes. It covers both installations, and says of each package which of them
brings it.
"""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
import tomllib
import uuid
from pathlib import Path
from typing import Any

from releasing.locked import FORMATS, ROOT, RUN, Locked, licence_of, locked, summary_of

Json = dict[str, Any]


def epoch() -> int:
    """When the last commit was made, in seconds since 1970: the time that a release bears."""
    asked = ["git", "log", "-1", "--format=%ct"]
    return int(subprocess.run(asked, cwd=ROOT, capture_output=True, check=True, text=True).stdout)  # noqa: S603


def bill(seconds: int, tree: Path = ROOT) -> Json:
    """The whole bill, as of a time, by what the locks in a folder say."""
    project = tomllib.loads((tree / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    ours = f"pkg:pypi/{project['name']}@{project['version']}"
    always = frozenset(locked(tree / RUN.relative_to(ROOT)))
    components = [_component(package, always=package in always) for package in locked(tree / FORMATS.relative_to(ROOT))]
    told = json.dumps(components, sort_keys=True) + ours + str(seconds)
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, told)}",
        "version": 1,
        "metadata": {
            "timestamp": dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": {
                "type": "application",
                "bom-ref": ours,
                "name": project["name"],
                "version": project["version"],
                "description": project["description"],
                "purl": ours,
            },
        },
        "components": components,
        "dependencies": [{"ref": ours, "dependsOn": [each["bom-ref"] for each in components]}],
    }


def _component(package: Locked, *, always: bool) -> Json:
    purl = f"pkg:pypi/{package.name}@{package.version}"
    component: Json = {
        "type": "library",
        "bom-ref": purl,
        "name": package.name,
        "version": package.version,
        "description": summary_of(package),
        "scope": "required" if always and not package.marker else "optional",
        "licenses": [{"expression": licence_of(package)}],
        "purl": purl,
        # One version is several files, a platform each; any of them may be installed, and nothing else.
        "externalReferences": [
            {"type": "distribution", "url": purl, "hashes": [{"alg": "SHA-256", "content": digest}]}
            for digest in package.hashes
        ],
        "properties": [
            {"name": "surveybot:installed-by", "value": "make install" if always else "make install FORMATS=1"},
        ],
    }
    if package.marker:
        component["properties"].append({"name": "surveybot:installed-where", "value": package.marker})
    return component


def written(seconds: int, tree: Path = ROOT) -> str:
    """The bill as text."""
    return json.dumps(bill(seconds, tree), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(written(epoch()))
