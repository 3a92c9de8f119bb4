"""Repeatable chance: the same seed and room always give the same rolls, whatever other rooms roll."""

import random


def dice(seed: int, room: str) -> random.Random:
    """A generator of its own for one room of the month, so that a change in one leaves the others as they were."""
    return random.Random(f"{seed}/{room}")  # noqa: S311 -- repeatable sample records, nothing secret


def chance(rolls: random.Random, percent: int) -> bool:
    """True in `percent` of a hundred rolls; whole numbers, as everywhere in the month."""
    return rolls.randrange(100) < percent
