"""Problems with what is in a ledger already, and with linking it."""

from tieout_contracts.problems.kinds import ProblemKind

KINDS: tuple[ProblemKind, ...] = (
    ProblemKind(
        code="cutover.link_refused",
        severity="refusal",
        sentence="The ledger's contact that has the name of {contact} is not its contact: a person said so.",
        hint="Rename one of the two, or link the right contact (tieout proposals, tieout link); then retry.",
        cause="Names are unique in the ledger, so that no contact can be made beside the one that was refused.",
        fix="Rename the contact in the ledger or the company in ConnectWise, or link another contact; then retry.",
    ),
    ProblemKind(
        code="cutover.several_contacts",
        severity="refusal",
        sentence="More than one contact of the ledger could be {contact}: one has its name, another its account number.",
        hint="Link the right one (tieout proposals, tieout link); then retry.",
        cause="Which of them is the customer's is not guessed.",
        fix="Link one of the candidates, or correct the account number in ConnectWise or the ledger; then retry.",
    ),
    ProblemKind(
        code="cutover.contact_gone",
        severity="refusal",
        sentence="The contact that a person linked to {contact} is not in the ledger any more.",
        hint="Link the one that replaced it (tieout proposals, tieout link); then retry.",
        cause="It was deleted, or merged into another one. No contact is made in the place of one that a person chose.",
        fix="Ask for the proposals again and link the customer's contact of today; then retry.",
    ),
    ProblemKind(
        code="cutover.customer_not_linked",
        severity="warning",
        sentence="{number} is in the ledger already; its customer {contact} is not linked to a contact yet.",
        hint="Link the customer first (tieout link), then ask for the proposals again.",
        cause="Whether it is the same document can be told only when it is known whose contact it is for.",
        fix="Approve the contact's proposal, or choose one of its candidates; then ask again.",
    ),
    ProblemKind(
        code="cutover.several_documents",
        severity="refusal",
        sentence="{count} documents of the ledger are numbered {number}.",
        hint="Keep one, renumber or void the others, then ask for the proposals again.",
        cause="Which of them is the record's is not guessed.",
        fix="Leave one document of that number in the ledger; then ask again.",
    ),
    ProblemKind(
        code="cutover.not_planned_yet",
        severity="warning",
        sentence="{number} cannot be planned yet, so that it is compared with nothing: {reason}.",
        hint="Ask for the proposals again in a while.",
        cause="The rules lack something that comes by itself, such as the ledger's accounts after a company was made.",
        fix="Wait until the ledger was read (GET .../reference shows it), then ask for the proposals again.",
    ),
    ProblemKind(
        code="cutover.not_compared",
        severity="refusal",
        sentence="The preview {preview} was not compared with the ledger, so that it proposes nothing.",
        hint="Ask for the proposals: tieout proposals.",
        cause="Only a preview that was asked for with its comparison proposes what exists for linking.",
        fix="POST .../proposals, or tieout proposals; then decide about what that shows.",
    ),
    ProblemKind(
        code="cutover.not_proposed",
        severity="refusal",
        sentence="{what} is not among the proposals {preview}.",
        hint="Name only what they show, with the ledger's id of one of its candidates.",
        cause="Another customer, contact or record was named than those that were compared.",
        fix="Read the proposals again; a customer with several candidates needs the id of the right one.",
    ),
    ProblemKind(
        code="cutover.nothing_to_link",
        severity="refusal",
        sentence="{number} cannot be linked to a document of the ledger: {finding}.",
        hint="Only what is proposed with the same customer, date, tax and total can be linked.",
        cause="The ledger holds another document of this number, or none; or the record went on since.",
        fix="Look at the record and at the document; ask for the proposals again when one of them was corrected.",
    ),
)
