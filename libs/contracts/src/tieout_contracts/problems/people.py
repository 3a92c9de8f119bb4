"""Problems with who somebody is, and what they may do."""

from tieout_contracts.problems.kinds import ProblemKind

KINDS: tuple[ProblemKind, ...] = (
    ProblemKind(
        code="people.may_not",
        severity="refusal",
        sentence="This is not yours to do.",
        hint="Ask an account admin, or use a key that has the scope.",
        cause="The role of the person, or the scopes of the API key, do not include it; `docs/access.md` lists who may do what.",
        fix="Let an account admin do it, or give the person another role, or make a key with the scope that it needs.",
    ),
    ProblemKind(
        code="people.second_factor_due",
        severity="refusal",
        sentence="The second factor is due first.",
        hint="Give the code of your authenticator, or set one up.",
        cause="The password was right, and nothing is open before the second factor was given.",
        fix="Give the code that your authenticator shows, or a recovery code. Whoever has none yet sets one up first.",
    ),
)
