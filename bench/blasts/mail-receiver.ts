import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { answerQuestions } from '../forked.js';

/** `came`: how often which of so many persons got a mail since this was asked before. */
export type MailQuestion = { ask: 'port' } | { ask: 'came'; count: number };

/** The port, or how many got several mails and who got none. */
export type MailAnswer = number | { twice: number; none: number[] };

/** How often each got one, by the number in `person-<number>@…`. */
const mails: number[] = [];

/** Takes every mail, keeps none, and counts for whom it was. */
const server = new SMTPServer({
  ...{ authOptional: true, disabledCommands: ['AUTH', 'STARTTLS'] },
  onData: (stream, { envelope }, done) => {
    stream.resume();
    stream.on('end', () => {
      const person = Number(/^person-(\d+)@/.exec(envelope.rcptTo[0]?.address ?? '')?.[1]);
      mails[person] = (mails[person] ?? 0) + 1;
      done();
    });
  },
});
// Of connections whose other end was killed.
server.on('error', () => undefined);

server.listen(0, '127.0.0.1', () => {
  answerQuestions<MailQuestion, MailAnswer>((question) => {
    if (question.ask === 'port') return (server.server.address() as AddressInfo).port;
    const persons = Array.from({ length: question.count }, (_, index) => index + 1);
    const twice = persons.filter((person) => (mails[person] ?? 0) > 1).length;
    const none = persons.filter((person) => !mails[person]);
    mails.length = 0;
    return { twice, none };
  });
});
