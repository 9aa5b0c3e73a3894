"""The chat page, and acting as a contributor over HTTP: by the page, or by a test in another process.

Only this machine's own pages may ask: the Host header must name it (a foreign name that resolves here is refused), an
Origin must be the page's own, and what changes something needs a header that other sites cannot send.
"""

import asyncio
import contextlib
import math
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import orjson
from aiohttp import web

from bot.sandbox.page_view import event_wire, person_wire, state_wire
from bot.sandbox.walking import walk

if TYPE_CHECKING:
    from bot.sandbox.contributor import Person
    from bot.sandbox.server import Sandbox

Json = dict[str, Any]
Asked = Callable[[Json], Awaitable[Json]]
Acted = Callable[["Person", Json], Awaitable[Json]]

HEADER: Final = "X-Sandbox"
_FILES: Final = Path(__file__).with_name("page")
_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
# The gallery's choices are a form that asks for the same page; it runs only what remembers light or dark.
_GALLERY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
# What a bot sent may be any file: it is shown without scripts and without this page's origin.
_FILE_POLICY: Final = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_HEARTBEAT: Final = 15.0
_FAULTS: Final = frozenset(
    {
        "too_many_requests",
        "server_error",
        "cut_before",
        "cut_after",
        "slow",
        "duplicate_updates",
        "reorder_updates",
        "inject_update",
        "clear",
    }
)


