import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import { waitUntil } from '../../scripts/wait-until.js';

/** A refusal such as `550 5.1.1 no such user`; undefined: it takes the mail. `count` is 1 the first time. */
export type Answer = (count: number) => string | undefined;

/** Longer than it takes to close what is idle. */
const CLOSE_MS = 100;

/** A real SMTP server. It keeps every mail, as it came, and refuses none unless told otherwise. */
export class Mailbox {
  readonly mails: string[] = [];
  /** May take its time with the answer to a mail that has come, or refuse it with a text such as `451 4.3.0 later`. */
  onMail?: (mail: string) => Promise<string | void>;
  /** Who logs in is answered so, such as `535 5.7.8 no`; else anybody may. */
  loginRefusal?: string;
  private readonly toRecipients = new Map<string, Answer>();
  private readonly asked = new Map<string, number>();
  private readonly heldBack = new Map<string, Promise<void>>();
  private server = this.create();
  private port = 0;

  static async start(): Promise<Mailbox> {
    const mailbox = new Mailbox();
    await mailbox.listen();
    return mailbox;
  }

  get url(): string {
    return `smtp://127.0.0.1:${this.port}`;
  }

  /** The same, with a login. */
  urlWithLogin(user: string, password: string): string {
    return `smtp://${user}:${password}@127.0.0.1:${this.port}`;
  }

  /** How this recipient is answered from now on. */
  answer(address: string, answer: Answer): void {
    this.toRecipients.set(address, answer);
  }

  /** Mails with this in them are kept, but not answered until they are let go. */
  holdBack(what: string): () => void {
    let letGo: () => void = () => undefined;
    this.heldBack.set(what, new Promise((resolve) => (letGo = resolve)));
    return letGo;
  }

  /** Waits for that many mails with this in them. */
  async received(what: string, count: number): Promise<string[]> {
    const found = () => this.mails.filter((mail) => mail.includes(what));
    return waitUntil(`${count} mails with ${what}`, () => found().length >= count && found());
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.server.close(resolve));
  }

  /** Under the same url as before. */
  async startAgain(): Promise<void> {
    this.server = this.create();
    await this.listen();
  }

  private async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(this.port, '127.0.0.1', resolve));
    this.port = (this.server.server.address() as AddressInfo).port;
  }

  private create(): SMTPServer {
    const server = new SMTPServer({
      ...{ authOptional: true, disabledCommands: ['STARTTLS'], closeTimeout: CLOSE_MS },
      onAuth: ({ username }, _session, done) => {
        if (this.loginRefusal === undefined) return done(null, { user: username });
        done(smtpError(this.loginRefusal));
      },
      onRcptTo: ({ address }, _session, done) => {
        const count = (this.asked.get(address) ?? 0) + 1;
        this.asked.set(address, count);
        const refusal = this.toRecipients.get(address)?.(count);
        done(refusal === undefined ? null : smtpError(refusal));
      },
      onData: (stream, _session, done) => {
        const take = async (mail: string) => {
          this.mails.push(mail);
          const held = [...this.heldBack].find(([what]) => mail.includes(what));
          await held?.[1];
          const refusal = await this.onMail?.(mail);
          done(refusal ? smtpError(refusal) : null);
        };
        // One whose sender was killed before its end is no mail.
        text(stream).then(take).catch(done);
      },
    });
    // Of connections whose other end was killed.
    server.on('error', () => undefined);
    return server;
  }
}

function smtpError(answer: string): Error {
  return Object.assign(new Error(answer.slice(4)), { responseCode: Number(answer.slice(0, 3)) });
}
