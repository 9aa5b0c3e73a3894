"""Which collections the bot serves, and where they are open."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.commands import console
from bot.commands.asking import Asking, beware, explain, heading, well
from bot.commands.setting_up import env
from bot.review.looking import look
from bot.settings import Settings, SettingsFault, read_settings
from bot.spoken import in_whole_languages, words_missing
from flows.collection import Collection
from flows.load import CollectionFaults, load_collections


def check_folder(folder: str) -> None:
    """Nothing is written for a folder whose collections cannot be read, where nobody can be asked for another."""
    try:
        load_collections(Path(folder) if folder else console.settings_without_token().collections)
    except CollectionFaults as faults:
        raise console.refuse(faults) from None


def collections(asking: Asking, settings: Settings, folder: str) -> tuple[Settings, tuple[Collection, ...]]:
    """The settings with a folder whose collections can be read, and what is in it, in the languages that are whole."""
    from bot.clock import utc_now
    from bot.reading import read_texts

    heading("3. What is asked")
    before = str(settings.collections)
    wanted = folder or asking.text("Folder of collections", before)
    while (found := _readable(wanted, asking)) is None:
        wanted = asking.text("Folder of collections", before)
    if wanted != before:
        env.put({"SURVEYBOT_COLLECTIONS": wanted})
    found = tuple(_in_whole_languages(each, Path(wanted) / each.id) for each in found)
    offered = settings.model_copy(update={"collections": Path(wanted)})
    shelf = asyncio.run(look(offered, found, read_texts(offered, found)))
    opened = {each.id: shelf.beginning(each, utc_now().date()) for each in found}
    for each in found:
        say = well if opened[each.id] else beware
        say(f"{each.id}, version {each.version}: {len(opened[each.id])} of {len(each.regions)} regions are open")
    if not any(opened.values()):
        explain(["Nobody can take part on Telegram until a region is signed off: docs/review.md tells how."])
    return settings.model_copy(update={"collections": Path(wanted)}), found


def owners(asking: Asking, settings: Settings, given: str) -> None:
    """Who is in charge: they have the team's commands, and walk through what is not open yet on their own phone."""
    before = ",".join(map(str, settings.owners))
    question = "Telegram ids of the owners (/team, /rehearse), digits only, with commas between them (Enter: none)"
    wanted = given or asking.text(question, before)
    while (why := _not_ids(wanted)) is not None:
        if not asking.somebody:
            raise console.refuse(why)
        beware(why)
        wanted = asking.text(question, before)
    if wanted != before:
        env.put({"SURVEYBOT_OWNERS": wanted})


def _not_ids(wanted: str) -> str | None:
    try:
        read_settings(token=None, owners=wanted)
    except SettingsFault as fault:
        return str(fault)
    return None


def _in_whole_languages(collection: Collection, folder: Path) -> Collection:
    missing = words_missing(folder, collection)
    for language, words in missing.items():
        beware(f"{collection.id} is not offered in {language}: {len(words)} words are missing; run: surveybot catalogs")
    return in_whole_languages(collection, missing)


def _readable(folder: str, asking: Asking) -> tuple[Collection, ...] | None:
    try:
        return load_collections(Path(folder))
    except CollectionFaults as faults:
        if not asking.somebody:
            raise console.refuse(faults) from None
        console.err.print(str(faults), markup=False)
        return None
