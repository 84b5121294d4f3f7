-- Not concurrently, because a migration is one transaction: two seconds at a million items, for which writers wait.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX ix_item_spans_confirmed ON item_spans (confirmed_at)
    WHERE unit_id IS NOT NULL AND stage = 'in_service' AND confirmed_at IS NOT NULL;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX ix_item_spans_ended ON item_spans (ends_at) WHERE unit_id IS NOT NULL AND ends_at < 'infinity';
