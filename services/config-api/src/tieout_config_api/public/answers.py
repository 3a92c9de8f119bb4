"""Every answer of 4xx and 5xx as problem+json (RFC 9457): a code of the table, a sentence, a hint and a page."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from opentelemetry.trace import format_trace_id, get_current_span
from pydantic import BaseModel
from sqlalchemy.exc import DBAPIError
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from tieout_chassis.database import DatabaseUnavailable, is_database_trouble
from tieout_config_api.public.door import ApiError, refused

MAX_BODY_BYTES = 1024 * 1024
MAX_FIELDS_TOLD = 50
RETRY_AFTER_S = 5
MEDIA_TYPE = "application/problem+json"


class ApiProblem(BaseModel):
    """What is wrong, as every answer of 4xx and 5xx says it (RFC 9457)."""

    type: str
    code: str
    status: int
    title: str
    detail: str
    page: str | None = None
    fields: list[dict[str, str]] | None = None
    """Of a request that is not valid: each field and what is wrong with it, never its value."""


PROBLEMS: dict[int | str, dict[str, Any]] = {
    group: {"description": told, "content": {MEDIA_TYPE: {"schema": ApiProblem.model_json_schema()}}}
    for group, told in {"4XX": "Refused, and why.", "5XX": "Not possible just now, and why."}.items()
}
"""For the description of every route."""
PAGES: dict[int | str, dict[str, Any]] = {
    group: {"description": told["description"], "content": {**told["content"], "text/html": {}}}
    for group, told in PROBLEMS.items()
}
"""For a route that a browser comes to: a refusal is a page of words."""
_BY_STATUS = {400: "api.unreadable", 413: "api.too_large"}


def install_errors(app: FastAPI) -> None:
    """Answer every error as problem+json; a validation error names each field, never its value."""

    async def on_api_error(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, ApiError)
        return _problem(error.status, error.body, error.headers)

    async def on_http_error(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        code = _BY_STATUS.get(error.status_code, "api.not_served")
        told = refused(error.status_code, code, status=error.status_code, reason=error.detail, most=MAX_BODY_BYTES)
        return _problem(told.status, told.body)

    async def on_database_error(_: Request, error: Exception) -> JSONResponse:
        if is_database_trouble(error):
            return _problem(503, refused(503, "api.database_away").body, {"Retry-After": str(RETRY_AFTER_S)})
        if _is_about_a_value(error):
            return _problem(422, refused(422, "api.unstorable").body)
        raise error

    async def on_unencodable(_: Request, error: Exception) -> JSONResponse:
        """JSON can spell half a character, which is no text: it can be neither hashed nor sealed."""
        return _problem(422, refused(422, "api.unstorable").body)

    async def on_fault(_: Request, error: Exception) -> JSONResponse:
        trace = format_trace_id(get_current_span().get_span_context().trace_id)
        return _problem(500, refused(500, "api.fault", trace=trace).body)

    async def on_invalid(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        fields = [
            {"field": ".".join(str(part) for part in found["loc"]), "reason": found["msg"]}
            for found in error.errors()[:MAX_FIELDS_TOLD]
        ]
        return _problem(422, refused(422, "api.invalid").body | {"fields": fields})

    app.add_exception_handler(ApiError, on_api_error)
    app.add_exception_handler(DBAPIError, on_database_error)
    app.add_exception_handler(DatabaseUnavailable, on_database_error)
    app.add_exception_handler(UnicodeEncodeError, on_unencodable)
    app.add_exception_handler(Exception, on_fault)
    app.add_exception_handler(HTTPException, on_http_error)
    app.add_exception_handler(RequestValidationError, on_invalid)


class DeclaredLength:
    """Around an application: refuses a body that says itself that it is too large, which the framework would do in
    plain text. One that does not say its length is counted by the framework, and told by `on_http_error`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        length = Headers(scope=scope).get("content-length", "") if scope["type"] == "http" else ""
        if length.isdecimal() and int(length[:20]) > MAX_BODY_BYTES:
            told = _problem(413, refused(413, "api.too_large", most=MAX_BODY_BYTES).body)
            await told(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _is_about_a_value(error: Exception) -> bool:
    """PostgreSQL's class 22, data exceptions: a text holds NUL, or a number or date is beyond what a column takes."""
    return str(getattr(getattr(error, "orig", None), "sqlstate", None) or "").startswith("22")


def _problem(status: int, body: dict[str, Any], headers: Mapping[str, str] | None = None) -> JSONResponse:
    content = {"status": status, **body}
    return JSONResponse(content, status, headers, media_type=MEDIA_TYPE)
