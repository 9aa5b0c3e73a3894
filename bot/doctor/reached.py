"""Telegram: whether it is reached, knows the token, and shows and sends what it should."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence

from bot.account import Account, AccountFault, AskedToWait, Field, NotReached, OtherPoller, TokenUnknown, Webhook
from bot.doctor.findings import Finding, fault, warning, well
from bot.doctor.served import who_serves
from bot.profile import Profile
from bot.settings import Settings
from bot.setup.botfather import left_to_do
from bot.zones import is_other_bot, my_zone
from flows.load import CollectionFaults
from flows.zones import Zone

_MUCH, _TOO_MUCH = dt.timedelta(seconds=30), dt.timedelta(minutes=5)
"""How far the clock may be off. Consent, expiry and quiet hours are kept by it, and certificates are checked by it."""

_MANY = 100
"""Updates that may wait for a moment where a crowd has come; Telegram has as many requests open."""

_LONG_AGO = dt.timedelta(hours=1)
"""Telegram goes on telling what went wrong last, also when nothing has gone wrong since."""

_CLOCK = "let the system set it: sudo timedatectl set-ntp true"


async def token(account: Account, settings: Settings) -> list[Finding]:
    """Whose token it is, and what BotFather has been told."""
    try:
        me = await account.me()
    except TokenUnknown:
        return [fault("token", "Telegram does not know it", "ask BotFather for it again (/token); surveybot setup")]
    except NotReached as error:
        says = f"{settings.api_url} is not reached ({error})"
        remedy = "look whether this machine is online, its clock is right, and whether a proxy is needed (HTTPS_PROXY)"
        return [fault("Telegram", says, remedy)]
    zone = _zone(settings)
    if zone is not None and not settings.is_rehearsal and is_other_bot(zone, me.username):
        says = f"the token is @{me.username}'s, and the zone {settings.zone} has @{zone.bot}"
        return [fault("zones", says, "set SURVEYBOT_ZONE or SURVEYBOT_TOKEN to what belongs here, or mend zones.yaml")]
    left = [each.partition("; ") for each in left_to_do(me)]
    known = well("token", f"Telegram knows it: @{me.username}")
    return [known, *(warning("groups", says, remedy) for says, _, remedy in left)]


def _zone(settings: Settings) -> Zone | None:
    """The zone that this is; what is wrong with zones is found elsewhere."""
    try:
        return my_zone(settings)[0]
    except CollectionFaults:
        return None


async def clock(account: Account, now: dt.datetime) -> list[Finding]:
    """This machine's clock beside Telegram's."""
    theirs = await account.time()
    if theirs is None:
        return [warning("clock", "Telegram's answer does not say what time it is", _CLOCK)]
    off = abs(now - theirs)
    says = f"this machine's clock is {off.total_seconds():.0f} seconds off Telegram's"
    if off > _TOO_MUCH:
        return [fault("clock", says, _CLOCK)]
    return [warning("clock", says, _CLOCK) if off > _MUCH else well("clock", "agrees with Telegram's")]


async def updates(account: Account, settings: Settings, seconds: int, now: dt.datetime, *, mend: bool) -> list[Finding]:
    """Where updates go, and whether somebody else fetches them."""
    state, serves = await account.webhook(), await who_serves(settings)
    if settings.webhook_address:
        found = _sent(state, settings, now, serves=bool(serves))
    elif state.url and not mend:
        says = f"one is set at {state.url}, so that updates go there and are not fetched"
        remedy = "remove it: surveybot doctor --mend. If it is another program's, ask BotFather for a bot of your own"
        found = [fault("webhook", says, remedy)]
    else:
        found = [*await _removed(account, state), *await _fetched(account, serves, seconds)]
    if state.waiting and not serves:
        says = f"{state.waiting} updates wait at Telegram, which keeps them for a day"
        found.append(warning("updates", says, "start the bot"))
    elif state.url and state.waiting > _MANY:
        says = f"{state.waiting} updates wait at Telegram, though {serves}"
        remedy = "look at its log, at /readyz, and at what ends TLS; on PostgreSQL, start one more (docs/deploy.md)"
        found.append(warning("updates", says, remedy))
    return found


async def _removed(account: Account, state: Webhook) -> list[Finding]:
    if not state.url:
        return []
    await account.forget_webhook()
    return [well("webhook", f"the one at {state.url} is removed; updates can be fetched")]


def _sent(state: Webhook, settings: Settings, now: dt.datetime, *, serves: bool) -> list[Finding]:
    if state.url != settings.webhook_address:
        says = f"Telegram sends updates to {state.url or 'nowhere'}, and not to {settings.webhook_address}"
        return [(fault if serves else warning)("webhook", says, "start the bot again: it tells Telegram where")]
    if state.trouble and (state.trouble_at is None or now - state.trouble_at < _LONG_AGO):
        when = f" at {state.trouble_at:%H:%M} UTC" if state.trouble_at is not None else ""
        says = f"Telegram had trouble when it last failed to send an update{when}: {state.trouble}"
        remedy = f"look whether {settings.webhook_address} reaches {settings.listen} here, with a valid certificate"
        return [warning("webhook", says, remedy)]
    return [well("webhook", f"Telegram sends updates to {state.url}")]


async def _fetched(account: Account, serves: str, seconds: int) -> list[Finding]:
    if serves:
        return [well("updates", serves)]
    if not seconds:
        return []
    try:
        await account.poll(seconds)
    except OtherPoller:
        says = "another process fetches them with this token, and each ends the other"
        return [fault("updates", says, "stop that one; if it is not yours, ask BotFather for a new token (/revoke)")]
    return [well("updates", "nobody else fetches them")]


async def shown(account: Account, profiles: Sequence[Profile]) -> list[Finding]:
    """Menus and descriptions, in every language."""
    menus = await asyncio.gather(*(account.commands(each.code) for each in profiles))
    off = [each.code for each, menu in zip(profiles, menus, strict=True) if menu != each.commands]
    found = [_off("menu", off, "start the bot, or run: surveybot setup")] if off else []
    fields: tuple[Field, ...] = ("description", "short_description")
    for field in fields:
        texts = await asyncio.gather(*(account.text(field, each.code) for each in profiles))
        off = [each.code for each, text in zip(profiles, texts, strict=True) if text != getattr(each, field)]
        if off:
            found.append(_off(field.replace("_", " "), off, "run: surveybot setup"))
    return found or [well("menu", "menus and descriptions are set in every language")]


def _off(what: str, codes: Sequence[str], remedy: str) -> Finding:
    return warning(what, f"not as it should be for {', '.join(code or 'everybody else' for code in codes)}", remedy)


def trouble(error: AccountFault) -> Finding:
    """Telegram did not do what a check asked for."""
    if isinstance(error, AskedToWait):
        return warning("Telegram", str(error), "look again then")
    return fault("Telegram", f"did not answer as it should ({error})", "look again in a minute")
