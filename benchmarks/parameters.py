"""A call's parameters from the three bodies that Bot API clients send: JSON, form-encoded and multipart."""

from typing import Any
from urllib.parse import parse_qsl

import orjson

from benchmarks.wire import Exchange

Json = dict[str, Any]

# Forms carry these as JSON text; JSON bodies carry them as they are.
STRUCTURED = frozenset({"reply_markup", "message_ids", "commands", "allowed_updates"})


def parameters_of(exchange: Exchange) -> Json:
    _, _, query = exchange.target.partition("?")
    parameters: Json = dict(parse_qsl(query, keep_blank_values=True)) if query else {}
    if exchange.body:
        parameters.update(_parse_body(exchange.content_type, exchange.body))
    return parameters


def _parse_body(content_type: str, body: bytes) -> Json:
    if content_type.startswith("application/json"):
        parsed: Json = orjson.loads(body)
        return parsed
    if content_type.startswith("multipart/form-data"):
        fields = _parse_multipart(content_type, body)
    else:
        fields = dict(parse_qsl(body.decode(), keep_blank_values=True))
    return {name: orjson.loads(value) if name in STRUCTURED else value for name, value in fields.items()}


def _parse_multipart(content_type: str, body: bytes) -> dict[str, str]:
    boundary = content_type.partition("boundary=")[2].partition(";")[0].strip('" ')
    fields = {}
    for part in body.split(b"--" + boundary.encode())[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        fields[_field_name(head.decode())] = content.removesuffix(b"\r\n").decode(errors="replace")
    return fields


def _field_name(head: str) -> str:
    # `filename` holds `name` too, and either may come first: the leading space or semicolon tells them apart.
    for piece in head.replace("\r\n", ";").split(";"):
        name, _, value = piece.strip().partition("=")
        if name == "name":
            return value.strip('"')
    return ""
