import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../paths.js';

export const DYNAMIC_CONFIG_FILE = join(ROOT, 'deploy/temporal/dynamic-config.yaml');

/** The settings of the file as flags of `temporal server start-dev`, which reads no such file. */
export function dynamicConfigFlags(file: string): string[] {
  const settings = readFileSync(file, 'utf8').matchAll(/^([\w.]+):\n\s+- value: (.+)$/gm);
  return [...settings].flatMap(([, key, value]) => ['--dynamic-config-value', `${key}=${value}`]);
}