class Page:
    def __init__(self, sandbox: "Sandbox") -> None:
        self._sandbox = sandbox
        self._closed = asyncio.Event()
        self._asked: dict[str, Asked] = {
            "people": self._add_person,
            "reset": self._reset,
            "faults": self._faults,
            "walks": self._walk,
            "rates": self._rates,
        }
        self._acted: dict[str, Acted] = {
            "start-over": self._start_over,
            "forget": self._forget,
            "start": _start,
            "say": _say,
            "press": _press,
            "block": _block,
            "unblock": _unblock,
            "deactivate": _deactivate,
            "settled": _settled,
        }

    def close(self) -> None:
        """End what is being watched, so that the server can stop."""
        self._closed.set()

    async def serve(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.path.strip("/")
        if request.method in {"GET", "HEAD"}:
            guided = path == "gallery" or path.startswith("page/guide")
            return await (self._guided(request, path) if guided else self._get(request, path))
        if request.method != "POST" or not path.startswith("page/"):
            return _refused(405, "method not allowed")
        if HEADER not in request.headers:
            return _refused(403, f"a request that changes something needs the header {HEADER}")
        try:
            asked = orjson.loads(await request.read() or b"{}")
            return _json(await self._post(path.removeprefix("page/").split("/"), asked))
        except (AssertionError, LookupError, TypeError, ValueError) as error:
            return _refused(400, str(error))
        except TimeoutError as error:
            return _refused(504, str(error))

    async def _get(self, request: web.BaseRequest, path: str) -> web.StreamResponse:
        if path == "page/events":
            return await self._events(request)
        if path == "page/state":
            return _json(state_wire(self._sandbox))
        if path == "page/record":
            return _json({"violations": self._sandbox.violations, "calls": len(self._sandbox.calls)})
        if path.startswith("page/files/"):
            return self._file(path.removeprefix("page/files/"))
        if path.startswith("page/people/"):
            person = self._sandbox.people.get(_number(path.removeprefix("page/people/")))
            return _json(person_wire(self._sandbox, person)) if person else _refused(404, "no such contributor")
        return await asyncio.to_thread(_static, path or "index.html")

    async def _guided(self, request: web.BaseRequest, path: str) -> web.Response:
        """What only somebody who knows the flow can show: its gallery, and how to walk to its screens."""
        guide, asked = self._sandbox.guide, request.query
        if guide is None:
            return _refused(404, f"nothing at /{path}")
        if path == "page/guide":
            return _json({"collections": guide.halls()})
        if path == "page/guide/screens":
            places = [asked.get(name, "") for name in ("collection", "region", "language")]
            return _json({"screens": await asyncio.to_thread(guide.screens, *places)})
        shown = await asyncio.to_thread(guide.page, dict(asked))
        headers = {"Content-Security-Policy": _GALLERY_POLICY}
        return web.Response(text=shown, content_type="text/html", charset="utf-8", headers=headers | _common())

    async def _walk(self, asked: Json) -> Json:
        """Somebody new in a place, who is walked to a screen."""
        guide = self._sandbox.guide
        if guide is None:
            raise ValueError("nobody here knows the way")
        place = (str(asked["collection"]), str(asked["region"]), str(asked["language"]))
        doings = await asyncio.to_thread(guide.doings, *place, int(asked["number"]))
        code = place[2].replace("_", "-").lower()
        person = self._sandbox.person(str(asked.get("name") or "Walker"), language_code=code)
        await walk(person, doings)
        return person_wire(self._sandbox, person)

    async def _post(self, parts: list[str], asked: Json) -> Json:
        if len(parts) == 1:
            return await self._asked[parts[0]](asked)
        kind, person_id, act = parts
        person = self._sandbox.people.get(_number(person_id)) if kind == "people" else None
        if person is None:
            raise ValueError("no such contributor")
        return await self._acted[act](person, asked)

    async def _add_person(self, asked: Json) -> Json:
        person = self._sandbox.person(
            str(asked.get("name") or "Contributor"),
            language_code=asked.get("language_code") or None,
            user_id=asked.get("user_id"),
            username=asked.get("username"),
        )
        return person_wire(self._sandbox, person)

    async def _reset(self, _: Json) -> Json:
        self._sandbox.reset()
        return {}

    async def _start_over(self, person: "Person", _: Json) -> Json:
        return person_wire(self._sandbox, self._sandbox.start_over(person))

    async def _forget(self, person: "Person", _: Json) -> Json:
        self._sandbox.forget(person)
        return {}

    async def _faults(self, asked: Json) -> Json:
        """{"name": "cut_after", "times": 1}: the name of a fault, and what the handle's method of that name takes.

        `times` may be null: until it is cleared.
        """
        name = asked.pop("name", "")
        if name not in _FAULTS:
            raise ValueError(f"no fault {name!r}; there are {', '.join(sorted(_FAULTS))}")
        if "times" in asked and asked["times"] is None:
            asked["times"] = math.inf
        return {"result": getattr(self._sandbox.faults, name)(**asked)}

    async def _rates(self, asked: Json) -> Json:
        """Whether the model of Telegram's rates is kept to."""
        if asked["on"]:
            self._sandbox.limits.enforce()
        else:
            self._sandbox.limits.lift()
        self._sandbox.service.publish({"type": "faults"})
        return {}

    def _file(self, file_id: str) -> web.Response:
        stored = self._sandbox.service.files.by_id(file_id)
        if stored is None:
            return _refused(404, "no such file")
        headers = {
            "Content-Type": _shown_as(stored.mime),
            "Content-Disposition": f"inline; filename*=UTF-8''{quote(stored.name)}",
            "Content-Security-Policy": _FILE_POLICY,
        }
        return web.Response(body=stored.content, headers=headers | _common())

    async def _events(self, request: web.BaseRequest) -> web.StreamResponse:
        """What happens, as it happens: one JSON object an event."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", **_common()})
        await response.prepare(request)
        with self._sandbox.service.watched() as watcher, contextlib.suppress(ConnectionError):
            await response.write(b": watching\n\n")
            while not self._closed.is_set():
                event = await self._next(watcher)
                wire = event_wire(self._sandbox, event) if event is not None else None
                await response.write(b"data: " + orjson.dumps(wire) + b"\n\n" if wire else b": still here\n\n")
        return response

    async def _next(self, watcher: asyncio.Queue[Json]) -> Json | None:
        """The next event; None after a while without any, or at the end."""
        waiting = [asyncio.ensure_future(watcher.get()), asyncio.ensure_future(self._closed.wait())]
        try:
            await asyncio.wait(waiting, timeout=_HEARTBEAT, return_when=asyncio.FIRST_COMPLETED)
            event = waiting[0]
            return event.result() if event.done() and not event.cancelled() else None  # type: ignore[return-value]
        finally:
            for task in waiting:
                task.cancel()


def foreign(request: web.BaseRequest, port: int) -> web.Response | None:
    """A refusal for what comes from another site: by a name that is not this machine's, or from another origin."""
    hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
    if request.headers.get("Host") not in hosts:
        return _refused(421, "the sandbox answers to 127.0.0.1 and localhost only")
    origin = request.headers.get("Origin")
    if origin is not None and origin.removeprefix("http://") not in hosts:
        return _refused(403, "the sandbox answers its own page only")
    # Pictures and links that another site shows carry no Origin; browsers say where they come from in this header.
    if request.headers.get("Sec-Fetch-Site") in {"cross-site", "same-site"} and request.path != "/":
        return _refused(403, "the sandbox answers its own page only")
    return None


async def _start(person: "Person", asked: Json) -> Json:
    return {"message_id": await person.start(str(asked.get("payload") or ""))}


async def _say(person: "Person", asked: Json) -> Json:
    text = str(asked["text"]).strip()
    if not text:
        raise ValueError("nothing to say")
    return {"message_id": await person.say(text)}


async def _press(person: "Person", asked: Json) -> Json:
    """By label, by raw data, or by a button's number on its message."""
    if "label" in asked:
        return {"callback": await person.press(asked["label"])}
    if "data" in asked:
        return {"callback": await person.press_data(asked["message_id"], asked["data"])}
    post = person.chat.posts[asked["message_id"]]
    if post.deleted or not 0 <= asked["button"] < len(post.buttons):
        raise ValueError("that button is gone")
    return {"callback": await person.press_button(post.id, post.buttons[asked["button"]])}


async def _block(person: "Person", _: Json) -> Json:
    await person.block()
    return {}


async def _unblock(person: "Person", _: Json) -> Json:
    await person.unblock()
    return {}


async def _deactivate(person: "Person", _: Json) -> Json:
    person.deactivate()
    return {}


async def _settled(person: "Person", asked: Json) -> Json:
    await person.settled(timeout=float(asked.get("timeout", 10)))
    return {}


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0


def _static(name: str) -> web.Response:
    path = _FILES / name
    if "/" in name or path.suffix not in _TYPES or not path.is_file():
        return _refused(404, f"nothing at /{name}")
    headers = {"Content-Type": _TYPES[path.suffix], "Content-Security-Policy": _POLICY}
    return web.Response(body=path.read_bytes(), headers=headers | _common())


def _shown_as(mime: str) -> str:
    """What a browser shows it as. CSV and JSON-LD are text: by their own types, browsers keep them and show nothing."""
    if mime == "text/html":
        return "text/html; charset=utf-8"
    if mime.startswith("text/") or mime.endswith("json"):
        return "text/plain; charset=utf-8"
    return mime if "/" in mime else "application/octet-stream"


def _common() -> dict[str, str]:
    return {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}


def _json(body: Json) -> web.Response:
    return web.Response(body=orjson.dumps(body), content_type="application/json", headers=_common())


def _refused(status: int, words: str) -> web.Response:
    return web.Response(
        status=status, body=orjson.dumps({"error": words}), content_type="application/json", headers=_common()
    )
