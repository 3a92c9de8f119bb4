"""What can go wrong with a provider, told apart by what is known afterwards.

    ProviderError                 code, sentence, hint, anchor, status, may_have_happened
    ├── Unsendable                refused here, before a socket was opened (also a ValueError)
    ├── NotSent                   nothing left this machine: no connection, no free connection
    ├── OutcomeUnknown            a write left and no usable answer came: it may have happened
    ├── Unavailable               a read left and no usable answer came: nothing can have changed
    ├── Throttled                 a limit was hit; retry_after_s, scope
    ├── Unauthorised              the key or token is not (or no longer) good
    ├── Forbidden                 the key is good and lacks a right
    ├── NotFound                  no such record, company or endpoint
    ├── Rejected                  the provider understood and refused; problems
    ├── Unreadable                a read was answered with something this client cannot read
    └── TooManyPages              a listing went past its page limit

Each error writes its own sentence for a person. `code` is stable ("cw.unauthorised", "xero.throttled_day") and is the
anchor of its entry in the documentation. Provider messages are quoted, request bodies and secrets never are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from tieout_providers.call import Answer

ThrottleScope = Literal["minute", "day", "concurrent", "app_minute", "unspecified"]

COMMON_HINTS: Mapping[str, str] = {
    "not_sent": "Check the network, the name server and the firewall of this machine. It is tried again by itself.",
    "outcome_unknown": "Do not send it again by hand: it is looked up first and repeated only if it is not there.",
    "unavailable": "Nothing was changed. It is tried again by itself.",
    "throttled_minute": "It goes on by itself when the minute is over.",
    "throttled_day": "It goes on by itself when the provider's day is over; other organisations are not affected.",
    "throttled_concurrent": "It goes on by itself as soon as the calls in flight have ended.",
    "throttled_app_minute": "All organisations of this app share the limit; it goes on by itself in a minute.",
    "throttled_unspecified": "It goes on by itself after the time that the provider asked for.",
    "not_found": "The record was deleted, or the key is not allowed to see it.",
    "rejected": "Correct what the message names at the provider or in the mapping, then retry.",
    "unreadable": "A proxy or a maintenance page may have answered in the provider's place. It is tried again.",
    "too_many_pages": "Narrow the question, or raise the page limit if the list is really that long.",
}


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider as its errors name it; `hints` holds a hint for every kind of error it can raise."""

    prefix: str
    name: str
    hints: Mapping[str, str]

    def codes(self) -> tuple[str, ...]:
        """Every error code of this provider, for the documentation and its test."""
        return tuple(f"{self.prefix}.{kind}" for kind in self.hints)


@dataclass(frozen=True, slots=True)
class Problem:
    """One complaint of a provider about a request: its text and, where told, a code and the field it is about."""

    message: str
    code: str | None = None
    field: str | None = None

    def __str__(self) -> str:
        return f"{self.field}: {self.message}" if self.field else self.message


class ProviderError(Exception):
    """The root. `may_have_happened` is True only where the provider may have carried a write out.

    `answer` is what came back, where anything did: its headers still correct the budget.
    """

    may_have_happened = False

    def __init__(self, provider: Provider, kind: str, sentence: str, *, status: int | None = None) -> None:
        super().__init__(sentence)
        self.provider = provider.name
        self.kind = kind
        self.code = f"{provider.prefix}.{kind}"
        self.sentence = sentence
        self.hint = provider.hints[kind]
        self.status = status
        self.answer: Answer | None = None

    @property
    def anchor(self) -> str:
        """The entry of this code in the documentation's list of errors."""
        return "errors#" + self.code.replace(".", "-").replace("_", "-")


class Unsendable(ProviderError, ValueError):
    """Refused here: the provider would refuse it, or it would be unsafe. No socket was opened."""

    def __init__(self, provider: Provider, kind: str, sentence: str) -> None:
        super().__init__(provider, kind, sentence)


class NotSent(ProviderError):
    """Nothing left this machine, so the call can simply be made again."""

    def __init__(self, provider: Provider, reason: str) -> None:
        super().__init__(provider, "not_sent", f"{provider.name} could not be reached ({reason}); nothing was sent.")


