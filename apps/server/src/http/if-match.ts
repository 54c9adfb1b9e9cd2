import { ProblemException } from './problem.exception.js';

/**
 * The versions that an `If-Match` header allows (RFC 9110 §13.1.1): undefined for `*` and for none, which allow any. A
 * weak tag never matches.
 */
export function allowedVersions(header: string | undefined): number[] | undefined {
  if (header === undefined || header.trim() === '*') return undefined;
  return header.split(',').flatMap((tag) => {
    const [, version] = /^"(\d{1,9})"$/.exec(tag.trim()) ?? [];
    return version === undefined ? [] : Number(version);
  });
}

/** 412: somebody else has changed it since. */
export function changedMeanwhile(what: string, version: number): ProblemException {
  const detail = `${what} is in version "${version}", which If-Match does not allow.`;
  return new ProblemException(412, 'precondition-failed', detail, { headers: { etag: `"${version}"` } });
}
