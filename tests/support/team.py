"""Members of the team, who read their screens in English and press what is on them."""

from __future__ import annotations

import re

from bot.sandbox.contributor import Person
from bot.sandbox.server import Sandbox

from .running import Bot

OWNER, SECOND_OWNER = 5_000_001, 5_000_002
_LINK = re.compile(r"https://t\.me/\w+\?start=(\S+)")


class Member:
    """Somebody with a phone, in the team or not."""

    def __init__(self, person: Person) -> None:
        self.person = person

    @property
    def screen(self) -> str:
        """The newest message of the bot, without the marks that keep directions apart."""
        return re.sub("[\u2066-\u2069]", "", self.person.screen)

    @property
    def labels(self) -> list[str]:
        """Labels of the buttons in front of them."""
        return [re.sub("[\u2066-\u2069]", "", button.label) for button in self.person.buttons]

    @property
    def chat(self) -> list[tuple[str, str, list[str]]]:
        """Everything that stands in the chat."""
        return [(m.author, m.text, [b.label for b in m.buttons]) for m in self.person.messages]

    async def say(self, text: str) -> None:
        """Write something and wait for what comes of it."""
        await self.person.say(text)
        await self.person.settled(timeout=20)

    async def start(self, payload: str = "") -> None:
        """Open a link."""
        await self.person.start(payload)
        await self.person.settled(timeout=20)

    async def press(self, *labels: str) -> None:
        """Press one button after another."""
        for label in labels:
            found = [b.label for b in self.person.buttons if re.sub("[\u2066-\u2069]", "", b.label) == label]
            assert found, f"no button {label!r}\n{self.person.describe_screen()}"
            await self.person.press(found[0])
            await self.person.settled(timeout=20)

    @property
    def link(self) -> str:
        """What the link on the screen carries."""
        found = _LINK.search(self.screen)
        assert found is not None, self.person.describe_screen()
        return found[1]


def member(sandbox: Sandbox, name: str, number: int | None = None, phone: str = "en") -> Member:
    """Somebody with an account of their own."""
    return Member(sandbox.person(name, phone) if number is None else sandbox.person(name, phone, user_id=number))


async def link_for(owner: Member, role: str, *regions: str) -> str:
    """An owner makes a link."""
    await owner.say("/team")
    await owner.press("Invite somebody", role)
    if role == "Coordinator":
        await owner.press(*(f"☐ {region}" for region in regions), "Make the link")
    link = owner.link
    await owner.press("‹ Back", "Close")
    return link


async def come_in(newcomer: Member, link: str, name: str) -> None:
    """Somebody opens a link, accepts what there is to accept, and says what to be called."""
    await newcomer.start(link)
    if "Code of conduct" in newcomer.screen:
        await newcomer.press("I accept")
    await newcomer.say(name)


async def train(owner: Member, name: str, note: str = "2026-11-20 How to invite") -> None:
    """An owner notes the training of whoever is called so."""
    await owner.say("/team")
    number = next(line for line in owner.screen.splitlines() if f". {name} ·" in line).partition(".")[0]
    await owner.press(number, "Note a training")
    await owner.say(note)
    await owner.press("‹ Back", "Close")


async def joins(owner: Member, bot: Bot, name: str, role: str, *regions: str) -> Member:
    """Somebody new in the team, whose right is in effect."""
    newcomer = member(bot.sandbox, name)
    await come_in(newcomer, await link_for(owner, role, *regions), name)
    if role == "Coordinator":
        await train(owner, name)
    return newcomer
