import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../paths.js';

export const DYNAMIC_CONFIG_FILE = join(ROOT, 'deploy/temporal/dynamic-config.yaml');

/** The settings of the file as flags of `temporal server start-dev`, which reads no such file. */
export function dynamicConfigFlags(): string[] {
  const settings = readFileSync(DYNAMIC_CONFIG_FILE, 'utf8').matchAll(/^([\w.]+):\n\s+- value: (.+)$/gm);
  return [...settings].flatMap(([, key, value]) => ['--dynamic-config-value', `${key}=${value}`]);
}
