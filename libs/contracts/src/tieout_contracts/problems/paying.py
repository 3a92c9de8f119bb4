"""What the rules find of where and how a document is paid."""

from tieout_contracts.problems.kinds import ProblemKind

KINDS: tuple[ProblemKind, ...] = (
    ProblemKind(
        code="rules.pay_link_left_out",
        severity="warning",
        sentence="The invoice {number} bears no pay link: {reason}.",
        hint="Shorten `pay_link` of the company's settings, or leave the part out that the ledger refuses.",
        cause="The link is made of the company's template and the invoice's own number, total and currency.",
        fix="Change `pay_link` in the company's settings, or send the customer the link yourself.",
    ),
)
