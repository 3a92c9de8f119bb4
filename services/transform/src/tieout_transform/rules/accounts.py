"""Which ledger account a line posts to."""

from tieout_contracts.records import RecordLine
from tieout_contracts.reference import LedgerAccount
from tieout_contracts.settings import AccountRule
from tieout_transform.rules.chart import Chart
from tieout_transform.rules.findings import Findings
from tieout_transform.rules.specific import LineFacts, Ranked, account_number

DEFERRED_REVENUE = "RD"


def ledger_account(
    index: int, line: RecordLine, facts: LineFacts, rules: Ranked[AccountRule], chart: Chart, findings: Findings
) -> LedgerAccount | None:
    """The ledger's account for `line`: the company's rule, else the number itself. None was refused with its cause."""
    if not account_number(line.account or ""):
        findings.add("rules.account_unmapped", line=index, gl_type=line.gl_type)
        return None
    rule = rules.chosen(facts)
    code = rule.ledger_account.strip() if rule else facts.account
    if line.applied is not None and line.applied.ledger_account is not None:
        code = line.applied.ledger_account  # that of the document that it clears, whatever is mapped today
    account = chart.accounts.get(code)
    if account is None:
        findings.add("rules.account_missing", line=index, account=code)
    elif not account.active:
        findings.add("rules.account_archived", line=index, account=code)
    elif not chart.ledger.is_postable(account):
        findings.add("rules.account_not_postable", line=index, account=code, account_type=_kind(account))
    elif line.gl_type.upper() == DEFERRED_REVENUE and account.account_class.upper() == "REVENUE":
        findings.add("rules.deferred_as_revenue", line=index, account=code)
    return account


def _kind(account: LedgerAccount) -> str:
    return account.system or account.account_type
