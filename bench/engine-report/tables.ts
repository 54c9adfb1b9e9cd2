import type { Machine } from '../machine.js';
import { formatNumber, markdownTable } from '../statistics.js';
import type { Phase } from './lives.js';

const NAMES: Record<string, string> = {
  set: 'set: from the request to the first sleep',
  wait: 'wait: 10 s of sleep',
  fire: 'fire: woken, sent, ended',
  forget: 'forget: deleted, as when the retention is over',
};

export function heading(machine: Machine, startedAt: string, count: number): string {
  const { cpu, cores, memoryGiB, postgres, temporalServer } = machine;
  return `# What the engine stores and does for a timer

\`npm run engine:report\`, ${startedAt.slice(0, 16).replace('T', ' ')} UTC, ${formatNumber(count)} timers each time.
${cores} cores (${cpu}), ${memoryGiB} GiB, PostgreSQL ${postgres}, Temporal ${temporalServer}. Figures are per timer.
`;
}

/** What each phase costs, per timer. */
export function costs(phases: Phase[], count: number): string {
  const rows = phases.map(({ name, before, after, cpu }) => {
    const per = (value: number) => formatNumber(value / count);
    return [
      NAMES[name] ?? name,
      per(after.statements - before.statements),
      per(after.transactions - before.transactions),
      per((after.walBytes - before.walBytes) / 1024),
      ...['postgres', 'engine', 'server', 'worker'].map((part) => per((cpu[part] ?? 0) * 1000)),
    ];
  });
  const columns = ['phase', 'SQL statements', 'transactions', 'WAL, KiB'];
  const parts = ['PostgreSQL', 'engine', 'server', 'worker'].map((part) => `CPU of ${part}, ms`);
  return `${markdownTable([[...columns, ...parts], ...rows])}\n`;
}

/** Which tables grow, and what is left: rows and bytes of each per timer after each phase. */
export function growth(phases: Phase[], count: number): string {
  const start = phases[0]?.before.tables ?? {};
  const names = Object.keys(start).filter((name) =>
    phases.some(({ after }) => after.tables[name]?.rows !== start[name]?.rows),
  );
  const rows = names.sort().map((name) => [
    `\`${name}\``,
    ...phases.map(({ after }) => {
      const [now, then] = [after.tables[name], start[name]];
      const grown = (key: 'rows' | 'bytes') => ((now?.[key] ?? 0) - (then?.[key] ?? 0)) / count;
      return `${formatNumber(grown('rows'))} / ${formatNumber(Math.round(grown('bytes')))}`;
    }),
  ]);
  const sums = phases.map(({ after }) => {
    const bytes = Object.entries(after.tables).map(
      ([name, { bytes: now }]) => now - (start[name]?.bytes ?? 0),
    );
    return formatNumber(Math.round(bytes.reduce((sum, each) => sum + each, 0) / count));
  });
  const columns = ['rows / bytes in', ...phases.map(({ name }) => `after ${name}`)];
  return `${markdownTable([columns, ...rows, ['all tables, bytes', ...sums]])}\n`;
}
