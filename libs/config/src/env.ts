import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { loadEnvFile } from 'node:process';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { VARIABLES } from './variables.js';
import type { Variable } from './variable.js';
import type { Env } from './variables.js';

export type { Env } from './variables.js';

/** The environment has a value that is not allowed. */
export class InvalidEnvironment extends Error {}

/** Reads `.env` where there is one (what is set already wins) and checks every variable. */
export function readEnv(): Env {
  if (existsSync('.env')) loadEnvFile('.env');
  return parseEnv(process.env);
}

/** Throws one `InvalidEnvironment` that names every wrong variable. An empty text counts as not set. */
export function parseEnv(source: Record<string, string | undefined>): Env {
  const problems: string[] = [];
  const entries = Object.entries<Variable<unknown>>(VARIABLES).map(([name, variable]) => {
    const { fallback, allowed, parse, secret } = variable;
    const value = source[name]?.trim() || fallback;
    const parsed = parse(value);
    const shown = secret ? 'not as it must be' : `"${value}"`;
    if (parsed === undefined) problems.push(`${name} is ${shown}, allowed is ${allowed}`);
    return [name, parsed];
  });
  if (problems.length > 0) throw new InvalidEnvironment(problems.join('\n'));
  return Object.fromEntries(entries) as Env;
}

/** How to reach the engine: every variable and file that `@temporalio/envconfig` knows, and our own defaults and keys. */
export function readEngineConnection(env: Env) {
  const { connectionOptions, namespace } = loadClientConnectConfig({
    overrideEnvVars: definedOnly(process.env),
  });
  return {
    connectionOptions: { ...connectionOptions, address: connectionOptions.address ?? env.TEMPORAL_ADDRESS },
    namespace: namespace ?? env.TEMPORAL_NAMESPACE,
    payloadKeys: env.PAYLOAD_KEYS,
  };
}

/** What a process that we start gets: our own environment and what is set here on top. */
export function childEnvironment(extra: Record<string, string>): Record<string, string> {
  return { ...definedOnly(process.env), ...extra };
}

/** The address of an engine that somebody else runs, where one is set. */
export function externalEngine(): string | undefined {
  return process.env.TEMPORAL_ADDRESS || undefined;
}

/** On a machine where nothing may be left out. */
export function onCi(): boolean {
  return process.env.CI === 'true';
}

/** Where programs keep what they can make again. */
export function cacheHome(): string {
  return process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
}

/** Where programs are looked for. */
export function searchPath(): string {
  return process.env.PATH ?? '';
}

function definedOnly(source: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(source).filter(([, value]) => value !== undefined && value !== ''),
  ) as Record<string, string>;
}
