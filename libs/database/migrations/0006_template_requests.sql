ALTER TABLE templates ADD COLUMN request_digest bytea;
--> statement-breakpoint
ALTER TABLE templates ADD COLUMN request_fingerprint text;
--> statement-breakpoint
CREATE INDEX templates_by_request ON templates (tenant, request_digest) WHERE request_digest IS NOT NULL;
