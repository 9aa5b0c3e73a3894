"""What somebody is owed, as screens and messages say it: read from what is kept of it, put into what is to be sent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.chats import Chat
from bot.storage import numbers, vouchers
from bot.storage.entitlements import Entitlement, entitlement
from bot.vault import CannotOpen, Vault, code_place, unseal
from flows.collection import PayWay
from flows.on_record import Owed, PayState


def owed_of(found: Entitlement, code: str | None = None) -> Owed:
    """What is owed, as screens say it."""
    return Owed(
        amount=Decimal(found.amount),
        currency=found.currency,
        on=found.accrued_on,
        kept_until=found.kept_until,
        territory=found.territory or "",
        state=found.state,
        state_on=found.state_on,
        way=PayWay(found.way) if found.way is not None else None,
        reference=found.reference,
        reason=found.reason,
        code=code,
    )


async def owed_to(connection: AsyncConnection, chat: Chat, collection: str, vault: Vault) -> Owed | None:
    """What a chat is owed for a collection, with the code that it was paid with where that still opens."""
    holder = vault.entitlement_hash(chat.letterhead.chat_id, collection)
    found = await entitlement(connection, holder)
    if found is None:
        return None
    code = await vouchers.code_of(connection, holder) if found.way == PayWay.VOUCHER else None
    owed = owed_of(found, _opened(code, chat) if code is not None else None)
    return replace(owed, has_number=bool(await numbers.of(connection, [holder])))


def _opened(code: vouchers.Code, chat: Chat) -> str | None:
    """The code; who left since it was handed out, and came back, has another key."""
    try:
        return unseal(chat.key, code.sealed, code_place(code.id)).decode()
    except CannotOpen:
        return None


def owed_to_json(owed: Owed) -> dict[str, Any]:
    """What is owed, for a message whose words are put together when it is sent. It is sealed before it is kept."""
    return {
        "amount": str(owed.amount),
        "currency": owed.currency,
        "on": owed.on.isoformat(),
        "kept_until": owed.kept_until.isoformat(),
        "territory": owed.territory,
        "state": owed.state.value,
        "state_on": owed.state_on.isoformat() if owed.state_on is not None else None,
        "has_number": owed.has_number,
        "reference": owed.reference,
        "reason": owed.reason,
        "code": owed.code,
    }


def owed_from_json(data: Mapping[str, Any]) -> Owed:
    """What is owed, as it was when its message was put down."""
    state_on = data["state_on"]
    return Owed(
        amount=Decimal(data["amount"]),
        currency=data["currency"],
        on=dt.datetime.fromisoformat(data["on"]),
        kept_until=dt.datetime.fromisoformat(data["kept_until"]),
        territory=data["territory"],
        state=PayState(data["state"]),
        state_on=dt.datetime.fromisoformat(state_on) if state_on is not None else None,
        has_number=data["has_number"],
        reference=data["reference"],
        reason=data["reason"],
        code=data["code"],
    )
