"""What Telegram says when it refuses a call, in its words. Clients match on these texts."""

from typing import Any


class Refused(Exception):
    """A call that is answered with `ok: false`.

    `contract` marks refusals that a correct bot never meets (a limit passed, mark-up that does not parse), as opposed
    to what the world brings about (a person who blocked the bot).
    """

    def __init__(self, code: int, description: str, *, contract: bool = False, retry_after: int | None = None) -> None:
        super().__init__(f"{code} {description}")
        self.code = code
        self.description = description
        self.contract = contract
        self.retry_after = retry_after

    def envelope(self) -> dict[str, Any]:
        body: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        if self.retry_after is not None:
            body["parameters"] = {"retry_after": self.retry_after}
        return body


def bad_request(text: str) -> Refused:
    return Refused(400, f"Bad Request: {text}")


def breach(text: str) -> Refused:
    """A bad request that a bot could have avoided by knowing the Bot API."""
    return Refused(400, f"Bad Request: {text}", contract=True)


def forbidden(text: str) -> Refused:
    return Refused(403, f"Forbidden: {text}")


def conflict(text: str) -> Refused:
    return Refused(409, f"Conflict: {text}")


def too_many_requests(retry_after: int) -> Refused:
    return Refused(429, f"Too Many Requests: retry after {retry_after}", retry_after=retry_after)


def unauthorized() -> Refused:
    return Refused(401, "Unauthorized")


def not_found() -> Refused:
    return Refused(404, "Not Found")
