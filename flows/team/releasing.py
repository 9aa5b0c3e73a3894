"""What stewards may order, send off and confirm: two of them for every release, as on the command line."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from flows.collection import Collection, Purpose
from flows.releases import FORMATS, KEPT_DAYS, OrderState, ReleaseForm, ReleaseOrder
from flows.team.board import Board
from flows.team.deciding import Changes, new_id
from flows.team.rights import Standing
from flows.team.roster import ReleaseAsked, ReleaseMoved, Roster

OPEN = (OrderState.COUNTED, OrderState.WAITING)


def purposes_of(collection: Collection) -> list[Purpose]:
    """What answers may be released for."""
    return [purpose for purpose in collection.purposes if purpose.uses == "answers"]


def recipients_for(roster: Roster, purpose: str) -> list[str]:
    """Recipients on file whose agreement names a purpose."""
    return sorted(name for name, purposes in roster.recipients.items() if purpose in purposes)


def filled_in(form: ReleaseForm, collection: Collection, roster: Roster) -> ReleaseForm:
    """The form with what can be chosen in place of what cannot."""
    purposes = {each.id: each for each in purposes_of(collection)}
    purpose = form.purpose if form.purpose in purposes else next(iter(purposes), "")
    there = recipients_for(roster, purpose)
    recipient = form.recipient if form.recipient in there else (there[0] if there else "")
    own_words = form.own_words and purpose in purposes and purposes[purpose].own_words
    return ReleaseForm(purpose, recipient, form.format if form.format in FORMATS else FORMATS[0], own_words)


def following(values: Sequence[str], now: str) -> str:
    """The next one, and after the last the first."""
    return values[(values.index(now) + 1) % len(values)] if now in values else (values[0] if values else "")


def ask(board: Board, collection: Collection, form: ReleaseForm, now: dt.datetime, *, token: bytes) -> Changes:
    """Have it counted what would leave."""
    form = filled_in(form, collection, board.roster)
    if not board.me.may_release(now) or not form.recipient:
        return ()
    order = ReleaseOrder(
        id=new_id("o", token)[:12], collection=collection.id, purpose=form.purpose, recipient=form.recipient,
        format=form.format, own_words=form.own_words, by=board.me.member, at=now, state=OrderState.COUNTING,
    )  # fmt: skip
    return (ReleaseAsked(order),)


def can_be_made_alone(order: ReleaseOrder, board: Board) -> bool:
    """In a team of one, and never with own words."""
    return board.alone and not order.own_words


def send_off(order: ReleaseOrder, board: Board, now: dt.datetime) -> Changes:
    """To a second steward, or made at once in a team of one."""
    if not board.me.may_release(now) or order.by != board.me.member or order.state is not OrderState.COUNTED:
        return ()
    after = OrderState.MAKING if can_be_made_alone(order, board) else OrderState.WAITING
    return (ReleaseMoved(order.id, "release ordered", after),)


def waits_for(order: ReleaseOrder, me: Standing, now: dt.datetime) -> bool:
    """Whether somebody may be its second steward."""
    fresh = now - order.at <= dt.timedelta(days=KEPT_DAYS)
    return me.may_release(now) and order.state is OrderState.WAITING and order.by != me.member and fresh


def confirm(order: ReleaseOrder, board: Board, now: dt.datetime) -> Changes:
    """As the second steward."""
    if not waits_for(order, board.me, now):
        return ()
    return (ReleaseMoved(order.id, "release confirmed", OrderState.MAKING, board.me.member),)


def give_up(order: ReleaseOrder, board: Board, now: dt.datetime) -> Changes:
    """Whoever ordered it wants it no more."""
    if not board.me.may_release(now) or order.by != board.me.member or order.state not in OPEN:
        return ()
    return (ReleaseMoved(order.id, "release given up", OrderState.GIVEN_UP),)
