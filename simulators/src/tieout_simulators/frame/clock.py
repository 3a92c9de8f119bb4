"""The simulator's clock: real UTC time plus an offset that a test may move."""

from datetime import UTC, datetime, timedelta


class SimulatorClock:
    """Flows like real time; ``advance`` and ``set`` jump it, backwards too."""

    def __init__(self) -> None:
        self._offset = timedelta()

    def now(self) -> datetime:
        """The simulator's present, in UTC."""
        return datetime.now(UTC) + self._offset

    def advance(self, seconds: float) -> None:
        """Jump by so many seconds."""
        self._offset += timedelta(seconds=seconds)

    def set(self, moment: datetime) -> None:
        """Jump to a moment; one without a zone is taken as UTC."""
        aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        self._offset = aware - datetime.now(UTC)
