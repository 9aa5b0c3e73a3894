"""Who is invited: everybody is looked at, some at a time, and each is written down or falls out for one reason.

Languages are sealed. Where an audience is chosen by language, chats are opened some at a time, off the event loop, and
nothing of them is kept.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.broadcasts.letters import languages_of
from bot.chats import open_addressee
from bot.storage.audiences import Person
from bot.storage.keystore import KeyStore
from bot.vault import CONTACT, CannotOpen, Vault
from flows.broadcasts import Reason
from flows.collection import Collection
from flows.negotiation import negotiate

_KEYS_TOGETHER = 500


@dataclass(slots=True)
class Tally:
    """How many are invited, and how many fall out for which reason."""

    recipients: int
    fallen_out: Counter[Reason]

    def draw(self, drawn: int) -> None:
        """Only so many of them were drawn."""
        self.fallen_out[Reason.NOT_DRAWN] += self.recipients - drawn
        self.recipients = drawn

    @classmethod
    def begin(cls) -> Tally:
        """Nobody was looked at yet."""
        return cls(0, Counter())


@dataclass(frozen=True, slots=True)
class Sieve:
    """Tells who of some people is invited."""

    keystore: KeyStore
    vault: Vault
    collection: Collection
    languages: tuple[str, ...]

    async def invited(self, people: Sequence[Person], tally: Tally) -> list[Person]:
        """Those who are, in order; the others are counted by their reason."""
        tally.fallen_out.update(person.why_not for person in people if person.why_not is not None)
        left = [person for person in people if person.why_not is None]
        if self.languages and left:
            readers = await self._readers(left)
            tally.fallen_out[Reason.OTHER_LANGUAGE] += len(left) - len(readers)
            left = readers
        tally.recipients += len(left)
        return left

    async def _readers(self, people: Sequence[Person]) -> list[Person]:
        wraps: dict[tuple[bytes, str], bytes] = {}
        for start in range(0, len(people), _KEYS_TOGETHER):
            key_ids = [person.key_id for person in people[start : start + _KEYS_TOGETHER]]
            wraps.update(await self.keystore.wraps(key_ids, (CONTACT,)))
        return await asyncio.to_thread(self._who_reads, people, wraps)

    def _who_reads(self, people: Sequence[Person], wraps: Mapping[tuple[bytes, str], bytes]) -> list[Person]:
        spoken = languages_of(self.collection)
        return [person for person in people if negotiate(self._language(person, wraps), spoken) in self.languages]

    def _language(self, person: Person, wraps: Mapping[tuple[bytes, str], bytes]) -> str | None:
        try:
            opened = open_addressee(person.chat, person.key_id, person.sealed, wraps, self.vault)
        except CannotOpen:
            return None
        return opened.language if opened is not None else None


Progress = Callable[[int, int], None]
"""Called with how many people were looked at, and how many there are."""


def since(last_invited: int | str | None, now: dt.datetime) -> dt.datetime | None:
    """Before when the last invite has to lie; None where it does not matter, or where there may be none."""
    return now - dt.timedelta(days=last_invited) if isinstance(last_invited, int) else None
