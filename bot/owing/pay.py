"""Pay that somebody has earned, and how they want to get it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from types import MappingProxyType

from bot.owing.batch import CarriedOut, Payee, Turnout
from bot.storage.entitlements import day_of, next_day_of
from bot.storage.keystore import Wrap
from bot.storage.numbers import Number
from bot.vault import NUMBER_STEP, PAYOUTS, number_place, seal
from flows import effects as owed
from flows.consent import after as period_after
from flows.consent import pay_reference
from flows.on_record import PayState

NUMBER_KEPT = dt.timedelta(days=30)
"""How long a number that pay is to be sent to is kept at most; the screen that asks for it says so."""


def _accrue(effect: owed.Accrue, turnout: Turnout) -> None:
    """Pay is owed for time: what is kept of it is a day, an amount, and a hash that no pseudonym leads to."""
    collection = turnout.shelf.collections[effect.collection]
    passage = turnout.after.passages[effect.collection]
    region = collection.region(passage.territory)
    if region is None:
        return
    day = day_of(turnout.at)
    turnout.batch.ledger.entitlements.append(
        {
            "holder": turnout.vault.entitlement_hash(turnout.chat.letterhead.chat_id, collection.id),
            "collection": collection.id,
            "amount": str(region.pay.amount),
            "currency": region.pay.currency,
            "accrued_on": day,
            "kept_until": period_after(day, collection.compensation.kept),
            "territory": region.territory,
            "reference": pay_reference(turnout.vault.randomness(5)),
            "state": PayState.OWED.value,
            "state_on": day,
            "told": True,
            "left": False,
            "given": 0,
        }
    )


def _pay_out(effect: owed.PayOut, turnout: Turnout) -> None:
    passage = turnout.after.passages.get(effect.collection)
    if passage is not None and passage.consented is not None:
        turnout.pays(effect.collection, passage.territory)


def _choose_way(effect: owed.ChooseWay, turnout: Turnout) -> None:
    """A number gets a key of its own: neither the contact key nor a contribution's opens it."""
    passage, vault = turnout.after.passages.get(effect.collection), turnout.vault
    if passage is None or passage.consented is None:
        return  # what is owed may be from a time before, and is chosen for as soon as somebody takes part anew
    number = None
    if effect.number is not None:
        holder = vault.entitlement_hash(turnout.chat.letterhead.chat_id, effect.collection)
        key_id, key = vault.randomness(16), vault.new_key()
        # A day alone: the moment is that of a submission. Its end, or a sweep might take the key for an old one.
        made_at = next_day_of(turnout.batch.now)
        turnout.batch.wraps.append(Wrap(key_id, PAYOUTS, vault.wrap(PAYOUTS, key_id, key), made_at))
        sealed = seal(key, effect.number.encode(), number_place(holder), vault.randomness, step=NUMBER_STEP)
        number = Number(holder, key_id, sealed, day_of(turnout.at) + NUMBER_KEPT)
    payee = Payee(turnout.chat, effect.collection, passage.territory, turnout.after.language, asks=True)
    turnout.batch.payees.append(replace(payee, way=effect.way, number=number))


CARRIED_OUT: CarriedOut = MappingProxyType(
    {
        owed.Accrue: _accrue,
        owed.PayOut: _pay_out,
        owed.ChooseWay: _choose_way,
    }
)
