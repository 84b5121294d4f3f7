GRANT EXECUTE ON FUNCTION app.cancel_job(uuid), app.retry_job(uuid) TO bmp_app, bmp_worker;
GRANT EXECUTE ON FUNCTION app.wake_workers() TO bmp_app, bmp_worker;
GRANT EXECUTE ON FUNCTION
    app.claim_job(text, integer, text[]), app.hold_job(uuid, integer),
    app.beat_job(uuid, integer, integer, bigint, bigint, text), app.note_job(uuid, integer, jsonb),
    app.end_job(uuid, integer, text, jsonb, jsonb, double precision, boolean),
    app.start_scheduled(text, text, integer, integer, uuid), app.forget_jobs(integer, integer), app.jobs_waiting()
TO bmp_worker;
