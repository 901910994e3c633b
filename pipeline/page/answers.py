"""From a request's body to a checked shape, and from what came of it to an answer."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from pipeline.core.document import Frozen
from pipeline.core.errors import IpaError
from pipeline.page import problems
from pipeline.page.problems import Refused

STATIC = Path(__file__).parent / "static"
FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
NOT_BUILT = "The page itself is not here: it was not built. Next: run `make page`, or install the program again."
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
    ".map": "application/json",
}
Shape = TypeVar("Shape", bound=Frozen)
Answer = Callable[[Request, bytes], Any]


def number(request: Request, name: str, below: int) -> int:
    """A number in the address, from 0 on.

    Raises:
        Refused: it is none, or not below `below`.
    """
    text = request.query_params.get(name, "")
    if not re.fullmatch(r"\d{1,7}", text, re.ASCII) or int(text) >= below:
        raise problems.unknown(f"word '{name}'")
    return int(text)


def shape(kind: type[Shape], body: bytes) -> Shape:
    """A request's body, checked.

    Raises:
        Refused: it is not what it should be; the answer names the place, never the words.
    """
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        if first["type"] == "string_too_long":
            text = "That is too much text at once, and nothing was changed. Paste a part of it, or use `ipa import`."
            raise Refused(413, "too_large", text) from None
        raise Refused(
            400, "invalid", f"The request is not valid ({place or 'body'}: {first['msg'].lower()})."
        ) from None


def answering(answer: Answer) -> Callable[[Request], Any]:
    """A route: the work in a thread, problems as JSON."""

    def work(request: Request, body: bytes) -> Response:
        try:
            value = answer(request, body)
        except Refused as refused:
            return json_of(refused.answer(), refused.status)
        except IpaError as error:
            known = problems.of(error)
            return json_of(known.answer(), known.status)
        return value if isinstance(value, Response) else json_of(value)

    async def route(request: Request) -> Response:
        body = await request.body() if request.method == "POST" else b""
        return await run_in_threadpool(work, request, body)

    return route


def json_of(value: Any, status: int = 200) -> Response:
    """An answer in JSON, also of half characters that a recogniser or a paste left behind."""
    data = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return Response(data, status, media_type="application/json")


def file(name: str) -> Response:
    """A file of the page itself; only names that lie directly in its folder."""
    path = STATIC / name
    if not FILE_NAME.fullmatch(name) or not path.is_file() or path.suffix not in TYPES:
        if name == "index.html":
            return Response(NOT_BUILT, 404, media_type="text/plain; charset=utf-8")
        return json_of({"error": "There is no such file.", "code": "unknown"}, 404)
    return FileResponse(path, headers={"content-type": TYPES[path.suffix]})
