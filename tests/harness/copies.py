"""Two copies of one installation on one database, and who of them did what.

Each copy logs in to the database under a name of its own. A trigger on each service's outbox notes under which name
an event was made: that is the work itself, noted in the transaction that did it.
"""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from uuid import uuid4

from harness.databases import as_user, execute, rows
from harness.installation import InstallationProcess
from harness.world import World
from tieout_posting.organisations import LEASE_KIND

_PASSWORD = "only-on-loopback"  # of a login that lives as long as the test
_NOTE = """
    CREATE TABLE public.made (maker name, type text);
    CREATE FUNCTION public.note_maker() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
    BEGIN
        INSERT INTO public.made VALUES (session_user, CASE NEW.headers ->> 'ce_type'
            WHEN 'record.staged.v1' THEN convert_from(NEW.value, 'UTF8')::jsonb ->> 'stage'
            ELSE NEW.headers ->> 'ce_type' END);
        RETURN NULL;
    END $$;
"""


@asynccontextmanager
async def logins(admin_url: str, count: int) -> AsyncIterator[list[str]]:
    """The database's URL for so many users; end whoever uses them before."""
    names = [f"copy_{number}_{uuid4().hex[:8]}" for number in range(1, count + 1)]
    for name in names:
        await execute(admin_url, f"CREATE ROLE {name} LOGIN SUPERUSER PASSWORD '{_PASSWORD}'")
    try:
        yield [as_user(admin_url, name, _PASSWORD) for name in names]
    finally:
        for name in names:
            await execute(admin_url, f"DROP OWNED BY {name}; DROP ROLE {name}")


async def note_makers(admin_url: str, schemas: Sequence[str]) -> None:
    """From now on it is noted who makes the events of these services."""
    triggers = "".join(
        f"CREATE TRIGGER note AFTER INSERT ON {schema}.outbox FOR EACH ROW EXECUTE FUNCTION public.note_maker();"
        for schema in schemas
    )
    await execute(admin_url, _NOTE + triggers)


async def made(admin_url: str) -> Mapping[str, Counter[str]]:
    """How many events of each type each copy made; a record's stages by their own names."""
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in await rows(admin_url, "SELECT type, maker, count(*) AS count FROM public.made GROUP BY 1, 2"):
        found[row["type"]][row["maker"]] = row["count"]
    return found


async def hold_posting(admin_url: str, schema: str, organisations: int) -> bool | None:
    """Park a writer's organisations that no copy is serving just now; True once all are."""
    parking = f"""
        UPDATE {schema}.lease SET parked_until = clock_timestamp() + interval '1 hour'
        WHERE kind = $1 AND holder IS NULL RETURNING name
    """
    return len(await rows(admin_url, parking, LEASE_KIND)) >= organisations or None


async def release_posting(admin_url: str, schema: str) -> None:
    """All of them are due at once."""
    await rows(admin_url, f"UPDATE {schema}.lease SET parked_until = NULL WHERE kind = $1", LEASE_KIND)


@contextmanager
def another_copy(world: World, database_url: str) -> Iterator[InstallationProcess]:
    """Another copy of the world's installation: the same keys, bus and database, a folder of its own; not started."""
    folder = world.installation.folder.with_name("second")
    copy = InstallationProcess(folder, database_url, kafka=world.kafka, topic_prefix=world.topic_prefix)
    copy.take_keys_of(world.installation)
    try:
        yield copy
    finally:
        copy.end()
