"""`surveybot check`: every collection held against published guidance, with all findings at once."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.commands import console
from bot.commands.console import Json

if TYPE_CHECKING:
    from bot.checking.checked import Checked, Known
    from bot.checking.findings import Finding
    from bot.settings import Settings
    from flows.load import Reading


def check(
    folder: Annotated[
        Path | None,
        typer.Argument(help="A folder of collections, or a collection; by default SURVEYBOT_COLLECTIONS."),
    ] = None,
    *,
    as_json: Json = False,
    as_sarif: Annotated[bool, typer.Option("--sarif", help="Print it as SARIF 2.1.0, for a code host.")] = False,
    explain: Annotated[str, typer.Option(help="Say what a rule looks for, why, and the practice behind it.")] = "",
) -> None:
    """Hold every collection against published guidance. Errors keep it from being opened, warnings do not."""
    from bot.checking.check import errors

    if as_json and as_sarif:
        raise typer.BadParameter("say --json or --sarif, not both")
    if explain:
        _explain(explain, as_json=as_json)
        return
    today = dt.datetime.now(dt.UTC).date()
    readings, known = _readings(folder)
    looked_at = [_looked(each, today, known) for each in readings]
    findings = [finding for _, found in looked_at for finding in found]
    if as_sarif:
        from bot.checking.sarif import as_sarif as written

        console.say_json(written(findings, Path.cwd()))
    elif as_json:
        console.say_json({"findings": [_as_json(each) for each in findings], "collections": _states(looked_at, today)})
    else:
        for checked, found in looked_at:
            _say(checked, found, today)
    wrong = len(errors(findings))
    if wrong:
        raise console.refuse(f"{console.counted(wrong, 'error')}: nothing opens with them")


def _readings(named: Path | None) -> tuple[list[Reading], dict[str, Known] | None]:
    """What the collections' folders hold; and what the data tells of them, None where it was not looked at."""
    from flows.load import CollectionFaults, collection_folders, read_collection

    settings = console.settings() if named is None else _settings_of(named)
    folder = named or (settings.collections if settings is not None else Path())
    try:
        found = [folder] if named is not None and (folder / "collection.yaml").exists() else collection_folders(folder)
    except CollectionFaults as faults:
        raise console.refuse(faults) from None
    readings = [read_collection(each) for each in found]
    return readings, _known(settings, readings) if settings is not None else None


def _settings_of(named: Path) -> Settings | None:
    """The settings, where a folder that was named is the one that they name, or in it: then their data is about it."""
    from bot.settings import SettingsFault, read_settings

    try:
        settings = read_settings(token=None)
    except SettingsFault:
        return None  # a folder can be looked at where no bot is set up
    ours, folder = settings.collections.resolve(), named.resolve()
    return settings if ours in {folder, folder.parent} else None


def _known(settings: Settings, readings: Sequence[Reading]) -> dict[str, Known] | None:
    from bot.checking.knowing import known_of
    from bot.storage.database import SchemaFault, StoreUnavailable

    try:
        return asyncio.run(known_of(settings, readings))
    except (SchemaFault, StoreUnavailable) as error:
        why = f"The data was not looked at, so nothing is known of earlier texts, of minutes and of sign-offs: {error}"
        console.err.print(why, style="yellow", markup=False)
        return None


def _looked(reading: Reading, today: dt.date, known: dict[str, Known] | None) -> tuple[Checked, tuple[Finding, ...]]:
    from bot.checking.check import check_reading, checked_of
    from bot.checking.checked import Known

    of_it = Known(knows_sign_offs=False) if known is None else known.get(reading.folder.name, Known())
    return checked_of(reading, today, of_it), check_reading(reading, today, of_it)


# --- text ------------------------------------------------------------------------------------------------------------


def _say(checked: Checked, findings: Sequence[Finding], today: dt.date) -> None:
    collection = checked.collection
    if collection is None:
        console.say(f"{checked.folder.name}: cannot be opened")
    else:
        console.say(
            f"{collection.id}: version {collection.version}, {console.counted(len(collection.regions), 'region')}"
        )
        for region in collection.regions:
            if region.territory in checked.known.in_other_zones:
                console.say(f"  {region.territory}: another installation's")
                continue
            for language in region.languages or ("",):
                state = _state(checked, region.territory, language, today)
                console.say(f"  {region.territory} {language or 'in no language'}: {state}")
        for language, messages in checked.missing.items():
            console.say(f"  {language}: not offered, {len(messages)} of its words are missing, such as {messages[0]!r}")
        _say_burdens(checked)
    _say_findings(findings)
    if collection is not None and collection.example:
        console.say("  An example: no sign-off and no real names are missed. Take `example` out when it is yours.")