class OutcomeUnknown(ProviderError):
    """A write left this machine and no usable answer came back: look it up before anything is sent again (I-6)."""

    may_have_happened = True

    def __init__(self, provider: Provider, reason: str, *, status: int | None = None) -> None:
        sentence = f"{provider.name} gave no usable answer to a change ({reason}); it may have been made."
        super().__init__(provider, "outcome_unknown", sentence, status=status)


class Unavailable(ProviderError):
    """A read got no answer (`timed_out`) or a server error. A smaller question may succeed."""

    def __init__(
        self, provider: Provider, reason: str, *, status: int | None = None, retry_after_s: float | None = None
    ) -> None:
        sentence = f"{provider.name} could not answer ({reason}); nothing was changed."
        super().__init__(provider, "unavailable", sentence, status=status)
        self.timed_out = status is None
        self.retry_after_s = retry_after_s


class Throttled(ProviderError):
    """A limit was hit. `retry_after_s` is what the provider asked for (it can be 20 hours), None if it said nothing."""

    def __init__(self, provider: Provider, scope: ThrottleScope, retry_after_s: float | None) -> None:
        wait = "" if retry_after_s is None else f"; it asks to wait {retry_after_s:.0f} s"
        limit = {
            "minute": "limit of calls a minute",
            "day": "limit of calls a day",
            "concurrent": "limit of calls at once",
            "app_minute": "limit of calls a minute for the whole app",
            "unspecified": "limit of calls",
        }[scope]
        super().__init__(provider, f"throttled_{scope}", f"{provider.name}'s {limit} is used up{wait}.", status=429)
        self.scope: ThrottleScope = scope
        self.retry_after_s = retry_after_s


class Unauthorised(ProviderError):
    """The key or token was not accepted."""

    def __init__(self, provider: Provider, detail: str, *, kind: str = "unauthorised", status: int = 401) -> None:
        super().__init__(
            provider, kind, _told(f"{provider.name} did not accept the credentials", detail), status=status
        )


class Forbidden(ProviderError):
    """The credentials are good and lack a right (or belong to another organisation)."""

    def __init__(self, provider: Provider, detail: str, *, kind: str = "forbidden", status: int = 403) -> None:
        super().__init__(provider, kind, _told(f"{provider.name} does not allow this", detail), status=status)


class NotFound(ProviderError):
    """No such record, company or endpoint."""

    def __init__(self, provider: Provider, detail: str, *, kind: str = "not_found", status: int = 404) -> None:
        super().__init__(provider, kind, _told(f"{provider.name} does not know this", detail), status=status)


class Rejected(ProviderError):
    """The provider understood the call and refused it: nothing was changed. `problems` holds each of its reasons."""

    def __init__(
        self, provider: Provider, problems: tuple[Problem, ...], *, status: int, kind: str = "rejected"
    ) -> None:
        detail = "; ".join(str(problem) for problem in problems)
        super().__init__(provider, kind, _told(f"{provider.name} refused the call ({status})", detail), status=status)
        self.problems = problems


class Unreadable(ProviderError):
    """A read was answered with something that is not this API's answer. `sample` is its beginning."""

    def __init__(
        self, provider: Provider, reason: str, *, sample: str = "", kind: str = "unreadable", status: int | None = None
    ) -> None:
        sentence = f"{provider.name}'s answer cannot be read ({reason})."
        super().__init__(provider, kind, sentence, status=status)
        self.sample = sample


class TooManyPages(ProviderError):
    """A listing did not end within its page limit; nothing of it is returned, so that no half list looks whole."""

    def __init__(self, provider: Provider, path: str, max_pages: int) -> None:
        sentence = f"{provider.name}'s list {path} did not end within {max_pages} pages."
        super().__init__(provider, "too_many_pages", sentence)


def _told(sentence: str, detail: str) -> str:
    return f"{sentence}: {detail.rstrip('.')}." if detail else f"{sentence}."
