"""Figures for whoever runs an installation: what is used of every budget, and what each group has yet to read."""

from alembic import op

revision = "bus_0004"
down_revision = "bus_0003"

BUDGETS = """
CREATE FUNCTION limits.budgets(p_limit integer) RETURNS TABLE (
    scope text, minute_limit integer, minute_used integer, day_limit integer, day_used integer,
    at_once integer, slots integer, parked_s double precision
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = limits, pg_temp AS $$
    SELECT b.scope, s.minute_limit, s.minute_used, s.day_limit, s.day_used, s.at_once, s.slots, s.parked_s
    FROM (SELECT scope FROM budget ORDER BY parked_until DESC NULLS LAST, scope LIMIT p_limit) b
    CROSS JOIN LATERAL limits.show(b.scope) s
$$
"""

LAG = """
CREATE FUNCTION bus.lag() RETURNS TABLE (consumer_group text, topic text, messages bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = bus, pg_temp AS $$
    SELECT c.consumer_group, c.topic, sum(p.next_offset - c.next_offset)::bigint
    FROM committed c JOIN partition p USING (topic, partition)
    GROUP BY c.consumer_group, c.topic HAVING sum(p.next_offset - c.next_offset) > 0 ORDER BY 3 DESC LIMIT 200
$$
"""


def upgrade() -> None:
    connection = op.get_bind()
    for statement in (BUDGETS, LAG):
        connection.exec_driver_sql(statement)
    for function in ("limits.budgets(integer)", "bus.lag()"):
        connection.exec_driver_sql(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
        connection.exec_driver_sql(f"GRANT EXECUTE ON FUNCTION {function} TO tieout_service")
