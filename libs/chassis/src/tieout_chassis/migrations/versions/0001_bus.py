"""The bus on PostgreSQL: a log of dense offsets in each partition, groups whose members share the partitions.

Services reach all of it through functions that run with the owner's rights; `tieout_service` may call them.

* `append` takes the row locks of the partitions, in order, until its commit: offsets are dense and become visible in
  their order. A reader that follows them can neither miss nor reorder a row.
* `heartbeat` keeps a member alive and returns what it owns. Whenever the members change, the partitions are dealt out
  afresh; an owner that changes gets a new claim number, and reading under an old one returns nothing.
"""

from alembic import op

revision = "bus_0001"
down_revision = None

TABLES = (
    "CREATE TABLE bus.topic (name text PRIMARY KEY, partitions integer NOT NULL CHECK (partitions > 0))",
    """
    CREATE TABLE bus.partition (
        topic text NOT NULL REFERENCES bus.topic,
        partition integer NOT NULL,
        next_offset bigint NOT NULL DEFAULT 0,
        PRIMARY KEY (topic, partition)
    )
    """,
    """
    CREATE TABLE bus.message (
        topic text NOT NULL,
        partition integer NOT NULL,
        "offset" bigint NOT NULL,
        key text NOT NULL,
        value bytea NOT NULL,
        headers jsonb NOT NULL,
        size_bytes integer NOT NULL,
        appended_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (topic, partition, "offset")
    )
    """,
    "ALTER TABLE bus.message ALTER COLUMN value SET STORAGE EXTERNAL",
    "CREATE INDEX message_appended_at ON bus.message (appended_at)",
    "CREATE TABLE bus.consumer_group (name text PRIMARY KEY)",
    """
    CREATE TABLE bus.member (
        consumer_group text NOT NULL REFERENCES bus.consumer_group,
        member uuid NOT NULL,
        topics text[] NOT NULL,
        expires_at timestamptz NOT NULL,
        PRIMARY KEY (consumer_group, member)
    )
    """,
    """
    CREATE TABLE bus.claim (
        consumer_group text NOT NULL REFERENCES bus.consumer_group,
        topic text NOT NULL,
        partition integer NOT NULL,
        member uuid NOT NULL,
        claim bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
        PRIMARY KEY (consumer_group, topic, partition)
    )
    """,
    """
    CREATE TABLE bus.committed (
        consumer_group text NOT NULL REFERENCES bus.consumer_group,
        topic text NOT NULL,
        partition integer NOT NULL,
        next_offset bigint NOT NULL,
        PRIMARY KEY (consumer_group, topic, partition)
    )
    """,
)

REVISION = """
CREATE FUNCTION bus.revision() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = bus, pg_temp AS $$
    SELECT version_num FROM alembic_version
$$
"""

ENSURE_TOPICS = """
CREATE FUNCTION bus.ensure_topics(p_topics text[], p_partitions integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = bus, pg_temp AS $$
BEGIN
    INSERT INTO topic SELECT DISTINCT t, p_partitions FROM unnest(p_topics) AS t ORDER BY t ON CONFLICT DO NOTHING;
    INSERT INTO partition (topic, partition)
    SELECT t.name, n FROM topic t, generate_series(0, t.partitions - 1) AS n
    WHERE t.name = ANY (p_topics) ORDER BY t.name, n
    ON CONFLICT DO NOTHING;
END
$$
"""

APPEND = """
CREATE FUNCTION bus.append(p_topics text[], p_partitions integer[], p_keys text[], p_values bytea[], p_headers jsonb[])
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = bus, pg_temp AS $$
DECLARE
    appended bigint;
BEGIN
    PERFORM 1 FROM partition p
    WHERE (p.topic, p.partition) IN (SELECT t, n FROM unnest(p_topics, p_partitions) AS u (t, n))
    ORDER BY p.topic, p.partition
    FOR UPDATE;

    INSERT INTO message (topic, partition, "offset", key, value, headers, size_bytes)
    SELECT i.topic, i.partition,
           p.next_offset + row_number() OVER (PARTITION BY i.topic, i.partition ORDER BY i.nth) - 1,
           i.key, i.value, i.headers, octet_length(i.value)
    FROM unnest(p_topics, p_partitions, p_keys, p_values, p_headers) WITH ORDINALITY
         AS i (topic, partition, key, value, headers, nth)
    JOIN partition p ON p.topic = i.topic AND p.partition = i.partition;
    GET DIAGNOSTICS appended = ROW_COUNT;
    IF appended <> cardinality(p_topics) THEN
        RAISE EXCEPTION 'bus.append: a topic or partition does not exist' USING ERRCODE = 'undefined_object';
    END IF;

    UPDATE partition p SET next_offset = p.next_offset + c.n
    FROM (SELECT t, n AS part, count(*) AS n FROM unnest(p_topics, p_partitions) AS u (t, n) GROUP BY 1, 2) c
    WHERE p.topic = c.t AND p.partition = c.part;
END
$$
"""

