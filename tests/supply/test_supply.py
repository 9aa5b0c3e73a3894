"""What comes with a release: packages that are pinned, licences that are allowed, a bill, and the same bytes twice."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from releasing.locked import FORMATS, FUZZ, ROOT, RUN, TEST, Locked, licence_of, locked
from releasing.sbom import bill

# Permissive, or (LGPL, MPL) used as a library that stays as it is and can be exchanged by whoever runs the bot.
ALLOWED = frozenset(
    {
        "0BSD",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "CC0-1.0",
        "ISC",
        "LGPL-3.0-only",
        "MIT",
        "MIT-0",
        "MPL-2.0",
        "PSF-2.0",
        "Zlib",
    }
)

HAS_GIT = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, check=False).returncode == 0


LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


def test_each_lock_is_one_that_is_looked_at() -> None:
    assert set(LOCKS) == {RUN, FORMATS, TEST, FUZZ}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda each: each.stem)
def test_every_package_is_pinned_with_hashes(lock: Path) -> None:
    lines = [line for line in lock.read_text(encoding="utf-8").splitlines() if line and not line[0].isspace()]
    packages = locked(lock)
    assert len(packages) == len([line for line in lines if not line.startswith("#")])
    assert [each.name for each in packages if not each.hashes] == []


def test_what_the_project_asks_for_is_in_the_locks() -> None:
    """Each extra too: of those that are not for development, some lock for production has each."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    assert set(extras) == {"build", "export", "postgres", "statistics", "test"}
    always = [*project["dependencies"], *extras["build"], *extras["postgres"]]
    formats = [*always, *extras["export"], *extras["statistics"]]
    for asked, lock in ((always, RUN), (formats, FORMATS), ([*formats, *extras["test"]], TEST)):
        names = {re.split(r"[^A-Za-z0-9._-]", each)[0] for each in asked}
        assert names - {each.name for each in locked(lock)} == set()


@pytest.mark.parametrize(("smaller", "larger"), [(RUN, FORMATS), (FORMATS, TEST)], ids=["formats", "test"])
def test_what_is_installed_is_what_tests_ran_with(smaller: Path, larger: Path) -> None:
    """The same versions and files: `make locks` holds one lock to the other."""
    assert set(locked(smaller)) - set(locked(larger)) == set()


@pytest.mark.parametrize(
    "package",
    sorted({*locked(FORMATS), *locked(TEST), *locked(FUZZ)}, key=str),
    ids=lambda each: f"{each.name}-{each.version}",
)
def test_each_licence_is_known_and_allowed(package: Locked) -> None:
    expression = licence_of(package)
    assert set(re.findall(r"[A-Za-z0-9.-]+", expression)) - {"AND", "OR"} <= ALLOWED, f"{package.name}: {expression}"


def test_the_bill_names_every_package_once_with_licence_and_hashes() -> None:
    made = bill(1_790_000_000)
    assert made == bill(1_790_000_000)
    assert (made["bomFormat"], made["specVersion"]) == ("CycloneDX", "1.6")
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", made["serialNumber"])
    assert made["metadata"]["timestamp"] == "2026-09-21T14:13:20Z"
    components = {(each["name"], each["version"]): each for each in made["components"]}
    assert len(components) == len(made["components"])
    assert {(each.name, each.version) for each in locked(FORMATS)} == set(components)
    for component in components.values():
        assert component["licenses"][0]["expression"]
        assert component["externalReferences"]
    assert set(made["dependencies"][0]["dependsOn"]) == {each["bom-ref"] for each in made["components"]}
    named = [reference["url"] for each in components.values() for reference in each["externalReferences"]]
    assert {url.partition(":")[0] for url in named} == {"pkg"}, "no index is named"


def test_the_bill_says_which_installation_brings_a_package() -> None:
    brought: dict[str, set[str]] = {"make install": set(), "make install FORMATS=1": set()}
    for component in bill(1_790_000_000)["components"]:
        (by,) = (each["value"] for each in component["properties"] if each["name"] == "surveybot:installed-by")
        brought[by].add(component["name"])
        assert by == "make install" or component["scope"] == "optional"
    assert brought["make install"] == {each.name for each in locked(RUN)}
    assert {"opendp", "pandas", "pyarrow", "pyreadstat", "numpy"} <= brought["make install FORMATS=1"]


@pytest.mark.skipif(not HAS_GIT, reason="a release is made of a commit, and there is none here")
def test_a_release_is_the_same_bytes_twice(tmp_path: Path) -> None:
    """Made by somebody else, with other settings of git, in another time zone and folder, where work has begun."""
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    lock = clone / "requirements" / "formats.txt"
    lock.write_text(lock.read_text().replace("==", "==99."))
    made: list[dict[str, bytes]] = []
    for root, umask, zone, mode in ((ROOT, 0o077, "Asia/Tokyo", "0002"), (clone, 0o022, "America/Sao_Paulo", "0077")):
        out = tmp_path / f"out-{mode}"
        git = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "tar.umask", "GIT_CONFIG_VALUE_0": mode}
        environment = {**os.environ, **git, "TZ": zone, "PYTHONHASHSEED": mode.lstrip("0"), "TMPDIR": str(tmp_path)}
        subprocess.run(
            [sys.executable, "-m", "releasing.dist", str(out)],
            cwd=root, env=environment, umask=umask, capture_output=True, check=True,
        )  # fmt: skip
        made.append({path.name: path.read_bytes() for path in out.iterdir()})
    first, second = made
    assert sorted(first) == sorted(second)
    assert [name for name in first if first[name] != second[name]] == []
    assert {re.sub(r"^surveybot-[0-9.]+\d", "", name) for name in first} == {
        "-py3-none-any.whl", ".tar.gz", "-requirements.txt", "-requirements-formats.txt",
        "-sbom.cdx.json", "SHA256SUMS",
    }  # fmt: skip
    assert first["SHA256SUMS"].decode().count("\n") == len(first) - 1
