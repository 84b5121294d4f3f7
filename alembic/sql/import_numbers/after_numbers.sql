-- squawk-ignore-file adding-serial-primary-key-field, ban-alter-identity, ban-drop-constraint
-- squawk-ignore-file constraint-missing-not-valid, require-concurrent-index-deletion
-- What an import found is numbered in that import: a number of all imports tells how much others bring in. Both tables
-- are kept for a week and written by the worker only, so there is little to look through and nobody who waits long.
ALTER TABLE import_changes ALTER COLUMN id DROP IDENTITY;
ALTER TABLE import_changes DROP CONSTRAINT pk_import_changes;
ALTER TABLE import_changes ADD CONSTRAINT pk_import_changes PRIMARY KEY (import_id, id);
DROP INDEX ix_import_changes_import_id_id;
ALTER TABLE import_faults ALTER COLUMN id DROP IDENTITY;
ALTER TABLE import_faults DROP CONSTRAINT pk_import_faults;
ALTER TABLE import_faults ADD CONSTRAINT pk_import_faults PRIMARY KEY (import_id, id);
DROP INDEX ix_import_faults_import_id_id;
