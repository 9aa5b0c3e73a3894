"""What a release would be, counted before anybody confirms it: nothing is written, and no count points at anybody."""

from __future__ import annotations

from typing import Any

from bot.clock import Clock
from bot.stewardship.archive import Archive
from bot.stewardship.columns import Offered, ever_asked
from bot.stewardship.ordering import Order
from bot.stewardship.protection import Loss, Protection
from bot.stewardship.recipients import check_may_receive, check_spelling
from bot.stewardship.rows import Reader, Rows
from bot.storage import consents, vocabulary

_TOGETHER = 500


async def foresee(archive: Archive, wanted: Order, clock: Clock) -> dict[str, Any]:
    """What may be told of it (`flows.releases.ReleaseOrder.told`). Raises Refused where it could not be made."""
    now = clock()
    reader = Reader(archive, wanted.collection, wanted.purpose)
    async with archive.database.read() as connection:
        await check_spelling(connection, wanted.recipient)
        await check_may_receive(connection, wanted.recipient, wanted.purpose.id, now)
        questions = ever_asked(await vocabulary.rows(connection, wanted.collection.id), wanted.collection)
        rows = Rows(archive, questions, Offered.by(wanted.collection), wanted.recipient, exact_times=False)
        protection = Protection(questions, wanted.smallest_group, apart=wanted.tables, own_words=wanted.own_words)
        names: list[str] = []
        async for some in consents.submitted_pseudonyms(connection, wanted.collection.id, now):
            names += some
        passed = 0
        for counts in (True, False):
            for start in range(0, len(names), _TOGETHER):
                standing = await reader.standing(connection, names[start : start + _TOGETHER], now)
                for each in await reader.opened(connection, standing, now):
                    place, given = rows.place(each), rows.given(each)
                    if counts:
                        protection.count(place, given, exactly=each.exactly)
                    elif protection.passed_on(place, given, exactly=each.exactly) is not None:
                        passed += 1
            if counts:
                protection.settle()
    return _told(protection, passed)


def _told(protection: Protection, passed: int) -> dict[str, Any]:
    """Counts from a group on; losses in steps of a twentieth, and only where a group is lost."""
    smallest = protection.smallest
    losses = [_loss(each) for each in protection.losses() if each.may_be_told(smallest)]
    told = sorted((each for each in losses if each[2]), key=lambda each: (-each[2], each[:2]))
    return {
        "smallest": smallest,
        "rows": passed if passed >= smallest else None,
        "left_out": protection.rows_left_out if protection.rows_left_out >= smallest else None,
        "losses": told,
    }


def _loss(loss: Loss) -> tuple[str, str, int]:
    return (loss.question, loss.option, round(loss.share * 20) * 5)
