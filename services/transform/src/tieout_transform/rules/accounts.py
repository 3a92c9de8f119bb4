"""Which ledger account a line posts to."""

from tieout_contracts.records import RecordLine
from tieout_contracts.reference import LedgerAccount
from tieout_contracts.settings import AccountRule
from tieout_transform.rules.chart import Chart
from tieout_transform.rules.findings import Findings

_SYSTEM_ACCOUNTS_FOR_LINES = frozenset({"ROUNDING"})
_TYPES_WITHOUT_LINES = frozenset({"BANK", "INVENTORY"})


def account_rules(rules: tuple[AccountRule, ...]) -> dict[str, str]:
    """ConnectWise account number to ledger account code."""
    return {clean(rule.connectwise_account): rule.ledger_account.strip() for rule in rules}


def clean(account: str) -> str:
    """An account number without what ConnectWise puts around it: an empty later segment leaves a trailing colon."""
    return account.strip().rstrip(":").strip()


def ledger_account(
    index: int, line: RecordLine, rules: dict[str, str], chart: Chart, findings: Findings
) -> LedgerAccount | None:
    """The ledger's account for `line`: the company's rule, else the number itself. None was refused with its cause."""
    number = clean(line.account or "")
    if not number:
        findings.add("rules.account_unmapped", line=index, gl_type=line.gl_type)
        return None
    code = rules.get(number, number)
    account = chart.accounts.get(code)
    if account is None:
        findings.add("rules.account_missing", line=index, account=code)
    elif not account.active:
        findings.add("rules.account_archived", line=index, account=code)
    elif not is_postable(account):
        findings.add("rules.account_not_postable", line=index, account=code, account_type=_kind(account))
    return account


def is_postable(account: LedgerAccount) -> bool:
    """Whether a document's line may use the account: not the ledger's own, no bank account, no counted stock."""
    own = account.system is not None and account.system.upper() not in _SYSTEM_ACCOUNTS_FOR_LINES
    return not own and account.account_type.upper() not in _TYPES_WITHOUT_LINES


def _kind(account: LedgerAccount) -> str:
    return account.system or account.account_type
