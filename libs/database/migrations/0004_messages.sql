CREATE TABLE templates (
  tenant text NOT NULL,
  name text NOT NULL,
  version integer NOT NULL,
  subject text,
  "text" text,
  html text,
  created_at timestamp(3) with time zone DEFAULT now() NOT NULL,
  PRIMARY KEY (tenant, name, version)
);
--> statement-breakpoint
CREATE TABLE suppressions (
  tenant text NOT NULL,
  address text NOT NULL,
  reason text NOT NULL,
  detail text,
  created_at timestamp(3) with time zone DEFAULT now() NOT NULL,
  PRIMARY KEY (tenant, address)
);
