"""Which effect is carried out how."""

from __future__ import annotations

from types import MappingProxyType

from bot.owing import answers, chat, consent, counts, pay, rehearsal
from bot.owing.batch import CarriedOut, Turnout
from flows import effects as owed

_CARRIED_OUT: CarriedOut = MappingProxyType(
    {
        **consent.CARRIED_OUT,
        **answers.CARRIED_OUT,
        **pay.CARRIED_OUT,
        **chat.CARRIED_OUT,
        **counts.CARRIED_OUT,
    }
)


def carry_out(effect: owed.Effect, turnout: Turnout) -> None:
    """Add what an effect owes to the batch. Of a rehearsal's, only what belongs to the chat itself."""
    if not turnout.rehearsing:
        _CARRIED_OUT[type(effect)](effect, turnout)
    elif (rehearsed := rehearsal.REHEARSED.get(type(effect))) is not None:
        rehearsed(effect, turnout)
