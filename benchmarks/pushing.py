"""Updates by webhook: several requests at once, one after another within a queue, again until they are accepted.

After tdlib/telegram-bot-api 10.0 (WebhookActor.cpp): what one person writes is one queue, and what they press another;
at most `max_connections` requests are open; what is not answered with 2xx comes again, ever later.
"""

import asyncio
import itertools
from collections import deque
from collections.abc import Sequence
from urllib.parse import urlsplit

from benchmarks.wire import END_OF_HEAD

FIRST_RETRY, LONGEST_RETRY = 0.05, 60.0
DEFAULT_CONNECTIONS, MOST_CONNECTIONS = 40, 100


class Pushing:
    """One webhook. Nothing is sent before `start`.

    `behind` are the ports of processes that share its address: connections go to them in turn, as by a load balancer.
    """

    def __init__(
        self, url: str, secret: str = "", connections: int = DEFAULT_CONNECTIONS, behind: Sequence[int] = ()
    ) -> None:
        self.url, self.secret = url, secret
        self.connections = max(1, min(connections, MOST_CONNECTIONS))
        self.waiting = 0
        self.last_error = ""
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._ports = itertools.cycle(behind or (self._port,))
        shown = f"X-Telegram-Bot-Api-Secret-Token: {secret}\r\n" if secret else ""
        self._head = (
            f"POST {parts.path or '/'} HTTP/1.1\r\nHost: {self._host}:{self._port}\r\n{shown}"
            "Content-Type: application/json\r\nContent-Length: "
        ).encode()
        self._queues: dict[tuple[object, str], deque[bytes]] = {}
        self._ready: asyncio.Queue[tuple[object, str]] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._work()) for _ in range(self.connections)]

    def left(self) -> list[tuple[tuple[object, str], bytes]]:
        """What nobody has accepted yet, by queue and in its order."""
        return [(queue, body) for queue, waiting in self._queues.items() for body in waiting]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def push(self, queue: tuple[object, str], body: bytes) -> None:
        self.waiting += 1
        waiting = self._queues.get(queue)
        if waiting is not None:
            waiting.append(body)
            return
        self._queues[queue] = deque([body])
        self._ready.put_nowait(queue)

    def let_go(self, queue: tuple[object, str]) -> None:
        """Forget what waits in a queue, but for what is under way."""
        waiting = self._queues.get(queue, deque())
        self.waiting -= max(0, len(waiting) - 1)
        while len(waiting) > 1:
            waiting.pop()

    async def _work(self) -> None:
        connection: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        try:
            while True:
                name = await self._ready.get()
                pause = FIRST_RETRY
                while True:
                    try:
                        if connection is None:
                            connection = await asyncio.open_connection(self._host, next(self._ports))
                        status = await self._post(*connection, self._queues[name][0])
                    except (OSError, EOFError, ValueError) as error:
                        self.last_error, status = f"Connection failed: {type(error).__name__}", 0
                        if connection is not None:
                            connection[1].close()
                        connection = None
                    if 200 <= status < 300:
                        break
                    if status:
                        self.last_error = f"Wrong response from the webhook: {status}"
                    await asyncio.sleep(pause)
                    pause = min(pause * 2, LONGEST_RETRY)
                self._accepted(name)
        finally:
            if connection is not None:
                connection[1].close()

    def _accepted(self, name: tuple[object, str]) -> None:
        self.waiting -= 1
        waiting = self._queues[name]
        waiting.popleft()
        if waiting:
            self._ready.put_nowait(name)
        else:
            del self._queues[name]

    async def _post(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, body: bytes) -> int:
        writer.write(b"%b%d\r\n\r\n%b" % (self._head, len(body), body))
        head = await reader.readuntil(END_OF_HEAD)
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                await reader.readexactly(int(value))
        return int(head.split(b" ", 2)[1])
