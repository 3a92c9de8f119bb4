"""Why there is no access token, in sentences: kept beside the connection, shown, and told to every later asker."""

from collections.abc import Mapping
from typing import Any

from tieout_config_api.public.door import ApiError
from tieout_providers.errors import OutcomeUnknown, ProviderError


def consent_gone(connection_id: str, provider: str) -> ApiError:
    """Only a person can go on from here."""
    return ApiError(
        409,
        "access.reconnect",
        f"The connection {connection_id} must be connected again: {provider} takes its refresh token no more.",
        f"Consent anew at {provider} and put the connection with the new refresh token.",
    )


def no_token(error: ProviderError, connection_id: str, provider: str) -> ApiError:
    """What passes by itself, or with the connection's correction."""
    if isinstance(error, OutcomeUnknown):
        return ApiError(
            502,
            "access.token_unanswered",
            f"{provider} did not answer when a token for {connection_id} was asked for.",
            "Nothing needs doing: it is tried again by itself.",
        )
    return ApiError(502, error.code, error.sentence, error.hint)


def told(status: int, problem: Mapping[str, Any]) -> ApiError:
    """A kept problem once more."""
    return ApiError(status, problem["code"], problem["title"], problem["detail"])


def still_renewing(connection_id: str) -> ApiError:
    return ApiError(
        503,
        "access.token_renewing",
        f"A token for {connection_id} is being renewed, which takes longer than usual.",
        "Nothing needs doing: ask again.",
    )
