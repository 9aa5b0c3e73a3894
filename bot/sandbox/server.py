"""The stand-in on a port of this machine: the Bot API, its files, and the page."""

import json
import time
from collections.abc import Callable, Iterable, Sequence
from email.utils import formatdate
from types import TracebackType
from typing import Any, Self

import orjson
from aiohttp import web

from bot.listening import stop_listening
from bot.sandbox import bodies
from bot.sandbox.api import Answer, Api
from bot.sandbox.calls import Call
from bot.sandbox.contributor import Person
from bot.sandbox.faults import Faults
from bot.sandbox.groups import Group
from bot.sandbox.guide import Guide
from bot.sandbox.limits import Limits
from bot.sandbox.page import Page, foreign
from bot.sandbox.refusals import Refused, not_found, unauthorized
from bot.sandbox.service import BOT_USERNAME, Service

Json = dict[str, Any]

HOST = "127.0.0.1"
TOKEN = "1:rehearsal"  # noqa: S105 - opens nothing: it is the stand-in's own
# Telegram takes uploads of 50 MB from bots.
_LARGEST_BODY = 50 * 1024 * 1024
# As Telegram's apps send them: IETF tags, lower case after the hyphen.
LANGUAGES = ("en", "ar", "es", "de", "fr", "pt-br", "hi", "id", "ur", "sw", "ja", "he", "zh-hans")


def phones(spoken: Iterable[str]) -> tuple[str, ...]:
    """Languages of phones to choose from, those that a bot speaks (as CLDR writes them) among them."""
    codes = (name.replace("_", "-").lower() for name in spoken)
    return tuple(dict.fromkeys((*LANGUAGES, *codes)))


