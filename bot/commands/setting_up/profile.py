"""What Telegram shows of the bot, in every language that it speaks."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence

from bot.account import AccountFault, Me
from bot.commands import console
from bot.commands.asking import Asking, beware, explain, heading, well
from bot.commands.setting_up.account import ask_telegram
from bot.profile import profiles
from bot.settings import Settings
from bot.setup import botfather
from bot.setup.introducing import Told, introduce
from flows.collection import Collection
from flows.language import language_name

_NAME = re.compile(r"(?:(?P<code>[a-z]{2})=)?(?P<name>.+)")


def profile(
    asking: Asking, settings: Settings, me: Me, collections: tuple[Collection, ...], given: Sequence[str]
) -> None:
    """Show names, descriptions and menus; guide to the privacy policy, which only BotFather can set."""
    from bot.reading import read_texts

    heading("5. What Telegram shows of the bot")
    languages = tuple(dict.fromkeys(language for c in collections for language in c.languages))
    wanted = profiles(read_texts(settings, collections), collections, languages)
    codes = {each.code: each.language for each in wanted if each.code}
    explain(wanted[0].description.splitlines())
    if not asking.yes(f"Show this, and a menu, in each language ({', '.join(codes)})?", default=True):
        return
    names = _names(asking, given, codes, me.name)
    try:
        told = ask_telegram(settings, lambda account: introduce(account, wanted, names, asyncio.sleep))
    except AccountFault as fault:
        raise console.refuse(f"{fault}; run `surveybot setup` once more") from None
    for what in dict.fromkeys(each.what for each in told):
        _say_told(what, [each for each in told if each.what == what])
    explain(line.format(page=collections[0].organisation.page) for line in botfather.POLICY)


def _names(asking: Asking, given: Sequence[str], codes: Mapping[str, str], now: str) -> dict[str, str]:
    """Names by code. Without any, the name stays as BotFather was told it."""
    found = [match for match in map(_NAME.fullmatch, given) if match is not None]
    names = {match["code"] or "": match["name"].strip() for match in found}
    if names or not asking.somebody:
        return names
    everywhere = asking.text("Name of the bot", now)
    names = {"": everywhere} if everywhere != now else {}
    if asking.yes("Has it another name in some languages?", default=False):
        said = {code: asking.text(f"Name in {language_name(name, 'en')}", everywhere) for code, name in codes.items()}
        names |= {code: name for code, name in said.items() if name != everywhere}
    return names


def _say_told(what: str, told: Sequence[Told]) -> None:
    changed = [each.code or "everybody else" for each in told if each.changed]
    if changed:
        well(f"{what}: set for {', '.join(changed)}")
    elif not any(each.trouble for each in told):
        well(f"{what}: is so already")
    for each in told:
        if each.trouble:
            beware(f"{what}, {each.code or 'everybody else'}: {each.trouble}")
