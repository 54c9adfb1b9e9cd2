ALTER TABLE blast_uploads ADD COLUMN body_digest bytea;
