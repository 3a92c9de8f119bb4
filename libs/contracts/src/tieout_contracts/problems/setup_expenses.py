"""What the check of a company's settings for expenses finds."""

from tieout_contracts.problems.kinds import ProblemKind

_NOT_YET = "Entries that need it would be refused, once expenses are posted. The check says so beforehand."
_EXPENSES = "Change `expenses` in `PUT /v1/tenants/{tenant}/companies/{company}/settings`; then check again."
_MEMBER = "Correct the link's member, or take the link out."

KINDS = (
    ProblemKind(
        code="setup.expenses_unread",
        severity="warning",
        sentence="The settings for expenses were not compared with ConnectWise's {what}: {reason}",
        hint="See to the connection, or to what its API member may read; then check again.",
        cause="ConnectWise was not to be reached, or its API member may not read them.",
        fix="`tieout connections` tells whether the connection is good; let the API member read set-up tables and members.",
    ),
    ProblemKind(
        code="setup.expense_type_unmapped",
        severity="warning",
        sentence="ConnectWise's expense type {expense_type} has no ledger account.",
        hint="Add it to `expenses.accounts`; proposals stand beside this.",
        cause=_NOT_YET,
        fix=_EXPENSES,
    ),
    ProblemKind(
        code="setup.expense_type_unknown",
        severity="warning",
        sentence="A rule is for the expense type {expense_type}, which ConnectWise does not have.",
        hint="Correct its name, or take the rule out.",
        cause="The type was renamed or deleted in ConnectWise, or is misspelt.",
        fix=_EXPENSES,
    ),
    ProblemKind(
        code="setup.expense_account_missing",
        severity="warning",
        sentence="{where} names account {account}, which the ledger does not have or has archived.",
        hint="Create or restore it in the ledger, or choose another one. In Xero give a bank account a code.",
        cause=_NOT_YET,
        fix=_EXPENSES,
    ),
    ProblemKind(
        code="setup.expense_account_cannot_pay",
        severity="warning",
        sentence="{where} names account {account} ({name}), which is of the type {kind} and cannot pay.",
        hint="Choose a bank account or a credit card.",
        cause="Only a bank account or a credit card pays a bill.",
        fix=_EXPENSES,
    ),
    ProblemKind(
        code="setup.expense_account_without_feed",
        severity="warning",
        sentence="{where} names account {account} ({name}), which has no bank feed.",
        hint="Connect the bank in the ledger, so that payments are matched by themselves.",
        cause="Payments are matched with the bank's own lines best where these come in by themselves.",
        fix="Connect the account to its bank in the ledger, or leave it as it is.",
    ),
    ProblemKind(
        code="setup.expense_offset_missing",
        severity="warning",
        sentence="No offset account is named for company-paid expenses.",
        hint="Set `expenses.offset_account` to a liability account.",
        cause="Company-paid expenses that no link pays are settled against it.",
        fix=_EXPENSES,
    ),
    ProblemKind(
        code="setup.expense_offset_not_liability",
        severity="warning",
        sentence="The offset account {account} ({name}) is of the class {kind}, not a liability.",
        hint="Choose a liability account, such as Unclaimed Expenses.",
        cause="What is settled against it is owed to somebody until it is cleared.",
        fix=_EXPENSES,
    ),
    ProblemKind(
        code="setup.expense_payment_type_unlisted",
        severity="warning",
        sentence="A link is for the payment type {payment_type}, which is not among the account's company payment types.",
        hint="Correct its name in the link, or add it to `expense_payment_types` of the account's options.",
        cause="The account's options list the payment types that the company itself pays; links go by their names.",
        fix="`PUT /v1/tenants/{tenant}/options`, or change `expenses.links` in the company's settings.",
    ),
    ProblemKind(
        code="setup.expense_member_unknown",
        severity="warning",
        sentence="A link is for the member {member}, whom ConnectWise does not have.",
        hint=_MEMBER,
        cause="Members are named by their identifier in ConnectWise, which may have been changed.",
        fix=_EXPENSES,
    ),
    ProblemKind(
        code="setup.expense_member_inactive",
        severity="warning",
        sentence="A link is for the member {member}, who is inactive in ConnectWise.",
        hint=_MEMBER,
        cause="The member was made inactive. Expenses that are on their way still go by the link.",
        fix=_EXPENSES,
    ),
    ProblemKind(
        code="setup.expense_tax_code_missing",
        severity="warning",
        sentence="{where} names the tax code {tax_code}, which the ledger does not have or has switched off.",
        hint="Choose one of the ledger's active tax codes.",
        cause=_NOT_YET,
        fix=_EXPENSES,
    ),
    ProblemKind(
        code="setup.expense_tax_code_unfit",
        severity="warning",
        sentence="{where} names the tax code {tax_code} ({name}), which the ledger does not allow on expenses.",
        hint="Choose a tax code of purchases.",
        cause="The ledger refuses a bill whose account does not go with its tax code.",
        fix=_EXPENSES,
    ),
)
