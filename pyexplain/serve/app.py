"""The service: paths, and what answers them. Nothing is written; /reload changes which run is served, and nothing else changes."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from typing import Annotated, Any

from fastapi import FastAPI, Query
from fastapi.responses import JSONResponse, Response
from starlette.middleware import Middleware

from ..present.documents import ExplanationDocument, RecommendationDocument
from .desk import Desk
from .documents import BatchDocument, FeaturesDocument, HealthDocument, ItemsDocument, PersonDocument, UsersDocument
from .figures import Figures
from .limits import Guard
from .page import show_page
from .place import Place
from .problems import HANDLERS, MEDIA_TYPE, ProblemDocument, RefusedError
from .questions import (
    BatchQuestion,
    ChangedQuestion,
    ExplainQuestion,
    ProfileQuestion,
    RecommendQuestion,
    SearchQuestion,
    WhyQuestion,
)
from .served import Served
from .settings import ServiceSettings

STATUSES = (401, 404, 413, 422, 500, 503)
ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": ProblemDocument, "content": {MEDIA_TYPE: {}}, "description": "a problem document"} for status in STATUSES
}
PATHS = (
    "/recommend",
    "/profile",
    "/person",
    "/person/explain",
    "/explain",
    "/explain/batch",
    "/users",
    "/items",
    "/features",
    "/health",
    "/metrics",
    "/reload",
    "/openapi.json",
)


def make_app(load: Callable[[], Served], settings: ServiceSettings) -> FastAPI:
    """The ASGI application that answers with the run that `load` gives; `load` is called now, and again by /reload.

    Raises what `load` raises.
    """
    figures, desk = Figures(), Desk(settings)
    app = FastAPI(
        title="pyexplain",
        version=version("pyexplain"),
        summary="Recommendations of a run, and why.",
        docs_url=None,  # its pages load scripts from elsewhere
        redoc_url=None,
        middleware=[Middleware(Guard, settings=settings, figures=figures, paths=frozenset(PATHS))],
        exception_handlers=HANDLERS,
        responses=ERRORS,
    )
    place = Place(load)
    _questions(app, place, desk, settings)
    _persons(app, place, desk, settings)
    _searches(app, place, desk)
    _upkeep(app, place, desk, figures, settings)
    show_page(app)
    return app


def _questions(app: FastAPI, place: Place, desk: Desk, settings: ServiceSettings) -> None:
    """What is asked of the run. Documents are answered as they are made: what they hold is tested, not checked at each request."""

    @app.get("/recommend", response_model=RecommendationDocument, summary="The best items of a user, with reasons if wanted")
    async def recommend(asked: Annotated[RecommendQuestion, Query()]) -> JSONResponse:
        _at_most(asked.k, settings.items, "k")
        return JSONResponse(await desk.ask(lambda: place.now.recommend(asked)))

    @app.post("/profile", response_model=RecommendationDocument, summary="The same for somebody who is in no data set")
    async def profile(asked: ProfileQuestion) -> JSONResponse:
        _at_most(asked.k, settings.items, "k")
        return JSONResponse(await desk.ask(lambda: place.now.profile(asked)))

    @app.get("/explain", response_model=ExplanationDocument, summary="Why one item rather than another")
    async def explain(asked: Annotated[ExplainQuestion, Query()]) -> JSONResponse:
        return JSONResponse(await desk.ask(lambda: place.now.explain(asked)))

    @app.post("/explain/batch", response_model=BatchDocument, summary="The same for many pairs")
    async def batch(asked: BatchQuestion) -> JSONResponse:
        _at_most(len(asked.pairs), settings.pairs, "pairs")
        return JSONResponse(await desk.ask(lambda: place.now.batch(asked)))


def _persons(app: FastAPI, place: Place, desk: Desk, settings: ServiceSettings) -> None:
    """What is asked of somebody who is, or cares about, something else than the data set says."""

    @app.post("/person", response_model=PersonDocument, summary="Somebody with something changed: what they are recommended then")
    async def person(asked: ChangedQuestion) -> JSONResponse:
        _at_most(asked.k, settings.items, "k")
        return JSONResponse(await desk.ask(lambda: place.people.recommend(asked)))

    @app.post("/person/explain", response_model=ExplanationDocument, summary="Why they are recommended an item, or why not")
    async def why(asked: WhyQuestion) -> JSONResponse:
        return JSONResponse(await desk.ask(lambda: place.people.explain(asked)))


def _searches(app: FastAPI, place: Place, desk: Desk) -> None:
    """What there is."""

    @app.get("/users", response_model=UsersDocument, summary="Users by words of their ids, those with most training pairs first")
    async def users(asked: Annotated[SearchQuestion, Query()]) -> JSONResponse:
        return JSONResponse(await desk.ask(lambda: place.now.search("user", asked.search, asked.k)))

    @app.get("/items", response_model=ItemsDocument, summary="Items by words of their ids and titles")
    async def items(asked: Annotated[SearchQuestion, Query()]) -> JSONResponse:
        return JSONResponse(await desk.ask(lambda: place.now.search("item", asked.search, asked.k)))

    @app.get("/features", response_model=FeaturesDocument, summary="Words and attributes, those that most users care about first")
    async def features(asked: Annotated[SearchQuestion, Query()]) -> JSONResponse:
        return JSONResponse(await desk.ask(lambda: place.people.features(asked.search, asked.k)))


def _upkeep(app: FastAPI, place: Place, desk: Desk, figures: Figures, settings: ServiceSettings) -> None:
    """What those ask who keep it running."""

    @app.get("/health", response_model=HealthDocument, summary="Whether it answers, and with which run")
    async def health() -> JSONResponse:
        return JSONResponse({"schema": 1, "status": "ok", **place.people.facts()})

    @app.get("/metrics", response_class=Response, summary="Figures for Prometheus")
    async def metrics() -> Response:
        return Response(figures.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    @app.post("/reload", response_model=HealthDocument, summary="Load the run anew; until it is there, the old one answers")
    async def reload() -> JSONResponse:
        if settings.token is None and not settings.only_here:
            raise RefusedError(403, "runs are reloaded only where a token is asked for", hint="Start the service with a token.")
        await desk.aside(place.reload)
        figures.reloads.inc()
        return JSONResponse({"schema": 1, "status": "ok", **place.people.facts()})


def _at_most(given: int, most: int, what: str) -> None:
    if given > most:
        raise RefusedError(422, f"{given:,} is more than this service allows ({most:,})", what, "Ask for less at once.")
