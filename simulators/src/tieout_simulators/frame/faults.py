"""Scripted faults: which call they strike, how often, and what they do to it."""

from dataclasses import dataclass
from typing import Any

from tieout_simulators.frame.calls import route_matches
from tieout_simulators.frame.provider import JsonObject, ProviderCall

MAX_RULES = 1_000
_RULE_KEYS = {"route", "match", "nth", "times", "then"}
_THEN_KEYS = {
    "status", "body", "content_type", "headers", "after_handling", "drop", "delay_ms", "expire_tokens", "event",
}  # fmt: skip


@dataclass(slots=True)
class FaultRule:
    """Fires from the ``nth`` matching call on, ``times`` times (0: for ever)."""

    route: str
    then: JsonObject
    match: str | None = None
    nth: int = 1
    times: int = 1
    seen: int = 0
    fired: int = 0

    def strike(self, call: ProviderCall) -> bool:
        """Count the call if it matches; True when the rule fires on it."""
        if not route_matches(self.route, call.route) or (self.match is not None and self.match not in _text_of(call)):
            return False
        self.seen += 1
        if self.seen < self.nth or (self.times != 0 and self.fired >= self.times):
            return False
        self.fired += 1
        return True

    def described(self) -> JsonObject:
        """The rule as it was given, with how many calls matched and how often it fired."""
        rule = {"route": self.route, "match": self.match, "nth": self.nth, "times": self.times, "then": self.then}
        return {**rule, "seen": self.seen, "fired": self.fired}


class FaultBook:
    """The rules in force, in the order they were added; several may strike one call."""

    def __init__(self) -> None:
        self._rules: list[FaultRule] = []

    def add(self, rules: list[Any]) -> None:
        """Add rules as ``POST /_sim/faults`` takes them. Raises ``ValueError`` for one that says nothing known."""
        parsed = [_parsed(rule) for rule in rules]
        if len(self._rules) + len(parsed) > MAX_RULES:
            msg = f"no more than {MAX_RULES} fault rules"
            raise ValueError(msg)
        self._rules.extend(parsed)

    def clear(self) -> None:
        """Forget all rules."""
        self._rules.clear()

    def strike(self, call: ProviderCall) -> list[JsonObject]:
        """The ``then`` of every rule that fires on this call."""
        return [rule.then for rule in self._rules if rule.strike(call)]

    def described(self) -> list[JsonObject]:
        """All rules with their counts."""
        return [rule.described() for rule in self._rules]


def _text_of(call: ProviderCall) -> str:
    return f"{call.path}?{call.raw_query}\n{call.body.decode(errors='replace')}"


def _parsed(rule: Any) -> FaultRule:
    if not isinstance(rule, dict) or not _RULE_KEYS.issuperset(rule) or " /" not in str(rule.get("route")):
        msg = f"a fault rule is {{route: 'METHOD /path', match, nth, times, then}}, not {rule!r}"
        raise ValueError(msg)
    then = rule.get("then")
    if not isinstance(then, dict) or not then or not _THEN_KEYS.issuperset(then):
        msg = f"'then' takes {sorted(_THEN_KEYS)}, not {then!r}"
        raise ValueError(msg)
    if then.get("drop") not in (None, "before", "after"):
        msg = "'drop' is 'before' or 'after'"
        raise ValueError(msg)
    nth, times = int(rule.get("nth", 1)), int(rule.get("times", 1))
    return FaultRule(str(rule["route"]), then, rule.get("match"), nth, times)
