"""What stands before every request: whose it is, how large it may be, and how long it took."""

from __future__ import annotations

import hmac
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .figures import Figures
from .problems import RefusedError, problem
from .settings import ServiceSettings

OPEN, PAGE = frozenset({"/health", "/"}), "/page/"  # hold nothing of anybody
HERE = frozenset({"localhost", "127.0.0.1", "[::1]", "::1"})
SAFE = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"x-frame-options", b"DENY"),
    (
        b"content-security-policy",
        b"default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
)


class Guard:
    """ASGI: counts and times each request, refuses those without the token or beyond the limits, and adds the headers that keep
    browsers from guessing, framing and keeping."""

    def __init__(self, app: ASGIApp, settings: ServiceSettings, figures: Figures, paths: frozenset[str]) -> None:
        self.app, self.settings, self.figures, self.paths = app, settings, figures, paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.perf_counter(), [500]

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                status[0] = message["status"]
                message = {**message, "headers": [*message.get("headers", ()), *SAFE]}
            await send(message)

        self.figures.at_work.inc()
        try:
            await self._admitted(scope, receive, answer)
        finally:
            self.figures.at_work.dec()
            path = scope["path"] if scope["path"] in self.paths else "other"
            self.figures.requests.labels(path, str(status[0])).inc()
            self.figures.seconds.labels(path).observe(time.perf_counter() - began)

    async def _admitted(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        try:
            self._check_host(headers.get(b"host", b""))
            self._check_origin(headers.get(b"origin"), headers.get(b"host", b""))
            self._check_token(scope["path"], headers.get(b"authorization", b""))
            self._check_size(headers.get(b"content-length", b"0"))
        except RefusedError as refused:
            answer = problem(refused.status, refused.what, refused.where, refused.hint, dict(refused.headers or {}))
            await answer(scope, receive, send)
            return
        await self.app(scope, _Limited(receive, self.settings.body), send)

    def _check_host(self, host: bytes) -> None:
        """A page of somebody else must not reach a service of this machine by a name of its own (DNS rebinding)."""
        name = host.decode("latin-1").rsplit(":", 1)[0] if not host.endswith(b"]") else host.decode("latin-1")
        if self.settings.only_here and name not in HERE | {self.settings.host}:
            raise RefusedError(403, "this service listens to this machine alone", "Host", "Ask for it as localhost.")

    def _check_origin(self, origin: bytes | None, host: bytes) -> None:
        """Browsers say which page asks. One of another origin would not read the answer, but what it asks for would be done."""
        if origin is not None and origin.partition(b"://")[2] != host:
            raise RefusedError(
                403, "a page of another origin may not ask", "Origin", "Ask from this service's own page, or without a browser."
            )

    def _check_token(self, path: str, given: bytes) -> None:
        token = self.settings.token
        if token is None or path in OPEN or path.startswith(PAGE):
            return
        if not hmac.compare_digest(given, b"Bearer " + token.encode()):
            hint = "Send the header 'Authorization: Bearer TOKEN'."
            raise RefusedError(401, "the token is missing or wrong", "Authorization", hint, {"WWW-Authenticate": "Bearer"})

    def _check_size(self, length: bytes) -> None:
        if not length.isdigit():
            raise RefusedError(400, "the length is no number", "Content-Length")
        if int(length) > self.settings.body:
            raise _too_large(self.settings.body)


class _Limited:
    """The body of a request, up to so many bytes: one that does not tell its length is counted as it comes."""

    def __init__(self, receive: Receive, most: int) -> None:
        self.receive, self.most, self.got = receive, most, 0

    async def __call__(self) -> Message:
        message = await self.receive()
        self.got += len(message.get("body", b""))
        if self.got > self.most:
            raise _too_large(self.most)
        return message


def _too_large(most: int) -> RefusedError:
    return RefusedError(413, f"a request of more than {most:,} bytes", "body", "Ask for less at once.")
