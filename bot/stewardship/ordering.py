"""What a steward asks for, checked before anything is opened."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot.stewardship.formats import FORMATS, Format
from bot.stewardship.protection import SMALLEST_GROUP
from bot.stewardship.recipients import check_name
from bot.stewardship.refusing import Refused
from bot.storage.releases import Release
from flows.collection import Collection, Purpose


@dataclass(frozen=True, slots=True)
class Order:
    """What a steward asks for."""

    collection: Collection
    purpose: Purpose
    recipient: str
    format: Format
    exact_times: bool = False
    smallest_group: int = SMALLEST_GROUP
    own_words: bool = False
    tables: bool = False
    """One table a question, under pseudonyms that nothing joins, instead of one table of everything."""
    stewards: tuple[str, ...] = ()
    """Who has confirmed it: two, or the one of a one-person team."""
    since: str | None = None
    """The release, or the beginning of its id, from which changes are told."""
    ordered_as: str | None = None
    """The order that waited for it."""


def order(
    collections: Iterable[Collection],
    collection: str,
    purpose: str,
    recipient: str,
    made_as: Format,
    *,
    exact_times: bool = False,
    smallest_group: int = SMALLEST_GROUP,
    own_words: bool = False,
    tables: bool = False,
    since: str | None = None,
) -> Order:
    """What a steward asks for, checked; nobody has confirmed it yet. Raises Refused."""
    found = {each.id: each for each in collections}
    if collection not in found:
        raise Refused(f"there is no collection {collection!r}; there is: {_list(found)}")
    asked = found[collection]
    meant = asked.purpose(purpose)
    if meant is None:
        raise Refused(f"{collection} has no purpose {purpose!r}; it has: {_list(_answer_purposes(asked))}")
    if meant.uses != "answers":
        raise Refused(
            f"{purpose} uses the contact and not the answers, so there is nothing to export for it; "
            f"export for: {_list(_answer_purposes(asked))}"
        )
    check_name(recipient)
    made_as.check_there()
    if smallest_group < SMALLEST_GROUP:
        raise Refused(f"--k: a row is shared by {SMALLEST_GROUP} people at least; name {SMALLEST_GROUP} or more")
    if own_words and not meant.own_words:
        raise Refused(
            f"{purpose} does not name own words: people did not agree to pass them on for it. A purpose does with "
            "`own_words: true` in collection.yaml, and on its cards"
        )
    if tables and since is not None:
        raise Refused("--since compares contributors, and tables of single questions have none in common")
    return Order(asked, meant, recipient, made_as, exact_times, smallest_group, own_words, tables, since=since)


def confirmed(wanted: Order, by: str, also_by: str | None, *, one_person_team: bool) -> Order:
    """The order with who confirmed it. Raises Refused where that takes somebody else."""
    alone = also_by is None or also_by.casefold().strip() == by.casefold().strip()
    if alone and not one_person_team:
        raise Refused("two stewards confirm every release: name the second, who is not the first, with --confirmed-by")
    if alone and wanted.own_words:
        raise Refused("own words leave only with a second steward, also where a team has one person: --confirmed-by")
    names = (by.strip(),) if alone or also_by is None else (by.strip(), also_by.strip())
    if not all(names):
        raise Refused("a steward's name is empty")
    return replace(wanted, stewards=names)


def as_kept(wanted: Order) -> dict[str, object]:
    """An order as it waits in the data for a second steward."""
    return {
        "collection": wanted.collection.id,
        "purpose": wanted.purpose.id,
        "recipient": wanted.recipient,
        "format": wanted.format.name,
        "exact_times": wanted.exact_times,
        "smallest_group": wanted.smallest_group,
        "own_words": wanted.own_words,
        "tables": wanted.tables,
        "since": wanted.since,
    }


def from_kept(collections: Iterable[Collection], kept: dict[str, object]) -> Order:
    """What `as_kept` gave, checked again against today's collections. Raises Refused."""
    values = dict(kept)
    names = [str(values.pop(name)) for name in ("collection", "purpose", "recipient")]
    made_as = FORMATS[str(values.pop("format"))]
    collection, purpose, recipient = names
    return order(collections, collection, purpose, recipient, made_as, **values)  # type: ignore[arg-type]  # as written


def _answer_purposes(collection: Collection) -> list[str]:
    return [purpose.id for purpose in collection.purposes if purpose.uses == "answers"]


def _list(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"


def folder_name(release: Release) -> str:
    """The name of a release's folder."""
    return "-".join((release.collection, release.purpose, release.recipient, release.id[:8]))


def file_names(release: Release) -> list[str]:
    """The names of its data files."""
    if not release.tables:
        return [f"{folder_name(release)}.{release.format}"]
    return [f"{folder_name(release)}-{question}.{release.format}" for question in release.tables]
