CREATE TABLE "tenants" (
  "id" text PRIMARY KEY CHECK ("id" ~ '^[a-z0-9][a-z0-9-]{0,31}$'),
  "name" text NOT NULL,
  "created_at" timestamp (3) with time zone NOT NULL DEFAULT now(),
  "disabled_at" timestamp (3) with time zone,
  "max_pending_timers" integer,
  "creates_per_second" integer,
  "max_payload_bytes" integer
);
--> statement-breakpoint
CREATE TABLE "api_keys" (
  "id" text PRIMARY KEY,
  "tenant" text NOT NULL REFERENCES "tenants" ("id"),
  "name" text NOT NULL,
  "hash" bytea NOT NULL,
  "scopes" text[] NOT NULL,
  "created_at" timestamp (3) with time zone NOT NULL DEFAULT now(),
  "expires_at" timestamp (3) with time zone,
  "last_used_at" timestamp (3) with time zone,
  "revoked_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE INDEX "api_keys_by_tenant" ON "api_keys" ("tenant", "created_at", "id");
--> statement-breakpoint
CREATE TABLE "signing_secrets" (
  "id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  "tenant" text NOT NULL REFERENCES "tenants" ("id"),
  "host" text,
  "kind" text NOT NULL CHECK ("kind" IN ('v1', 'v1a')),
  "sealed_key" bytea NOT NULL,
  "created_at" timestamp (3) with time zone NOT NULL DEFAULT now(),
  "retires_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE INDEX "signing_secrets_by_tenant" ON "signing_secrets" ("tenant", "host");
--> statement-breakpoint
INSERT INTO "tenants" ("id", "name") VALUES ('default', 'Default');
