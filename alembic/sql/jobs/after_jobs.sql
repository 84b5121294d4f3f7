-- The job queue (API 14). Callers add jobs and read them; every later step goes through one of these functions.
--
-- A worker holds a job by a lease that it keeps extending. Each claim has a number of its own (`claims`). Whatever a
-- worker writes for a job is written in a transaction that first takes the job's advisory lock shared and compares that
-- number (`app.hold_job`); a job is taken over under the same lock exclusively. So what a worker began is committed
-- before another takes over, or never.

CREATE FUNCTION app.wake_workers() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_notify('bmp_jobs', '');
    RETURN NULL;
END $$;
CREATE TRIGGER woken AFTER INSERT ON jobs FOR EACH STATEMENT EXECUTE FUNCTION app.wake_workers();

-- The next job that is due, of the kinds that the worker knows, or one whose worker has been silent too long.
CREATE FUNCTION app.claim_job(worker_name text, lease_seconds integer, known text[]) RETURNS jsonb
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

-- Whether to stop; NULL when the job is somebody else's. Until the end of this transaction it is then nobody else's. The
-- lock is taken by a statement of its own, so that the snapshot behind it sees who took the job over.
CREATE FUNCTION app.hold_job(of_job uuid, of_claim integer) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('job:' || of_job, 0));
    RETURN (SELECT j.cancel_requested FROM public.jobs j
            WHERE j.id = of_job AND j.claims = of_claim AND j.state = 'running');
END $$;

-- A sign of life, with progress where there is news of it. Whether to stop; NULL when the job is somebody else's.
CREATE FUNCTION app.beat_job(
    of_job uuid, of_claim integer, lease_seconds integer, new_done bigint, new_total bigint, new_phase text
) RETURNS boolean LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE public.jobs j
    SET lease_until = clock_timestamp() + make_interval(secs => lease_seconds),
        done = coalesce(new_done, j.done), total = coalesce(new_total, j.total), phase = coalesce(new_phase, j.phase)
    WHERE j.id = of_job AND j.claims = of_claim AND j.state = 'running' RETURNING j.cancel_requested
$$;

-- How far the job came, for whoever goes on with it; together with what this transaction writes.
CREATE FUNCTION app.note_job(of_job uuid, of_claim integer, new_memo jsonb) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE public.job_details d SET memo = new_memo
    FROM public.jobs j WHERE j.id = of_job AND j.claims = of_claim AND j.state = 'running' AND d.job_id = j.id
$$;

-- The end of an attempt. `queued`: there will be another, so many seconds later; one that was not the job's fault does
-- not count. False when the job is somebody else's.
CREATE FUNCTION app.end_job(
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

-- Asks for the end of a job: `cancelled` at once where nobody works on it, `requested` where somebody does, or the
-- state in which it ended before. For the owner's commands; callers go through `app.cancel_job`.
CREATE FUNCTION app.cancel_any_job(of_job uuid) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found text;
BEGIN
    SELECT j.state INTO found FROM public.jobs j WHERE j.id = of_job FOR NO KEY UPDATE;
    IF found = 'queued' THEN
        UPDATE public.jobs j SET state = 'cancelled', cancel_requested = true, finished_at = clock_timestamp()
        WHERE j.id = of_job;
        RETURN 'cancelled';
    ELSIF found = 'running' THEN
        UPDATE public.jobs j SET cancel_requested = true WHERE j.id = of_job;
        RETURN 'requested';
    END IF;
    RETURN found;
END $$;

-- Puts a job that failed or died back into the queue. The state it was in; it was put back if that is one of the two.
CREATE FUNCTION app.retry_any_job(of_job uuid) RETURNS text
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

-- The same for a caller: of one's own jobs, or of any for the deployment's administrator. NULL: out of sight.
CREATE FUNCTION app.cancel_job(of_job uuid) RETURNS text LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT app.cancel_any_job(j.id) FROM public.jobs j
    WHERE j.id = of_job AND (j.requester_id = app.caller() OR app.has('a'))
$$;
CREATE FUNCTION app.retry_job(of_job uuid) RETURNS text LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT app.retry_any_job(j.id) FROM public.jobs j
    WHERE j.id = of_job AND (j.requester_id = app.caller() OR (j.requester_id IS NULL AND app.has('a')))
$$;

-- Starts a scheduled job if it is due, and says when it is due next; True when it was. The row's lock makes one worker
-- of all the leader, and what is still under way is not started twice.
CREATE FUNCTION app.start_scheduled(schedule text, of_kind text, every_seconds integer, attempts_allowed integer, new_id uuid)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    started uuid;
BEGIN
    INSERT INTO public.schedules (name, due_at) VALUES (schedule, clock_timestamp()) ON CONFLICT DO NOTHING;
    UPDATE public.schedules s
    SET due_at = s.due_at + make_interval(secs => every_seconds * (
        1 + floor(extract(epoch FROM clock_timestamp() - s.due_at) / every_seconds)))
    WHERE s.name = schedule AND s.due_at <= clock_timestamp();
    IF NOT FOUND THEN RETURN false; END IF;
    INSERT INTO public.jobs (id, kind, scopes, max_attempts, unique_key)
    VALUES (new_id, of_kind, '{}', attempts_allowed, 'schedule:' || schedule) ON CONFLICT DO NOTHING
    RETURNING id INTO started;
    IF started IS NULL THEN RETURN false; END IF;
    INSERT INTO public.job_details (job_id) VALUES (started);
    UPDATE public.schedules s SET last_job_id = started WHERE s.name = schedule;
    RETURN true;
END $$;

-- Jobs that ended longer ago than so many days, so many at a time; how many went.
CREATE FUNCTION app.forget_jobs(days integer, most integer) RETURNS integer LANGUAGE sql SECURITY DEFINER
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

-- How many jobs there are by state, and the age of the oldest that is due: for the metrics. Says nothing about them.
CREATE FUNCTION app.jobs_waiting() RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_build_object(
        'queued', count(*) FILTER (WHERE j.state = 'queued'), 'running', count(*) FILTER (WHERE j.state = 'running'),
        'seconds', coalesce(extract(epoch FROM clock_timestamp()
            - min(j.run_after) FILTER (WHERE j.state = 'queued' AND j.run_after <= clock_timestamp())), 0))
    FROM public.jobs j WHERE j.state IN ('queued', 'running')
$$;
