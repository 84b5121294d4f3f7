-- Lanes (ADR 24): of jobs with a lane in common one runs at a time. Those that wait stay in the queue, so they take no
-- worker's slot, and say so in their progress. A job has its lanes as long as it is `running`, which it is until its
-- effect is committed or gone.

-- The next job that is due, of the kinds that the worker knows and whose lanes are free, or one whose worker has been
-- silent too long (it has its lanes already).
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

-- The end of an attempt, as before; whoever waits for its lanes is woken.
CREATE OR REPLACE FUNCTION app.end_job(
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

-- As before; a job that waits for its lanes does not wait for a worker.
CREATE OR REPLACE FUNCTION app.jobs_waiting() RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_build_object(
        'queued', count(*) FILTER (WHERE j.state = 'queued'), 'running', count(*) FILTER (WHERE j.state = 'running'),
        'seconds', coalesce(extract(epoch FROM clock_timestamp()
            - min(j.run_after) FILTER (WHERE j.state = 'queued' AND j.run_after <= clock_timestamp()
                                          AND j.phase IS DISTINCT FROM 'waiting')), 0))
    FROM public.jobs j WHERE j.state IN ('queued', 'running')
$$;

-- Imports whose time is over, or whose file nobody can open any more, with all that they found; so many of them. Their
-- files are removed when this is committed: until then they may still be needed.
DROP FUNCTION app.expired_imports(integer);
DROP FUNCTION app.forget_imports(uuid[]);
CREATE FUNCTION app.forget_expired_imports(most integer) RETURNS SETOF uuid LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    WITH old AS (
        SELECT e.id FROM public.imports e LEFT JOIN public.jobs j ON j.id = e.job_id
        WHERE (e.expires_at < clock_timestamp() AND coalesce(j.state, '') NOT IN ('queued', 'running'))
           OR e.wrapped_key IS NULL
        ORDER BY e.expires_at LIMIT least(greatest(most, 0), 1000) FOR UPDATE OF e SKIP LOCKED
    )
    DELETE FROM public.imports i USING old WHERE i.id = old.id RETURNING i.id
$$;

-- Which of these imports there are: files of others were left behind.
CREATE FUNCTION app.imports_kept(ids uuid[]) RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT i.id FROM public.imports i WHERE i.id = ANY (ids)
$$;
REVOKE ALL ON FUNCTION app.forget_expired_imports(integer), app.imports_kept(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.forget_expired_imports(integer), app.imports_kept(uuid[]) TO bmp_worker;