DEALT = """
CREATE FUNCTION bus.dealt(p_group text) RETURNS TABLE (topic text, partition integer, member uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = bus, pg_temp AS $$
    -- Round robin over the living members that read the topic, starting one further for each topic.
    WITH reader AS (
        SELECT t.topic, m.member, row_number() OVER (PARTITION BY t.topic ORDER BY m.member) - 1 AS seat,
               count(*) OVER (PARTITION BY t.topic) AS seats, dense_rank() OVER (ORDER BY t.topic) AS turn
        FROM member m CROSS JOIN LATERAL unnest(m.topics) AS t (topic)
        WHERE m.consumer_group = p_group
    )
    SELECT p.topic, p.partition, r.member
    FROM partition p JOIN reader r ON r.topic = p.topic AND (p.partition + r.turn) % r.seats = r.seat
$$
"""

DEAL = """
CREATE FUNCTION bus.deal(p_group text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = bus, pg_temp AS $$
BEGIN
    DELETE FROM claim c WHERE c.consumer_group = p_group AND NOT EXISTS (
        SELECT 1 FROM bus.dealt(p_group) d
        WHERE d.topic = c.topic AND d.partition = c.partition AND d.member = c.member
    );
    INSERT INTO claim (consumer_group, topic, partition, member)
    SELECT p_group, d.topic, d.partition, d.member FROM bus.dealt(p_group) d
    ON CONFLICT (consumer_group, topic, partition) DO NOTHING;
END
$$
"""

HEARTBEAT = """
CREATE FUNCTION bus.heartbeat(p_group text, p_member uuid, p_topics text[], p_lease_s double precision)
RETURNS TABLE (topic text, partition integer, claim bigint, next_offset bigint, dealt boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = bus, pg_temp AS $$
#variable_conflict use_column
DECLARE
    joined boolean;
    expired bigint;
    missing boolean;
BEGIN
    INSERT INTO consumer_group VALUES (p_group) ON CONFLICT DO NOTHING;
    PERFORM 1 FROM consumer_group g WHERE g.name = p_group FOR UPDATE;

    DELETE FROM member m
    WHERE m.consumer_group = p_group AND m.expires_at < clock_timestamp() AND m.member <> p_member;
    GET DIAGNOSTICS expired = ROW_COUNT;

    INSERT INTO member AS m (consumer_group, member, topics, expires_at)
    VALUES (p_group, p_member, p_topics, clock_timestamp() + make_interval(secs => p_lease_s))
    ON CONFLICT (consumer_group, member) DO UPDATE SET topics = excluded.topics, expires_at = excluded.expires_at
    RETURNING xmax = 0 INTO joined;

    SELECT EXISTS (
        SELECT 1 FROM partition p WHERE p.topic = ANY (p_topics) AND NOT EXISTS (
            SELECT 1 FROM claim c WHERE c.consumer_group = p_group AND c.topic = p.topic AND c.partition = p.partition
        )
    ) INTO missing;
    IF joined OR expired > 0 OR missing THEN
        PERFORM bus.deal(p_group);
    END IF;

    RETURN QUERY
    SELECT c.topic, c.partition, c.claim, coalesce(o.next_offset, 0), joined OR expired > 0 OR missing
    FROM claim c
    LEFT JOIN committed o
        ON o.consumer_group = c.consumer_group AND o.topic = c.topic AND o.partition = c.partition
    WHERE c.consumer_group = p_group AND c.member = p_member
    ORDER BY c.topic, c.partition;
END
$$
"""

