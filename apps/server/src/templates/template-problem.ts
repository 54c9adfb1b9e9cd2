import { TemplateProblem } from '#messages/template.js';
import { invalid } from '../http/problem.exception.js';

/** Runs what reads or renders a template; a `TemplateProblem` becomes 400, with the field where it is to be mended. */
export function withTemplateProblems<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof TemplateProblem)) throw error;
    const { part, problem, variable, message } = error;
    if (variable === undefined) throw invalid([{ field: part, message: problem }]);
    throw invalid([{ field: `data.${variable}`, message: `is missing: ${message}` }]);
  }
}
