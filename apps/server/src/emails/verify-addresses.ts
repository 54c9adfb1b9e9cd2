import type { AddressVerifier } from '#messages/address-verifier.js';
import { invalid } from '../http/problem.exception.js';
import { shown } from '../http/validation.js';

/** An address that mail is to go to, and where in the request it stands. */
export interface GivenAddress {
  field: string;
  address: string;
}

/** Throws a problem that names each to which no mail can go. */
export async function verifyAddresses(verifier: AddressVerifier, given: GivenAddress[]): Promise<void> {
  const problems = await Promise.all(
    given.map(async ({ field, address }) => {
      const problem = await verifier.problemOf(address);
      return problem ? [{ field, message: `${problem}, got ${shown(address)}` }] : [];
    }),
  );
  if (problems.flat().length > 0) throw invalid(problems.flat());
}
