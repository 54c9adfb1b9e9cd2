import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';

type Reply<A> = { answer: A } | { error: string };

/** A process of the benchmark's own that is asked one question at a time over its channel. It ends with the channel. */
export class Forked<Question, Answer> {
  private constructor(
    private readonly name: string,
    private readonly child: ChildProcess,
  ) {}

  /** `url` is the script's, `args` are told to it, `env` is on top of ours. Resolves when it listens. */
  static async start<Question, Answer>(
    url: URL,
    args: string[] = [],
    { env = {}, execPath = process.execPath }: { env?: Record<string, string>; execPath?: string } = {},
  ): Promise<Forked<Question, Answer>> {
    const child = fork(url, args, {
      ...{ serialization: 'advanced', detached: true, execPath },
      env: { ...process.env, ...env },
    });
    const forked = new Forked<Question, Answer>(url.pathname, child);
    await forked.reply();
    return forked;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  async ask(question: Question): Promise<Answer> {
    if (!this.child.connected) throw new Error(`${this.name} is gone (${how(this.child)})`);
    const reply = this.reply();
    this.child.send(question as object);
    return reply;
  }

  async stop(): Promise<void> {
    if (!this.child.connected) return;
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.disconnect();
    await ended;
  }

  private reply(): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const ended = (code: number | null) => reject(new Error(`${this.name} has ended (${code})`));
      this.child.once('exit', ended);
      this.child.once('message', (reply: Reply<Answer>) => {
        this.child.off('exit', ended);
        if ('error' in reply) reject(new Error(reply.error));
        else resolve(reply.answer);
      });
    });
  }
}

function how({ exitCode, signalCode }: ChildProcess): string {
  return signalCode ?? `code ${exitCode}`;
}

/** The other end: to be called once the process is ready. */
export function answerQuestions<Question, Answer>(
  answer: (question: Question) => Answer | Promise<Answer>,
): void {
  const send = (reply: Reply<Answer | undefined>) => process.send?.(reply);
  process.on('disconnect', () => process.exit(0));
  process.on('message', (question: Question) => {
    void Promise.resolve(question)
      .then(answer)
      .then(
        (ready) => send({ answer: ready }),
        (error: Error) => send({ error: error.stack ?? error.message }),
      );
  });
  send({ answer: undefined });
}
