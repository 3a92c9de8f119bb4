"""The description of the REST API (OpenAPI 3.1): what FastAPI knows, the Idempotency-Key of every POST, and an example
of every body, made from its model by the names and limits of its fields. A body without one fails a test only."""

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts

from tieout_config_api.public.editing import IF_MATCH
from tieout_config_api.public.repeating import takes_key

Json = dict[str, Any]
JSON_TYPE = "application/json"
IDEMPOTENCY_KEY: Final[Json] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same request with the same key is done once and answered with the first answer for 24 hours.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    "example": "5f0c1b7e-8f0a-4e0e-9a55-1f6a3f1f8f11",
}
PRECONDITIONS: Mapping[str, str] = {"412": "It is not as it was read any more.", "428": "If-Match is missing."}
SETTINGS = "/settings"
"""A company's are edited there, and read with the company."""
ETAG: Final[Json] = {"description": "What If-Match must name to change it.", "schema": {"type": "string"}}
BY_NAME: Mapping[str, Any] = {
    "account": "860",
    "action": "retry",
    "actor": "installation",
    "batch_identifier": "TIE-40005-1",
    "client_id": "0d1e8c5b-7c1a-4b57-9a35-2b0f8f1c9d11",
    "code": "api.not_found",
    "company_id": "harbourline-au",
    "connection_id": "connectwise",
    "connectwise_account": "4-4010",
    "connectwise_connection": "connectwise",
    "country": "AU",
    "currency": "AUD",
    "email": "ada@harbourline.example",
    "ledger_connection": "xero",
    "login_company": "harbourline",
    "name": "Harbourline IT",
    "next_cursor": None,
    "number": "40005",
    "organisation_id": "80848864-de3d-5383-ad2b-602d36909427",
    "password": "correct horse battery staple",
    "pay_link": "https://pay.example.com/{number}",
    "person": "Ada Example",
    "record_id": 39005,
    "site": "https://api-au.myconnectwise.net",
    "subtotal": "850.45",
    "tax": "85.05",
    "tenant_id": "harbourline",
    "time_zone": "Australia/Sydney",
    "timezone": "Australia/Sydney",
    "title": "There is no such company.",
    "total": "935.50",
    "url": "https://tieout.example.com/callbacks/xero/4f1c0b",
    "version": 3,
}
"""Believable values of the fields that everybody knows; a value that the field's own limits refuse is passed over."""
LEFT_OUT: Mapping[str, frozenset[str]] = {
    "ConnectWiseConnection": frozenset({"region", "codebase", "integrator_username", "integrator_password"}),
    "Factor": frozenset({"recovery_code"}),
    "NewLinks": frozenset({"findings"}),
}
"""Fields that a model refuses beside others of its own, by the model's name."""
BY_FORMAT: Mapping[str, str] = {
    "uuid": "3f0f4f0a-6f4e-4a55-9a66-0d7a6d5c1b01",
    "date": "2026-11-02",
    "date-time": "2026-11-02T09:30:00Z",
    "email": "ada@harbourline.example",
    "password": "a-secret-that-is-never-shown",
    "uri": "https://tieout.example.com",
}
STRICT_FORMATS = frozenset({"uuid", "date", "date-time"})
CANDIDATES = (
    *("example", "3", "935.50", "2026-11", "TIE", "123456", "AU", "connectwise", "https://example.com"),
    *("ada@harbourline.example", "a" * 32, "a" * 64),
)
"""For a pattern that nothing else fits."""
MOST_NESTED = 12


class NoExample(Exception):
    """A field whose limits no value here meets: give it one in `BY_NAME`, or `examples` in its model."""


def describe(app: FastAPI) -> None:
    """Make the application's description this one; it is made once, when it is first asked for."""

    def openapi() -> Json:
        if app.openapi_schema is None:
            described = get_openapi(title=app.title, version=app.version, openapi_version="3.1.0", routes=app.routes)
            for route in iter_route_contexts(app.routes):
                operation = described["paths"].get(str(route.path), {}).get("post")
                if operation is not None and "POST" in (route.methods or ()) and takes_key(str(route.name)):
                    operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
            _tell_of_etags(described["paths"])
            app.openapi_schema = _with_examples(described)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _tell_of_etags(paths: Json) -> None:
    """What is edited with If-Match answers 412 and 428; it and reading it first answer with the ETag to name."""
    for path, operations in paths.items():
        edited = [each for each in operations.values() if takes_if_match(each)]
        for answers in (each["responses"] for each in edited):
            for status, told in PRECONDITIONS.items():
                answers[status] = {**answers["4XX"], "description": told}
        read = paths.get(path.removesuffix(SETTINGS), {}).get("get")
        for operation in [*edited, read] if edited and read else edited:
            for status, answer in operation["responses"].items():
                if status.startswith("2"):
                    answer.setdefault("headers", {})["ETag"] = ETAG


