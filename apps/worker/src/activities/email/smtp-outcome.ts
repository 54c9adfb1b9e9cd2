import type { AttemptError } from '#contracts/delivery.js';
import { normalizeAddress } from '#messages/email-address.js';

/** What came of giving one mail to the SMTP server. */
export interface SmtpOutcome {
  /** The server's reply code, RFC 5321 §4.2; absent where there was no reply to the mail itself. */
  code?: number;
  /** Its words. */
  answer?: string;
  /** Why there was no reply. */
  error?: AttemptError;
  /** There was no reply though the mail was given to it: nobody knows whether it was taken. */
  uncertain?: boolean;
  /** The server does not let us in, whatever the mail: its reply code, and no words of it, which may repeat ours. */
  loginRefused?: string;
  /** Another try would come to the same. */
  final: boolean;
  /** Recipients that the server does not know and never will. */
  bounced: string[];
  /** What it said of each recipient that it has refused, where there were answers for them alone. */
  bounceAnswers?: Record<string, string>;
  /** Recipients whom it refused for now, as `normalizeAddress` writes them, where it has taken the mail for others. */
  remaining?: string[];
}

/** As nodemailer throws it. */
interface SmtpError extends Error {
  code?: string;
  command?: string;
  responseCode?: number;
  response?: string;
  rejectedErrors?: Rejected;
}

type Rejected = (SmtpError & { recipient: string })[];

const ERRORS: Record<string, AttemptError> = {
  EDNS: 'dns',
  ECONNECTION: 'connect',
  ETIMEDOUT: 'timeout',
  ETLS: 'tls',
  ESOCKET: 'reset',
};
/** RFC 3463 and 7505: the recipient's address is bad or the mailbox is gone. 5.1.7 and 5.1.8 are of the sender's. */
const BAD_ADDRESS = /^\d{3}[ -]5\.(?:1\.(?:[0-46]|10)|2\.1)\b/;
const ENHANCED_CODE = /^\d{3}[ -]\d\.\d+\.\d+\b/;
/** RFC 5321 §4.2.3, where the server does not say it more exactly: 550 is also for what its policy forbids. */
const NO_MAILBOX = [550, 551, 553];
const OF_MAILBOX = /user|mailbox|recipient|address|account|unknown|exist|no such/i;
const OF_POLICY = /relay|spam|block|list|polic|reputation|denied|authenticat|verif|sender|quota|full/i;
/** RFC 4954 §6: the server wants a login. At `MAIL` nobody has told it of a recipient yet. */
const WANTS_LOGIN = 530;

/** The mail was taken, if not for all of its recipients. */
export function taken(response: string, rejected: Rejected = []): SmtpOutcome {
  const bounceAnswers = answersOf(rejected);
  const answer = [response, ...Object.entries(bounceAnswers).map(notFor)].join('; ');
  const bounces = { bounced: bouncedOf(rejected), bounceAnswers };
  const waiting = rejected.filter(isForNow);
  if (waiting.length > 0) {
    const remaining = waiting.map(({ recipient }) => normalizeAddress(recipient));
    return { code: waiting[0]?.responseCode, answer, final: false, ...bounces, remaining };
  }
  return { code: codeOf(response) ?? 250, answer, final: true, ...bounces };
}

/** No connection was free in time: the server has not seen the mail. */
export function notBegun(): SmtpOutcome {
  return { error: 'timeout', answer: 'no connection to the mail server was free', final: false, bounced: [] };
}

/**
 * The mail was not taken; where there was no reply, `wasGiven` tells whether it could have been. `to`: those it was for, of
 * whom a refusal of the mail itself tells where there is one alone.
 */
export function refused(
  thrown: unknown,
  { wasGiven = false, to = [] }: { wasGiven?: boolean; to?: readonly string[] } = {},
): SmtpOutcome {
  const error = thrown as SmtpError;
  // Of several who were all refused, nodemailer tells what one was told who may still get it.
  const { command = '', response = error.message, rejectedErrors = [] } = error;
  // What concerns the connection or our login says nothing about the mail.
  const isOfLogin = concernsLogin(error);
  const code = !isOfLogin && /^(?:MAIL|RCPT|DATA|API)/.test(command) ? error.responseCode : undefined;
  if (code === undefined) {
    const why = {
      ...(wasGiven && { uncertain: true }),
      ...(isOfLogin && { loginRefused: replyCodeOf(error) }),
    };
    return { error: kindOf(error), answer: response, ...why, final: false, bounced: [] };
  }
  // At `MAIL` it would be of the sender.
  const isGone = command.startsWith('DATA') && BAD_ADDRESS.test(response);
  const bounced = isGone && to.length === 1 ? [...to] : bouncedOf(rejectedErrors);
  const bounceAnswers = answersOf(rejectedErrors);
  const refusals = Object.entries(bounceAnswers).map(notFor);
  const answer = refusals.length > 1 ? refusals.join('; ') : response;
  return { code, answer, final: code >= 500, bounced, bounceAnswers };
}

/** How an answer names somebody who does not get the mail. */
export function notFor([recipient, why]: [string, string]): string {
  return `not for ${recipient}: ${why}`;
}

function answersOf(rejected: Rejected): Record<string, string> {
  return Object.fromEntries(rejected.map(({ recipient, response = '' }) => [recipient, response]));
}

function concernsLogin({ code, command = '', responseCode }: SmtpError): boolean {
  // Such as 454 of RFC 4954, for too many logins at once, or 421: that passes.
  if (code === 'EAUTH') return responseCode === undefined || responseCode >= 500;
  return command.startsWith('MAIL') && responseCode === WANTS_LOGIN;
}

/** Such as `535 5.7.8`; empty where the server was not asked, because there is nothing to log in with. */
function replyCodeOf({ response = '' }: SmtpError): string {
  return /^\d{3}(?:[ -]\d\.\d{1,3}\.\d{1,3}\b)?/.exec(response)?.[0].replace('-', ' ') ?? '';
}

function kindOf({ code = '', command }: SmtpError): AttemptError {
  return command === 'CONN' && code === 'ESOCKET' ? 'connect' : (ERRORS[code] ?? 'connect');
}

function bouncedOf(rejected: Rejected): string[] {
  return rejected.filter(isBounce).map(({ recipient }) => recipient);
}

/** RFC 5321 §4.2.1. */
function isForNow({ responseCode = 0 }: SmtpError): boolean {
  return responseCode >= 400 && responseCode < 500;
}

function isBounce({ responseCode = 0, response = '' }: SmtpError): boolean {
  if (ENHANCED_CODE.test(response)) return BAD_ADDRESS.test(response);
  return NO_MAILBOX.includes(responseCode) && OF_MAILBOX.test(response) && !OF_POLICY.test(response);
}

function codeOf(response: string): number | undefined {
  const code = Number(response.slice(0, 3));
  return Number.isInteger(code) && code > 0 ? code : undefined;
}
