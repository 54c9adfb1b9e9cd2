import { ProblemException } from '../http/problem.exception.js';

/** 404: there is none, or none any more. */
export class UnknownSchedule extends ProblemException {
  constructor(id: string) {
    super(404, 'not-found', `There is no schedule ${id}.`);
  }
}
