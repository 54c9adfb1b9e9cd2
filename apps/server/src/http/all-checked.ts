import type { FieldError } from './problem.dto.js';
import { invalid, ProblemException } from './problem.exception.js';

type Results<T extends readonly (() => unknown)[]> = { [K in keyof T]: Awaited<ReturnType<T[K]>> };

/** What each of them returns; if some throw 400, one with the fields of all, so that nobody has to ask again for the next. */
export async function allChecked<const T extends readonly (() => unknown)[]>(
  ...checks: T
): Promise<Results<T>> {
  const outcomes = await Promise.allSettled(checks.map((check) => Promise.resolve().then(check)));
  const thrown: unknown[] = outcomes.flatMap((each) =>
    each.status === 'rejected' ? [each.reason as unknown] : [],
  );
  const errors = thrown.flatMap((error) => {
    const fields = error instanceof ProblemException ? error.extra.errors : undefined;
    if (!fields) throw error;
    return fields;
  });
  if (errors.length > 0) throw invalid(errors);
  return outcomes.map((each) => each.status === 'fulfilled' && each.value) as Results<T>;
}

/** Throws 400 with the fields that have a problem; those without have undefined. */
export function checkFields(problems: Record<string, string | undefined>): void {
  const errors = Object.entries(problems).flatMap(([field, message]): FieldError[] =>
    message === undefined ? [] : [{ field, message }],
  );
  if (errors.length > 0) throw invalid(errors);
}
