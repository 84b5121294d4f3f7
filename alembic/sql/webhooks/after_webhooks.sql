-- Webhooks (API 16). Owners change their endpoints under their own rows; secrets, cursors and deliveries are written by
-- these functions only.

-- A new secret for one's own webhook. The newest of those before lives on until `old_ends`; older ones end now.
CREATE FUNCTION app.add_webhook_secret(of_webhook uuid, new_id uuid, wrapped bytea, sealed bytea, old_ends timestamptz)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM 1 FROM public.webhooks w WHERE w.id = of_webhook AND app.caller() IN (w.owner_id, w.person_id) FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'not a webhook of the caller' USING ERRCODE = 'insufficient_privilege';
    END IF;
    DELETE FROM public.webhook_secrets s WHERE s.webhook_id = of_webhook AND s.id IS DISTINCT FROM (
        SELECT n.id FROM public.webhook_secrets n WHERE n.webhook_id = of_webhook
        AND (n.expires_at IS NULL OR n.expires_at > clock_timestamp()) ORDER BY n.created_at DESC, n.id DESC LIMIT 1);
    UPDATE public.webhook_secrets s SET expires_at = least(coalesce(s.expires_at, 'infinity'), old_ends)
    WHERE s.webhook_id = of_webhook;
    DELETE FROM public.webhook_secrets s WHERE s.webhook_id = of_webhook AND s.expires_at <= clock_timestamp();
    INSERT INTO public.webhook_secrets (id, webhook_id, wrapped_key, sealed_secret)
    VALUES (new_id, of_webhook, wrapped, sealed);
END $$;

-- When the live secrets of one's own webhook were made and when they end; never the secrets.
CREATE FUNCTION app.webhook_secret_facts(of_webhook uuid) RETURNS json LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(json_agg(json_build_object('created_at', app.iso(s.created_at), 'expires_at', app.iso(s.expires_at))
                             ORDER BY s.created_at, s.id), '[]')
    FROM public.webhook_secrets s JOIN public.webhooks w ON w.id = s.webhook_id
    WHERE w.id = of_webhook AND app.caller() IN (w.owner_id, w.person_id)
      AND (s.expires_at IS NULL OR s.expires_at > clock_timestamp())
$$;

-- How one's own webhook fares.
CREATE FUNCTION app.webhook_health(of_webhook uuid) RETURNS json LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT json_build_object('failing_since', app.iso(c.failing_since), 'resting_until', app.iso(c.resting_until),
                             'delivered_at', app.iso(c.delivered_at))
    FROM public.webhook_cursors c JOIN public.webhooks w ON w.id = c.webhook_id
    WHERE w.id = of_webhook AND app.caller() IN (w.owner_id, w.person_id)
$$;

