"""What a batch is called."""

from tieout_contracts.records import RecordKind

DEFAULT_PREFIX = "TIE"
_LETTERS: dict[RecordKind, str] = {"invoice": "I", "credit_memo": "C"}


def batch_identifier(prefix: str, kind: RecordKind, record_id: int, revision: str, number: int) -> str:
    """`TIE-I40005-1f6c2a90`, with `-2` for the second batch of the same record and so on.

    Deterministic, so that ConnectWise's refusal of a name that exists guards against batching twice. At most 50
    characters, none of them `'` or `|` (reference 1.5; the prefix is limited to 12 by the settings).
    """
    suffix = f"-{number}" if number > 1 else ""
    name = f"{prefix}-{_LETTERS[kind]}{record_id}-{revision[:8]}{suffix}"
    assert len(name) <= 50
    return name
