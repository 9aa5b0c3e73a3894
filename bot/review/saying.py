"""Keeping a reviewer's word: the row, the text that it is about, the audit entry, and what then comes due."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage import audit, schedule, sign_offs
from bot.storage.halt_news import HALT, REFUSAL
from bot.storage.schedule import Due
from flows.sign_offs import Place, SignOff, Verdict

LAPSE = "sign_off_ends"
"""Due when the team is told that sign-offs of a collection end. Its key: collection, the day, how long before."""

TOLD_BEFORE = (30, 7)
"""Days before the last day of a sign-off."""

_ACTIONS = {Verdict.SIGNED: "signed off", Verdict.REFUSED: "sign-off refused", Verdict.REMARKED: "remark made"}


async def keep(
    connection: AsyncConnection, words: Sequence[SignOff], shown: Mapping[str, Mapping[str, str]], actor: str
) -> list[Due]:
    """Keep words in the transaction that they are said in; what comes due, which is on the schedule then.

    `shown` has by its hash what each is about.
    """
    dues: list[Due] = []
    stops: dict[Place, Due] = {}
    for word in words:
        await sign_offs.keep_text(connection, word.content, shown[word.content])
        number = await sign_offs.add(connection, word)
        await audit.append(connection, [_entry(word, number, actor)])
        dues += _ends(word)
        if word.verdict is Verdict.REFUSED:  # people there are told once, however many of its texts are refused
            stops[word.place] = Due(HALT, f"{REFUSAL}{number}/", word.at)
    dues += stops.values()
    await schedule.put_due(connection, dues)
    return dues


def _entry(word: SignOff, number: int, actor: str) -> dict[str, object]:
    """No remark's words: they are a reviewer's own, and stand in their row."""
    detail: dict[str, object] = {
        "sign_off": number, "by": word.by, "region": word.place.territory, "language": word.place.language,
        "content": word.content, "as": word.capacity.value,
    }  # fmt: skip
    if word.expires_on is not None:
        detail["until"] = word.expires_on.isoformat()
    if word.alone:
        detail["alone"] = True
    return {
        "at": word.at, "actor": actor, "action": _ACTIONS[word.verdict], "collection": word.place.collection,
        "pseudonym": None, "detail": detail,
    }  # fmt: skip


def _ends(word: SignOff) -> list[Due]:
    if word.verdict is not Verdict.SIGNED or word.expires_on is None:
        return []
    noon = dt.datetime.combine(word.expires_on, dt.time(12), tzinfo=dt.UTC)
    moments = {days: noon - dt.timedelta(days=days) for days in TOLD_BEFORE}
    key = f"{word.place.collection}/{word.expires_on.isoformat()}"
    return [Due(LAPSE, f"{key}/{days}", at) for days, at in moments.items() if at > word.at]
