import { ProblemException } from '../http/problem.exception.js';

/** 404: there is none, or none of this tenant; which of the two it is nobody is told. */
export function unknownTimer(id: string): ProblemException {
  return new ProblemException(404, 'not-found', `There is no timer ${id}.`);
}
