-- What deliveries, documents and files need beyond tables and policies.

-- Who recorded that these items arrived, with the organisation of each: their deliveries, and every arrival that was
-- entered item by item. Separation of duties asks; organisations of other people's accounts are out of sight
-- otherwise. Only items of components that the caller sees count.
CREATE FUNCTION app.delivery_recorders(items uuid[]) RETURNS TABLE (person_id uuid, organisation_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH seen AS (
        SELECT i.id, i.delivery_id FROM public.items i
        WHERE i.id = ANY (items) AND i.component_id = ANY ((SELECT app.see())::uuid[])
    ), who AS (
        SELECT d.recorded_by_person AS person_id FROM public.deliveries d JOIN seen s ON s.delivery_id = d.id
        UNION
        SELECT d.received_by_person FROM public.deliveries d JOIN seen s ON s.delivery_id = d.id
        UNION
        SELECT e.person_id FROM public.events e JOIN seen s ON s.id = e.item_id
        WHERE e.kind IN ('deliver', 'redeliver')
    )
    SELECT w.person_id, a.organisation_id FROM who w JOIN public.accounts a ON a.id = w.person_id
$$;

-- A file and a requirement about an item are seen by whoever sees the item: they follow it to another unit. The wall
-- itself may not look at other tables (HOUSE 4), so the column is kept.
CREATE FUNCTION app.follow_item() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE public.attachments a SET agency_id = NEW.unit_id
    WHERE a.object_id = NEW.id AND a.resource IN ('equipment', 'events');
    UPDATE public.attachments a SET agency_id = NEW.unit_id FROM public.requirements r
    WHERE r.item_id = NEW.id AND a.object_id = r.id AND a.resource = 'requirements';
    UPDATE public.requirements r SET agency_id = NEW.unit_id WHERE r.item_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER followed AFTER UPDATE OF unit_id ON items FOR EACH ROW
    WHEN (NEW.unit_id IS DISTINCT FROM OLD.unit_id) EXECUTE FUNCTION app.follow_item();

-- The same for what is attached to a draft whose receiving unit changes.
CREATE FUNCTION app.follow_document() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE public.attachments a SET agency_id = NEW.agency_id
    WHERE a.object_id = NEW.id AND a.resource IN ('acceptances', 'handovers');
    UPDATE public.attachments a SET agency_id = NEW.agency_id FROM public.requirements r
    WHERE r.document_id = NEW.id AND a.object_id = r.id AND a.resource = 'requirements';
    UPDATE public.requirements r SET agency_id = NEW.agency_id WHERE r.document_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER followed AFTER UPDATE OF agency_id ON documents FOR EACH ROW
    WHEN (NEW.agency_id IS DISTINCT FROM OLD.agency_id) EXECUTE FUNCTION app.follow_document();
