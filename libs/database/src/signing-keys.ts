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
  endpoint: string | null;
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
    const { host, endpoint, kind, retiresAt } = row;
    return { host, endpoint, kind, retiresAt, key: openKey(sealing, row) };
  });
}

/** Seals anew what keys of before have sealed; resolves with how many there are, and how many of them it was. Throws `BrokenSeal`. */
export async function resealSigningKeys(
  database: Database,
  sealing: Sealing,
): Promise<{ secrets: number; resealed: number }> {
  const rows = await database.orm.select().from(signingSecrets);
  let resealed = 0;
  for (const { id, tenant, sealedKey } of rows) {
    const anew = sealing.reseal(sealedKey, contextOf({ id, tenant }));
    if (!anew) continue;
    await database.orm.update(signingSecrets).set({ sealedKey: anew }).where(eq(signingSecrets.id, id));
    resealed += 1;
  }
  return { secrets: rows.length, resealed };
}

function contextOf({ tenant, id }: Pick<SigningSecretRow, 'id' | 'tenant'>): string {
  return `signing_secrets ${tenant} ${id}`;
}
