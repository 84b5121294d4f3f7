GRANT EXECUTE ON FUNCTION
    app.add_webhook_secret(uuid, uuid, bytea, bytea, timestamptz), app.webhook_secret_facts(uuid),
    app.webhook_health(uuid), app.begin_webhook(uuid), app.ping_webhook(uuid, uuid),
    app.replay_delivery(uuid, uuid, uuid)
TO bmp_app, bmp_worker;
GRANT EXECUTE ON FUNCTION
    app.webhooks_behind(integer), app.webhook_owner(uuid), app.webhook_changes(bigint, bigint, text[]),
    app.webhook_span(timestamptz), app.add_deliveries(uuid, bigint, bigint, jsonb), app.webhooks_due(integer),
    app.webhook_secrets_of(uuid), app.claim_deliveries(uuid, integer, integer),
    app.end_deliveries(uuid, jsonb, boolean, double precision), app.disable_webhook(uuid, text),
    app.forget_deliveries(integer, integer)
TO bmp_worker;
