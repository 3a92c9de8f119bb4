"""Problems with reaching a provider, and bad requests at our own doors."""

from tieout_contracts.problems.kinds import ProblemKind

KINDS: tuple[ProblemKind, ...] = (
    ProblemKind(
        code="access.connectwise_unreachable",
        severity="fault",
        sentence="ConnectWise cannot be reached at {site}: {reason}",
        hint="Check the site's address and the network; it is tried again.",
        cause="No connection, or no readable answer.",
        fix="Check the address in the connection. Nothing is lost meanwhile.",
    ),
    ProblemKind(
        code="access.connectwise_refused",
        severity="fault",
        sentence="ConnectWise refuses the connection {connection!r}: {reason}",
        hint="Check company, keys, clientId and the API member's security role.",
        cause="Wrong keys, or a permission that the API member lacks.",
        fix="Correct the connection; the security role needs the Accounting Interface (Add, Edit, Delete, Inquire).",
    ),
    ProblemKind(
        code="access.connectwise_not_yours",
        severity="fault",
        sentence="The connection {connection!r} is not this tenant's.",
        hint="Choose a connection of your own in the company's settings.",
        cause="A company's settings name a connection that belongs to another tenant.",
        fix="Settings of the company > ConnectWise connection: choose one of your own.",
    ),
    ProblemKind(
        code="access.connectwise_throttled",
        severity="warning",
        sentence="ConnectWise asks to wait {seconds} s.",
        hint="Nothing needs doing.",
        cause="The provider's call limit is used up.",
        fix="Nothing needs doing: it goes on by itself.",
    ),
    ProblemKind(
        code="access.reconnect",
        severity="fault",
        sentence="The connection {connection} must be connected again: {provider} takes its refresh token no more.",
        hint="Consent anew at {provider} and put the connection with the new refresh token.",
        cause="The consent was revoked, or the refresh token was replaced without Tieout hearing of it.",
        fix="Consent anew. What waits is posted afterwards.",
    ),
    ProblemKind(
        code="access.token_unanswered",
        severity="warning",
        sentence="{provider} did not answer when a token for {connection} was asked for.",
        hint="Nothing needs doing: it is tried again by itself.",
        cause="The provider's identity service was away, or the network was.",
        fix="Nothing needs doing, unless it lasts: then look at the provider's status page.",
    ),
    ProblemKind(
        code="access.token_renewing",
        severity="warning",
        sentence="A token for {connection} is being renewed, which takes longer than usual.",
        hint="Nothing needs doing: ask again.",
        cause="Another copy is asking the provider at this moment.",
        fix="Nothing needs doing.",
    ),
)