LEAVE = """
CREATE FUNCTION bus.leave(p_group text, p_member uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = bus, pg_temp AS $$
BEGIN
    PERFORM 1 FROM consumer_group g WHERE g.name = p_group FOR UPDATE;
    DELETE FROM member m WHERE m.consumer_group = p_group AND m.member = p_member;
    IF FOUND THEN
        PERFORM bus.deal(p_group);
    END IF;
END
$$
"""

FETCH = """
CREATE FUNCTION bus.fetch(p_claims bigint[], p_offsets bigint[], p_limit integer, p_max_bytes bigint)
RETURNS TABLE (topic text, partition integer, "offset" bigint, key text, value bytea, headers jsonb)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = bus, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH live AS (
        SELECT c.topic, c.partition, w.from_offset, w.turn, count(*) OVER () AS partitions
        FROM unnest(p_claims, p_offsets) WITH ORDINALITY AS w (claim, from_offset, turn)
        JOIN claim c ON c.claim = w.claim
        JOIN partition p ON p.topic = c.topic AND p.partition = c.partition
        WHERE p.next_offset > w.from_offset
    ), sized AS (
        SELECT l.turn, m.topic, m.partition, m."offset", m.size_bytes
        FROM live l CROSS JOIN LATERAL (
            SELECT * FROM message m
            WHERE m.topic = l.topic AND m.partition = l.partition AND m."offset" >= l.from_offset
            ORDER BY m."offset" LIMIT greatest(p_limit / l.partitions, 1)
        ) m
    ), counted AS (
        SELECT s.*, sum(s.size_bytes) OVER running - s.size_bytes AS bytes_before, row_number() OVER running AS nth
        FROM sized s WINDOW running AS (ORDER BY s.turn, s."offset")
    )
    SELECT m.topic, m.partition, m."offset", m.key, m.value, m.headers
    FROM counted c
    JOIN message m ON m.topic = c.topic AND m.partition = c.partition AND m."offset" = c."offset"
    WHERE c.nth <= p_limit AND c.bytes_before < p_max_bytes
    ORDER BY c.turn, c."offset";
END
$$
"""

COMMIT = """
CREATE FUNCTION bus.commit(p_claims bigint[], p_offsets bigint[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = bus, pg_temp AS $$
DECLARE
    kept bigint;
BEGIN
    INSERT INTO committed AS o (consumer_group, topic, partition, next_offset)
    SELECT c.consumer_group, c.topic, c.partition, w.next_offset
    FROM unnest(p_claims, p_offsets) AS w (claim, next_offset) JOIN claim c ON c.claim = w.claim
    ORDER BY 1, 2, 3
    ON CONFLICT (consumer_group, topic, partition)
    DO UPDATE SET next_offset = greatest(o.next_offset, excluded.next_offset);
    GET DIAGNOSTICS kept = ROW_COUNT;
    RETURN kept;
END
$$
"""

PRUNE = """
CREATE FUNCTION bus.prune(p_retention_s double precision, p_limit integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = bus, pg_temp AS $$
DECLARE
    pruned bigint;
BEGIN
    DELETE FROM message WHERE ctid = ANY (ARRAY(
        SELECT m.ctid FROM message m WHERE m.appended_at < clock_timestamp() - make_interval(secs => p_retention_s)
        ORDER BY m.appended_at LIMIT p_limit
    ));
    GET DIAGNOSTICS pruned = ROW_COUNT;
    RETURN pruned;
END
$$
"""

FUNCTIONS = (REVISION, ENSURE_TOPICS, APPEND, DEALT, DEAL, HEARTBEAT, LEAVE, FETCH, COMMIT, PRUNE)


def upgrade() -> None:
    connection = op.get_bind()
    for statement in (*TABLES, *FUNCTIONS):
        connection.exec_driver_sql(statement)
    connection.exec_driver_sql("REVOKE ALL ON ALL FUNCTIONS IN SCHEMA bus FROM PUBLIC")
    connection.exec_driver_sql("GRANT USAGE ON SCHEMA bus TO tieout_service")
    connection.exec_driver_sql("GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA bus TO tieout_service")
