"""Which of several rules is for a line: of those that fit, the most specific (K3)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from tieout_contracts.records import InvoiceContent, RecordLine
from tieout_contracts.settings import LineConditions
from tieout_transform.rules.chart import folded
from tieout_transform.rules.segments import SEPARATOR

Rule = TypeVar("Rule", bound=LineConditions)


@dataclass(frozen=True, slots=True)
class LineFacts:
    """What a rule's conditions are compared with, folded once for each line."""

    item_code: str
    subcategory: str
    classes: tuple[str, ...]
    gl_type: str
    location: int
    account: str


def facts_of(record: InvoiceContent, line: RecordLine) -> LineFacts:
    return LineFacts(
        item_code=folded(line.item_code or ""),
        subcategory=folded(line.subcategory or ""),
        classes=_classes(line.gl_class or ""),
        gl_type=folded(line.gl_type),
        location=record.location_id,
        account=account_number(line.account or ""),
    )


def account_number(account: str) -> str:
    """An account number without what ConnectWise puts around it: an empty later segment leaves a trailing colon."""
    return account.strip().rstrip(SEPARATOR).strip()


class Ranked(Generic[Rule]):
    """Rules in the order in which they win; rules by account number alone, of which there are many, by that number."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._by_account: dict[str, Rule] = {}
        self._narrower: list[Rule] = []
        self._for_all: Rule | None = None
        for rule in rules:
            specific = _specificity(rule)
            if any(specific[:-1]):
                self._narrower.append(rule)
            elif rule.connectwise_account is not None:
                self._by_account.setdefault(account_number(rule.connectwise_account), rule)
            elif self._for_all is None:
                self._for_all = rule
        self._narrower.sort(key=_specificity, reverse=True)

    def chosen(self, facts: LineFacts) -> Rule | None:
        """The most specific rule that fits; of equals the first; None where none fits."""
        narrower = next((rule for rule in self._narrower if _fits(rule, facts)), None)
        return narrower or self._by_account.get(facts.account) or self._for_all


def _specificity(rule: LineConditions) -> tuple[int, ...]:
    """Compared from the left: the narrowest condition decides first."""
    return (
        rule.item_code is not None,
        rule.subcategory is not None,
        len(_classes(rule.gl_class or "")),
        rule.gl_type is not None,
        rule.connectwise_location is not None,
        rule.connectwise_account is not None,
    )


def _fits(rule: LineConditions, facts: LineFacts) -> bool:
    classes = _classes(rule.gl_class or "")
    return (
        (rule.item_code is None or folded(rule.item_code) == facts.item_code)
        and (rule.subcategory is None or folded(rule.subcategory) == facts.subcategory)
        and classes == facts.classes[: len(classes)]
        and (rule.gl_type is None or folded(rule.gl_type) == facts.gl_type)
        and (rule.connectwise_location is None or rule.connectwise_location == facts.location)
        and (rule.connectwise_account is None or account_number(rule.connectwise_account) == facts.account)
    )


def _classes(gl_class: str) -> tuple[str, ...]:
    text = gl_class.strip().rstrip(SEPARATOR)
    return tuple(folded(part) for part in text.split(SEPARATOR)) if text else ()
