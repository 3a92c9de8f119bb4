"""Problems met while a record is read from ConnectWise."""

from tieout_contracts.problems.kinds import ProblemKind

KINDS: tuple[ProblemKind, ...] = (
    ProblemKind(
        code="capture.no_gl_entries",
        severity="refusal",
        sentence="ConnectWise lists {number} as unposted but exports nothing for it.",
        hint="Map its GL account types in ConnectWise, then reopen and close the record so that its GL entries are made.",
        cause="A record that matched no GL mapping when it was closed has no GL entries and can never be exported.",
        fix="Setup Tables > GL Accounts: add the missing mapping. Set the record to an open status and close it again.",
    ),
    ProblemKind(
        code="capture.malformed",
        severity="refusal",
        sentence="The GL export of {number} cannot be read: {reason}.",
        hint="Look at the record's GL Entries tab in ConnectWise; correct it, then retry.",
        cause="A field that decides an amount, a date or an account is missing or is not what ConnectWise documents.",
        fix="Repair the record in ConnectWise (reopen, correct, close), then choose Retry.",
    ),
    ProblemKind(
        code="capture.unbalanced",
        severity="refusal",
        sentence="The GL entries of {number} add up to {lines}, its total is {total}.",
        hint="Reopen and close the record in ConnectWise so that its GL entries are made anew.",
        cause="The detail lines of the export, sales tax included, must be the negative of its total.",
        fix="Reopen and close the record; if it stays, a GL entry is missing: check the GL account mappings.",
    ),
    ProblemKind(
        code="capture.unsupported_type",
        severity="refusal",
        sentence="{number} is of the type {invoice_type}, which is not posted yet.",
        hint="Post it by hand and make a batch for it in ConnectWise, or leave it.",
        cause="This version does not know how such a document's amounts relate to other documents.",
        fix="Post it by hand, then batch it in the ConnectWise accounting interface.",
    ),
    ProblemKind(
        code="capture.too_large",
        severity="refusal",
        sentence="{number} is larger than a message may be ({size_bytes} bytes, at most {limit_bytes}).",
        hint="Split the record in ConnectWise.",
        cause="Records travel in one message of limited size.",
        fix="Split the invoice, or choose a less detailed invoice format in the accounting package set-up.",
    ),
    ProblemKind(
        code="capture.backfill_denied",
        severity="warning",
        sentence="{field} could not be read: ConnectWise refuses it ({reason}).",
        hint="Give the API member the permission to inquire it.",
        cause="The API member's security role does not allow reading that table.",
        fix="System > Security Roles: allow Inquire All for the named module.",
    ),
    ProblemKind(
        code="capture.unrouted",
        severity="warning",
        sentence="{number} belongs to ConnectWise location {location}, which no company of yours posts.",
        hint="Add the location to a company's settings.",
        cause="Each record is routed by its billing location.",
        fix="Settings of the company > ConnectWise locations: add it, then run again.",
    ),
)
