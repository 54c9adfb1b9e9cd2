import type { Row } from '../row.js';
import { control } from './f01-control.js';
import { workerKill } from './f02-worker-kill.js';
import { killedAroundAnswer, killedBeforeAnyByte } from './f03-killed-by-receiver.js';
import { zombieWorker } from './f05-zombie.js';
import { rollingRestart } from './f06-rolling-restart.js';
import { workersAway } from './f07-workers-away.js';
import { burst } from './f08-burst.js';
import { serverKill } from './f09-server-kill.js';
import { serverRestart } from './f10-server-restart.js';
import { engineCrashLoop, engineKill } from './f11-engine-kill.js';
import { postgresKill, postgresRestart } from './f14-postgres.js';
import { backendKill } from './f16-postgres-backend.js';
import { noConnections } from './f17-no-connections.js';
import { halfOpen } from './f18-half-open.js';
import { slowLink } from './f19-slow-link.js';
import { cutWorker } from './f20-cut-worker.js';
import { noLog } from './f22-no-log.js';
import { badReceivers } from './f23-bad-receivers.js';
import { noisyNeighbour } from './f24-noisy-neighbour.js';
import { incompatibleCode } from './f25-incompatible-code.js';
import { replay } from './f26-replay.js';
import { poison } from './f27-poison.js';
import { clocks } from './f28-clocks.js';
import { changeAtDue } from './f31-change-at-due.js';
import { keyStorm } from './f32-key-storm.js';

/** The matrix, in the order of its numbers. */
export const ROWS: Row[] = [
  ...[control, workerKill, killedAroundAnswer, killedBeforeAnyByte, zombieWorker, rollingRestart],
  ...[
    workersAway,
    burst,
    serverKill,
    serverRestart,
    engineKill,
    engineCrashLoop,
    postgresRestart,
    postgresKill,
  ],
  ...[backendKill, noConnections, halfOpen, slowLink, cutWorker, noLog, badReceivers, noisyNeighbour],
  ...[incompatibleCode, replay, poison, clocks, changeAtDue, keyStorm],
];
