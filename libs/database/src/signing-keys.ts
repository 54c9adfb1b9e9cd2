import { and, eq, gt, isNull, or, sql } from 'drizzle-orm';
import type { Database } from './database.js';
import type { Sealing } from './sealing.js';
import { signingSecrets } from './schema.js';

export type SigningSecretRow = typeof signingSecrets.$inferSelect;

/** Has not retired. */
export const inUse = or(isNull(signingSecrets.retiresAt), gt(signingSecrets.retiresAt, sql`now()`));

/** A key, opened. */
export interface SigningKey {
  host: string | null;
  kind: 'v1' | 'v1a';
  key: Buffer;
  retiresAt: Date | null;
}

/** Seals a key into the row that it belongs to: in another one it does not open. */
export function sealKey(sealing: Sealing, row: Pick<SigningSecretRow, 'id' | 'tenant'>, key: Buffer): Buffer {
  return sealing.seal(key, contextOf(row));
}

/** Throws `BrokenSeal`. */
export function openKey(sealing: Sealing, row: SigningSecretRow): Buffer {
  return sealing.open(row.sealedKey, contextOf(row));
}

/** Every key of the tenant that signs, the youngest first. */
export async function readSigningKeys(
  database: Database,
  sealing: Sealing,
  tenant: string,
): Promise<SigningKey[]> {
  const rows = await database.orm
    .select()
    .from(signingSecrets)
    .where(and(eq(signingSecrets.tenant, tenant), inUse))
    .orderBy(sql`${signingSecrets.createdAt} DESC, ${signingSecrets.id} DESC`);
  return rows.map((row) => {
    const { host, kind, retiresAt } = row;
    return { host, kind, retiresAt, key: openKey(sealing, row) };
  });
}

function contextOf({ tenant, id }: Pick<SigningSecretRow, 'id' | 'tenant'>): string {
  return `signing_secrets ${tenant} ${id}`;
}
