ALTER TABLE webhook_endpoints ADD COLUMN request_digest bytea;
--> statement-breakpoint
ALTER TABLE webhook_endpoints ADD COLUMN request_fingerprint text;
