"""Groups and channels that the bot was put into, as those in them see it."""

from bot.sandbox.chats import Chat
from bot.sandbox.contributor import QUIET, Message, Person, message_of
from bot.sandbox.entities import find_entities
from bot.sandbox.service import BOT_USERNAME, Service


class Group:
    """A group or channel that the bot was put into, as those in it see it."""

    def __init__(self, service: Service, chat: Chat, *, hears_all: bool) -> None:
        self._service = service
        self._hears_all = hears_all
        self.chat = chat

    @property
    def id(self) -> int:
        return self.chat.id

    @property
    def messages(self) -> list[Message]:
        return [message_of(post, self._service) for post in self.chat.visible()]

    async def say(self, person: Person, text: str) -> int:
        assert person.account in self.chat.members, f"{person.name} is not in {self.chat.title}"  # noqa: S101
        heard = self.chat.bot_inside and (self._hears_all or _addressed(text))
        person.account.met = person.account.met or heard
        entities = find_entities(text)
        return self._service.person_posts(self.chat, person.account, text=text, entities=entities, heard=heard).id

    async def post(self, text: str) -> int:
        """Post into a channel, which speaks in its own name."""
        entities = find_entities(text)
        return self._service.person_posts(self.chat, None, text=text, entities=entities, heard=self.chat.bot_inside).id

    async def press(self, person: Person, label: str) -> str:
        for post in self.chat.newest_first():
            for button in post.buttons:
                if button.label == label and button.data is not None:
                    return self._service.press(self.chat, person.account, post.id, button.data)
        raise AssertionError(f"no button {label!r} in {self.chat.title}")

    async def follow(self, person: Person, label: str) -> None:
        """Press a button that leads elsewhere: into the bot's private chat, where it is a link to the bot."""
        for post in self.chat.newest_first():
            for button in post.buttons:
                if button.label == label and button.url is not None:
                    await person.open(button.url)
                    return
        raise AssertionError(f"no way on {label!r} in {self.chat.title}")

    def let_post(self, *, may: bool) -> None:
        """Make the bot an administrator who may post, or take that right away."""
        self.chat.bot_posts = may

    async def settled(self, timeout: float = 10, quiet: float = QUIET) -> None:  # noqa: ASYNC109 - part of the handle
        await self.chat.activity.settled(timeout, quiet)


def _addressed(text: str) -> bool:
    """What a bot in privacy mode hears: commands, and messages that name it."""
    return text.startswith("/") or f"@{BOT_USERNAME}" in text
