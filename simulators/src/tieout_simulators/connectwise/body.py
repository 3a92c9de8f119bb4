"""Request bodies: JSON, and ConnectWise's dialect of JSON Patch."""

from typing import Any

from tieout_simulators.connectwise.errors import invalid_field, invalid_object
from tieout_simulators.connectwise.models import JsonObject
from tieout_simulators.frame import exact_json
from tieout_simulators.frame.provider import ProviderCall

MAX_OPERATIONS = 100


def json_body(call: ProviderCall) -> Any:
    """The body as JSON with exact decimals. Raises ``RefusedError`` (400) for what is none."""
    try:
        return exact_json.loads(call.body)
    except (ValueError, RecursionError) as error:
        raise invalid_object("body", [invalid_field("body", f"The body is no JSON: {error}")]) from error


def patched(fields: JsonObject, operations: Any, resource: str) -> JsonObject:
    """``fields`` after a JSON Patch array. Paths may begin with a slash or not, and are case-sensitive.

    Only whole top-level fields can be set: a path into a reference is refused rather than answered with the false
    200 that ConnectWise may give. Raises ``RefusedError`` (400).
    """
    if not isinstance(operations, list) or len(operations) > MAX_OPERATIONS:
        message = f"The body must be a JSON Patch array of at most {MAX_OPERATIONS} operations."
        raise invalid_object(resource, [invalid_field("body", message)])
    result = dict(fields)
    for operation in operations:
        name, op = _target(operation, resource)
        if op == "remove":
            result.pop(name, None)
        else:
            result[name] = operation["value"]
    return result


def _target(operation: Any, resource: str) -> tuple[str, str]:
    op = operation.get("op") if isinstance(operation, dict) else None
    path = operation.get("path") if isinstance(operation, dict) else None
    if (
        op not in ("add", "replace", "remove")
        or not isinstance(path, str)
        or (op != "remove" and "value" not in operation)
    ):
        message = "An operation has op (add, replace or remove), path and value."
        raise invalid_object(resource, [invalid_field("op", message)])
    name = path.removeprefix("/")
    if not name or "/" in name:
        raise invalid_object(resource, [invalid_field(name or "path", "A path names one whole field.")])
    return name, op
