"""Read a call's parameters from whatever body they came in: query, form, JSON or multipart."""

from typing import Any

import orjson
from aiohttp import web

from bot.sandbox.contract import FACTS, METHODS, decode_strings
from bot.sandbox.files import Upload
from bot.sandbox.refusals import bad_request

Json = dict[str, Any]
Read = tuple[Json, dict[str, Upload]]


async def read(request: web.BaseRequest, method: str) -> Read:
    known = METHODS.get(method.lower())
    texts = dict(request.query) if request.query_string else {}
    if request.content_type == "application/json":
        return {**_decoded(known, texts), **_json(await request.read())}, {}
    uploads: dict[str, Upload] = {}
    if request.can_read_body and request.content_type.startswith(("multipart/", "application/x-www-form")):
        for name, value in (await request.post()).items():
            if isinstance(value, str):
                texts[name] = value
            else:
                uploads[name] = _upload(value)
    return {**_decoded(known, texts), **_attached(known, texts, uploads)}, uploads


def _json(body: bytes) -> Json:
    if not body:
        return {}
    try:
        parameters = orjson.loads(body)
    except ValueError:
        parameters = None
    if not isinstance(parameters, dict):
        raise bad_request("can't parse JSON object")
    # A null is how clients leave a field out.
    return {name: value for name, value in parameters.items() if value is not None}


def _decoded(method: str | None, texts: Json) -> Json:
    return decode_strings(method, texts) if method and texts else texts


def _attached(method: str | None, texts: Json, uploads: dict[str, Upload]) -> Json:
    """A file under a field's own name is that field's value."""
    fields = FACTS["methods"][method] if method else {}
    return {name: f"attach://{name}" for name in uploads if name in fields and name not in texts}


def _upload(field: web.FileField | bytes | bytearray) -> Upload:
    if isinstance(field, web.FileField):
        with field.file as content:
            return Upload(field.filename, content.read(), field.content_type)
    return Upload("file", bytes(field))
