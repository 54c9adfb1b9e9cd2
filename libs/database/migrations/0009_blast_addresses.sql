CREATE INDEX IF NOT EXISTS blast_recipients_by_address ON blast_recipients (blast, hashtext(lower(address)));
