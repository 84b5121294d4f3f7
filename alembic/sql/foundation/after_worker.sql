-- The change feed's sequencer, and what the worker forgets (HOUSE 3). The worker has no identity of its own: each
-- function does one narrow thing for all rows.

-- Gives the next change rows their final position; how many got one. NULL when somebody else is at it.
--
-- It takes rows in the order of their sequence numbers, which were drawn under the lock of the object's row, and stops
-- at the first row of a transaction that is not below the horizon. Leaving such a row out and going on behind it would
-- turn two changes of one object round: the later change may come from the transaction with the lower id. The lock is
-- taken by a statement of its own, so that the snapshots behind it see what the sequencer before us placed.
CREATE FUNCTION app.sequence_changes(most integer) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    placed integer;
BEGIN
    IF NOT pg_try_advisory_xact_lock(7234905018) THEN RETURN NULL; END IF;
    WITH waiting AS (
        SELECT c.seq, c.xact FROM public.changes c WHERE c.position IS NULL ORDER BY c.seq
        LIMIT least(greatest(most, 0), 100000)
    ),
    settled AS (
        SELECT w.seq, row_number() OVER (ORDER BY w.seq) AS n FROM waiting w
        WHERE w.seq < coalesce((SELECT min(o.seq) FROM waiting o
                                WHERE o.xact >= pg_snapshot_xmin(pg_current_snapshot())), 9223372036854775807)
    )
    UPDATE public.changes c
    SET position = s.n + coalesce((SELECT max(l.position) FROM public.changes l WHERE l.position IS NOT NULL), 0)
    FROM settled s WHERE c.seq = s.seq;
    GET DIAGNOSTICS placed = ROW_COUNT;
    RETURN placed;
END $$;

-- How far the feed lags: changes without a position (counted up to 10 000), the age of the oldest in seconds, and the
-- session whose open transaction holds the horizon back. Says nothing about what changed.
CREATE FUNCTION app.change_lag() RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_build_object(
        'waiting', (SELECT count(*) FROM (SELECT 1 FROM public.changes c WHERE c.position IS NULL LIMIT 10000) w),
        'seconds', coalesce((SELECT round(greatest(extract(epoch FROM clock_timestamp() - c.recorded_at), 0), 3)
                             FROM public.changes c WHERE c.position IS NULL ORDER BY c.seq LIMIT 1), 0),
        'behind', (SELECT jsonb_build_object('pid', a.pid, 'role', a.usename, 'application', a.application_name)
                   FROM pg_stat_activity a
                   WHERE a.backend_xid IS NOT NULL AND a.pid <> pg_backend_pid()
                     AND EXISTS (SELECT 1 FROM public.changes c WHERE c.position IS NULL)
                   ORDER BY age(a.backend_xid) DESC LIMIT 1))
$$;

-- Kept answers of idempotency keys that nobody will ask for any more, so many at a time; how many went.
CREATE FUNCTION app.forget_answers(days integer, most integer) RETURNS integer LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    WITH old AS (
        SELECT k.ctid FROM public.idempotency_keys k
        WHERE k.created_at < clock_timestamp() - make_interval(days => greatest(days, 1))
        ORDER BY k.created_at LIMIT least(greatest(most, 0), 100000) FOR UPDATE SKIP LOCKED
    ),
    gone AS (DELETE FROM public.idempotency_keys k USING old WHERE k.ctid = old.ctid RETURNING 1)
    SELECT count(*)::integer FROM gone
$$;
