"""Which companies post to which organisation: taken in from the settings' owner."""

import structlog

from tieout_chassis.config_client import ConfigUnavailable
from tieout_posting.engine import Engine
from tieout_posting.writer.config import WriterConfig

_log = structlog.get_logger(__name__)


class Companies:
    """`step` takes in what changed; a settings' owner that is away delays only news of new settings."""

    def __init__(self, config: WriterConfig, engine: Engine) -> None:
        self._config = config
        self._engine = engine
        self._taken: object = None

    async def step(self) -> bool:
        """Ask once; never more at once."""
        try:
            snapshots = await self._config.snapshots()
        except ConfigUnavailable as error:
            _log.warning("settings cannot be read", error=str(error))
            return False
        if snapshots is not self._taken:
            changed = await self._engine.take_in(snapshots.values())
            self._taken = snapshots
            _log.info("settings taken in", companies=len(snapshots), changed=changed)
        return False
