import { sql } from 'drizzle-orm';
import type { StoredBlast } from './blasts.js';
import type { Database } from './database.js';
import { BrokenSeal } from './sealing.js';
import type { Sealing } from './sealing.js';

type BlastKey = Pick<StoredBlast, 'id' | 'tenant'>;
type Headers = Record<string, string>;

/** What a blast sends, as far as it is secret: headers of requests may hold a token. */
interface OpenContent {
  webhook?: { headers: Headers };
}

interface SealedContent {
  webhook?: { headers?: Headers; sealedHeaders?: string };
}

/** As it goes into the row that it belongs to: in another one it does not open. */
export function sealContent(sealing: Sealing, blast: BlastKey, content: OpenContent): object {
  if (!content.webhook) return content;
  const { headers, ...request } = content.webhook;
  return { ...content, webhook: { ...request, sealedHeaders: sealHeaders(sealing, blast, headers) } };
}

/** What was stored before headers were sealed is as it was. Throws `BrokenSeal`. */
export function openContent<Content extends OpenContent>(
  sealing: Sealing,
  blast: BlastKey & Pick<StoredBlast, 'content'>,
): Content {
  const content = blast.content as SealedContent;
  if (content.webhook?.sealedHeaders === undefined) return content as Content;
  const { sealedHeaders, ...request } = content.webhook;
  const opened = sealing.open(Buffer.from(sealedHeaders, 'base64'), contextOf(blast));
  const headers = JSON.parse(opened.toString()) as Headers;
  return { ...content, webhook: { ...request, headers } } as Content;
}

/** What can be told of one that no key opens. */
export function contentWithoutHeaders<Content extends OpenContent>({
  content,
}: Pick<StoredBlast, 'content'>): Content {
  const { webhook, ...others } = content as SealedContent;
  if (!webhook) return others as Content;
  const { sealedHeaders: _, ...request } = webhook;
  return { ...others, webhook: { ...request, headers: {} } } as unknown as Content;
}

interface HeadersRow extends BlastKey, Record<string, unknown> {
  headers: Headers | null;
  sealed: string | null;
}

/**
 * Seals anew what keys of before have sealed, or nobody has; resolves with how many blasts by webhook there are, and how
 * many of them it was. Throws `BrokenSeal`, after all others, where there is one that does not open.
 */
export async function resealBlasts(
  database: Pick<Database, 'orm'>,
  sealing: Sealing,
): Promise<{ blasts: number; resealed: number }> {
  const { rows } = await database.orm.execute<HeadersRow>(sql`
    SELECT id, tenant, content->'webhook'->'headers' AS headers, content->'webhook'->>'sealedHeaders' AS sealed
    FROM blasts WHERE channel = 'webhook'`);
  let resealed = 0;
  const broken: string[] = [];
  for (const row of rows) {
    const { id } = row;
    const anew = resealRow(sealing, row, () => broken.push(id));
    if (anew === undefined) continue;
    await database.orm.execute(sql`
      UPDATE blasts
      SET content = jsonb_set(content #- '{webhook,headers}', '{webhook,sealedHeaders}', to_jsonb(${anew}::text))
      WHERE id = ${id}`);
    resealed += 1;
  }
  if (broken.length > 0) throw new BrokenSeal(`no key opens the headers of the blasts ${broken.join(', ')}`);
  return { blasts: rows.length, resealed };
}

function resealRow(
  sealing: Sealing,
  { headers, sealed, ...blast }: HeadersRow,
  onBroken: () => void,
): string | undefined {
  if (sealed === null) return sealHeaders(sealing, blast, headers ?? {});
  try {
    return sealing.reseal(Buffer.from(sealed, 'base64'), contextOf(blast))?.toString('base64');
  } catch (error) {
    if (!(error instanceof BrokenSeal)) throw error;
    onBroken();
    return undefined;
  }
}

function sealHeaders(sealing: Sealing, blast: BlastKey, headers: Headers): string {
  return sealing.seal(Buffer.from(JSON.stringify(headers)), contextOf(blast)).toString('base64');
}

function contextOf({ tenant, id }: BlastKey): string {
  return `blasts ${tenant} ${id}`;
}
