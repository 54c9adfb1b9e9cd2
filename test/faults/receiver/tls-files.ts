import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generate } from 'selfsigned';

/** A certificate that nobody vouches for, and its key, as files. */
export async function tlsFiles(folder: string): Promise<[string, string]> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: '127.0.0.1' }]);
  const files: [string, string] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')];
  writeFileSync(files[0], cert);
  writeFileSync(files[1], key, { mode: 0o600 });
  return files;
}
