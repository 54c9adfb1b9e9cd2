CREATE TABLE blast_activity (
  blast uuid NOT NULL REFERENCES blasts (id) ON DELETE CASCADE,
  seq bigint NOT NULL,
  id bigserial NOT NULL,
  at timestamp(3) with time zone DEFAULT now() NOT NULL,
  event text NOT NULL,
  attempt smallint,
  code integer,
  reason text,
  PRIMARY KEY (blast, seq, id)
);