def _state(checked: Checked, territory: str, language: str, today: dt.date) -> str:
    from flows.why_closed import closed_in_english

    if not checked.known.knows_sign_offs:
        return "sign-offs not looked at"
    return closed_in_english(checked.known.review(territory, language), today) or "open"


def _say_burdens(checked: Checked) -> None:
    from bot.burden import WITHOUT_SPACES
    from bot.checking.burden import burdens

    console.say("  taps to the receipt and to the thanks, words to read in all, minutes as estimated:")
    for each in burdens(checked):
        cost = each.cost
        spaceless = cost.language.split("_")[0] in WITHOUT_SPACES
        read = f"{cost.letters_to_thanks} letters" if spaceless else f"{cost.words_to_thanks} words"
        taps = f"{cost.taps_to_receipt:2} and {cost.taps_to_thanks} taps"
        console.say(f"    {cost.territory} {cost.language:8} {taps}, {read}, {each.minutes} minutes")


def _say_findings(findings: Iterable[Finding]) -> None:
    counts = {"error": 0, "warning": 0}
    for each in findings:
        counts[each.severity.value] += 1
        console.say(f"\n{each}")
        console.say(f"  {each.why}")
        console.say(f"  {each.remedy}.")
    console.say("")
    console.say(f"  {console.counted(counts['error'], 'error')}, {console.counted(counts['warning'], 'warning')}")


# --- for programs ----------------------------------------------------------------------------------------------------


def _as_json(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "path": str(finding.path),
        "line": finding.line,
        "region": finding.region,
        "language": finding.language,
        "what": finding.what,
        "why": finding.why,
        "remedy": finding.remedy,
    }


def _sign_off(checked: Checked, territory: str, language: str, today: dt.date) -> dict[str, Any]:
    if not checked.known.knows_sign_offs:
        return {"content": None, "closed": "not looked at"}
    review = checked.known.review(territory, language)
    return {"content": review.content, "closed": review.closure(today)}


def _states(looked_at: Iterable[tuple[Checked, tuple[Finding, ...]]], today: dt.date) -> list[dict[str, Any]]:
    from bot.checking.burden import burdens

    return [
        {
            "collection": checked.folder.name,
            "regions": [
                {
                    "region": region.territory,
                    "language": language,
                    **_sign_off(checked, region.territory, language, today),
                }
                for region in (checked.collection.regions if checked.collection is not None else ())
                for language in region.languages
            ],
            "passages": [
                {
                    "region": each.cost.territory,
                    "language": each.cost.language,
                    "taps_to_receipt": each.cost.taps_to_receipt,
                    "taps_to_thanks": each.cost.taps_to_thanks,
                    "words": each.cost.words_to_thanks,
                    "letters": each.cost.letters_to_thanks,
                    "minutes_estimated": each.minutes,
                }
                for each in burdens(checked)
            ],
        }
        for checked, _ in looked_at
    ]


# --- --explain -------------------------------------------------------------------------------------------------------


def _explain(name: str, *, as_json: bool) -> None:
    from difflib import get_close_matches

    from bot.checking.rules import BY_ID

    rule = BY_ID.get(name)
    if rule is None:
        near = get_close_matches(name, BY_ID, n=3, cutoff=0.4)
        nearest = f"; is it {' or '.join(near)}" if near else ""
        raise console.refuse(f"there is no rule {name!r}{nearest}? docs/checking.md lists them all")
    if as_json:
        console.say_json(
            {
                "rule": rule.id,
                "severity": rule.severity.value,
                "what": rule.what,
                "why": rule.why,
                "practice": rule.practice,
                "source": rule.source,
                "can_be_waived": rule.can_be_waived,
            }
        )
        return
    stops = "an error: nothing opens with it" if rule.severity.value == "error" else "a warning: it stops nothing"
    waiving = "can be waived in collection.yaml" if rule.can_be_waived else "cannot be waived"
    console.say(f"{rule.id} ({stops}; {waiving})")
    console.say(f"  What: {rule.what}.")
    console.say(f"  Why: {rule.why}")
    console.say(f"  Practice: {rule.practice}.")
    console.say(f"  Source: {rule.source}.")
