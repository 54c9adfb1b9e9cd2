-- What the example works on, in a schema of its own beside Timekeeper's tables.
CREATE SCHEMA IF NOT EXISTS example;

CREATE TABLE IF NOT EXISTS example.users (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant text NOT NULL,
  email text NOT NULL,
  credit_cents integer NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS users_by_tenant ON example.users (tenant, id);

-- The primary key is what makes a second coupon of a campaign impossible, whoever tries.
CREATE TABLE IF NOT EXISTS example.coupons (
  campaign text NOT NULL,
  user_id integer NOT NULL REFERENCES example.users (id) ON DELETE CASCADE,
  batch uuid NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  notified_at timestamptz,
  PRIMARY KEY (user_id, campaign)
);
CREATE INDEX IF NOT EXISTS coupons_by_batch ON example.coupons (batch);
