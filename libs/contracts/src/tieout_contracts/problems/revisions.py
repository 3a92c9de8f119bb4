"""Problems met while the document of a posted record is changed, on a person's word."""

from tieout_contracts.problems.kinds import ProblemKind

_AGAIN = "Preview the record and approve its change again; or take the change back in ConnectWise."

KINDS: tuple[ProblemKind, ...] = (
    ProblemKind(
        code="ledger.update_settled",
        severity="refusal",
        sentence="{number} cannot be changed in the ledger: {reason}. Nothing was changed.",
        hint="Take the payment, credit or allocation off in the ledger, then approve the change again.",
        cause="Changing a document would change what a payment or credit was matched with.",
        fix="Remove the payment or allocation in the ledger, approve the change, and apply it again afterwards.",
    ),
    ProblemKind(
        code="ledger.update_locked",
        severity="refusal",
        sentence="{number} of {document_date} lies in a period that the ledger has locked until {lock_date}. Nothing was"
        " changed.",
        hint="Let whoever keeps the books open the period, then approve the change again; or correct it by a credit.",
        cause="Figures of a closed period have been reported.",
        fix="Move the lock date or closing date in the ledger, approve the change, and lock the period again.",
    ),
    ProblemKind(
        code="ledger.update_gone",
        severity="refusal",
        sentence="{number} cannot be changed: its document is {state} in the ledger.",
        hint="Choose Batch again if that was meant; else raise a new invoice in ConnectWise.",
        cause="Somebody voided or deleted the document after it was posted. Nothing is posted a second time.",
        fix="Look at the document's history in the ledger and decide there; then choose Batch again.",
    ),
    ProblemKind(
        code="ledger.update_touched",
        severity="refusal",
        sentence="The ledger's document {number} is not what was posted: somebody changed it there. It was left alone.",
        hint="Compare both. Make the document what ConnectWise says, or what was posted; then approve the change again.",
        cause="A document that a person changed is hers; a change of ours would undo it.",
        fix="Correct the document by hand. Once it says what ConnectWise says, approving finds that and only batches.",
    ),
    ProblemKind(
        code="ledger.update_refused",
        severity="refusal",
        sentence="The ledger refuses to change {number}: {reason} Nothing was changed.",
        hint=f"Correct what the ledger names. {_AGAIN}",
        cause="The ledger's own validation: a filed tax return, a locked period, a payment, a field.",
        fix="The sentence quotes the ledger. Correct it there or in ConnectWise; then approve the change again.",
    ),
    ProblemKind(
        code="ledger.update_elsewhere",
        severity="refusal",
        sentence="{number} was posted {before} and would be {after}: no ledger changes one into the other.",
        hint="Void or credit the document in the ledger by hand, then choose Batch again.",
        cause="The invoice turned negative, or its company posts to another organisation by now.",
        fix="Void or credit the old document; raise what is right as a new invoice in ConnectWise.",
    ),
    ProblemKind(
        code="ledger.update_called_off",
        severity="warning",
        sentence="The change of {number} was called off; its document stands as it was posted.",
        hint=_AGAIN,
        cause="The record changed again, or was given up, before its approved change was carried out.",
        fix="Preview the record: it shows what would be changed now.",
    ),
    ProblemKind(
        code="ledger.update_mismatch",
        severity="fault",
        sentence="{number} was changed in the ledger, which shows {actual}; {expected} was expected. It is not batched.",
        hint="Look at the document in the ledger and correct it, then retry.",
        cause="The ledger's rule differs from ours; the answer to each change is compared to the cent.",
        fix="Correct the document by hand until it ties out; then retry: it is looked up and batched.",
    ),
    ProblemKind(
        code="ledger.update_unclear",
        severity="fault",
        sentence="Whether {number} was changed is not known: the ledger holds neither what was posted nor what was"
        " approved.",
        hint="Look at the document in the ledger; make it the one or the other, then retry.",
        cause="The answer to a change was lost, and somebody changed the document besides.",
        fix="Make the document what ConnectWise says, then retry: it is looked up and batched.",
    ),
)
