import type { StoredTemplate, Templates } from '#database/templates.js';
import { invalid } from '../http/problem.exception.js';
import { shown } from '../http/validation.js';

/** The template that a request names in this field, in its newest version if it says none. 400 if there is none. */
export async function namedTemplate(
  templates: Templates,
  tenant: string,
  field: string,
  { name, version }: { name: string; version?: number },
): Promise<StoredTemplate> {
  const found = await templates.find(tenant, name, version);
  if (found) return found;
  const newest = version === undefined ? undefined : await templates.find(tenant, name);
  if (!newest) {
    const message = `must be the name of a template that exists: there is no template ${shown(name)}`;
    throw invalid([{ field: `${field}.name`, message }]);
  }
  const message = `must be a version that exists: ${shown(name)} has no version ${version}, its newest is ${newest.version}`;
  throw invalid([{ field: `${field}.version`, message }]);
}
