"""A limit of calls a second beside those of a minute and a day: some providers have one.

Counted as the others are: a call counts while it is under way and from its end, in buckets of a second. A bucket may
have ended as late as its last moment, so those of two seconds are looked at.
"""

from alembic import op

revision = "bus_0003"
down_revision = "bus_0002"

COLUMN = "ALTER TABLE limits.budget ADD COLUMN second_limit integer CHECK (second_limit > 0)"

DEFINE = """
CREATE FUNCTION limits.define(
    p_scope text, p_second integer, p_minute integer, p_day integer, p_at_once integer
) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = limits, pg_temp AS $$
    INSERT INTO budget AS b (scope, second_limit, minute_limit, day_limit, at_once)
    VALUES (p_scope, p_second, p_minute, p_day, p_at_once)
    ON CONFLICT (scope) DO UPDATE
        SET second_limit = excluded.second_limit, minute_limit = excluded.minute_limit,
            day_limit = excluded.day_limit, at_once = excluded.at_once
        WHERE (b.second_limit, b.minute_limit, b.day_limit, b.at_once)
            IS DISTINCT FROM (excluded.second_limit, excluded.minute_limit, excluded.day_limit, excluded.at_once)
$$
"""

SECOND_USED = """
CREATE FUNCTION limits.second_used(p_scope text) RETURNS integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = limits, pg_temp AS $$
    SELECT (coalesce((SELECT sum(calls) FROM slot WHERE scope = p_scope), 0)
            + coalesce((SELECT sum(calls) FROM spent_second
                        WHERE scope = p_scope AND second > extract(epoch FROM clock_timestamp()) - 2), 0))::integer
$$
"""

SECOND_WAIT = """
CREATE FUNCTION limits.second_wait_s(p_scope text) RETURNS double precision
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = limits, pg_temp AS $$
    SELECT min(second) + 2 - extract(epoch FROM clock_timestamp()) FROM spent_second
    WHERE scope = p_scope AND second > extract(epoch FROM clock_timestamp()) - 2
$$
"""

TAKE = """
CREATE OR REPLACE FUNCTION limits.take(
    p_scopes text[], p_calls integer, p_slot_s double precision, p_busy_wait_s double precision,
    OUT granted bigint, OUT wait_s double precision, OUT held_by text
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = limits, pg_temp AS $$
DECLARE
    b budget;
    used record;
    wait double precision;
    found_scopes integer := 0;
BEGIN
    wait_s := 0;
    FOR b IN SELECT * FROM budget WHERE scope = ANY (p_scopes) ORDER BY scope FOR UPDATE LOOP
        found_scopes := found_scopes + 1;
        IF p_calls > least(b.second_limit, b.minute_limit, b.day_limit) THEN
            RAISE EXCEPTION 'limits.take: % calls can never fit %', p_calls, b.scope USING ERRCODE = 'check_violation';
        END IF;
        PERFORM limits.settle(b.scope, clock_timestamp());
        SELECT * INTO used FROM limits.state(b.scope);
        wait := greatest(extract(epoch FROM b.parked_until - clock_timestamp()), 0);
        IF used.slots >= b.at_once THEN
            wait := greatest(wait, p_busy_wait_s);
        END IF;
        IF limits.second_used(b.scope) + p_calls > b.second_limit THEN
            wait := greatest(wait, p_busy_wait_s, limits.second_wait_s(b.scope));
        END IF;
        IF used.minute_used + p_calls > b.minute_limit THEN
            wait := greatest(wait, p_busy_wait_s,
                limits.minute_wait_s(b.scope, used.minute_used + p_calls - b.minute_limit));
        END IF;
        IF used.day_used + p_calls > b.day_limit THEN
            wait := greatest(wait, p_busy_wait_s,
                limits.day_wait_s(b.scope, used.day_used + p_calls - b.day_limit));
        END IF;
        IF wait > wait_s THEN
            wait_s := wait;
            held_by := b.scope;
        END IF;
    END LOOP;
    IF found_scopes <> (SELECT count(DISTINCT s) FROM unnest(p_scopes) AS s) THEN
        RAISE EXCEPTION 'limits.take: a budget of % is not defined', p_scopes USING ERRCODE = 'undefined_object';
    END IF;
    IF held_by IS NULL THEN
        granted := nextval('grant_id');
        INSERT INTO slot (grant_id, scope, calls, expires_at)
        SELECT DISTINCT granted, s, p_calls, clock_timestamp() + make_interval(secs => p_slot_s)
        FROM unnest(p_scopes) AS s;
    END IF;
END
$$
"""

STATEMENTS = (
    COLUMN,
    "DROP FUNCTION limits.define(text, integer, integer, integer)",
    DEFINE,
    SECOND_USED,
    SECOND_WAIT,
    TAKE,
)


def upgrade() -> None:
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
    connection.exec_driver_sql("REVOKE ALL ON ALL FUNCTIONS IN SCHEMA limits FROM PUBLIC")
    connection.exec_driver_sql("GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA limits TO tieout_service")
