import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { VARIABLES } from '#config/variables.js';
import { ROOT } from './paths.js';

const FILE = join(ROOT, '.env.example');
const COMMAND = 'npm run env-example';

/** Titles, by the first variable of each section. */
const SECTIONS: Partial<Record<keyof typeof VARIABLES, string>> = {
  HOST: 'Server and worker',
  TEMPORAL_ADDRESS: 'The engine that they work with',
  PAYLOAD_KEYS: 'What the engine may see',
  DATABASE_URL: 'Tenants and API keys (see docs/tenants.md)',
  BODY_LIMIT_BYTES: 'The API',
  WHEEL_LEAD_MS: 'When and how timers are delivered',
  WORKER_WORKFLOW_POLLERS: 'How much a worker takes on',
  JOB_TASK_QUEUES: 'Jobs',
  SMTP_URL: 'Mail',
  TEMPORAL_PORT: 'What npm start, npm run engine, npm run topology and docker compose start beside them',
};

/** Set and not commented out: docker-compose.yml has no defaults for these. */
const REQUIRED = new Set<string>(['POSTGRES_PASSWORD', 'ADMIN_TOKEN', 'SECRETS_KEY']);

if (!process.argv.includes('--check')) {
  process.stdout.write(example());
} else if (readFileSync(FILE, 'utf8') !== example()) {
  process.stderr.write(`.env.example is not what libs/config/src/variables.ts says. Run: ${COMMAND}\n`);
  process.exitCode = 1;
}

/** `.env.example`: every variable with its default, what it means and what it may be. */
function example(): string {
  const lines = [
    '# Settings of Timekeeper. Copy this file to .env, and take the # away in front of what you change.',
    '# What is set in the environment already wins over .env.',
  ];
  for (const [name, { description, allowed, fallback }] of Object.entries(VARIABLES)) {
    const section = SECTIONS[name as keyof typeof VARIABLES];
    if (section) lines.push('', `## ${section}`);
    const setting = `${name}=${fallback}`;
    lines.push('', `# ${description}. Allowed: ${allowed}.`, REQUIRED.has(name) ? setting : `# ${setting}`);
  }
  return `${lines.join('\n')}\n`;
}
