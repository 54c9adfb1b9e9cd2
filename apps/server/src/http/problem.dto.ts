/** One field of a request that is not as it must be. */
export class FieldError {
  /**
   * Where in the body.
   * @example seconds
   */
  field!: string;

  /**
   * What is allowed there, and what was sent.
   * @example must be a whole number ≥ 0, got -1
   */
  message!: string;
}

/** RFC 9457 problem details: the body of every answer that is an error. */
export class Problem {
  /**
   * Names the kind of problem.
   * @example urn:timekeeper:problem:validation
   */
  type!: string;

  /**
   * The kind of problem in words.
   * @example Bad Request
   */
  title!: string;

  /**
   * The HTTP status.
   * @example 400
   */
  status!: number;

  /**
   * What was wrong this time.
   * @example seconds must be a whole number ≥ 0, got -1
   */
  detail!: string;

  /**
   * The path that was asked for.
   * @example /timers
   */
  instance!: string;

  /**
   * How the timer stands, where that does not allow what was asked for.
   * @example dispatching
   */
  timer_status?: string;

  /**
   * How the e-mail stands, where that does not allow what was asked for.
   * @example sent
   */
  email_status?: string;

  /**
   * How the job stands, where that does not allow what was asked for.
   * @example succeeded
   */
  job_status?: string;

  /**
   * How the booking stands, where that does not allow what was asked for.
   * @example canceled
   */
  booking_status?: string;

  /**
   * How the blast stands, where that does not allow what was asked for.
   * @example finished
   */
  blast_status?: string;

  /** Each wrong field, where the request did not pass validation. */
  errors?: FieldError[];
}
