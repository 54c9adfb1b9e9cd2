import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { msToTs, optionalTsToMs } from '@temporalio/common/lib/time.js';
import type { Logger } from '#observability/logger.js';

const GRPC_NOT_FOUND = 5;
const GRPC_ALREADY_EXISTS = 6;
const CALL_TIMEOUT_MS = 5_000;
const RETRY_MS = 500;
const DAY_MS = 86_400_000;

/** As the engine's API numbers them. */
const INDEXED_VALUE_TYPES = {
  TEXT: 1,
  KEYWORD: 2,
  INT: 3,
  DOUBLE: 4,
  BOOL: 5,
  DATETIME: 6,
  KEYWORD_LIST: 7,
} as const;

export interface NamespaceSettings {
  /** False where the namespace is somebody else's to set up, as on Temporal Cloud: then it is only waited for. */
  prepare: boolean;
  retentionDays: number;
  searchAttributes: readonly { name: string; type: keyof typeof INDEXED_VALUE_TYPES }[];
}

/** A search attribute is there with another type; the engine would accept it and never find anything. */
export class SearchAttributeMismatch extends Error {}

/** Waits for the engine, then sees to it that the namespace is there as we need it. Safe to do from many processes. */
export async function prepareNamespace(
  client: Client,
  settings: NamespaceSettings,
  logger: Logger,
): Promise<void> {
  for (let told = false; ; told = true) {
    try {
      return await client.withDeadline(Date.now() + CALL_TIMEOUT_MS, () => prepareOnce(client, settings));
    } catch (error) {
      if (error instanceof SearchAttributeMismatch || isRefused(error)) throw error;
      if (!told) logger.warn({ err: error }, 'The engine is not ready yet, waiting for it');
      await sleep(RETRY_MS);
    }
  }
}

async function prepareOnce(client: Client, settings: NamespaceSettings): Promise<void> {
  if (settings.prepare) {
    await ensureRetention(client, settings.retentionDays);
    await ensureSearchAttributes(client, settings.searchAttributes);
  }
  // The engine's parts learn of new attributes some seconds later, and until then refuse what carries them.
  await client.workflow.count(settings.searchAttributes.map(({ name }) => `${name} IS NULL`).join(' AND '));
}

async function ensureRetention(client: Client, retentionDays: number): Promise<void> {
  const { namespace } = client.options;
  const retention = msToTs(retentionDays * DAY_MS);
  try {
    const { config } = await client.workflowService.describeNamespace({ namespace });
    if (optionalTsToMs(config?.workflowExecutionRetentionTtl) === retentionDays * DAY_MS) return;
    const update = { namespace, config: { workflowExecutionRetentionTtl: retention } };
    await client.workflowService.updateNamespace(update);
  } catch (error) {
    if (codeOf(error) !== GRPC_NOT_FOUND) throw error;
    await client.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: retention,
    });
  }
}

async function ensureSearchAttributes(
  client: Client,
  wanted: NamespaceSettings['searchAttributes'],
): Promise<void> {
  const { namespace } = client.options;
  const { customAttributes = {} } = await client.connection.operatorService.listSearchAttributes({
    namespace,
  });
  const missing: Record<string, number> = {};
  for (const { name, type } of wanted) {
    const present = customAttributes?.[name];
    if (present === undefined) missing[name] = INDEXED_VALUE_TYPES[type];
    else if (Number(present) !== INDEXED_VALUE_TYPES[type]) {
      throw new SearchAttributeMismatch(`search attribute ${name} is of type ${present}, it must be ${type}`);
    }
  }
  if (Object.keys(missing).length === 0) return;
  try {
    await client.connection.operatorService.addSearchAttributes({ namespace, searchAttributes: missing });
  } catch (error) {
    if (codeOf(error) !== GRPC_ALREADY_EXISTS) throw error;
  }
}

/** PERMISSION_DENIED and UNAUTHENTICATED: waiting does not help. */
function isRefused(error: unknown): boolean {
  const { cause } = error as Error;
  return [7, 16].includes(codeOf(error) ?? codeOf(cause ?? {}) ?? 0);
}

function codeOf(error: unknown): number | undefined {
  return (error as { code?: number }).code;
}
