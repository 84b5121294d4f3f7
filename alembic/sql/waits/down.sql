-- squawk-ignore-file ban-drop-function
-- What was before.
CREATE OR REPLACE FUNCTION app.webhooks_behind(most integer) RETURNS TABLE (
    id uuid, person_id uuid, organisation_id uuid, owner_id uuid, scopes text[], resources text[], types text[],
    at_position bigint, newest bigint
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT w.id, w.person_id, w.organisation_id, w.owner_id, w.scopes, w.resources, w.types, c.position, n.newest
    FROM (SELECT app.feed_newest() AS newest) n
    JOIN public.webhook_cursors c ON c.position < n.newest
    JOIN public.webhooks w ON w.id = c.webhook_id AND w.status = 'active'
    ORDER BY c.position LIMIT least(greatest(most, 1), 1000)
$$;
CREATE OR REPLACE FUNCTION app.webhooks_due(most integer) RETURNS TABLE (id uuid, url text, owner_id uuid, scopes text[], failures integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT w.id, w.url, w.owner_id, w.scopes, c.failures
    FROM public.webhooks w JOIN public.webhook_cursors c ON c.webhook_id = w.id
    WHERE w.status = 'active' AND (c.resting_until IS NULL OR c.resting_until <= clock_timestamp())
      AND EXISTS (SELECT 1 FROM public.webhook_deliveries d
                  WHERE d.webhook_id = w.id AND d.state = 'pending' AND d.next_at <= clock_timestamp()
                    AND (d.lease_until IS NULL OR d.lease_until < clock_timestamp()))
    ORDER BY c.delivered_at NULLS FIRST, w.id LIMIT least(greatest(most, 1), 1000)
$$;
CREATE OR REPLACE FUNCTION app.add_deliveries(of_webhook uuid, from_position bigint, to_position bigint, made jsonb)
RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    added integer;
BEGIN
    IF from_position IS NOT NULL THEN
        UPDATE public.webhook_cursors c SET position = to_position
        WHERE c.webhook_id = of_webhook AND c.position = from_position;
        IF NOT FOUND THEN RETURN -1; END IF;
    END IF;
    INSERT INTO public.webhook_deliveries
        (id, webhook_id, owner_id, person_id, position, event_id, type, resource, object_id, version, occurred_at, replayed)
    SELECT m.id, w.id, w.owner_id, w.person_id, m.position, m.event_id, m.type, m.resource, m.object_id, m.version, m.occurred_at,
           from_position IS NULL
    FROM jsonb_to_recordset(made) AS m(id uuid, position bigint, event_id text, type text, resource text,
                                       object_id uuid, version integer, occurred_at timestamptz)
    JOIN public.webhooks w ON w.id = of_webhook ORDER BY m.position;
    GET DIAGNOSTICS added = ROW_COUNT;
    IF added > 0 THEN PERFORM pg_notify('bmp_webhooks', ''); END IF;
    RETURN added;
END $$;
CREATE OR REPLACE FUNCTION app.end_deliveries(of_webhook uuid, results jsonb, arrived boolean, rest_seconds double precision)
RETURNS TABLE (failures integer, failing_since timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE public.webhook_deliveries d
    SET state = r.state, status = r.status, error = r.error, milliseconds = r.milliseconds, lease_until = NULL,
        attempts = d.attempts + CASE WHEN r.attempted THEN 1 ELSE 0 END,
        next_at = CASE WHEN r.state = 'pending' THEN clock_timestamp() + make_interval(secs => r.wait) ELSE d.next_at END,
        finished_at = CASE WHEN r.state = 'pending' THEN NULL ELSE clock_timestamp() END
    FROM jsonb_to_recordset(results) AS r(id uuid, state text, status integer, error text, milliseconds integer,
                                          attempted boolean, wait double precision)
    WHERE d.id = r.id AND d.webhook_id = of_webhook AND d.state = 'pending';
    RETURN QUERY UPDATE public.webhook_cursors c
    SET failures = CASE WHEN arrived THEN 0 WHEN arrived IS NULL THEN c.failures ELSE c.failures + 1 END,
        failing_since = CASE WHEN arrived THEN NULL WHEN arrived IS NULL THEN c.failing_since
                             ELSE coalesce(c.failing_since, clock_timestamp()) END,
        delivered_at = CASE WHEN arrived THEN clock_timestamp() ELSE c.delivered_at END,
        resting_until = CASE WHEN rest_seconds > 0 THEN clock_timestamp() + make_interval(secs => rest_seconds) END
    WHERE c.webhook_id = of_webhook RETURNING c.failures, c.failing_since;
END $$;
CREATE OR REPLACE FUNCTION app.begin_webhook(of_webhook uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM public.webhooks w WHERE w.id = of_webhook AND app.caller() IN (w.owner_id, w.person_id)) THEN
        RAISE EXCEPTION 'not a webhook of the caller' USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO public.webhook_cursors AS c (webhook_id, position)
    VALUES (of_webhook, app.feed_newest())
    ON CONFLICT (webhook_id) DO UPDATE SET failures = 0, failing_since = NULL, resting_until = NULL;
    UPDATE public.webhook_deliveries d SET next_at = clock_timestamp()
    WHERE d.webhook_id = of_webhook AND d.state = 'pending';
    PERFORM pg_notify('bmp_webhooks', '');
END $$;
CREATE OR REPLACE FUNCTION app.webhook_health(of_webhook uuid) RETURNS json LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT json_build_object('failing_since', app.iso(c.failing_since), 'resting_until', app.iso(c.resting_until),
                             'delivered_at', app.iso(c.delivered_at))
    FROM public.webhook_cursors c JOIN public.webhooks w ON w.id = c.webhook_id
    WHERE w.id = of_webhook AND app.caller() IN (w.owner_id, w.person_id)
$$;
CREATE OR REPLACE FUNCTION app.disable_webhook(of_webhook uuid, because text) RETURNS boolean LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    WITH done AS (
        UPDATE public.webhooks w
        SET status = 'disabled', disabled_because = because, version = w.version + 1, updated_at = clock_timestamp()
        WHERE w.id = of_webhook AND w.status = 'active' RETURNING 1)
    SELECT EXISTS (SELECT 1 FROM done)
$$;
CREATE OR REPLACE FUNCTION app.claim_job(worker_name text, lease_seconds integer, known text[]) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    candidate uuid;
    wanted text[];
    known_state text;
    taken text[];
    claimed jsonb;
BEGIN
    FOR candidate, wanted, known_state IN
        SELECT j.id, j.lanes, j.state FROM public.jobs j
        WHERE j.state IN ('queued', 'running') AND j.run_after <= clock_timestamp() AND j.kind = ANY (known)
          AND (j.state = 'queued' OR j.lease_until < clock_timestamp())
        ORDER BY j.run_after, j.id FOR NO KEY UPDATE SKIP LOCKED
    LOOP
        IF cardinality(wanted) > 0 AND known_state = 'queued' THEN
            -- One worker chooses among jobs with lanes at a time, until its claim is committed: the next one sees it.
            IF taken IS NULL THEN
                PERFORM pg_advisory_xact_lock(hashtextextended('lanes', 0));
                SELECT coalesce(array_agg(DISTINCT l.lane), '{}') INTO taken
                FROM public.jobs r CROSS JOIN unnest(r.lanes) l(lane) WHERE r.state = 'running';
            END IF;
            IF wanted && taken THEN
                -- Whoever has waited longer goes first, also past a lane that is free.
                taken := taken || wanted;
                UPDATE public.jobs j SET phase = 'waiting'
                WHERE j.id = candidate AND j.phase IS DISTINCT FROM 'waiting';
                CONTINUE;
            END IF;
        END IF;
        -- Somebody who held the job before may be writing still.
        CONTINUE WHEN NOT pg_try_advisory_xact_lock(hashtextextended('job:' || candidate, 0));
        UPDATE public.jobs j
        SET state = 'running', attempts = j.attempts + 1, claims = j.claims + 1, worker = worker_name,
            phase = nullif(j.phase, 'waiting'),
            lease_until = clock_timestamp() + make_interval(secs => lease_seconds),
            started_at = coalesce(j.started_at, clock_timestamp())
        FROM public.job_details d WHERE j.id = candidate AND d.job_id = j.id
        RETURNING jsonb_build_object(
            'id', j.id, 'kind', j.kind, 'args', d.args, 'memo', d.memo, 'requester_id', j.requester_id,
            'scopes', j.scopes, 'attempts', j.attempts, 'max_attempts', j.max_attempts, 'claims', j.claims,
            'cancel_requested', j.cancel_requested) INTO claimed;
        RETURN claimed;
    END LOOP;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION app.retry_any_job(of_job uuid) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found text;
BEGIN
    SELECT j.state INTO found FROM public.jobs j WHERE j.id = of_job FOR NO KEY UPDATE;
    IF found IN ('failed', 'dead') THEN
        UPDATE public.jobs j
        SET state = 'queued', attempts = 0, run_after = clock_timestamp(), cancel_requested = false, finished_at = NULL,
            problem = NULL
        WHERE j.id = of_job;
        PERFORM pg_notify('bmp_jobs', '');
    END IF;
    RETURN found;
END $$;
DROP FUNCTION app.stall_webhook(uuid, double precision, double precision);
DROP FUNCTION app.claim_deliveries(uuid, integer, integer);
CREATE FUNCTION app.claim_deliveries(of_webhook uuid, lease_seconds integer, most integer) RETURNS TABLE (
    id uuid, event_id text, type text, resource text, object_id uuid, version integer, occurred_at timestamptz,
    attempts integer
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
    SELECT h.id, h.event_id, h.type, h.resource, h.object_id, h.version, h.occurred_at, h.attempts
    FROM held h ORDER BY h.seq
$$;
DROP FUNCTION app.end_job(uuid, integer, text, jsonb, jsonb, double precision, boolean, bigint, bigint, text);
CREATE FUNCTION app.end_job(
    of_job uuid, of_claim integer, new_state text, new_result jsonb, new_problem jsonb, wait_seconds double precision,
    counts boolean
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    ended text;
    lanes_left boolean;
BEGIN
    UPDATE public.jobs j
    SET state = CASE WHEN new_state = 'queued' AND j.cancel_requested THEN 'cancelled' ELSE new_state END,
        finished_at = CASE WHEN new_state = 'queued' AND NOT j.cancel_requested THEN NULL ELSE clock_timestamp() END,
        run_after = CASE WHEN new_state = 'queued' THEN clock_timestamp() + make_interval(secs => wait_seconds)
                         ELSE j.run_after END,
        attempts = j.attempts - CASE WHEN counts THEN 0 ELSE 1 END,
        problem = new_problem, lease_until = NULL, worker = NULL
    WHERE j.id = of_job AND j.claims = of_claim AND j.state = 'running' RETURNING j.state, cardinality(j.lanes) > 0
    INTO ended, lanes_left;
    IF ended IS NULL THEN RETURN false; END IF;
    UPDATE public.job_details d SET result = new_result WHERE d.job_id = of_job AND new_result IS NOT NULL;
    IF lanes_left OR (ended = 'queued' AND wait_seconds <= 0) THEN PERFORM pg_notify('bmp_jobs', ''); END IF;
    RETURN true;
END $$;
GRANT EXECUTE ON FUNCTION app.claim_deliveries(uuid, integer, integer),
    app.end_job(uuid, integer, text, jsonb, jsonb, double precision, boolean) TO bmp_worker;
DROP POLICY see ON accounts;
CREATE POLICY see ON accounts FOR SELECT TO bmp_app, bmp_worker USING (((SELECT app.has('a')) OR (SELECT app.has('s')) OR organisation_id = (SELECT app.org())));
DROP POLICY see ON grants;
CREATE POLICY see ON grants FOR SELECT TO bmp_app, bmp_worker USING (((SELECT app.has('a')) OR (SELECT app.has('s')) OR organisation_id = (SELECT app.org())));
DROP POLICY see ON clients;
CREATE POLICY see ON clients FOR SELECT TO bmp_app, bmp_worker USING (((SELECT app.has('a')) OR (SELECT app.has('s')) OR organisation_id = (SELECT app.org())));
DROP POLICY see ON security_log;
CREATE POLICY see ON security_log FOR SELECT TO bmp_app, bmp_worker USING ((SELECT app.has('s')));
DROP POLICY see ON changes;
CREATE POLICY see ON changes FOR SELECT TO bmp_app, bmp_worker USING (((((NOT resource IN ('postings', 'qualifications', 'records', 'trainees') OR (SELECT app.has('p'))) AND ((resource IN ('courses', 'equipment-models', 'equipment-types', 'organisations', 'programmes', 'suppliers') AND (SELECT app.caller()) IS NOT NULL) OR (resource IN ('accounts', 'agencies', 'clients', 'components', 'delegations', 'participations', 'sites') AND (SELECT app.has('a'))) OR (resource IN ('accounts', 'clients', 'delegations') AND organisation_id = (SELECT app.org())) OR (resource IN ('acceptances', 'attachments', 'components', 'delegations', 'deliveries', 'equipment', 'handovers', 'participations', 'records', 'requirements', 'sessions') AND component_id = ANY ((SELECT app.see())::uuid[])) OR (resource IN ('accounts', 'clients') AND (SELECT app.has('s'))) OR (resource IN ('components', 'sessions') AND component_id = ANY ((SELECT app.joined())::uuid[])) OR (resource IN ('agencies', 'participations', 'postings', 'qualifications', 'sites', 'support-arrangements', 'trainees') AND agency_id = ANY ((SELECT app.agencies())::uuid[])) OR (resource IN ('sites') AND (agency_id IS NULL AND (SELECT app.caller()) IS NOT NULL)) OR (resource IN ('acceptances', 'attachments', 'equipment', 'handovers', 'records', 'requirements') AND agency_id = ANY ((SELECT app.own_agencies())::uuid[])))) OR (resource = 'tree' AND (((agency_id = ANY ((SELECT app.agencies())::uuid[])) AND (to_agency_id = ANY ((SELECT app.agencies())::uuid[])) IS NOT TRUE) OR ((agency_id = ANY ((SELECT app.own_agencies())::uuid[])) AND (to_agency_id = ANY ((SELECT app.own_agencies())::uuid[])) IS NOT TRUE)))) AND (action <> 'left' OR (((NOT resource IN ('postings', 'qualifications', 'records', 'trainees') OR (SELECT app.has('p'))) AND ((resource IN ('courses', 'equipment-models', 'equipment-types', 'organisations', 'programmes', 'suppliers') AND (SELECT app.caller()) IS NOT NULL) OR (resource IN ('accounts', 'agencies', 'clients', 'components', 'delegations', 'participations', 'sites') AND (SELECT app.has('a'))) OR (resource IN ('accounts', 'clients', 'delegations') AND to_organisation_id = (SELECT app.org())) OR (resource IN ('acceptances', 'attachments', 'components', 'delegations', 'deliveries', 'equipment', 'handovers', 'participations', 'records', 'requirements', 'sessions') AND to_component_id = ANY ((SELECT app.see())::uuid[])) OR (resource IN ('accounts', 'clients') AND (SELECT app.has('s'))) OR (resource IN ('components', 'sessions') AND to_component_id = ANY ((SELECT app.joined())::uuid[])) OR (resource IN ('agencies', 'participations', 'postings', 'qualifications', 'sites', 'support-arrangements', 'trainees') AND to_agency_id = ANY ((SELECT app.agencies())::uuid[])) OR (resource IN ('sites') AND (to_agency_id IS NULL AND (SELECT app.caller()) IS NOT NULL)) OR (resource IN ('acceptances', 'attachments', 'equipment', 'handovers', 'records', 'requirements') AND to_agency_id = ANY ((SELECT app.own_agencies())::uuid[]))))) IS NOT TRUE)));
DROP FUNCTION app.audited();
