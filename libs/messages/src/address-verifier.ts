import { promises } from 'node:dns';
import { emailAddressProblem, normalizeAddress } from './email-address.js';

/** Says before anything is sent whether an address can be written to at all. */
export abstract class AddressVerifier {
  /** Why it can not be, to go with the address; undefined if it can be, or if nobody knows. Never throws. */
  abstract problemOf(address: string): Promise<string | undefined>;
}

/** Looks at the address alone. */
export class SyntaxVerifier implements AddressVerifier {
  problemOf(address: string): Promise<string | undefined> {
    return Promise.resolve(emailAddressProblem(address));
  }
}

export interface MxVerifierOptions {
  /** Name servers, such as `192.0.2.1:53`; those of the machine if absent. */
  nameServers?: string[];
  /** For all that is asked about a domain. Default 2,000. */
  timeoutMs?: number;
  /** A domain of which nothing was learned is not asked about again for so long. Default 30,000. */
  unknownMs?: number;
}

const TIMEOUT_MS = 2_000;
const TRIES = 2;
/** So long an answer counts: a domain that has just got a mail server is not refused for long. */
const FRESH_MS = 300_000;
/** Else each address of a domain whose name servers are silent would hold up a blast anew. */
const UNKNOWN_MS = 30_000;
const MAX_KEPT = 10_000;

/** The name is there and has no such record, or it is not there. All else says nothing. */
const NONE = new Set(['ENODATA', 'ENOTFOUND']);
const NULL_MX = 'names a domain that takes no mail (RFC 7505)';
const NO_MAIL_SERVER = 'names a domain that has no mail server';

/**
 * Asks DNS besides whether the domain takes mail: it has an MX, or, without one, an address (RFC 5321 §5.1). A DNS that
 * fails or is silent refuses nothing.
 */
export class MxVerifier implements AddressVerifier {
  private readonly resolver: promises.Resolver;
  private readonly timeoutMs: number;
  private readonly unknownMs: number;
  private readonly known = new Map<string, { problem: Promise<string | undefined>; untilMs: number }>();

  constructor({ nameServers, timeoutMs = TIMEOUT_MS, unknownMs = UNKNOWN_MS }: MxVerifierOptions = {}) {
    this.timeoutMs = timeoutMs;
    this.unknownMs = unknownMs;
    this.resolver = new promises.Resolver({ timeout: Math.ceil(timeoutMs / 4), tries: TRIES });
    if (nameServers) this.resolver.setServers(nameServers);
  }

  async problemOf(address: string): Promise<string | undefined> {
    const problem = emailAddressProblem(address);
    if (problem) return problem;
    const normalized = normalizeAddress(address);
    return this.problemOfDomain(normalized.slice(normalized.lastIndexOf('@') + 1));
  }

  private problemOfDomain(domain: string): Promise<string | undefined> {
    const known = this.known.get(domain);
    if (known && known.untilMs > performance.now()) return known.problem;
    const problem = this.askInTime(domain).catch(() => {
      asked.untilMs = performance.now() + this.unknownMs;
      return undefined;
    });
    const asked = { problem, untilMs: performance.now() + FRESH_MS };
    this.forgetOldest();
    this.known.delete(domain);
    this.known.set(domain, asked);
    return problem;
  }

  private async askInTime(domain: string): Promise<string | undefined> {
    let alarm: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      alarm = setTimeout(() => reject(new Error('no name server has answered in time')), this.timeoutMs);
    });
    return Promise.race([this.ask(domain), late]).finally(() => clearTimeout(alarm));
  }

  private async ask(domain: string): Promise<string | undefined> {
    const servers = await orNone(this.resolver.resolveMx(domain));
    if (servers.length > 0)
      return servers.every(({ exchange }) => exchange === '' || exchange === '.') ? NULL_MX : undefined;
    if ((await orNone(this.resolver.resolve4(domain))).length > 0) return undefined;
    if ((await orNone(this.resolver.resolve6(domain))).length > 0) return undefined;
    return NO_MAIL_SERVER;
  }

  private forgetOldest(): void {
    if (this.known.size < MAX_KEPT) return;
    const [oldest = ''] = this.known.keys();
    this.known.delete(oldest);
  }
}

/** By the variable `EMAIL_VERIFIER`. */
export function addressVerifier(kind: 'off' | 'mx'): AddressVerifier {
  return kind === 'mx' ? new MxVerifier() : new SyntaxVerifier();
}

async function orNone<T>(answer: Promise<T[]>): Promise<T[]> {
  try {
    return await answer;
  } catch (error) {
    if (NONE.has((error as { code?: string }).code ?? '')) return [];
    throw error;
  }
}
