-- What was before.
ALTER FUNCTION app.claim_job(text, integer, text[]) RESET enable_seqscan;
ALTER FUNCTION app.jobs_waiting() RESET enable_seqscan;
ALTER FUNCTION app.feed_waits() RESET enable_seqscan;
ALTER FUNCTION app.forget_changes(integer, integer) RESET enable_seqscan;
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
CREATE OR REPLACE FUNCTION app.webhooks_due(most integer) RETURNS TABLE (id uuid, url text, owner_id uuid, scopes text[], failures integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT w.id, w.url, w.owner_id, w.scopes, c.failures
    FROM public.webhooks w JOIN public.webhook_cursors c ON c.webhook_id = w.id
    WHERE w.status = 'active' AND (c.resting_until IS NULL OR c.resting_until <= clock_timestamp())
      AND (c.stalled_until IS NULL OR c.stalled_until <= clock_timestamp())
      AND EXISTS (SELECT 1 FROM public.webhook_deliveries d
                  WHERE d.webhook_id = w.id AND d.state = 'pending' AND d.next_at <= clock_timestamp()
                    AND (d.lease_until IS NULL OR d.lease_until < clock_timestamp()))
    ORDER BY c.delivered_at NULLS FIRST, w.id LIMIT least(greatest(most, 1), 1000)
$$;
CREATE OR REPLACE FUNCTION app.claim_deliveries(of_webhook uuid, lease_seconds integer, most integer) RETURNS TABLE (
    id uuid, event_id text, type text, resource text, object_id uuid, version integer, occurred_at timestamptz,
    attempts integer, at_position bigint
) LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH chosen AS MATERIALIZED (
        SELECT d.id FROM public.webhook_deliveries d
        WHERE d.webhook_id = of_webhook AND d.state = 'pending' AND d.next_at <= clock_timestamp()
          AND (d.lease_until IS NULL OR d.lease_until < clock_timestamp())
          AND NOT EXISTS (SELECT 1 FROM public.webhook_deliveries e
                          WHERE e.webhook_id = of_webhook AND e.state = 'pending' AND e.object_id = d.object_id
                            AND e.seq < d.seq)
          AND EXISTS (SELECT 1 FROM public.webhooks w WHERE w.id = of_webhook AND w.status = 'active')
        ORDER BY d.next_at, d.seq LIMIT least(greatest(most, 1), 1000) FOR UPDATE SKIP LOCKED
    ),
    held AS (
        UPDATE public.webhook_deliveries d
        SET lease_until = clock_timestamp() + make_interval(secs => lease_seconds), attempted_at = clock_timestamp()
        FROM chosen WHERE d.id = chosen.id RETURNING d.*
    )
    SELECT h.id, h.event_id, h.type, h.resource, h.object_id, h.version, h.occurred_at, h.attempts, h.position
    FROM held h ORDER BY h.seq
$$;
CREATE OR REPLACE FUNCTION app.end_deliveries(of_webhook uuid, results jsonb, arrived boolean, rest_seconds double precision)
RETURNS TABLE (failures integer, failing_since timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    failure record;
BEGIN
    UPDATE public.webhook_deliveries d
    SET state = r.state, status = r.status, error = r.error, milliseconds = r.milliseconds, lease_until = NULL,
        attempts = d.attempts + CASE WHEN r.attempted THEN 1 ELSE 0 END,
        next_at = CASE WHEN r.state = 'pending' THEN clock_timestamp() + make_interval(secs => r.wait) ELSE d.next_at END,
        finished_at = CASE WHEN r.state = 'pending' THEN NULL ELSE clock_timestamp() END
    FROM jsonb_to_recordset(results) AS r(id uuid, state text, status integer, error text, milliseconds integer,
                                          attempted boolean, wait double precision)
    WHERE d.id = r.id AND d.webhook_id = of_webhook AND d.state = 'pending';
    SELECT r.status, r.error INTO failure FROM jsonb_to_recordset(results) AS r(state text, status integer, error text, attempted boolean)
    WHERE r.attempted AND r.state <> 'delivered' LIMIT 1;
    IF FOUND THEN
        UPDATE public.webhook_cursors c
        SET failed_at = clock_timestamp(), last_status = failure.status, last_error = failure.error
        WHERE c.webhook_id = of_webhook;
    END IF;
    RETURN QUERY UPDATE public.webhook_cursors c
    SET failures = CASE WHEN arrived THEN 0 WHEN arrived IS NULL THEN c.failures ELSE c.failures + 1 END,
        failing_since = CASE WHEN arrived THEN NULL WHEN arrived IS NULL THEN c.failing_since
                             ELSE coalesce(c.failing_since, clock_timestamp()) END,
        delivered_at = CASE WHEN arrived THEN clock_timestamp() ELSE c.delivered_at END,
        resting_until = CASE WHEN rest_seconds > 0 THEN clock_timestamp() + make_interval(secs => rest_seconds) END
    WHERE c.webhook_id = of_webhook RETURNING c.failures, c.failing_since;
END $$;
CREATE OR REPLACE FUNCTION app.forget_deliveries(days integer, most integer) RETURNS integer LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    WITH old AS (
        SELECT d.id FROM public.webhook_deliveries d
        WHERE d.created_at < clock_timestamp() - make_interval(days => greatest(days, 1))
          AND d.finished_at < clock_timestamp() - make_interval(days => greatest(days, 1))
        ORDER BY d.created_at LIMIT least(greatest(most, 0), 100000) FOR UPDATE SKIP LOCKED
    ),
    gone AS (DELETE FROM public.webhook_deliveries d USING old WHERE d.id = old.id RETURNING 1)
    SELECT count(*)::integer FROM gone
$$;
CREATE OR REPLACE FUNCTION app.forget_jobs(days integer, most integer) RETURNS integer LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    WITH old AS (
        SELECT j.id FROM public.jobs j
        WHERE j.created_at < clock_timestamp() - make_interval(days => greatest(days, 1))
          AND j.finished_at < clock_timestamp() - make_interval(days => greatest(days, 1))
        ORDER BY j.created_at LIMIT least(greatest(most, 0), 100000) FOR UPDATE SKIP LOCKED
    ),
    gone AS (DELETE FROM public.jobs j USING old WHERE j.id = old.id RETURNING 1)
    SELECT count(*)::integer FROM gone
$$;
CREATE OR REPLACE FUNCTION app.forget_answers(days integer, most integer) RETURNS integer LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    WITH old AS (
        SELECT k.ctid FROM public.idempotency_keys k
        WHERE k.created_at < clock_timestamp() - make_interval(days => greatest(days, 1))
        ORDER BY k.created_at LIMIT least(greatest(most, 0), 100000) FOR UPDATE SKIP LOCKED
    ),
    gone AS (DELETE FROM public.idempotency_keys k USING old WHERE k.ctid = old.ctid RETURNING 1)
    SELECT count(*)::integer FROM gone
$$;
