"""Which collections the bot serves, and where they are open."""

from __future__ import annotations

from pathlib import Path

from bot.commands import console
from bot.commands.asking import Asking, beware, explain, heading, well
from bot.commands.setting_up import env
from bot.settings import Settings
from flows.collection import Collection
from flows.load import CollectionFaults, load_collections
from flows.regions import open_regions


def collections(asking: Asking, settings: Settings, folder: str) -> tuple[Settings, tuple[Collection, ...]]:
    """The settings with a folder whose collections can be read, and what is in it."""
    from bot.bootstrap import utc_now

    heading("3. What is asked")
    before = str(settings.collections)
    wanted = folder or asking.text("Folder of collections", before)
    while (found := _readable(wanted, asking)) is None:
        wanted = asking.text("Folder of collections", before)
    if wanted != before:
        env.put({"SURVEYBOT_COLLECTIONS": wanted})
    opened = {each.id: open_regions(each, utc_now().date(), unreviewed=settings.allow_unreviewed) for each in found}
    for each in found:
        say = well if opened[each.id] else beware
        say(f"{each.id}, version {each.version}: {len(opened[each.id])} of {len(each.regions)} regions are open")
    if not any(opened.values()):
        explain(["Nobody can take part on Telegram until a region is signed off: docs/collections.md tells how."])
    return settings.model_copy(update={"collections": Path(wanted)}), found


def _readable(folder: str, asking: Asking) -> tuple[Collection, ...] | None:
    try:
        return load_collections(Path(folder))
    except CollectionFaults as faults:
        if not asking.somebody:
            raise console.refuse(faults) from None
        console.err.print(str(faults), markup=False)
        return None
