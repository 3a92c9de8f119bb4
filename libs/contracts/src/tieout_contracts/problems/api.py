"""Problems with a request at the public door."""

from tieout_contracts.problems.kinds import ProblemKind

KINDS: tuple[ProblemKind, ...] = (
    ProblemKind(
        code="api.unauthorised",
        severity="refusal",
        sentence="The API key is missing or wrong.",
        hint="Send Authorization: Bearer <key>.",
        cause="Every route asks for the installation's key, which is made at the first start.",
        fix="The key is the text of `api.key` in the data folder, readable by the person who runs Tieout.",
    ),
    ProblemKind(
        code="api.not_found",
        severity="refusal",
        sentence="There is no such {what}.",
        hint="Check the address.",
        cause="It was never made, it belongs to another tenant, or the address is misspelt.",
        fix="List what there is one level up: tenants, a tenant's companies, a company's records.",
    ),
    ProblemKind(
        code="api.not_served",
        severity="refusal",
        sentence="The request cannot be answered: {reason} ({status}).",
        hint="Check the address and the method against /docs.",
        cause="No route answers this method at this address.",
        fix="Look the route up in /docs.",
    ),
    ProblemKind(
        code="api.invalid",
        severity="refusal",
        sentence="The request is not valid.",
        hint="Correct the named fields; nothing was saved.",
        cause="A field is missing, has another type, or breaks a limit; `fields` names each, never its value.",
        fix="Correct the fields that the answer names.",
    ),
    ProblemKind(
        code="api.exists",
        severity="refusal",
        sentence="The {what} id {id} is taken.",
        hint="Choose another id.",
        cause="Ids are given by whoever creates something, and are never used twice.",
        fix="Choose another id, or change what is there.",
    ),
    ProblemKind(
        code="api.if_match_required",
        severity="refusal",
        sentence="If-Match is missing, or not an ETag of ours.",
        hint="Send the ETag that you read.",
        cause="Settings are changed only by somebody who saw the version that is there.",
        fix="Read the company, change what is to change, and send its ETag along as If-Match.",
    ),
    ProblemKind(
        code="api.version_conflict",
        severity="refusal",
        sentence="The settings are at version {version} now, which If-Match does not name.",
        hint="Read them again, repeat your change on them, and send their ETag.",
        cause="Somebody else saved settings after you read them.",
        fix="Read the company again: the other change is in it.",
    ),
    ProblemKind(
        code="api.bad_cursor",
        severity="refusal",
        sentence="The cursor is not one of ours.",
        hint="Begin at the first page.",
        cause="`cursor` is the `next_cursor` of the page before, unchanged.",
        fix="Leave the cursor out: that is the first page.",
    ),
    ProblemKind(
        code="api.nothing_to_adopt",
        severity="refusal",
        sentence="{number} is {status}; no document is proposed for it.",
        hint="Adopt only a record that stands at adopt_proposed.",
        cause="Adopting links a document that the ledger holds already, after Tieout found and proposed it.",
        fix="Look at the record: its problems say what can be done.",
    ),
    ProblemKind(
        code="api.no_test",
        severity="refusal",
        sentence="A connection of kind {kind} cannot be tested; only ConnectWise's can.",
        hint="Look at `problem` and `reconnect_since` of the connection.",
        cause="A ledger's connection is tried whenever a token is fetched, and says itself what is wrong.",
        fix="List the connections: a broken one carries its problem.",
    ),
    ProblemKind(
        code="api.plain_http",
        severity="refusal",
        sentence="{field}: {reason}.",
        hint="Use an https address.",
        cause="Secrets and customers' data never travel in clear; only an address on this machine may be http.",
        fix="Give the provider's https address.",
    ),
    ProblemKind(
        code="api.location_taken",
        severity="refusal",
        sentence="{sentence}",
        hint="{hint}",
        cause="A location (owner level) of one ConnectWise belongs to one company only, else a record could reach two"
        " ledgers. A company that lists no location claims them all.",
        fix="Take the location from the other company first, or list the locations of both. A company whose last"
        " location moves away is saved with `takes_records: false`.",
    ),
)
