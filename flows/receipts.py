"""The receipt that machines read: ISO/IEC TS 27560 in the terms of the Data Privacy Vocabulary 2.3, as JSON-LD.

Traps of the W3C guide that are kept clear of: `dpv:ConsentTerminated` and `dpv:ExplicitConsent` do not exist in DPV
2.3; the profile IRIs are those of `dpv-27560.ttl`; several processes are an array, not a repeated key; there is no
`pd:Ancestry` and no term for gender identity. Where gender identity is locked nothing sensitive is named at all, be it
where somebody agreed or where they live by now.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from flows.collection import Collection, Purpose, Question, Region, Subject
from flows.consent import shorter
from flows.on_record import NOTHING_ON_RECORD, OnRecord
from flows.regions import questions_for
from flows.safety import LOCKED
from flows.session import Consented, Passage

_CONTEXT: Mapping[str, Any] = MappingProxyType(
    {
        "dpv": "https://w3id.org/dpv#",
        "pd": "https://w3id.org/dpv/pd#",
        "ai": "https://w3id.org/dpv/ai#",
        "loc": "https://w3id.org/dpv/loc#",
        "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
        "dct": "http://purl.org/dc/terms/",
        "schema": "https://schema.org/",
        "xsd": "http://www.w3.org/2001/XMLSchema#",
        "survey": "urn:surveybot:terms:",
        "dpv:isIndicatedAtTime": {"@type": "xsd:dateTime"},
        "dct:created": {"@type": "xsd:dateTime"},
        "dct:conformsTo": {"@type": "@id"},
        "dpv:hasPurpose": {"@type": "@id"},
        "dpv:hasLegalBasis": {"@type": "@id"},
        "dpv:hasJurisdiction": {"@type": "@id"},
        "dpv:hasNecessity": {"@type": "@id"},
    }
)
"""Written out, so that nobody has to fetch anything to read a receipt."""

_PERSONAL_DATA: Mapping[Subject, str] = MappingProxyType(
    {
        Subject.AGE: "pd:AgeRange",
        Subject.ANCESTRY: "pd:EthnicOrigin",
        Subject.GENDER_IDENTITY: "pd:Gender",
        Subject.FIRST_LANGUAGE: "pd:Language",
        Subject.GREW_UP: "pd:Location",
    }
)

_RIGHTS = ("A7-3", "A15", "A16", "A17", "A18", "A20", "A77")


PROOF = "survey:hasAuditProof"


@dataclass(frozen=True, slots=True)
class Proof:
    """That an audit entry is in a log whose head was signed (RFC 6962, 2.1.1), for whoever has the public key."""

    entry: str
    """The entry's content: JSON, exactly as it was hashed."""
    place: int
    """Which leaf of the log, from 0."""
    installation: str
    head_number: int
    head_kind: str
    size: int
    root: bytes
    head_at: dt.datetime
    head_note: str
    path: tuple[bytes, ...]
    signature: bytes
    public_key: bytes

    def as_json(self) -> dict[str, Any]:
        """As it stands in a receipt; hashes and signature in hexadecimal."""
        moment = self.head_at.astimezone(dt.UTC).isoformat(timespec="microseconds")
        return {
            "@type": "survey:InclusionProof",
            "survey:entry": self.entry,
            "survey:place": self.place,
            "survey:installation": self.installation,
            "survey:headNumber": self.head_number,
            "survey:headKind": self.head_kind,
            "survey:treeSize": self.size,
            "survey:root": self.root.hex(),
            "survey:headAt": moment,
            "survey:headNote": self.head_note,
            "survey:path": {"@list": [each.hex() for each in self.path]},
            "survey:signature": self.signature.hex(),
            "survey:publicKey": self.public_key.hex(),
        }

    @classmethod
    def from_json(cls, value: Any) -> Proof:  # noqa: ANN401  # JSON
        """What `as_json` gave. Raises ValueError."""
        try:
            return cls(
                entry=_word(value["survey:entry"]),
                place=_count(value["survey:place"]),
                installation=_word(value["survey:installation"]),
                head_number=_count(value["survey:headNumber"]),
                head_kind=_word(value["survey:headKind"]),
                size=_count(value["survey:treeSize"]),
                root=bytes.fromhex(value["survey:root"]),
                head_at=dt.datetime.fromisoformat(value["survey:headAt"]),
                head_note=_word(value["survey:headNote"]),
                path=tuple(bytes.fromhex(each) for each in value["survey:path"]["@list"]),
                signature=bytes.fromhex(value["survey:signature"]),
                public_key=bytes.fromhex(value["survey:publicKey"]),
            )
        except (KeyError, TypeError, AttributeError):
            raise ValueError("the proof lacks something, or something in it is not what it should be") from None


