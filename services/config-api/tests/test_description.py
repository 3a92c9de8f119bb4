"""The description of the REST API: every body has an example, and each example is what its model takes."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import TypeAdapter, ValidationError

from tieout_config_api.app import public_app
from tieout_config_api.public.description import JSON_TYPE, Examples, takes_if_match
from tieout_config_api.public.door import Rooms


@pytest.fixture(scope="module")
def app() -> FastAPI:
    return public_app(Rooms.__new__(Rooms), "key")


def operations(app: FastAPI) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Each route with its part of the description."""
    paths = app.openapi()["paths"]
    for route in iter_route_contexts(app.routes):
        for method in (route.methods or set()) - {"HEAD"}:
            if str(route.path) in paths:
                yield route, paths[str(route.path)][method.lower()]


def test_it_is_openapi_3_1_with_an_idempotency_key_wherever_one_is_looked_at(app: FastAPI) -> None:
    assert app.openapi()["openapi"].startswith("3.1")
    with_key = set()
    for path, methods in app.openapi()["paths"].items():
        for method, operation in methods.items():
            if any(each["name"] == "Idempotency-Key" for each in operation.get("parameters", [])):
                with_key.add((method, path))
    assert {method for method, _ in with_key} == {"post"}
    assert ("post", "/v1/tenants/{tenant_id}/runs") in with_key
    assert not with_key & {("post", "/v1/sign-in"), ("post", "/callbacks/{provider}/{token}")}


UNSEEN = ("change_password",)
"""Edited without If-Match: nobody sees a password, and the present one is what proves it."""
WHOLE = ("list_services", "read_difference")
"""Lists in one piece: as many as Tieout has services, and as a company has settings."""


def test_whatever_is_edited_is_edited_on_top_of_what_was_read(app: FastAPI) -> None:
    paths, found = app.openapi()["paths"], set()
    for route, operation in operations(app):
        if not (route.methods or set()) & {"PUT", "PATCH"} or str(route.name) in UNSEEN:
            continue
        found.add(str(route.name))
        assert takes_if_match(operation), route.name
        assert {"412", "428"} <= operation["responses"].keys(), route.name
        read = paths[str(route.path).removesuffix("/settings")]["get"]
        assert "ETag" in read["responses"]["200"]["headers"], route.name
    assert {"put_settings", "put_connection", "put_callbacks", "put_tenant_access", "switch_call_log"} <= found


def test_every_list_that_grows_comes_in_pages(app: FastAPI) -> None:
    components, found = app.openapi()["components"]["schemas"], set()
    for route, operation in operations(app):
        if "GET" not in (route.methods or set()) or str(route.name) in WHOLE:
            continue
        told = operation["responses"]["200"].get("content", {}).get(JSON_TYPE, {}).get("schema", {})
        told = components.get(str(told.get("$ref", "")).rpartition("/")[2], told)
        in_pages = told.get("type") == "array" or "next_cursor" in told.get("properties", {})
        if in_pages or str(route.name).startswith("list_"):
            found.add(str(route.name))
            assert in_pages, route.name
            assert {"cursor", "limit"} <= {each["name"] for each in operation.get("parameters", ())}, route.name
    assert {"list_users", "list_people", "list_sessions", "list_api_keys", "list_notices", "list_reports"} <= found


def test_every_json_body_has_an_example(app: FastAPI) -> None:
    bodies = [
        (route.path, content)
        for route, operation in operations(app)
        for body in (operation.get("requestBody", {}), *operation["responses"].values())
        if (content := body.get("content", {}).get(JSON_TYPE)) is not None
    ]
    assert [each for each in bodies if "example" not in each[1] and "examples" not in each[1]] == []
    assert len(bodies) > 100


def test_the_example_of_every_request_and_answer_is_what_its_model_takes(app: FastAPI) -> None:
    wrong = []
    for route, operation in operations(app):
        original = getattr(route, "original_route", None) or route
        asked = operation.get("requestBody", {}).get("content", {}).get(JSON_TYPE, {}).get("example")
        if (field := getattr(original, "body_field", None)) is not None:
            _, errors = field.validate(asked, {}, loc=("body",))
            wrong += [(route.path, each["loc"], each["msg"]) for each in errors or ()]
        model = getattr(original, "response_model", None)
        code = str(getattr(original, "status_code", None) or 200)
        told = operation["responses"].get(code, {}).get("content", {}).get(JSON_TYPE, {})
        if model is not None and "example" in told:
            try:
                TypeAdapter(model).validate_json(json.dumps(told["example"]))
            except ValidationError as error:
                wrong += [(route.path, code, each["loc"], each["msg"]) for each in error.errors()]
    assert wrong == []


def test_an_example_keeps_to_the_limits_of_its_field() -> None:
    examples = Examples({"Name": {"type": "string", "maxLength": 3}})
    schema = {
        "type": "object",
        "properties": {
            "name": {"$ref": "#/components/schemas/Name"},
            "version": {"type": "integer", "minimum": 10, "maximum": 20},
            "at": {"anyOf": [{"type": "null"}, {"type": "string", "format": "date"}]},
            "kind": {"enum": ["a", "b"]},
            "two": {"type": "array", "minItems": 2, "items": {"const": 1}},
        },
    }
    assert examples.of(schema) == {"name": "3", "version": 10, "at": "2026-11-02", "kind": "a", "two": [1, 1]}


def test_routes_are_read_as_the_framework_keeps_them(app: FastAPI) -> None:
    """The examples above are compared with something."""
    kept = [getattr(route, "original_route", None) or route for route, _ in operations(app)]
    assert sum(getattr(each, "body_field", None) is not None for each in kept if isinstance(each, APIRoute)) > 20
