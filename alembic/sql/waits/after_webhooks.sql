-- squawk-ignore-file ban-drop-function
-- A webhook over which the service itself fails is left alone for a while, so that those behind it are served. The pause
-- grows with each failure in a row: one after ten quiet minutes is the first again. Its claims stand until their leases
-- run out, because another batch of it may be under way. How many failures in a row there are now.
CREATE FUNCTION app.stall_webhook(of_webhook uuid, first_seconds double precision, longest_seconds double precision)
RETURNS integer LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE public.webhook_cursors c
    SET stalls = n.stalls, failed_at = clock_timestamp(), last_status = NULL, last_error = 'internal',
        stalled_until = clock_timestamp() + make_interval(
            secs => least(longest_seconds, first_seconds * 2.0 ^ least(n.stalls - 1, 20)))
    FROM (SELECT w.webhook_id, CASE WHEN w.stalled_until < clock_timestamp() - interval '10 minutes' THEN 1
                                    ELSE w.stalls + 1 END AS stalls
          FROM public.webhook_cursors w WHERE w.webhook_id = of_webhook FOR UPDATE) n
    WHERE c.webhook_id = n.webhook_id RETURNING c.stalls
$$;
REVOKE ALL ON FUNCTION app.stall_webhook(uuid, double precision, double precision) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.stall_webhook(uuid, double precision, double precision) TO bmp_worker;

CREATE OR REPLACE FUNCTION app.webhooks_behind(most integer) RETURNS TABLE (
    id uuid, person_id uuid, organisation_id uuid, owner_id uuid, scopes text[], resources text[], types text[],
    at_position bigint, newest bigint
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT w.id, w.person_id, w.organisation_id, w.owner_id, w.scopes, w.resources, w.types, c.position, n.newest
    FROM (SELECT app.feed_newest() AS newest) n
    JOIN public.webhook_cursors c ON c.position < n.newest
    JOIN public.webhooks w ON w.id = c.webhook_id AND w.status = 'active'
    WHERE c.stalled_until IS NULL OR c.stalled_until <= clock_timestamp()
    ORDER BY c.position LIMIT least(greatest(most, 1), 1000)
$$;
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
CREATE OR REPLACE FUNCTION app.begin_webhook(of_webhook uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM public.webhooks w WHERE w.id = of_webhook AND app.caller() IN (w.owner_id, w.person_id)) THEN
        RAISE EXCEPTION 'not a webhook of the caller' USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO public.webhook_cursors AS c (webhook_id, position)
    VALUES (of_webhook, app.feed_newest())
    ON CONFLICT (webhook_id) DO UPDATE SET failures = 0, failing_since = NULL, resting_until = NULL,
        stalls = 0, stalled_until = NULL;
    UPDATE public.webhook_deliveries d SET next_at = clock_timestamp()
    WHERE d.webhook_id = of_webhook AND d.state = 'pending';
    PERFORM pg_notify('bmp_webhooks', '');
END $$;
CREATE OR REPLACE FUNCTION app.webhook_health(of_webhook uuid) RETURNS json LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT json_build_object('failing_since', app.iso(c.failing_since), 'resting_until', app.iso(c.resting_until),
                             'delivered_at', app.iso(c.delivered_at),
        'last_failure', CASE WHEN c.failed_at IS NOT NULL THEN json_build_object(
            'at', app.iso(c.failed_at), 'status', c.last_status, 'error', c.last_error) END)
    FROM public.webhook_cursors c JOIN public.webhooks w ON w.id = c.webhook_id
    WHERE w.id = of_webhook AND app.caller() IN (w.owner_id, w.person_id)
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
CREATE OR REPLACE FUNCTION app.disable_webhook(of_webhook uuid, because text) RETURNS boolean LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    WITH done AS (
        UPDATE public.webhooks w
        SET status = 'disabled', disabled_because = because, disabled_at = clock_timestamp(), version = w.version + 1, updated_at = clock_timestamp()
        WHERE w.id = of_webhook AND w.status = 'active' RETURNING 1)
    SELECT EXISTS (SELECT 1 FROM done)
$$;

-- With the position of the change, so that the policy of changes can be asked about it.
DROP FUNCTION app.claim_deliveries(uuid, integer, integer);
CREATE FUNCTION app.claim_deliveries(of_webhook uuid, lease_seconds integer, most integer) RETURNS TABLE (
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
REVOKE ALL ON FUNCTION app.claim_deliveries(uuid, integer, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.claim_deliveries(uuid, integer, integer) TO bmp_worker;