def _word(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError
    return value


def agreed_in(collection: Collection, passage: Passage) -> Region | None:
    """The region whose rules the consent in force is to, wherever somebody lives by now; None where it is not there."""
    agreed = passage.consented.territory if passage.consented is not None else ""
    return collection.region(agreed or passage.territory)


def receipt_file(
    collection: Collection,
    passage: Passage,
    pseudonym: str,
    now: dt.datetime,
    proof: Proof | None = None,
    record: OnRecord = NOTHING_ON_RECORD,
) -> str:
    """The receipt as JSON-LD text. Raises LookupError where there is no consent in force."""
    consented, region = passage.consented, agreed_in(collection, passage)
    if consented is None or region is None:
        raise LookupError("no consent to give a receipt for")
    identifier = str(uuid.uuid5(uuid.UUID(consented.record), "receipt"))
    receipt: dict[str, Any] = {
        "@context": dict(_CONTEXT),
        "@id": f"urn:uuid:{identifier}",
        "@type": "dpv:ConsentReceipt",
        "dct:conformsTo": "https://w3id.org/dpv/schema/dpv-27560#receipt-eu-gdpr",
        "dpv:hasIdentifier": identifier,
        "dct:created": _utc(now),
        "dpv:hasRecordOfActivity": _record(collection, region, passage, consented, pseudonym, record),
    }
    if proof is not None:
        receipt[PROOF] = proof.as_json()
    return json.dumps(receipt, ensure_ascii=False, indent=1)


def _record(
    collection: Collection,
    region: Region,
    passage: Passage,
    consented: Consented,
    pseudonym: str,
    record: OnRecord,
) -> dict[str, Any]:
    named = _named_questions(region, passage)
    return {
        "@id": f"urn:uuid:{consented.record}",
        "@type": "dpv:ConsentRecord",
        "dct:conformsTo": "https://w3id.org/dpv/schema/dpv-27560#record-eu-gdpr",
        "dct:identifier": consented.record,
        "dpv:hasDataSubject": {"@type": "dpv:DataSubject", "dct:identifier": pseudonym},
        "dpv:hasDataController": _controller(collection),
        "dpv:hasJurisdiction": f"loc:{region.territory}",
        "dpv:hasLegalBasis": _legal_basis(named),
        "dpv:hasProcess": [
            _process(collection, region, purpose, named, consented, record)
            for purpose in collection.purposes
            if purpose.id in consented.live_purposes()
        ],
        "dpv:hasNotice": _notice(collection, consented, record),
        "dpv:hasConsentControl": {
            "@type": ["dpv:ProvideConsent", "dpv:WithdrawConsent", "dpv:ReaffirmConsent"],
            "dpv:isExercisedAt": "/leave",
        },
        "dpv:hasRight": [{"@type": ["dpv:DataSubjectRight", f"eu-gdpr:{article}"]} for article in _RIGHTS],
        "dpv:hasConsentStatus": [_status(consented)],
    }


def _controller(collection: Collection) -> dict[str, Any]:
    organisation = collection.organisation
    return {
        "@id": f"{organisation.page}#controller",
        "@type": "dpv:DataController",
        "dpv:hasName": organisation.name,
        "dpv:hasContact": organisation.contact,
        "dpv:hasAddress": organisation.address,
    }


def _legal_basis(named: Sequence[Question]) -> list[str]:
    """Explicit consent, and for special categories consent to those (GDPR 6(1)(a) and 9(2)(a))."""
    sensitive = any(question.sensitive for question in named)
    return ["eu-gdpr:A6-1-a", "eu-gdpr:A9-2-a"] if sensitive else ["eu-gdpr:A6-1-a"]


def _named_questions(region: Region, passage: Passage) -> list[Question]:
    """The questions that a receipt may name: none that is sensitive where either place is locked.

    The file lies on a phone where somebody lives now.
    """
    locked = not LOCKED.isdisjoint({region.territory, passage.territory})
    return [question for question in questions_for(region) if not (locked and question.sensitive)]


def _process(
    collection: Collection,
    region: Region,
    purpose: Purpose,
    named: Sequence[Question],
    consented: Consented,
    record: OnRecord,
) -> dict[str, Any]:
    then = record.meant.get(purpose.id)
    process: dict[str, Any] = {
        "@type": "dpv:Process",
        "dct:identifier": purpose.id,
        "dct:description": then.label if then is not None and then.label else purpose.label,
        "dpv:hasPurpose": purpose.dpv.purpose,
        "dpv:hasNecessity": "dpv:Required" if purpose.required else "dpv:Optional",
        "dpv:hasRecipient": [{"@id": "https://telegram.org/", "@type": "dpv:ThirdParty"}],
        "dpv:hasStorageCondition": _storage(collection, region, purpose, consented, record),
    }
    if then is not None:
        process["survey:may"] = sorted(then.may)
    if purpose.dpv.ai is not None:
        process["survey:aiUse"] = {"@id": purpose.dpv.ai}
    if purpose.uses == "answers":
        process["dpv:hasPersonalData"] = [_personal_data(question) for question in named]
    return process


def _personal_data(question: Question) -> dict[str, Any]:
    kinds = [_PERSONAL_DATA.get(question.subject, "dpv:PersonalData")]
    if question.subject is Subject.ANCESTRY:
        kinds.append("dpv:SpecialCategoryPersonalData")
    elif question.sensitive:
        kinds.append("dpv:SensitivePersonalData")
    return {"@type": kinds, "dpv:hasNecessity": "dpv:Optional"}


def _storage(
    collection: Collection, region: Region, purpose: Purpose, consented: Consented, record: OnRecord
) -> list[dict[str, Any]]:
    """What was said then or what is said today, whichever is shorter."""
    given_at, whole = consented.given_at, (record.answers_kept, collection.retention.answers)
    kept = shorter(given_at, record.kept.get(purpose.id), purpose.kept) or shorter(given_at, *whole)
    return [
        {"@type": "dpv:StorageDuration", "dpv:hasDuration": kept},
        {"@type": "dpv:StorageLocation", "dpv:hasLocation": {"@id": f"loc:{collection.kept_in(region)}"}},
    ]


def _notice(collection: Collection, consented: Consented, record: OnRecord) -> dict[str, Any]:
    purposes = {"survey:purposesSha256": record.meant_sha256} if record.meant_sha256 else {}
    notice = f"urn:surveybot:{collection.id}:consent:{consented.version}:{consented.language}"
    return {
        "@id": notice,
        "@type": "dpv:ConsentNotice",
        "schema:version": str(consented.version),
        "dct:language": consented.language.replace("_", "-"),
        "survey:sha256": consented.sha256,
        **purposes,
    }


def _status(consented: Consented) -> dict[str, Any]:
    given = "dpv:RenewedConsentGiven" if consented.renewed else "dpv:ConsentGiven"
    return {
        "@type": [given, "dpv:ExplicitlyExpressedConsent"],
        "dpv:isIndicatedBy": {"@id": "dpv:DataSubject"},
        "dpv:hasIndicationMethod": "inline button in a private chat",
        "dpv:isIndicatedAtTime": _utc(consented.given_at),
        "dpv:hasDuration": f"P{(consented.expires_at - consented.given_at).days}D",
    }


def _utc(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
