"""The page: files that lie in the package, read once and handed out as they are. Nothing on it comes from elsewhere."""

from __future__ import annotations

from importlib.resources import files

from fastapi import FastAPI
from fastapi.responses import Response

from .problems import RefusedError

TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript"}
START = "index.html"


def page_files() -> dict[str, tuple[bytes, str]]:
    """What each file holds, and its type, by name."""
    folder = files(__package__) / "page"
    kinds = ((entry, TYPES.get(entry.name.rpartition(".")[2])) for entry in folder.iterdir())
    return {entry.name: (entry.read_bytes(), f"{kind}; charset=utf-8") for entry, kind in kinds if kind}


def show_page(app: FastAPI) -> None:
    """The page at /, and what it is made of at /page/."""
    found = page_files()

    def answer(name: str) -> Response:
        if name not in found:
            raise RefusedError(404, f"the page has no file {name!r:.100}", "page", "Open / in a browser.")
        content, kind = found[name]
        return Response(content, media_type=kind)

    @app.get("/", include_in_schema=False)
    async def start() -> Response:
        return answer(START)

    @app.get("/page/{name}", include_in_schema=False)
    async def part(name: str) -> Response:
        return answer(name)
