import { Child } from '../../../scripts/child.js';
import { ROOT } from '../../../scripts/paths.js';
import { join } from 'node:path';
import type { Row } from '../row.js';

export const replay: Row = {
  id: 'F26',
  title: 'Histories of every version are replayed with the code of today',
  async run(field) {
    const how = await new Child('replay', 'npx', ['jest', '--selectProjects', 'replay', '--ci'], {
      ...{ cwd: ROOT, logFile: join(field.stage.folder, 'replay.log') },
      env: { NODE_OPTIONS: '--experimental-vm-modules --no-warnings' },
    }).exited;
    field.expect(`all are replayed (${how})`, how === 'code 0');
  },
};