def takes_if_match(operation: Json) -> bool:
    return any(each["name"] == IF_MATCH for each in operation.get("parameters", ()))


def _with_examples(description: Json) -> Json:
    examples = Examples(description.get("components", {}).get("schemas", {}))
    for operations in description["paths"].values():
        for operation in operations.values():
            for body in (operation.get("requestBody", {}), *operation.get("responses", {}).values()):
                for media_type, content in body.get("content", {}).items():
                    if media_type == JSON_TYPE and "example" not in content and "examples" not in content:
                        with suppress(NoExample):
                            content["example"] = examples.of(content.get("schema", {}))
    return description


class Examples:
    """Makes a value that fits a JSON schema, the same one every time."""

    def __init__(self, components: Mapping[str, Json]) -> None:
        self._components = components

    def of(self, schema: Json, name: str = "", depth: int = 0) -> Any:
        """Raises NoExample."""
        schema = self._resolved(schema)
        for told in ("const", "example"):
            if told in schema:
                return schema[told]
        if schema.get("examples"):
            return schema["examples"][0]
        if depth > MOST_NESTED:
            return None
        if options := schema.get("anyOf") or schema.get("oneOf"):
            return self._one_of(options, name, depth)
        if "enum" in schema:
            known = BY_NAME.get(name)
            return known if known in schema["enum"] else schema["enum"][0]
        return self._typed(schema, name, depth)

    def _one_of(self, options: list[Json], name: str, depth: int) -> Any:
        """The first that is something; nothing only where nothing else is allowed, or is better known."""
        if name in BY_NAME and BY_NAME[name] is None:
            return None
        real = [each for each in options if each.get("type") != "null"]
        return self.of(real[0], name, depth) if real else None

    def _typed(self, schema: Json, name: str, depth: int) -> Any:
        match schema.get("type"):
            case "object":
                return self._object(schema, depth)
            case "array":
                return self._array(schema, name, depth)
            case "boolean":
                return schema.get("default", True)
            case "integer" | "number":
                return _number(schema, name)
            case "string":
                return _text(schema, name)
            case _:
                return BY_NAME.get(name)

    def _object(self, schema: Json, depth: int) -> Json:
        fields = schema.get("properties", {})
        shown = fields.keys() - LEFT_OUT.get(schema.get("title", ""), frozenset())
        return {name: self.of(fields[name], name, depth + 1) for name in fields if name in shown}

    def _array(self, schema: Json, name: str, depth: int) -> list[Any]:
        if "prefixItems" in schema:
            return [self.of(each, name, depth + 1) for each in schema["prefixItems"]]
        if schema.get("maxItems") == 0 or (schema.get("default") == [] and not schema.get("minItems")):
            return []
        return [self.of(schema.get("items", {}), name, depth + 1)] * max(schema.get("minItems", 0), 1)

    def _resolved(self, schema: Json) -> Json:
        while "$ref" in schema:
            schema = self._components[schema["$ref"].rsplit("/", 1)[1]]
        return schema


def _number(schema: Json, name: str) -> Any:
    least, most = schema.get("minimum", schema.get("exclusiveMinimum", -1) + 1), schema.get("maximum")
    for value in (BY_NAME.get(name), schema.get("default"), 3, least, most):
        fits = isinstance(value, int | float) and not isinstance(value, bool) and value >= least
        if fits and (most is None or value <= most):
            return value
    raise NoExample(name)


def _text(schema: Json, name: str) -> str:
    for value in (BY_NAME.get(name), schema.get("default"), BY_FORMAT.get(schema.get("format", "")), *CANDIDATES):
        if isinstance(value, str) and _fits(value, schema):
            return value
    raise NoExample(name)


def _fits(value: str, schema: Json) -> bool:
    long_enough = schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value))
    form = str(schema.get("format", ""))
    right_form = form not in STRICT_FORMATS or value == BY_FORMAT[form]
    return long_enough and right_form and re.search(schema.get("pattern", ""), value) is not None
