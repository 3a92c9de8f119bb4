"""Why no consent came of it, in sentences for the page that the browser ends on."""

from tieout_config_api.refusals import ApiError, refused
from tieout_providers.errors import ProviderError

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyz_ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def page_failed(provider: str, error: str) -> ApiError:
    """The consent page's own refusal (RFC 6749, 4.1.2.1). Only a plain word of it is repeated: anybody can write it."""
    if error == "access_denied":
        return refused(403, "connect.declined", provider=provider)
    reason = error if _PLAIN.issuperset(error) and len(error) <= 60 else "unknown"
    return refused(409, "connect.page_refused", provider=provider, reason=reason)


def exchange_failed(provider: str, error: ProviderError) -> ApiError:
    """The token endpoint's, or what stood between it and here."""
    if error.kind == "invalid_grant":
        return refused(409, "connect.code_refused", provider=provider)
    if error.kind == "invalid_client":
        return refused(409, "connect.app_refused", provider=provider)
    return refused(502, "connect.unanswered", provider=provider, reason=error.sentence)
