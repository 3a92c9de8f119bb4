"""Which partition a key goes to: the same on both transports, so that a move from one to the other keeps its sense."""

from zlib import crc32

PARTITIONS = 12


def partition_of(key: str, partitions: int = PARTITIONS) -> int:
    return crc32(key.encode()) % partitions
