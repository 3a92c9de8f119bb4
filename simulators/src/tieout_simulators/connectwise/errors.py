"""ConnectWise's refusals: one exception that carries the status and the body, and a maker for each kind seen."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import Response

from tieout_simulators.frame.provider import json_answer

ENDPOINT_MISSING = {"code": "ConnectWiseApi", "message": "The endpoint does not exist."}


@dataclass(frozen=True, slots=True)
class FieldError:
    """One entry of ``errors`` in a 400."""

    code: str
    message: str
    field: str

    def described(self, resource: str) -> dict[str, str]:
        return {"code": self.code, "message": self.message, "resource": resource, "field": self.field}


@dataclass(eq=False, slots=True)
class RefusedError(Exception):
    """ConnectWise's answer to a call that it refuses."""

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)

    def response(self) -> Response:
        """The refusal as it goes over the wire."""
        return json_answer(self.body, self.status, self.headers)


def missing_field(name: str) -> FieldError:
    """A required field was left out."""
    return FieldError("MissingRequiredField", f"The {name} field is required.", name)


def invalid_field(name: str, message: str) -> FieldError:
    """A field holds what it must not."""
    return FieldError("InvalidField", message, name)


def invalid_object(resource: str, errors: Sequence[FieldError]) -> RefusedError:
    """400: the body or a query parameter is wrong."""
    described = [each.described(resource) for each in errors]
    return RefusedError(400, {"code": "InvalidObject", "message": f"{resource} object is invalid", "errors": described})


def record_missing(singular: str, record_id: object) -> RefusedError:
    """404: the endpoint is there, the record is not."""
    return RefusedError(404, {"code": "NotFound", "message": f"{singular} {record_id} not found"})


def endpoint_missing() -> RefusedError:
    """404: there is no such path or method."""
    return RefusedError(404, ENDPOINT_MISSING)


def unauthorized() -> RefusedError:
    """401: the keys are wrong or missing."""
    return RefusedError(401, {"code": "Unauthorized", "message": "The username or password is incorrect."})


def client_unknown() -> RefusedError:
    """401: the ``clientId`` header is wrong or missing."""
    return RefusedError(401, {"code": "ConnectWiseApi", "message": "UserNotAuthenticated"})


def forbidden(route: str) -> RefusedError:
    """403: the API member's security role does not allow it."""
    return RefusedError(403, {"code": "Security", "message": f"The security role does not allow {route}."})


def in_use(message: str) -> RefusedError:
    """409: the record cannot be changed as it stands."""
    return RefusedError(409, {"code": "RecordInUse", "message": message})


def too_many_requests(retry_after_s: int) -> RefusedError:
    """429, in a shape of its own."""
    message = f"Too many requests. Please try again in {retry_after_s} seconds."
    return RefusedError(429, {"error": "ConnectWiseAPI", "message": message}, {"Retry-After": str(retry_after_s)})
