-- The change feed's marks, eras and sequencer (HOUSE 3, ADR 13).

-- Where this database is written: server, timeline, database. It is another one after a restore elsewhere, after going
-- back in time, after a failover, and for a clone; then positions that are given from now on are another history.
CREATE FUNCTION app.cluster() RETURNS text LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    server text := '-';
BEGIN
    IF has_function_privilege('pg_control_system()', 'EXECUTE') THEN
        SELECT c.system_identifier::text INTO server FROM pg_control_system() c;
    END IF;
    RETURN server || '/' || left(pg_walfile_name(pg_current_wal_lsn()), 8) || '/'
        || (SELECT d.oid::text FROM pg_database d WHERE d.datname = current_database());
END $$;

INSERT INTO feed (newest, forgotten, cluster, eras)
SELECT coalesce(max(c.position), 0), coalesce(min(c.position) - 1, 0), app.cluster(),
       jsonb_build_array(jsonb_build_object('id', gen_random_uuid(), 'after', 0))
FROM changes c WHERE c.position IS NOT NULL;

-- From here on it is another history. `bmp restore` says so; the sequencer finds out where nobody does.
CREATE FUNCTION app.begin_era() RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE public.feed f SET cluster = app.cluster(),
        eras = f.eras || jsonb_build_array(jsonb_build_object('id', gen_random_uuid(), 'after', f.newest))
$$;

-- Gives the next change rows their final position; how many got one. NULL when somebody else is at it.
--
-- It takes rows in the order of their sequence numbers, which were drawn under the lock of the object's row, and stops
-- at the first row of a transaction that is not below the horizon. Leaving such a row out and going on behind it would
-- turn two changes of one object round: the later change may come from the transaction with the lower id. The lock is
-- taken by a statement of its own, so that the snapshots behind it see what the sequencer before us placed.
--
-- Transaction ids are those of the server that wrote the row. A row that we see and whose id our server has not given
-- yet (it is not below the snapshot's end) came with a dump: it was committed there, and nothing is waited for.
CREATE OR REPLACE FUNCTION app.sequence_changes(most integer) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    placed integer;
    start bigint;
BEGIN
    IF NOT pg_try_advisory_xact_lock(7234905018) THEN RETURN NULL; END IF;
    IF (SELECT f.cluster FROM public.feed f) IS DISTINCT FROM app.cluster() THEN
        PERFORM app.begin_era();
    END IF;
    SELECT f.newest INTO start FROM public.feed f;
    WITH waiting AS (
        SELECT c.seq, c.xact FROM public.changes c WHERE c.position IS NULL ORDER BY c.seq
        LIMIT least(greatest(most, 0), 100000)
    ),
    settled AS (
        SELECT w.seq, row_number() OVER (ORDER BY w.seq) AS n FROM waiting w
        WHERE w.seq < coalesce((SELECT min(o.seq) FROM waiting o
                                WHERE o.xact >= pg_snapshot_xmin(pg_current_snapshot())
                                  AND (o.xact < pg_snapshot_xmax(pg_current_snapshot())
                                       OR o.xact = pg_current_xact_id_if_assigned())), 9223372036854775807)
    )
    UPDATE public.changes c SET position = start + s.n FROM settled s WHERE c.seq = s.seq;
    GET DIAGNOSTICS placed = ROW_COUNT;
    IF placed > 0 THEN
        UPDATE public.feed f SET newest = start + placed;
    END IF;
    RETURN placed;
END $$;

-- The last position; and how long the oldest change without one has waited, in seconds. Nothing about what changed.
CREATE FUNCTION app.feed_newest() RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$ SELECT f.newest FROM public.feed f $$;
CREATE FUNCTION app.feed_waits() RETURNS double precision LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce((SELECT greatest(extract(epoch FROM clock_timestamp() - c.recorded_at), 0)::double precision
                     FROM public.changes c WHERE c.position IS NULL ORDER BY c.seq LIMIT 1), 0)
$$;

-- Forgets changes of long ago, so many at a time, from the front and without holes; how many went. The mark moves in
-- the same transaction, so that a cursor is too old exactly when a change behind it is gone.
CREATE FUNCTION app.forget_changes(days integer, most integer) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    gone integer;
    start bigint;
    upto bigint;
BEGIN
    SELECT f.forgotten INTO start FROM public.feed f FOR UPDATE;
    SELECT coalesce(min(o.position) FILTER (WHERE NOT o.old) - 1, max(o.position)) INTO upto FROM (
        SELECT c.position, c.recorded_at < clock_timestamp() - make_interval(days => greatest(days, 1)) AS old
        FROM public.changes c WHERE c.position > start ORDER BY c.position LIMIT least(greatest(most, 1), 100000)) o;
    IF upto IS NULL OR upto <= start THEN RETURN 0; END IF;
    DELETE FROM public.changes c WHERE c.position > start AND c.position <= upto;
    GET DIAGNOSTICS gone = ROW_COUNT;
    UPDATE public.feed f SET forgotten = upto;
    RETURN gone;
END $$;

GRANT EXECUTE ON FUNCTION app.feed_newest(), app.feed_waits() TO bmp_app, bmp_worker;
GRANT EXECUTE ON FUNCTION app.forget_changes(integer, integer) TO bmp_worker;

-- Documents are two resources for callers.
UPDATE changes c SET resource = d.kind || 's' FROM documents d WHERE c.resource = 'documents' AND c.object_id = d.id;
