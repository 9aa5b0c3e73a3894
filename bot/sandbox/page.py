"""The chat page and what it asks for."""

from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from bot.sandbox.server import Sandbox


class Page:
    def __init__(self, sandbox: "Sandbox") -> None:
        self._sandbox = sandbox

    def close(self) -> None:
        """End what is being watched."""

    async def serve(self, request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=404, text=f"nothing at {request.path}")
