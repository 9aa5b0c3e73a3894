"""Telling Telegram what to show of the bot: names, descriptions and menus, each only where it shows something else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from bot.account import LIMITS, Account, AskedToWait, Field, NotTaken
from bot.profile import Profile
from flows.words import letters

_PATIENCE = 30.0
"""Seconds to wait when Telegram asks for it. It may ask for hours, and nobody waits for that at a terminal."""

Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one thing in one language."""

    what: str
    code: str
    changed: bool = False
    trouble: str = ""


async def introduce(
    account: Account, profiles: Sequence[Profile], names: Mapping[str, str], sleep: Sleep
) -> list[Told]:
    """Show these, and a name for each code in `names`. Raises AccountFault where nothing more can be told."""
    told: list[Told] = []
    for field in LIMITS:
        told += await _tell_all(account, field, _wanted(field, profiles, names), sleep)
    for profile in profiles:
        told.append(await _tell_menu(account, profile, sleep))
    return told


def _wanted(field: Field, profiles: Sequence[Profile], names: Mapping[str, str]) -> dict[str, str]:
    if field == "name":
        return dict(names)
    return {profile.code: getattr(profile, field) for profile in profiles}


async def _tell_all(account: Account, field: Field, wanted: Mapping[str, str], sleep: Sleep) -> list[Told]:
    """One field in every language. When Telegram asks for a long wait, the rest of the field waits too."""
    told: list[Told] = []
    waiting = ""
    for code, words in wanted.items():
        what = field.replace("_", " ")
        if letters(words) > LIMITS[field]:
            excess = f"{letters(words)} letters, and Telegram takes {LIMITS[field]}"
            told.append(Told(what, code, trouble=excess))
        elif await account.text(field, code) == words:
            told.append(Told(what, code))
        elif waiting:
            told.append(Told(what, code, trouble=waiting))
        else:
            waiting = await _patiently(partial(account.set_text, field, code, words), sleep)
            told.append(Told(what, code, not waiting, waiting))
    return told


async def _tell_menu(account: Account, profile: Profile, sleep: Sleep) -> Told:
    if await account.commands(profile.code) == profile.commands:
        return Told("menu", profile.code)
    trouble = await _patiently(partial(account.set_commands, profile.code, profile.commands), sleep)
    return Told("menu", profile.code, not trouble, trouble)


async def _patiently(call: Callable[[], Awaitable[None]], sleep: Sleep) -> str:
    """Make a call, waiting once where Telegram asks for little; what the trouble was, empty where there was none."""
    for last in (False, True):
        try:
            await call()
        except AskedToWait as asked:
            if last or asked.seconds > _PATIENCE:
                return f"Telegram lets this change again in {_span(asked.seconds)}; run setup once more then"
            await sleep(asked.seconds)
        except NotTaken as error:
            return f"Telegram did not take it: {error}"
        else:
            return ""
    return ""


def _span(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes" if seconds < 7200 else f"{seconds / 3600:.0f} hours"
