"""What a batch is called."""

from tieout_contracts.records import RecordKind

DEFAULT_PREFIX = "TIE"
WITHOUT_POSTING = "-NP"
_LETTERS: dict[RecordKind, str] = {"invoice": "I", "credit_memo": "C"}


def batch_identifier(
    prefix: str, kind: RecordKind, record_id: int, revision: str, number: int, *, is_posted: bool = True
) -> str:
    """`TIE-I40005-1f6c2a90`, with `-2` for the second batch of the same record and so on. A batch of a record that was
    not posted says so, in ConnectWise too: `TIE-I40005-1f6c2a90-NP`.

    Deterministic, so that ConnectWise's refusal of a name that exists guards against batching twice. At most 50
    characters, none of them `'` or `|` (reference 1.5; the prefix is limited to 12 by the settings).
    """
    suffix = f"-{number}" if number > 1 else ""
    mark = "" if is_posted else WITHOUT_POSTING
    name = f"{prefix}-{_LETTERS[kind]}{record_id}-{revision[:8]}{mark}{suffix}"
    assert len(name) <= 50
    return name
