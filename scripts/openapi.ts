import 'reflect-metadata';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { parseEnv } from '#config/env.js';
import { readVersion } from '#config/version.js';
import { untold } from '#observability/faults.js';
import { createLogger } from '#observability/logger.js';
import { Metrics } from '#observability/metrics.js';
import { AppModule } from '../apps/server/src/app.module.js';
import { openApiDocument } from '../apps/server/src/http/openapi.js';
import { ROOT } from './paths.js';

const FILE = join(ROOT, 'docs/openapi.json');

// The document follows from the code alone: no engine is asked for it.
const engine = { connectionOptions: { address: 'localhost:7233' }, namespace: 'default' };
// With what is off by default.
const env = parseEnv({ PAYLOAD_KEYS: `k1:${'A'.repeat(43)}=`, CODEC_TOKEN: 'A'.repeat(24) });
const logger = createLogger({ name: 'openapi', level: 'error', format: 'json' });
const metrics = new Metrics();
const module = AppModule.register({ env, engine, identity: 'openapi', logger, faults: untold, metrics });
const app = await NestFactory.create<NestFastifyApplication>(module, new FastifyAdapter(), { logger: false });
const text = `${JSON.stringify(openApiDocument(app, { version: readVersion() }), null, 2)}\n`;

if (!process.argv.includes('--check')) {
  writeFileSync(FILE, text);
} else if (readFileSync(FILE, 'utf8') !== text) {
  process.stderr.write('docs/openapi.json is not what the code says. Run: npm run openapi\n');
  process.exitCode = 1;
}
