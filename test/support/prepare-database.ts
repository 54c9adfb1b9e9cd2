import { Database } from '#database/database.js';

/** Creates a database with its tables. A process of its own, because the tables are found from the build alone. */
const database = new Database(process.argv[2] ?? '', () => undefined);
await database.prepare();
await database.close();
process.disconnect?.();
