"""Call budgets, shared by everybody who calls a provider; the database's clock counts.

A provider counts a call somewhere between the moment it was granted and the moment its answer was there. So a call
holds a slot while it is under way (or until the slot expires, when its holder died), and counts from its end: whatever
the provider's window of a minute or a day, and wherever it begins, no window of that length ever holds more calls than
the limit. Ends are counted in buckets, a second or an hour wide, each kept until its last moment is old enough.
"""

from alembic import op

revision = "bus_0002"
down_revision = "bus_0001"

TABLES = (
    "CREATE SCHEMA IF NOT EXISTS limits",
    """
    CREATE TABLE limits.budget (
        scope text PRIMARY KEY,
        minute_limit integer CHECK (minute_limit > 0),
        day_limit integer CHECK (day_limit > 0),
        at_once integer CHECK (at_once > 0),
        parked_until timestamptz
    )
    """,
    """
    CREATE TABLE limits.slot (
        grant_id bigint NOT NULL,
        scope text NOT NULL REFERENCES limits.budget ON DELETE CASCADE,
        calls integer NOT NULL CHECK (calls > 0),
        expires_at timestamptz NOT NULL,
        PRIMARY KEY (scope, grant_id)
    )
    """,
    "CREATE INDEX slot_of_grant ON limits.slot (grant_id)",
    "CREATE SEQUENCE limits.grant_id",
    """
    CREATE TABLE limits.spent_second (
        scope text NOT NULL REFERENCES limits.budget ON DELETE CASCADE,
        second bigint NOT NULL,
        calls integer NOT NULL,
        PRIMARY KEY (scope, second)
    )
    """,
    """
    CREATE TABLE limits.spent_hour (
        scope text NOT NULL REFERENCES limits.budget ON DELETE CASCADE,
        hour bigint NOT NULL,
        calls integer NOT NULL,
        PRIMARY KEY (scope, hour)
    )
    """,
)

DEFINE = """
CREATE FUNCTION limits.define(p_scope text, p_minute integer, p_day integer, p_at_once integer) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = limits, pg_temp AS $$
    INSERT INTO budget AS b (scope, minute_limit, day_limit, at_once) VALUES (p_scope, p_minute, p_day, p_at_once)
    ON CONFLICT (scope) DO UPDATE
        SET minute_limit = excluded.minute_limit, day_limit = excluded.day_limit, at_once = excluded.at_once
        WHERE (b.minute_limit, b.day_limit, b.at_once)
            IS DISTINCT FROM (excluded.minute_limit, excluded.day_limit, excluded.at_once)
$$
"""

SPEND = """
CREATE FUNCTION limits.spend(p_scope text, p_at timestamptz, p_calls integer) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = limits, pg_temp AS $$
    INSERT INTO spent_second AS s VALUES (p_scope, floor(extract(epoch FROM p_at))::bigint, p_calls)
    ON CONFLICT (scope, second) DO UPDATE SET calls = s.calls + excluded.calls;
    INSERT INTO spent_hour AS s VALUES (p_scope, floor(extract(epoch FROM p_at) / 3600)::bigint, p_calls)
    ON CONFLICT (scope, hour) DO UPDATE SET calls = s.calls + excluded.calls
$$
"""

SETTLE = """
CREATE FUNCTION limits.settle(p_scope text, p_now timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = limits, pg_temp AS $$
DECLARE
    gone record;
BEGIN
    -- A holder that died: its calls may have ended as late as its slot expired.
    FOR gone IN DELETE FROM slot WHERE scope = p_scope AND expires_at <= p_now RETURNING calls, expires_at LOOP
        PERFORM limits.spend(p_scope, gone.expires_at, gone.calls);
    END LOOP;
    DELETE FROM spent_second WHERE scope = p_scope AND second < extract(epoch FROM p_now) - 120;
    DELETE FROM spent_hour WHERE scope = p_scope AND hour < extract(epoch FROM p_now) / 3600 - 26;
END
$$
"""

STATE = """
CREATE FUNCTION limits.state(
    p_scope text,
    OUT minute_used integer, OUT day_used integer, OUT in_flight integer, OUT slots integer
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = limits, pg_temp AS $$
    SELECT f.calls + coalesce((
               SELECT sum(s.calls) FROM spent_second s
               WHERE s.scope = p_scope AND s.second > extract(epoch FROM clock_timestamp()) - 61), 0)::integer,
           f.calls + coalesce((
               SELECT sum(s.calls) FROM spent_hour s
               WHERE s.scope = p_scope AND s.hour > extract(epoch FROM clock_timestamp()) / 3600 - 25), 0)::integer,
           f.calls, f.slots
    FROM (SELECT coalesce(sum(calls), 0)::integer AS calls, count(*)::integer AS slots
          FROM slot WHERE scope = p_scope) f
$$
"""

