"""What an account may not do: its operator's limits, and what is switched off."""

from tieout_contracts.problems.kinds import ProblemKind

KINDS = (
    ProblemKind(
        code="account.suspended",
        severity="refusal",
        sentence="{tenant} is suspended since {since}: nothing new is taken or posted.",
        hint="Resume it: everything goes on from where it stood.",
        cause="A super admin suspended the tenant. What was on its way already was finished.",
        fix="POST /v1/tenants/{tenant}/resume, as a super admin.",
    ),
    ProblemKind(
        code="account.month_used_up",
        severity="refusal",
        sentence="{tenant} has posted {used} records in {month}; its limit is {most} a month.",
        hint="Ask the operator for a higher limit, or wait for the next month: everything goes on by itself then.",
        cause="The operator set `max_records_per_month`. Records beyond it stay unposted in ConnectWise, untouched.",
        fix="PUT /v1/tenants/{tenant}/limits with a higher limit, or none.",
    ),
    ProblemKind(
        code="account.too_many_companies",
        severity="refusal",
        sentence="{tenant} has {used} companies; its limit is {most}.",
        hint="Ask the operator for a higher limit.",
        cause="The operator set `max_companies`. The companies that are there go on.",
        fix="PUT /v1/tenants/{tenant}/limits with a higher limit, or none.",
    ),
    ProblemKind(
        code="account.feature_off",
        severity="refusal",
        sentence="{feature} is switched off for {tenant}.",
        hint="Ask the operator to switch it on.",
        cause="The operator switched the feature off for this tenant. What used it already goes on.",
        fix="PUT /v1/tenants/{tenant}/limits without the feature in `features_off`.",
    ),
    ProblemKind(
        code="account.ledger_fixed",
        severity="refusal",
        sentence="{company} posts to {ledger}; a company's ledger is fixed when it is created.",
        hint="Create another company for the other ledger, and give it the locations.",
        cause="What the company has posted, its contacts, items and mappings are of that kind of ledger.",
        fix="Leave `ledger` as it is. A company's last location is given away by saving it with `takes_records: false`.",
    ),
    ProblemKind(
        code="account.cogs_validation_locked",
        severity="refusal",
        sentence="COGS validation cannot be switched off while {tenant} has procurement.",
        hint="Leave it on. Only where the operator switched procurement off for the tenant it may be off.",
        cause="With procurement, a product without an account for its cost would post goods at no cost.",
        fix="Save the options with `cogs_validation` true.",
    ),
    ProblemKind(
        code="account.not_confirmed",
        severity="refusal",
        sentence="Deleting {tenant} was not confirmed.",
        hint="Say its id once more: confirm={tenant}.",
        cause="What is deleted is gone for good, with the key of everything that rests sealed.",
        fix="Export the tenant's data first; then `DELETE /v1/tenants/{tenant}?confirm={tenant}`.",
    ),
    ProblemKind(
        code="account.not_suspended",
        severity="refusal",
        sentence="{tenant} is not suspended.",
        hint="Suspend it, wait until nothing is on its way, export its data, and delete it then.",
        cause="A tenant that still takes records would lose what is between ConnectWise and the ledger.",
        fix="`POST /v1/tenants/{tenant}/suspend`.",
    ),
    ProblemKind(
        code="account.still_moving",
        severity="refusal",
        sentence="{records} records of {tenant} are still on their way.",
        hint="Wait until they rest, or cancel them; abandon=true deletes all the same.",
        cause="A document that was sent must still be verified, and its record batched.",
        fix="`tieout status` shows where they stand.",
    ),
)
