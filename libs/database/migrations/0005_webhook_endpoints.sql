CREATE TABLE webhook_endpoints (
  id uuid PRIMARY KEY,
  tenant text NOT NULL REFERENCES tenants (id),
  url text NOT NULL,
  events text[] NOT NULL,
  description text,
  enabled boolean DEFAULT true NOT NULL,
  created_at timestamp(3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE INDEX webhook_endpoints_by_tenant ON webhook_endpoints (tenant, created_at, id);
--> statement-breakpoint
ALTER TABLE signing_secrets ADD COLUMN endpoint uuid REFERENCES webhook_endpoints (id) ON DELETE CASCADE;
--> statement-breakpoint
CREATE INDEX signing_secrets_by_endpoint ON signing_secrets (endpoint) WHERE endpoint IS NOT NULL;
