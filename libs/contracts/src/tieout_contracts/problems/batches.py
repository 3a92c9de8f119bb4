"""Problems met while a posted record is closed in ConnectWise."""

from tieout_contracts.problems.kinds import ProblemKind

KINDS: tuple[ProblemKind, ...] = (
    ProblemKind(
        code="batches.changed_while_posting",
        severity="fault",
        sentence="{number} changed in ConnectWise while it was being posted: {difference}. It was not batched.",
        hint="Preview it and approve the change of its document; or correct that by hand and choose Batch again.",
        cause="Between capture and batch the record was reopened or its GL entries were made anew.",
        fix="If the new content is right, preview the record and approve its change: the same document is changed and the"
        " record batched. See docs/corrections.md. Where only GL entries were made anew, choose Batch again.",
    ),
    ProblemKind(
        code="batches.changed_after_posting",
        severity="fault",
        sentence="{number} changed in ConnectWise after it was posted: {difference}. Nothing was posted again.",
        hint="Preview it and approve the change of its document; or correct that by hand and choose Batch again.",
        cause="The record was reopened, or its batch was deleted, and it was closed with another content.",
        fix="Preview the record: it shows what would change, field by field. Approved, the same document is changed and the"
        " record batched; see docs/corrections.md.",
    ),
    ProblemKind(
        code="batches.not_exportable",
        severity="fault",
        sentence="{number} is posted, but ConnectWise no longer offers it: {reason}. It was not batched.",
        hint="Close the record again in ConnectWise; if its content is the same it is batched by itself.",
        cause="The record was reopened or deleted after it was captured.",
        fix="Close it again. If it is gone for good, void the ledger's document.",
    ),
    ProblemKind(
        code="batches.awaits_approval",
        severity="warning",
        sentence="{number} is posted as {status}; it is batched once the ledger's document is approved.",
        hint="Approve the document in the ledger, or choose Batch again to batch it now.",
        cause="The company batches on approval.",
        fix="Approve the document, or set the company to batch when posted.",
    ),
    ProblemKind(
        code="batches.without_posting",
        severity="warning",
        sentence="{number} is older than the go-live date: it was batched as {batch} and nothing was posted.",
        hint="Nothing needs doing: the company was armed so.",
        cause="Whoever armed the company chose that older unposted records are closed in ConnectWise without posting.",
        fix="If it was to be posted: delete the batch in ConnectWise, preview the record and approve it.",
    ),
    ProblemKind(
        code="batches.elsewhere",
        severity="warning",
        sentence="{number} was batched by someone else ({batch}).",
        hint="Nothing needs doing if that was meant; its document in the ledger, if any, is shown beside it.",
        cause="A person or another tool made a batch with this record.",
        fix="Nothing needs doing if that was meant. Else delete that batch in ConnectWise and retry.",
    ),
    ProblemKind(
        code="batches.refused",
        severity="fault",
        sentence="ConnectWise refuses the batch {batch} of {number}: {reason}",
        hint="Correct what ConnectWise names, then choose Batch again.",
        cause="ConnectWise's own validation.",
        fix="The sentence quotes ConnectWise. Correct it, then choose Batch again.",
    ),
    ProblemKind(
        code="batches.still_listed",
        severity="fault",
        sentence="{number} was batched as {batch} but ConnectWise still lists it as unposted.",
        hint="Look at the batch's entries in ConnectWise.",
        cause="A GL entry of the record is not in its batch.",
        fix="Delete the batch in ConnectWise, then choose Batch again.",
    ),
    ProblemKind(
        code="batches.removed",
        severity="warning",
        sentence="The batch {batch} of {number} was deleted in ConnectWise.",
        hint="Unchanged content is batched again; changed content is shown with its difference.",
        cause="A person deleted the batch.",
        fix="Close the record again in ConnectWise.",
    ),
    ProblemKind(
        code="batches.nothing_to_post",
        severity="warning",
        sentence="{number} has no lines and no amount: nothing of it is posted, it is only batched.",
        hint="Nothing needs doing. A company that is not armed batches nothing; there it is only listed.",
        cause="An invoice of covered work may bill nothing at all; a ledger has no use for an empty document.",
        fix="Nothing needs doing. If it should bill something, reopen, correct and close it in ConnectWise.",
    ),
)
