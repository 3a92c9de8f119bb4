"""Problems with the keys that seal what rests."""

from tieout_contracts.problems.kinds import ProblemKind

KINDS: tuple[ProblemKind, ...] = (
    ProblemKind(
        code="vault.key_missing",
        severity="refusal",
        sentence="The database is sealed with the installation key {wanted}, and {where} holds {held}.",
        hint="Put that key back, as a line of the file or a word of the variable; nothing was changed.",
        cause="The key file was lost, made anew or taken from another installation, or a key was taken out that is "
        "still needed.",
        fix="Take the file from its backup. `tieout keys status` says which keys are needed. Without the key nothing "
        "that it sealed can be opened by anybody: connections must then be entered again in a new installation.",
    ),
    ProblemKind(
        code="vault.key_wrong",
        severity="refusal",
        sentence="The installation key {wanted} in {where} does not open the database's check value.",
        hint="Take the key and the database from the same backup; nothing was changed.",
        cause="The row that proves which key is the right one was changed, or belongs to another installation.",
        fix="Restore the database and the key file of one and the same installation.",
    ),
    ProblemKind(
        code="vault.no_key",
        severity="refusal",
        sentence="There is no installation key: {reason}.",
        hint="Name the key file in TIEOUT_SEALING_KEY_FILE, or give the keys in TIEOUT_SEALING_KEYS.",
        cause="config-api seals every secret with a key that is kept outside of the database.",
        fix="A first start may make one: `openssl rand -base64 32 > sealing.key; chmod 600 sealing.key`.",
    ),
)
