"""What a run cannot be asked for, and why a Sync All leaves a family out."""

from tieout_contracts.problems.kinds import ProblemKind

KINDS = (
    ProblemKind(
        code="runs.family_not_posted",
        severity="refusal",
        sentence="{family} are not part of this release: nothing of them is found, planned or posted.",
        hint="This release posts {posted}. Leave the others in ConnectWise: they stay unposted there, untouched.",
        cause="A run, or a Sync All, was asked for a family of records that this release does not post yet.",
        fix="Ask for a run of a family that is posted. A Sync All leaves the others out by itself.",
    ),
    ProblemKind(
        code="runs.family_switched_off",
        severity="warning",
        sentence="{family} are switched off in the company's default sync settings.",
        hint="A run of their own still takes them, if this release posts them.",
        cause="`default_sync` in the company's settings says which families a Sync All takes.",
        fix="Switch the family on in `default_sync`, or ask for a run of the family alone.",
    ),
    ProblemKind(
        code="runs.sync_all_hidden",
        severity="refusal",
        sentence="Sync All is hidden for {tenant}.",
        hint="Ask for each family by a run of its own, or have an account admin show Sync All.",
        cause="The account's option `hide_sync_all` is on, as it is for every new account.",
        fix="`PUT /v1/tenants/{tenant}/options` with `hide_sync_all` false, as an account admin or super admin.",
    ),
)