MINUTE_WAIT = """
CREATE FUNCTION limits.minute_wait_s(p_scope text, p_excess integer) RETURNS double precision
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = limits, pg_temp AS $$
    SELECT min(second) + 61 - extract(epoch FROM clock_timestamp()) FROM (
        SELECT second, sum(calls) OVER (ORDER BY second) AS freed FROM spent_second
        WHERE scope = p_scope AND second > extract(epoch FROM clock_timestamp()) - 61
    ) f WHERE freed >= p_excess
$$
"""

DAY_WAIT = """
CREATE FUNCTION limits.day_wait_s(p_scope text, p_excess integer) RETURNS double precision
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = limits, pg_temp AS $$
    SELECT (min(hour) + 25) * 3600 - extract(epoch FROM clock_timestamp()) FROM (
        SELECT hour, sum(calls) OVER (ORDER BY hour) AS freed FROM spent_hour
        WHERE scope = p_scope AND hour > extract(epoch FROM clock_timestamp()) / 3600 - 25
    ) f WHERE freed >= p_excess
$$
"""

TAKE = """
CREATE FUNCTION limits.take(
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
        IF p_calls > least(b.minute_limit, b.day_limit) THEN
            RAISE EXCEPTION 'limits.take: % calls can never fit %', p_calls, b.scope USING ERRCODE = 'check_violation';
        END IF;
        PERFORM limits.settle(b.scope, clock_timestamp());
        SELECT * INTO used FROM limits.state(b.scope);
        wait := greatest(extract(epoch FROM b.parked_until - clock_timestamp()), 0);
        IF used.slots >= b.at_once THEN
            wait := greatest(wait, p_busy_wait_s);
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

DONE = """
CREATE FUNCTION limits.done(p_grant bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = limits, pg_temp AS $$
DECLARE
    ended record;
BEGIN
    FOR ended IN
        SELECT s.scope, s.calls FROM slot s JOIN budget b ON b.scope = s.scope
        WHERE s.grant_id = p_grant ORDER BY s.scope FOR UPDATE OF b
    LOOP
        DELETE FROM slot WHERE grant_id = p_grant AND scope = ended.scope;
        IF FOUND THEN
            PERFORM limits.spend(ended.scope, clock_timestamp(), ended.calls);
        END IF;
    END LOOP;
END
$$
"""

CORRECT = """
CREATE FUNCTION limits.correct(p_scope text, p_minute_remaining integer, p_day_remaining integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = limits, pg_temp AS $$
DECLARE
    b budget;
    used record;
    now_s double precision := extract(epoch FROM clock_timestamp());
BEGIN
    SELECT * INTO b FROM budget WHERE scope = p_scope FOR UPDATE;
    SELECT * INTO used FROM limits.state(p_scope);
    IF b.minute_limit - used.minute_used > p_minute_remaining THEN
        INSERT INTO spent_second AS s
        VALUES (p_scope, floor(now_s)::bigint, b.minute_limit - used.minute_used - p_minute_remaining)
        ON CONFLICT (scope, second) DO UPDATE SET calls = s.calls + excluded.calls;
    END IF;
    IF b.day_limit - used.day_used > p_day_remaining THEN
        INSERT INTO spent_hour AS s
        VALUES (p_scope, floor(now_s / 3600)::bigint, b.day_limit - used.day_used - p_day_remaining)
        ON CONFLICT (scope, hour) DO UPDATE SET calls = s.calls + excluded.calls;
    END IF;
END
$$
"""

PARK = """
CREATE FUNCTION limits.park(p_scope text, p_seconds double precision) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = limits, pg_temp AS $$
    UPDATE budget SET parked_until = CASE WHEN p_seconds > 0
        THEN greatest(parked_until, clock_timestamp() + make_interval(secs => p_seconds)) END
    WHERE scope = p_scope
$$
"""

SHOW = """
CREATE FUNCTION limits.show(
    p_scope text, OUT minute_limit integer, OUT minute_used integer, OUT day_limit integer, OUT day_used integer,
    OUT at_once integer, OUT slots integer, OUT parked_s double precision
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = limits, pg_temp AS $$
    SELECT b.minute_limit, u.minute_used, b.day_limit, u.day_used, b.at_once, u.slots,
           greatest(coalesce(extract(epoch FROM b.parked_until - clock_timestamp()), 0), 0)::double precision
    FROM budget b CROSS JOIN LATERAL limits.state(b.scope) u WHERE b.scope = p_scope
$$
"""

FUNCTIONS = (DEFINE, SPEND, SETTLE, STATE, MINUTE_WAIT, DAY_WAIT, TAKE, DONE, CORRECT, PARK, SHOW)


def upgrade() -> None:
    connection = op.get_bind()
    for statement in (*TABLES, *FUNCTIONS):
        connection.exec_driver_sql(statement)
    connection.exec_driver_sql("REVOKE ALL ON ALL FUNCTIONS IN SCHEMA limits FROM PUBLIC")
    connection.exec_driver_sql("GRANT USAGE ON SCHEMA limits TO tieout_service")
    connection.exec_driver_sql("GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA limits TO tieout_service")
