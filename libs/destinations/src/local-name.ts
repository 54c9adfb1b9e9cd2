/** Top-level and other names that mean something on a private network only, or nothing at all (RFC 6761 and custom). */
const LOCAL_SUFFIXES = [
  'localhost',
  'local',
  'localdomain',
  'internal',
  'intranet',
  'private',
  'lan',
  'home',
  'corp',
  'arpa',
  'onion',
  'invalid',
  'test',
  'svc',
];

/** Whether a host's name has a meaning only near to whoever asks for it. A name without a dot always has. */
export function isLocalName(name: string): boolean {
  const last = name.slice(name.lastIndexOf('.') + 1);
  return !name.includes('.') || LOCAL_SUFFIXES.includes(last) || name.endsWith('.cluster.local');
}

/** `localhost` and what is under it are this machine (RFC 6761). */
export function isLocalhost(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost');
}

/** Whether a name can be asked for at all: no empty label, none too long. */
export function isWellFormedName(name: string): boolean {
  return name.split('.').every((label) => label.length >= 1 && label.length <= 63);
}
