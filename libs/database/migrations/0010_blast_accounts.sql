-- In the order in which a batch takes them, so that neither waits for the other.
ALTER TABLE blast_lanes ADD COLUMN changes integer DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE blast_lanes ADD COLUMN sent integer DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE blast_lanes ADD COLUMN failed integer DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE blast_recipients ADD COLUMN doubt text;
--> statement-breakpoint
ALTER TABLE blasts ADD COLUMN uncharged bigint DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE blasts ADD COLUMN last_charged boolean DEFAULT true NOT NULL;
--> statement-breakpoint
-- Who has no limit now was charged nothing, as far as anybody can tell. Of the others it is taken that they had one before.
UPDATE blasts SET uncharged = credit, last_charged = false
FROM tenants WHERE tenants.id = blasts.tenant AND tenants.message_credit IS NULL AND blasts.credit > 0;
--> statement-breakpoint
ALTER TABLE blasts ADD COLUMN changes integer DEFAULT 0 NOT NULL;
--> statement-breakpoint
-- Who waits for another attempt and got no answer to the one before. What workers of before write from here on is not known.
UPDATE blast_recipients SET doubt = reason
WHERE status = 'pending' AND code IS NULL AND reason ~ '^(lost$|(timeout|reset|http)(:|$))' AND blast IN (
  SELECT id FROM blasts WHERE status IN ('scheduled', 'listing', 'running', 'paused', 'ending')
);
