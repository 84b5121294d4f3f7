-- squawk-ignore-file ban-drop-function
-- The next job that is due, of the kinds that the worker knows, or one whose worker has been silent too long. One row is
-- locked at a time: a loop over a query fetches, and locks, ten rows ahead, which whoever claims beside it skips.
CREATE OR REPLACE FUNCTION app.claim_job(worker_name text, lease_seconds integer, known text[]) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    candidate uuid := '00000000-0000-0000-0000-000000000000';
    since timestamptz := '-infinity';
    wanted text[];
    known_state text;
    taken text[];
    claimed jsonb;
BEGIN
    LOOP
        SELECT j.id, j.run_after, j.lanes, j.state INTO candidate, since, wanted, known_state FROM public.jobs j
        WHERE j.state IN ('queued', 'running') AND j.run_after <= clock_timestamp() AND j.kind = ANY (known)
          AND (j.state = 'queued' OR j.lease_until < clock_timestamp()) AND (j.run_after, j.id) > (since, candidate)
        ORDER BY j.run_after, j.id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED;
        IF NOT FOUND THEN RETURN NULL; END IF;
        IF cardinality(wanted) > 0 AND known_state = 'queued' THEN
            -- One worker chooses among jobs with lanes at a time, until its claim is committed: the next one sees it.
            -- Whoever has waited longer goes first, also past a lane that is free, and also while somebody looks at it.
            IF taken IS NULL THEN
                PERFORM pg_advisory_xact_lock(hashtextextended('lanes', 0));
                SELECT coalesce(array_agg(DISTINCT l.lane), '{}') INTO taken
                FROM public.jobs r CROSS JOIN unnest(r.lanes) l(lane)
                WHERE r.state = 'running' OR (r.state = 'queued' AND r.kind = ANY (known)
                                              AND r.run_after <= clock_timestamp()
                                              AND (r.run_after, r.id) < (since, candidate));
            END IF;
            IF wanted && taken THEN
                taken := taken || wanted;
                UPDATE public.jobs j SET phase = 'waiting'
                WHERE j.id = candidate AND j.phase IS DISTINCT FROM 'waiting';
                CONTINUE;
            END IF;
        END IF;
        -- Somebody who held the job before may be writing still.
        EXIT WHEN pg_try_advisory_xact_lock(hashtextextended('job:' || candidate, 0));
    END LOOP;
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
END $$;

-- The end of an attempt. `queued`: there will be another, so many seconds later; one that was not the job's fault does
-- not count. What was told last is written along, because progress is told a few times a second only; what succeeded has
-- done all there was to do. False when the job is somebody else's.
DROP FUNCTION app.end_job(uuid, integer, text, jsonb, jsonb, double precision, boolean);
CREATE FUNCTION app.end_job(
    of_job uuid, of_claim integer, new_state text, new_result jsonb, new_problem jsonb, wait_seconds double precision,
    counts boolean, new_done bigint, new_total bigint, new_phase text
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
        problem = new_problem, lease_until = NULL, worker = NULL,
        done = CASE WHEN new_state = 'succeeded'
                    THEN greatest(coalesce(new_done, j.done), coalesce(new_total, j.total))
                    ELSE coalesce(new_done, j.done) END,
        total = CASE WHEN new_state = 'succeeded' AND (new_done IS NOT NULL OR j.total IS NOT NULL)
                     THEN greatest(coalesce(new_done, j.done), coalesce(new_total, j.total))
                     ELSE coalesce(new_total, j.total) END,
        phase = coalesce(new_phase, j.phase)
    WHERE j.id = of_job AND j.claims = of_claim AND j.state = 'running' RETURNING j.state, cardinality(j.lanes) > 0
    INTO ended, lanes_left;
    IF ended IS NULL THEN RETURN false; END IF;
    UPDATE public.job_details d SET result = new_result WHERE d.job_id = of_job AND new_result IS NOT NULL;
    IF lanes_left OR (ended = 'queued' AND wait_seconds <= 0) THEN PERFORM pg_notify('bmp_jobs', ''); END IF;
    RETURN true;
END $$;
REVOKE ALL ON FUNCTION app.end_job(uuid, integer, text, jsonb, jsonb, double precision, boolean, bigint, bigint, text)
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.end_job(uuid, integer, text, jsonb, jsonb, double precision, boolean, bigint, bigint, text)
TO bmp_worker;

-- Puts a job that failed or died back into the queue. The state it was in; it was put back if that is one of the two.
-- `under_way`: another job with the same key lives, and this one stays as it is.
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
EXCEPTION WHEN unique_violation THEN
    RETURN 'under_way';
END $$;
