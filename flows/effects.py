"""What is owed after a step, in the imperative. The engine asks; `bot.conversation` carries out and commits."""

from __future__ import annotations

from dataclasses import dataclass, field

from flows.collection import PayWay
from flows.consent import ConsentRecord, Document
from flows.links import Passed


@dataclass(frozen=True, slots=True)
class Effect:
    """Something owed."""


@dataclass(frozen=True, slots=True)
class GiveConsent(Effect):
    """Keep a consent record, the exact cards behind it, and wrap the keys of the purposes agreed to."""

    record: ConsentRecord
    document: Document
    participant: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class RenewConsent(Effect):
    """Keep the record of a consent that takes another one's place.

    `apart`: to another text, or to more uses. What was submitted before then stays under the earlier record and its
    keys, and what is submitted from now on has keys of its own. Otherwise everything that stood under the earlier
    record stands under this one.
    """

    record: ConsentRecord
    document: Document
    instead_of: str
    """The record that was in force."""
    apart: bool


@dataclass(frozen=True, slots=True)
class DeclineRenewal(Effect):
    """Note that somebody was asked to agree anew, and left what they had agreed to as it was."""

    collection: str
    version: int


@dataclass(frozen=True, slots=True)
class EndFormer(Effect):
    """The time of consents to an earlier text is over: destroy their keys, erase what still stood under them."""

    collection: str
    records: tuple[str, ...]
    purposes: tuple[str, ...]
    """Purposes that something submitted was still used for under them; none where all was submitted anew."""


@dataclass(frozen=True, slots=True)
class WithdrawPurposes(Effect):
    """Destroy the keys of some purposes of one collection; the rest stays."""

    collection: str
    purposes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TakeBack(Effect):
    """Withdraw from a collection: destroy its keys, erase its rows, remember the pseudonym for earlier exports."""

    collection: str
    lapsed: bool = False
    """Whether the consent came to its end by itself."""


@dataclass(frozen=True, slots=True)
class StopMessages(Effect):
    """Send nothing unasked any more; cancel what was to be sent."""


@dataclass(frozen=True, slots=True)
class CleanChat(Effect):
    """Delete from the chat what can still be deleted there."""


@dataclass(frozen=True, slots=True)
class Submit(Effect):
    """Keep the answers to some questions of a collection as submitted, beside the consent that is in force."""

    collection: str
    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TakeOutAnswers(Effect):
    """Erase submitted answers to questions that are not asked any more."""

    collection: str
    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Accrue(Effect):
    """Write down that pay is owed for a collection. It does not look at answers."""

    collection: str


@dataclass(frozen=True, slots=True)
class PayOut(Effect):
    """See to pay that is owed for a collection: it can be collected now. It does not look at answers."""

    collection: str


@dataclass(frozen=True, slots=True)
class ChooseWay(Effect):
    """Pay for a collection is to come in this way; where a provider has to know a number, to this one."""

    collection: str
    way: PayWay
    number: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Forget(Effect):
    """Destroy everything about the chat once the goodbye is delivered, after a day at most."""


@dataclass(frozen=True, slots=True)
class KeepReceipt(Effect):
    """The open card becomes the receipt, which stays; the next screen is a new card."""


@dataclass(frozen=True, slots=True)
class FoldReceipt(Effect):
    """Take the code out of the receipt that stands in the chat."""


@dataclass(frozen=True, slots=True)
class SendReceiptFile(Effect):
    """Send the receipt that machines read."""

    collection: str


@dataclass(frozen=True, slots=True)
class SendOwnCopy(Effect):
    """Send a file of everything that is held of a collection; it is taken out of the chat after an hour."""

    collection: str
    form: str


@dataclass(frozen=True, slots=True)
class SendVoice(Effect):
    """Send a consent card as it was read aloud in a language."""

    collection: str
    language: str
    card: int
    """From 1."""


@dataclass(frozen=True, slots=True)
class SendPicture(Effect):
    """Send a member of the team a picture of how a collection goes in some regions."""

    collection: str
    territories: tuple[str, ...]
    theme: str
    """What it is about (`flows.picture.Theme`)."""


@dataclass(frozen=True, slots=True)
class DeleteMessage(Effect):
    """Delete one message from the chat, such as own words that have been kept."""

    message: int


@dataclass(frozen=True, slots=True)
class FoldLater(Effect):
    """Fold this step's card after some idle minutes."""

    step: int


@dataclass(frozen=True, slots=True)
class CountLink(Effect):
    """Count one more who got so far by a link. Nothing of the count says who."""

    link: str
    how_far: Passed


@dataclass(frozen=True, slots=True)
class SendPoster(Effect):
    """Send a link as a file to print: in a language, or without words the code alone."""

    link: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class NewCard(Effect):
    """Show the next screen as a new card below, since the old one has scrolled away."""


@dataclass(frozen=True, slots=True)
class SendTrial(Effect):
    """Send an invite as people read it, marked, to a coordinator who is about to send it to many."""

    collection: str
    territory: str
    language: str
    paragraph: str | None = field(default=None, repr=False)
    has_finished: bool = False
    """Whether it is to those who have finished the collection."""


@dataclass(frozen=True, slots=True)
class Count(Effect):
    """Add to a bare counter of a collection's funnel; negative where somebody is counted elsewhere instead."""

    collection: str
    territory: str
    what: str
    """In the words of `flows.tallies`."""
    more: int = 1
