/** Interim answers (1xx) to one request. Real ones send one or two; each is parsed and costs time. */
const MAX_INTERIM_ANSWERS = 20;

/** The answer begins again and again. */
export class EndlessAnswer extends Error {}

/** Ends a request that takes too long or whose answer does not come to the point. Headers are limited by undici. */
export class AnswerLimits {
  private readonly controller = new AbortController();
  private readonly alarm: NodeJS.Timeout;
  private interimAnswers = 0;

  constructor(timeoutMs: number) {
    this.alarm = setTimeout(
      () => this.controller.abort(new DOMException('The time limit is over', 'TimeoutError')),
      timeoutMs,
    );
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** For undici, which calls it at each interim answer. */
  readonly onInfo = (): void => {
    this.interimAnswers += 1;
    if (this.interimAnswers > MAX_INTERIM_ANSWERS)
      this.controller.abort(new EndlessAnswer('Interim answers without end'));
  };

  /** To be called when nothing more comes. */
  end(): void {
    clearTimeout(this.alarm);
  }
}
