"""The person at a provider's consent page: agrees at once, unless a script says what she decides next."""

from dataclasses import dataclass, field
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from tieout_simulators.frame.provider import JsonObject


@dataclass(frozen=True, slots=True)
class Decision:
    """What she does: cancels, or chooses organisations by their ids (none named: as the provider offers them)."""

    deny: bool = False
    organisations: tuple[str, ...] = ()


@dataclass(slots=True)
class ConsentPage:
    """Decisions of the visits to come, in their order; afterwards everything is agreed to."""

    _scripted: list[Decision] = field(default_factory=list)

    def script(self, event: JsonObject) -> JsonObject:
        """``{"kind": "next_consent", "deny": true}`` or ``{..., "organisations": [id, ...]}``."""
        chosen = tuple(str(each) for each in event.get("organisations", ()))
        self._scripted.append(Decision(bool(event.get("deny", False)), chosen))
        return {"scripted": len(self._scripted)}

    def decide(self) -> Decision:
        """The decision of this visit."""
        return self._scripted.pop(0) if self._scripted else Decision()


def sent_back(redirect_uri: str, **query: str) -> Response:
    """To where the app waits, with what is known of the query; what is empty is left out."""
    joint = "&" if "?" in redirect_uri else "?"
    return RedirectResponse(f"{redirect_uri}{joint}{urlencode({k: v for k, v in query.items() if v})}", 302)
