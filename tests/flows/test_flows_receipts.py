"""The receipt that machines read: it says what was agreed to, and where, whatever has changed since."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from typing import Any

import pytest
from made_up import demographics, shelves
from test_flows_journeys import AGREE, CARDS_RIGHT, passage, submitted
from test_flows_renewal import moving
from walker import Walker

from flows.collection import Collection
from flows.receipts import receipt_file
from flows.session import Passage


def record_of(held: Passage, collection: Collection | None = None) -> dict[str, Any]:
    """The record in the receipt that somebody is sent."""
    now = dt.datetime(2026, 12, 1, tzinfo=dt.UTC)
    receipt: dict[str, Any] = json.loads(receipt_file(collection or demographics(), held, "p_1", now))
    record: dict[str, Any] = receipt["dpv:hasRecordOfActivity"]
    return record


def process(record: dict[str, Any], purpose: str = "evaluation") -> dict[str, Any]:
    """What a record says of a purpose."""
    found: dict[str, Any] = next(each for each in record["dpv:hasProcess"] if each["dct:identifier"] == purpose)
    return found


def kinds(record: dict[str, Any]) -> set[str]:
    """The data that a record names."""
    return {kind for each in process(record)["dpv:hasPersonalData"] for kind in each["@type"]}


def agreed_in(territory: str) -> Passage:
    """Somebody who has agreed there."""
    place = {"US": "United States", "EG": "Egypt"}[territory]
    return passage(Walker(shelves()["ready"]).opens("demographics").presses(place, *CARDS_RIGHT, AGREE))


def lives_in(held: Passage, territory: str) -> Passage:
    """The same person, who has said that they moved there."""
    return replace(held, territory=territory)


def test_whoever_moved_and_left_it_as_it_was_has_a_receipt_of_the_place_that_they_agreed_in() -> None:
    """Nothing sensitive stands in it: the file lies on a phone where that is dangerous."""
    walker = moving(submitted(), "Egypt").presses("Yes, I live there now", "Leave it as it was")
    held = passage(walker)
    assert held.territory == "EG"
    record = record_of(held)
    assert record["dpv:hasJurisdiction"] == "loc:US"
    assert record["dpv:hasLegalBasis"] == ["eu-gdpr:A6-1-a"]
    assert not {"pd:EthnicOrigin", "pd:Gender", "dpv:SensitivePersonalData"} & kinds(record)


def test_what_was_agreed_to_is_named_after_a_move_to_where_less_is_asked() -> None:
    here = record_of(agreed_in("US"))
    there = record_of(lives_in(agreed_in("US"), "IN"))
    assert (there["dpv:hasJurisdiction"], there["dpv:hasLegalBasis"], kinds(there)) == (
        "loc:US", ["eu-gdpr:A6-1-a", "eu-gdpr:A9-2-a"], kinds(here),
    )  # fmt: skip
    assert {"pd:EthnicOrigin", "pd:Gender"} <= kinds(there)


def test_what_was_not_agreed_to_is_not_named_after_a_move_to_where_more_is_asked() -> None:
    record = record_of(lives_in(agreed_in("EG"), "US"))
    assert record["dpv:hasJurisdiction"] == "loc:EG"
    assert kinds(record) == kinds(record_of(agreed_in("EG")))


def test_a_consent_that_an_earlier_surveybot_wrote_is_of_the_place_that_is_held() -> None:
    held = agreed_in("US")
    assert held.consented is not None
    held = replace(held, consented=replace(held.consented, territory=""))
    assert record_of(held)["dpv:hasJurisdiction"] == "loc:US"


def test_it_lasts_as_long_as_was_agreed_to_whatever_is_offered_today() -> None:
    today = demographics().model_copy(update={"consent": demographics().consent.model_copy(update={"expires": "P6M"})})
    held = agreed_in("US")
    assert held.consented is not None
    [status] = record_of(held, today)["dpv:hasConsentStatus"]
    said = status["dpv:hasDuration"]
    assert held.consented.given_at + dt.timedelta(days=int(said[1:-1])) == held.consented.expires_at
    assert (said[0], said[-1]) == ("P", "D")


@pytest.mark.parametrize(("kept", "said"), [("P6M", "P6M"), (None, "P24M")])
def test_a_use_that_ends_earlier_says_so(kept: str | None, said: str) -> None:
    purposes = tuple(each.model_copy(update={"kept": kept}) for each in demographics().purposes)
    record = record_of(agreed_in("US"), demographics().model_copy(update={"purposes": purposes}))
    stored = process(record)["dpv:hasStorageCondition"]
    assert stored[0] == {"@type": "dpv:StorageDuration", "dpv:hasDuration": said}