-- A webhook begins behind what has happened so far; one that was disabled goes on from where it stood.
CREATE FUNCTION app.begin_webhook(of_webhook uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
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

-- A ping for one's own webhook: an event about itself.
CREATE FUNCTION app.ping_webhook(of_webhook uuid, new_id uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.webhook_deliveries (id, webhook_id, owner_id, person_id, event_id, type, resource, object_id, version, occurred_at)
    SELECT new_id, w.id, w.owner_id, w.person_id, new_id::text, 'bmp.webhooks.ping', 'webhooks', w.id, w.version, clock_timestamp()
    FROM public.webhooks w WHERE w.id = of_webhook AND app.caller() IN (w.owner_id, w.person_id) AND w.status = 'active';
    PERFORM pg_notify('bmp_webhooks', '');
END $$;

-- One delivery of one's own webhook once more, behind everything that waits; NULL when it is not there.
CREATE FUNCTION app.replay_delivery(of_webhook uuid, of_delivery uuid, new_id uuid) RETURNS uuid
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO public.webhook_deliveries
        (id, webhook_id, owner_id, person_id, position, event_id, type, resource, object_id, version, occurred_at, replayed)
    SELECT new_id, d.webhook_id, d.owner_id, d.person_id, d.position, d.event_id, d.type, d.resource, d.object_id, d.version,
           d.occurred_at, true
    FROM public.webhook_deliveries d
    WHERE d.id = of_delivery AND d.webhook_id = of_webhook AND app.caller() IN (d.owner_id, d.person_id);
    SELECT pg_notify('bmp_webhooks', '');
    SELECT d.id FROM public.webhook_deliveries d WHERE d.id = new_id
$$;

-- From here on: the worker's part.

-- Active webhooks that have not seen the newest change yet.
CREATE FUNCTION app.webhooks_behind(most integer) RETURNS TABLE (
    id uuid, person_id uuid, organisation_id uuid, owner_id uuid, scopes text[], resources text[], types text[],
    at_position bigint, newest bigint
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT w.id, w.person_id, w.organisation_id, w.owner_id, w.scopes, w.resources, w.types, c.position, n.newest
    FROM (SELECT app.feed_newest() AS newest) n
    JOIN public.webhook_cursors c ON c.position < n.newest
    JOIN public.webhooks w ON w.id = c.webhook_id AND w.status = 'active'
    ORDER BY c.position LIMIT least(greatest(most, 1), 1000)
$$;

-- One webhook, for whoever makes deliveries for it again.
CREATE FUNCTION app.webhook_owner(of_webhook uuid) RETURNS TABLE (
    id uuid, person_id uuid, organisation_id uuid, owner_id uuid, scopes text[], resources text[], types text[], url text
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT w.id, w.person_id, w.organisation_id, w.owner_id, w.scopes, w.resources, w.types, w.url
    FROM public.webhooks w WHERE w.id = of_webhook
$$;

-- The position before the first change recorded at an instant or later, and the last one.
CREATE FUNCTION app.webhook_span(since timestamptz) RETURNS TABLE (before bigint, newest bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(min(c.position) - 1, app.feed_newest()), app.feed_newest()
    FROM public.changes c WHERE c.position IS NOT NULL AND c.recorded_at >= since
$$;

-- Deliveries made from changes, and the cursor behind them, in one step; how many. -1 when the cursor stood elsewhere:
-- another worker was here. With `from_position` NULL they are made again, beside the cursor.
CREATE FUNCTION app.add_deliveries(of_webhook uuid, from_position bigint, to_position bigint, made jsonb)
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

-- Active webhooks that do not rest and have something to send now.
CREATE FUNCTION app.webhooks_due(most integer) RETURNS TABLE (id uuid, url text, owner_id uuid, scopes text[], failures integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT w.id, w.url, w.owner_id, w.scopes, c.failures
    FROM public.webhooks w JOIN public.webhook_cursors c ON c.webhook_id = w.id
    WHERE w.status = 'active' AND (c.resting_until IS NULL OR c.resting_until <= clock_timestamp())
      AND EXISTS (SELECT 1 FROM public.webhook_deliveries d
                  WHERE d.webhook_id = w.id AND d.state = 'pending' AND d.next_at <= clock_timestamp()
                    AND (d.lease_until IS NULL OR d.lease_until < clock_timestamp()))
    ORDER BY c.delivered_at NULLS FIRST, w.id LIMIT least(greatest(most, 1), 1000)
$$;

-- The live secrets of a webhook, sealed, the newest first.
CREATE FUNCTION app.webhook_secrets_of(of_webhook uuid) RETURNS TABLE (id uuid, wrapped bytea, sealed bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT s.id, s.wrapped_key, s.sealed_secret FROM public.webhook_secrets s
    WHERE s.webhook_id = of_webhook AND (s.expires_at IS NULL OR s.expires_at > clock_timestamp())
    ORDER BY s.created_at DESC, s.id DESC
$$;

-- The next deliveries of a webhook, in order. An object's event waits until the one before it has arrived or was given
-- up; what another worker holds is left alone until its lease runs out.
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

-- What came of a batch, and how the endpoint fares after it. `rest_seconds`: it rests so long. A result without an
-- attempt (the batch was cut short) only gives the delivery back.
CREATE FUNCTION app.end_deliveries(of_webhook uuid, results jsonb, arrived boolean, rest_seconds double precision)
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

-- The worker gives a webhook up. True when it did so now.
CREATE FUNCTION app.disable_webhook(of_webhook uuid, because text) RETURNS boolean LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    WITH done AS (
        UPDATE public.webhooks w
        SET status = 'disabled', disabled_because = because, version = w.version + 1, updated_at = clock_timestamp()
        WHERE w.id = of_webhook AND w.status = 'active' RETURNING 1)
    SELECT EXISTS (SELECT 1 FROM done)
$$;

-- Deliveries that ended longer ago than so many days, so many at a time; how many went.
CREATE FUNCTION app.forget_deliveries(days integer, most integer) RETURNS integer LANGUAGE sql SECURITY DEFINER
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
