"""Problems with a preview, and with approving what it showed."""

from tieout_contracts.problems.kinds import ProblemKind

KINDS: tuple[ProblemKind, ...] = (
    ProblemKind(
        code="preview.expired",
        severity="refusal",
        sentence="The preview {preview} has expired: what it showed is kept for {hours} hours.",
        hint="Ask for another one: tieout preview.",
        cause="Its content is accounting data, so it is dropped after a day.",
        fix="Preview again and approve what is shown then.",
    ),
    ProblemKind(
        code="preview.settings_not_saved",
        severity="refusal",
        sentence="The preview {preview} shows settings that are not saved; nothing of it can be approved.",
        hint="Save the settings, preview again, and approve that.",
        cause="A preview of changed settings answers what they would do.",
        fix="Save the settings first. What is posted is always planned with saved settings.",
    ),
    ProblemKind(
        code="preview.not_shown",
        severity="refusal",
        sentence="The record {record} is not in the preview {preview}.",
        hint="Approve only what the preview shows.",
        cause="Another record was named than those that were previewed.",
        fix="Read the preview again and name its records.",
    ),
    ProblemKind(
        code="preview.not_what_was_seen",
        severity="refusal",
        sentence="What was approved of {number} is not what the preview shows now; nothing was posted.",
        hint="Read the preview again, look at the record's difference, and approve its plan_hash.",
        cause="The plan_hash given is not the one that the preview shows for the record.",
        fix="Take the plan_hash from the preview that you looked at.",
    ),
    ProblemKind(
        code="preview.nothing_to_approve",
        severity="refusal",
        sentence="Nothing would be posted for {number}, so nothing of it can be approved.",
        hint="Its preview says why: it is refused, waits, or is approved already.",
        cause="Only a record with a plan that was not approved before can be approved.",
        fix="Correct what the preview names, and preview again.",
    ),
    ProblemKind(
        code="preview.too_late",
        severity="refusal",
        sentence="{number} can no longer be approved: it is {status}.",
        hint="tieout trace {number} shows what became of it.",
        cause="It went on since it was previewed: it is being posted, was posted, or a person must decide about it.",
        fix="Look at the record itself; nothing was done twice.",
    ),
    ProblemKind(
        code="preview.changed_since",
        severity="warning",
        sentence="{number} would post something else than what was approved; nothing was posted.",
        hint="Look at its difference in the preview, and approve it again if it is right.",
        cause="The record, the settings or the ledger's reference data changed between preview and approval.",
        fix="The preview shows the new plan and, field by field, how it differs from the one that was approved.",
    ),
)