class Sandbox:
    """A Bot API that reaches nobody. `port=0` takes a free port; `page` also serves the chat page.

    A `guide` shows every screen of what is rehearsed, at /gallery.
    """

    def __init__(
        self,
        token: str = TOKEN,
        *,
        clock: Callable[[], float] = time.time,
        port: int = 0,
        page: bool = True,
        languages: Sequence[str] = LANGUAGES,
        first_retry: float = 1.0,
        guide: Guide | None = None,
    ) -> None:
        self.token = token
        self.guide = guide
        self.bot_username = BOT_USERNAME
        self.languages = tuple(languages)
        self.people: dict[int, Person] = {}
        self.service = Service(token, clock)
        self.faults = Faults(self.service.updates, lambda: self.service.publish({"type": "faults"}))
        self.limits = Limits(clock, self.service.heard)
        self._api = Api(self.service, self.faults, self.limits, first_retry)
        self._port = port
        self._page = Page(self) if page else None
        self._runner: web.ServerRunner | None = None

    # The handle.

    @property
    def calls(self) -> list[Call]:
        return self._api.calls

    @property
    def violations(self) -> list[str]:
        return self._api.violations

    @property
    def api_url(self) -> str:
        return f"http://{HOST}:{self._port}"

    @property
    def page_url(self) -> str:
        return f"{self.api_url}/"

    @property
    def port(self) -> int:
        return self._port

    def person(
        self,
        name: str,
        language_code: str | None = "en",
        *,
        user_id: int | None = None,
        username: str | None = None,
    ) -> Person:
        """Somebody with an account who has not pressed Start."""
        account = self.service.chats.add_person(
            name, language_code=language_code, username=username, account_id=user_id
        )
        person = self.people[account.id] = Person(self.service, account)
        self.service.publish({"type": "person", "chat": account.id})
        return person

    def group(self, title: str, members: Sequence[Person], *, kind: str = "group", hears_all: bool = False) -> Group:
        """A group where the bot is. It hears what is meant for it, or all where its privacy mode is off."""
        accounts = [person.account for person in members]
        chat = self.service.chats.add_shared(title, kind=kind, members=accounts, username=None)
        if accounts:
            accounts[0].met = True
            self.service.bot_membership(chat, accounts[0], "left", "member")
            self.service.person_posts(chat, accounts[0], extra={"new_chat_members": [self.service.bot_wire()]})
        return Group(self.service, chat, hears_all=hears_all)

    def channel(self, title: str, owner: Person, username: str | None = None) -> Group:
        """A channel whose posts the bot is shown."""
        chat = self.service.chats.add_shared(title, kind="channel", members=[owner.account], username=username)
        owner.account.met = True
        self.service.bot_membership(chat, owner.account, "left", "administrator")
        return Group(self.service, chat, hears_all=True)

    def forget(self, person: Person) -> None:
        """As if their account had never been. What the bot remembers of them is its own affair."""
        del self.people[person.id]
        self.service.forget(person.account)
        self.faults.forget(person.id)
        self.service.publish({"type": "everybody"})

    def start_over(self, person: Person) -> Person:
        """Somebody new to the bot, by the same name and in the same place."""
        account = person.account
        place = list(self.people).index(account.id)
        others = [each for each in self.people.values() if each is not person]
        self.forget(person)
        new = self.person(account.first_name, account.language_code, username=account.username)
        self.people = {each.id: each for each in [*others[:place], new, *others[place:]]}
        self.service.publish({"type": "everybody"})
        return new

    def reset(self) -> None:
        """Forget everybody, and let nothing go wrong any more. The bot's calls stay on record."""
        self.people.clear()
        self.service.forget_everybody()
        self.faults.clear()
        self.limits.lift()
        self.service.publish({"type": "everybody"})

    # Being served.

    async def __aenter__(self) -> Self:
        await self.begin()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.end()

    async def begin(self) -> None:
        # A bare server: routing and middlewares of an application would cost each call more than the call itself.
        self._runner = web.ServerRunner(web.Server(self._serve, access_log=None), shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]

    async def end(self) -> None:
        self.service.updates.end_poll("terminated by the end of the sandbox")
        await self._api.webhook.stop()
        if self._page is not None:
            self._page.close()
        if self._runner is not None:
            await stop_listening(self._runner)
            self._runner = None

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        if refusal := foreign(request, self._port):
            return refusal
        path = request.path
        if path.startswith("/bot"):
            return await self._serve_method(request, path[4:])
        if path.startswith("/file/bot"):
            return self._serve_file(path[9:])
        if self._page is not None:
            return await self._page.serve(request)
        return _json(not_found().envelope(), 404)

    async def _serve_method(self, request: web.BaseRequest, path: str) -> web.StreamResponse:
        token, _, name = path.partition("/")
        if token != self.token:
            return self._dated(_refused(unauthorized()))
        request._client_max_size = _LARGEST_BODY  # noqa: SLF001 - a bare server has no other way to say it
        try:
            parameters, uploads = await bodies.read(request, name)
        except Refused as refused:
            return self._dated(_refused(refused))
        answer = await self._api.serve(name, parameters, uploads)
        return _cut(request) if answer.lost else self._dated(_answered(answer))

    def _dated(self, response: web.Response) -> web.Response:
        """Telegram's clock is the stand-in's, also where a test sets it; a real one is left to the server to write."""
        if self.service.clock is not time.time:
            response.headers["Date"] = formatdate(self.service.clock(), usegmt=True)
        return response

    def _serve_file(self, path: str) -> web.StreamResponse:
        token, _, name = path.partition("/")
        if token != self.token:
            return _refused(unauthorized())
        stored = self.service.files.by_path(name)
        if stored is None:
            return _refused(not_found())
        return web.Response(body=stored.content, content_type="application/octet-stream")


def _answered(answer: Answer) -> web.Response:
    response = _json(answer.body, answer.status)
    if wait := answer.body.get("parameters", {}).get("retry_after"):
        response.headers["Retry-After"] = str(wait)
    return response


def _refused(refused: Refused) -> web.Response:
    return _json(refused.envelope(), refused.code)


def _json(body: Json, status: int) -> web.Response:
    return web.Response(body=_written(body), status=status, content_type="application/json")


def _written(body: Json) -> bytes:
    try:
        return orjson.dumps(body)
    except TypeError:  # numbers beyond 64 bits, halves of letters: an update may be as wrong as a test wants it
        return json.dumps(body).encode()


def _cut(request: web.BaseRequest) -> web.Response:
    """End the connection without a word, as a network does."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
