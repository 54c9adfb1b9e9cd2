CREATE TABLE "job_types" (
  "name" text PRIMARY KEY,
  "record" jsonb NOT NULL,
  "published_at" timestamp (3) with time zone NOT NULL DEFAULT now()
);
--> statement-breakpoint
CREATE TABLE "job_alerts" (
  "tenant" text PRIMARY KEY,
  "webhooks" text[] NOT NULL DEFAULT '{}',
  "emails" text[] NOT NULL DEFAULT '{}'
);
--> statement-breakpoint
CREATE TABLE "results" (
  "tenant" text NOT NULL,
  "name" text NOT NULL,
  "counters" jsonb NOT NULL DEFAULT '{}',
  "contributions" bigint NOT NULL DEFAULT 0,
  "created_at" timestamp (3) with time zone NOT NULL DEFAULT now(),
  "updated_at" timestamp (3) with time zone NOT NULL DEFAULT now(),
  PRIMARY KEY ("tenant", "name")
);
--> statement-breakpoint
CREATE TABLE "result_contributions" (
  "tenant" text NOT NULL,
  "name" text NOT NULL,
  "contribution" text NOT NULL,
  PRIMARY KEY ("tenant", "name", "contribution"),
  FOREIGN KEY ("tenant", "name") REFERENCES "results" ("tenant", "name") ON DELETE CASCADE
);
--> statement-breakpoint
CREATE TABLE "result_items" (
  "id" bigserial PRIMARY KEY,
  "tenant" text NOT NULL,
  "name" text NOT NULL,
  "list" text NOT NULL,
  "item" jsonb NOT NULL,
  FOREIGN KEY ("tenant", "name") REFERENCES "results" ("tenant", "name") ON DELETE CASCADE
);
--> statement-breakpoint
CREATE INDEX "result_items_by_list" ON "result_items" ("tenant", "name", "list", "id");
--> statement-breakpoint
CREATE TABLE "locks" (
  "tenant" text NOT NULL,
  "resource" text NOT NULL,
  "fencing_token" bigint NOT NULL,
  "holder" uuid,
  "held_until" timestamp (3) with time zone NOT NULL,
  PRIMARY KEY ("tenant", "resource")
);
