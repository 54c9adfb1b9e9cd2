ALTER TABLE "flows" RENAME COLUMN "key" TO "key_digest";
--> statement-breakpoint
ALTER TABLE "flows" ALTER COLUMN "key_digest" TYPE bytea USING sha256(convert_to("key_digest", 'UTF8'));
--> statement-breakpoint
ALTER TABLE "flow_slots" RENAME COLUMN "key" TO "key_digest";
--> statement-breakpoint
ALTER TABLE "flow_slots" ALTER COLUMN "key_digest" TYPE bytea USING sha256(convert_to("key_digest", 'UTF8'));
