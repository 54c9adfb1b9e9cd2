CREATE TABLE blast_activity (
  id bigserial PRIMARY KEY,
  blast uuid NOT NULL REFERENCES blasts (id) ON DELETE CASCADE,
  seq bigint NOT NULL,
  at timestamp(3) with time zone DEFAULT now() NOT NULL,
  event text NOT NULL,
  attempt smallint,
  code integer,
  reason text
);
--> statement-breakpoint
CREATE INDEX blast_activity_by_recipient ON blast_activity (blast, seq, id);
