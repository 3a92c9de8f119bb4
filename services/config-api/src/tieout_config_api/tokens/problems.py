"""Why there is no access token, in sentences: kept beside the connection, shown, and told to every later asker."""

from collections.abc import Mapping
from typing import Any

from tieout_config_api.refusals import ApiError, refused
from tieout_providers.errors import OutcomeUnknown, ProviderError


def consent_gone(connection_id: str, provider: str) -> ApiError:
    """Only a person can go on from here."""
    return refused(409, "access.reconnect", connection=connection_id, provider=provider)


def no_token(error: ProviderError, connection_id: str, provider: str) -> ApiError:
    """What passes by itself, or with the connection's correction."""
    if isinstance(error, OutcomeUnknown):
        return refused(502, "access.token_unanswered", connection=connection_id, provider=provider)
    return ApiError(502, error.code, error.sentence, error.hint)


def told(status: int, problem: Mapping[str, Any]) -> ApiError:
    """A kept problem once more."""
    return ApiError(status, problem["code"], problem["title"], problem["detail"])


def still_renewing(connection_id: str) -> ApiError:
    return refused(503, "access.token_renewing", connection=connection_id)
