-- squawk-ignore-file ban-drop-constraint, constraint-missing-not-valid, disallowed-unique-constraint
-- squawk-ignore-file require-concurrent-index-creation
-- Whole tables are read under a lock: agencies and sites are hundreds, identity reads some thousands, and a migration
-- is one transaction.

-- External ids belong to an organisation; unique across all of them, a refusal told of rows out of sight.
ALTER TABLE agencies DROP CONSTRAINT uq_agencies_external_id;
ALTER TABLE agencies ADD CONSTRAINT uq_agencies_external_id_organisation_id UNIQUE (external_id, organisation_id);
ALTER TABLE sites DROP CONSTRAINT uq_sites_external_id;
ALTER TABLE sites ADD CONSTRAINT uq_sites_external_id_organisation_id UNIQUE (external_id, organisation_id);

-- An erasure looks for the reads of one person.
CREATE INDEX ix_identity_reads_trainee_id ON identity_reads (trainee_id);
