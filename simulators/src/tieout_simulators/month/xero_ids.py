"""Ids for Xero records: made from what they name, so that the same record always has the same one."""

import uuid

NAMESPACE = uuid.UUID("6f1b6f0a-52f5-4c52-9d1f-6f64f6f8a2c1")


def xero_id(kind: str, name: str) -> str:
    """The id of the record of this kind and name."""
    return str(uuid.uuid5(NAMESPACE, f"{kind}/{name}"))
