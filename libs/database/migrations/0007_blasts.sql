ALTER TABLE tenants ADD COLUMN message_credit bigint;
--> statement-breakpoint
CREATE TABLE blasts (
  id uuid PRIMARY KEY,
  tenant text NOT NULL,
  name text NOT NULL,
  channel text NOT NULL,
  content jsonb NOT NULL,
  times jsonb NOT NULL,
  retry jsonb NOT NULL,
  rate double precision,
  parallelism integer NOT NULL,
  max_failure_rate double precision,
  on_uncertain text NOT NULL,
  kill_at timestamp(3) with time zone,
  source jsonb,
  status text NOT NULL,
  reason text,
  detail text,
  run integer DEFAULT 0 NOT NULL,
  retrying boolean DEFAULT false NOT NULL,
  listed_at timestamp(3) with time zone,
  credit bigint DEFAULT 0 NOT NULL,
  request jsonb,
  created_at timestamp(3) with time zone DEFAULT now() NOT NULL,
  started_at timestamp(3) with time zone,
  ended_at timestamp(3) with time zone
);
--> statement-breakpoint
CREATE INDEX blasts_by_tenant ON blasts (tenant, created_at, id);
--> statement-breakpoint
CREATE TABLE blast_recipients (
  blast uuid NOT NULL REFERENCES blasts (id) ON DELETE CASCADE,
  seq bigserial NOT NULL,
  address text,
  dedupe_key text,
  data jsonb NOT NULL,
  timezone text,
  status text DEFAULT 'pending' NOT NULL,
  send_at timestamp(3) with time zone DEFAULT 'epoch' NOT NULL,
  claim uuid,
  attempts smallint DEFAULT 0 NOT NULL,
  code integer,
  reason text,
  ended_at timestamp(3) with time zone,
  PRIMARY KEY (blast, seq)
);
--> statement-breakpoint
CREATE INDEX blast_recipients_by_status ON blast_recipients (blast, status, send_at, seq);
--> statement-breakpoint
CREATE TABLE blast_uploads (
  blast uuid NOT NULL REFERENCES blasts (id) ON DELETE CASCADE,
  key text NOT NULL,
  accepted bigint NOT NULL,
  created_at timestamp(3) with time zone DEFAULT now() NOT NULL,
  PRIMARY KEY (blast, key)
);
--> statement-breakpoint
CREATE TABLE blast_lanes (
  blast uuid NOT NULL REFERENCES blasts (id) ON DELETE CASCADE,
  lane integer NOT NULL,
  batch bigint NOT NULL,
  attempt integer NOT NULL,
  claim uuid NOT NULL,
  ended integer DEFAULT 0 NOT NULL,
  began_at timestamp(3) with time zone NOT NULL,
  seen_at timestamp(3) with time zone NOT NULL,
  PRIMARY KEY (blast, lane)
);
