"""Alpha's relay and beta's handler in a process that the test kills.

Arguments: database, key file, bus, Kafka's servers, topic prefix.
"""

import asyncio
import sys
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.frame import Frame
from tieout_chassis.migrations import ServiceMigrations
from tieout_chassis.outbox import MessageContext
from tieout_chassis.settings import ServiceSettings
from tieout_contracts.events import RecordStaged

FOLDER = Path(__file__).parent / "alpha_migrations"


async def on_staged(tx: AsyncConnection, event: RecordStaged, context: MessageContext) -> None:
    await tx.execute(text("INSERT INTO note (text) VALUES (:text)"), {"text": f"{event.record_ref} {event.number}"})


async def main(database_url: str, key_file: str, bus: str, kafka: str, prefix: str) -> None:
    settings = ServiceSettings.model_validate(
        {
            "database_url": database_url,
            "sealing_key_file": key_file,
            "bus": bus,
            "kafka_bootstrap_servers": kafka or None,
            "topic_prefix": prefix,
            "lease_s": 1.5,
            "relay_batch": 5,
            "max_poll": 5,
            "poll_wait_s": 0.1,
        }
    )
    alpha = Frame(settings, ServiceMigrations("alpha", FOLDER))
    beta = Frame(settings, ServiceMigrations("beta-two", FOLDER))
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(alpha.service([]).run(stop))
        tasks.create_task(beta.service([beta.subscriber({RecordStaged: on_staged})]).run(stop))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
