"""The token, held against Telegram, and what only BotFather can set."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.account import Account, AccountFault, Me, NotReached, TokenUnknown
from bot.commands import console
from bot.commands.asking import Asking, beware, explain, heading, well
from bot.commands.setting_up import env
from bot.settings import TELEGRAM, Settings, SettingsFault, is_real_token, read_settings
from bot.setup import botfather as steps

_Result = TypeVar("_Result")


def ask_telegram(settings: Settings, what: Callable[[Account], Awaitable[_Result]]) -> _Result:
    """Ask once. Raises AccountFault."""
    from bot.doors import open_account

    async def work() -> _Result:
        async with open_account(settings) as account:
            return await what(account)

    return console.finish(work())


def token(asking: Asking, api_url: str, *, from_stdin: bool) -> tuple[Settings, Me]:
    """The settings with a token that Telegram knows, which is written down, and whose it is."""
    heading("1. The token")
    given = sys.stdin.readline().strip() if from_stdin else env.token_before()
    found = _known(given, api_url, asking) if given or not asking.somebody else None
    if found and asking.somebody and not asking.yes(f"Go on with @{found[1].username}?", default=True):
        found = None
    if found is None:
        explain(steps.NEW_BOT)
    while found is None:
        found = _known(asking.secret("Token (it is not shown)"), api_url, asking)
    settings, me = found
    well(f"Telegram knows the token: @{me.username}, {me.name}")
    secret = settings.token.get_secret_value() if settings.token else ""
    server = {"SURVEYBOT_API_URL": settings.api_url} if api_url else {}
    server |= {"SURVEYBOT_LOCAL_API": "true"} if api_url and settings.local_api else {}
    env.put({"SURVEYBOT_TOKEN": secret, **server})
    return settings, me


def _known(given: str, api_url: str, asking: Asking) -> tuple[Settings, Me] | None:
    """Whose token it is. Where it is nobody's, says why; ends there where nobody can be asked for another."""
    others = _without_token(api_url)
    local = others.local_api or (bool(api_url) and others.api_url != TELEGRAM and is_real_token(given))
    try:
        settings = read_settings(token=given or None, api_url=others.api_url, local_api=local)
        if settings.token is not None:
            return settings, ask_telegram(settings, lambda account: account.me())
        why = "there is no token; give it in SURVEYBOT_TOKEN, or with --token-stdin"
    except SettingsFault as fault:
        why = str(fault)
    except TokenUnknown:
        why = "Telegram does not know this token; copy all of what BotFather gave, or send it /token for another"
    except NotReached as fault:
        raise console.refuse(
            f"{others.api_url} is not reached ({fault}); look whether this machine is online and its clock is right, "
            "and whether a proxy is needed (HTTPS_PROXY). Nothing was changed"
        ) from None
    except AccountFault as fault:
        raise console.refuse(fault) from None
    if not asking.somebody:
        raise console.refuse(why)
    beware(why)
    return None


def _without_token(api_url: str) -> Settings:
    """All the other settings: what is wrong with them is not mended by another token."""
    try:
        return read_settings(token=None, **({"api_url": api_url} if api_url else {}))
    except SettingsFault as fault:
        raise console.refuse(fault) from None


def botfather(asking: Asking, settings: Settings, me: Me) -> None:
    """Guide through groups and privacy, and look whether it was done."""
    heading("2. What only BotFather can set")
    left = steps.left_to_do(me)
    if left and asking.somebody:
        explain(steps.GROUPS)
        asking.done("Press Enter when BotFather has been told, or to go on without")
        try:
            left = steps.left_to_do(ask_telegram(settings, lambda account: account.me()))
        except AccountFault as fault:
            beware(str(fault))
    if not left:
        well("the bot reads nothing in groups, and nobody can put it into one")
    for each in left:
        beware(each)
