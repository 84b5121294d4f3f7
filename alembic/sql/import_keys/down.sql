CREATE OR REPLACE FUNCTION app.claim_job(worker_name text, lease_seconds integer, known text[]) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    candidate uuid;
    claimed jsonb;
BEGIN
    FOR candidate IN
        SELECT j.id FROM public.jobs j
        WHERE j.state IN ('queued', 'running') AND j.run_after <= clock_timestamp() AND j.kind = ANY (known)
          AND (j.state = 'queued' OR j.lease_until < clock_timestamp())
        ORDER BY j.run_after, j.id FOR NO KEY UPDATE SKIP LOCKED
    LOOP
        -- Somebody who held the job before may be writing still.
        CONTINUE WHEN NOT pg_try_advisory_xact_lock(hashtextextended('job:' || candidate, 0));
        UPDATE public.jobs j
        SET state = 'running', attempts = j.attempts + 1, claims = j.claims + 1, worker = worker_name,
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

CREATE OR REPLACE FUNCTION app.end_job(
    of_job uuid, of_claim integer, new_state text, new_result jsonb, new_problem jsonb, wait_seconds double precision,
    counts boolean
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    ended text;
BEGIN
    UPDATE public.jobs j
    SET state = CASE WHEN new_state = 'queued' AND j.cancel_requested THEN 'cancelled' ELSE new_state END,
        finished_at = CASE WHEN new_state = 'queued' AND NOT j.cancel_requested THEN NULL ELSE clock_timestamp() END,
        run_after = CASE WHEN new_state = 'queued' THEN clock_timestamp() + make_interval(secs => wait_seconds)
                         ELSE j.run_after END,
        attempts = j.attempts - CASE WHEN counts THEN 0 ELSE 1 END,
        problem = new_problem, lease_until = NULL, worker = NULL
    WHERE j.id = of_job AND j.claims = of_claim AND j.state = 'running' RETURNING j.state INTO ended;
    IF ended IS NULL THEN RETURN false; END IF;
    UPDATE public.job_details d SET result = new_result WHERE d.job_id = of_job AND new_result IS NOT NULL;
    IF ended = 'queued' AND wait_seconds <= 0 THEN PERFORM pg_notify('bmp_jobs', ''); END IF;
    RETURN true;
END $$;

CREATE OR REPLACE FUNCTION app.jobs_waiting() RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_build_object(
        'queued', count(*) FILTER (WHERE j.state = 'queued'), 'running', count(*) FILTER (WHERE j.state = 'running'),
        'seconds', coalesce(extract(epoch FROM clock_timestamp()
            - min(j.run_after) FILTER (WHERE j.state = 'queued' AND j.run_after <= clock_timestamp())), 0))
    FROM public.jobs j WHERE j.state IN ('queued', 'running')
$$;

DROP FUNCTION app.forget_expired_imports(integer);
DROP FUNCTION app.imports_kept(uuid[]);
CREATE FUNCTION app.expired_imports(most integer) RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT i.id FROM public.imports i LEFT JOIN public.jobs j ON j.id = i.job_id
    WHERE (i.expires_at < clock_timestamp() AND coalesce(j.state, '') NOT IN ('queued', 'running'))
       OR i.wrapped_key IS NULL
    ORDER BY i.expires_at LIMIT least(greatest(most, 0), 1000)
$$;

CREATE FUNCTION app.forget_imports(gone uuid[]) RETURNS integer LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    WITH deleted AS (
        DELETE FROM public.imports i WHERE i.id = ANY (gone)
        AND (i.expires_at < clock_timestamp() OR i.wrapped_key IS NULL) RETURNING 1
    )
    SELECT count(*)::integer FROM deleted
$$;
REVOKE ALL ON FUNCTION app.expired_imports(integer), app.forget_imports(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.expired_imports(integer), app.forget_imports(uuid[]) TO bmp_worker;
