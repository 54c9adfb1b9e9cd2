export const MAX_LABELS = 16;
const NAME = /^[A-Za-z0-9._-]{1,64}$/;
const MAX_VALUE_LENGTH = 256;

/** Why labels can not be kept; undefined if they can. */
export function labelsProblem(labels: Record<string, unknown>): string | undefined {
  const entries = Object.entries(labels);
  if (entries.length > MAX_LABELS) return `must be at most ${MAX_LABELS}, are ${entries.length}`;
  for (const [name, value] of entries) {
    if (!NAME.test(name)) {
      const shown = JSON.stringify(name.slice(0, 80));
      return `must have names of 1 to 64 letters, digits, dots, dashes and underscores, has ${shown}`;
    }
    if (typeof value !== 'string' || value.length > MAX_VALUE_LENGTH) {
      return `must have texts of at most ${MAX_VALUE_LENGTH} characters, ${name} has another value`;
    }
    if (!value.isWellFormed()) return `must have well-formed Unicode as values, ${name} has not`;
  }
  return undefined;
}
