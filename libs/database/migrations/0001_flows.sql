CREATE TABLE "flows" (
  "tenant" text NOT NULL,
  "key" text NOT NULL,
  "next_ms" double precision NOT NULL DEFAULT 0,
  PRIMARY KEY ("tenant", "key")
);
--> statement-breakpoint
CREATE TABLE "flow_slots" (
  "tenant" text NOT NULL,
  "key" text NOT NULL,
  "slot" integer NOT NULL,
  "holder" uuid,
  "held_until" timestamp (3) with time zone NOT NULL DEFAULT '-infinity',
  PRIMARY KEY ("tenant", "key", "slot")
);
--> statement-breakpoint
CREATE INDEX "flow_slots_by_holder" ON "flow_slots" ("holder");
--> statement-breakpoint
CREATE TABLE "destination_flows" (
  "tenant" text NOT NULL,
  "host" text NOT NULL,
  "rate" integer,
  "period_ms" integer,
  "parallelism" integer,
  PRIMARY KEY ("tenant", "host")
);
