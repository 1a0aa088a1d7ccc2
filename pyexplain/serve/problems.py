"""Errors as problem documents (RFC 9457, application/problem+json): what is wrong, where, and what to do."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from ..errors import DataError, PyexplainError, UsageError

MEDIA_TYPE = "application/problem+json"


class ProblemDocument(BaseModel):
    """Every answer that is an error. detail: what is wrong; where: the part of the request; hint: what to do."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    where: str = ""
    hint: str = ""


class RefusedError(HTTPException):
    """A request that is not answered, with its status and the message's three parts."""

    def __init__(self, status: int, what: str, where: str = "", hint: str = "", headers: dict[str, str] | None = None) -> None:
        self.status, self.what, self.where, self.hint = status, what, where, hint
        super().__init__(status, what, headers)


def problem(status: int, what: str, where: str = "", hint: str = "", headers: dict[str, str] | None = None) -> JSONResponse:
    """The document; characters that are no text are written as escapes, whatever a request brought."""
    parts = (_printable(part) for part in (what, where, hint))
    document = ProblemDocument(
        title=HTTPStatus(status).phrase, status=status, **dict(zip(("detail", "where", "hint"), parts, strict=True))
    )
    return JSONResponse(document.model_dump(), status, headers, MEDIA_TYPE)


def _printable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()


async def on_refused(request: Request, error: Exception) -> JSONResponse:
    """Limits, tokens, unknown names."""
    assert isinstance(error, RefusedError)
    return problem(error.status, error.what, error.where, error.hint, dict(error.headers or {}))


async def on_wrong_question(request: Request, error: Exception) -> JSONResponse:
    """A parameter or a body that is not what was asked for: the first fault, and how many more there are."""
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    first: dict[str, Any] = found[0]
    where = ".".join(str(part) for part in first["loc"])
    more = f" ({len(found) - 1} more)" if len(found) > 1 else ""
    return problem(422, f"{first['msg']}{more}", where, "See /openapi.json for what is asked for.")


async def on_http(request: Request, error: Exception) -> JSONResponse:
    """Paths and methods that there are not, and bodies that cannot be read."""
    assert isinstance(error, HTTPException)
    return problem(error.status_code, str(error.detail), request.url.path, headers=dict(error.headers or {}))


async def on_ours(request: Request, error: Exception) -> JSONResponse:
    """The library's own: what was asked for cannot be done (422), or the run is not fit for it (500)."""
    assert isinstance(error, PyexplainError)
    status = 422 if isinstance(error, (DataError, UsageError)) else 500
    return problem(status, error.what, error.where, error.hint)


async def on_fault(request: Request, error: Exception) -> JSONResponse:
    """What nobody foresaw. Its traceback goes to the log of the service, and not to who asked."""
    return problem(500, "the service failed on this request", request.url.path, "The log of the service says more.")


HANDLERS: dict[Any, Any] = {
    RefusedError: on_refused,
    RequestValidationError: on_wrong_question,
    HTTPException: on_http,
    PyexplainError: on_ours,
    Exception: on_fault,
}
