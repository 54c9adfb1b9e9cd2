import type { FastifyInstance } from 'fastify';

/** Deeper nesting has no use here and would overflow the stack of what walks through it. */
const MAX_DEPTH = 64;

const FORBIDDEN_NAMES =
  'The body has a property __proto__, or a property constructor with a property prototype, at some depth: both are refused.';

class MalformedBody extends Error {
  readonly statusCode = 400;
}

/** Bodies are JSON and nothing else. */
export function acceptOnlyJson(fastify: FastifyInstance): void {
  const parseJson = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeAllContentTypeParsers();
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    if (body.length === 0)
      return done(
        new MalformedBody('The body is empty, and must be a JSON object as its content-type says.'),
      );
    let text: string;
    try {
      text = utf8.decode(body as Buffer);
    } catch {
      return done(new MalformedBody('The body is not valid UTF-8.'));
    }
    if (isTooDeep(text))
      return done(new MalformedBody(`The body is nested deeper than ${MAX_DEPTH} levels.`));
    void parseJson(request, text, (error, value) => {
      if (error && isJson(text)) done(new MalformedBody(FORBIDDEN_NAMES));
      else if (error) done(new MalformedBody(`The body is no valid JSON: ${error.message}`));
      // Else it would pass for a body that has nothing in it.
      else if (value === null) done(new MalformedBody('The body must be a JSON object, got null.'));
      else done(null, value);
    });
  });
}

// What the parser refuses beside: it does not tell the two apart.
function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Whether a JSON text is nested deeper than is good for those who walk through it. */
export function isTooDeep(text: string): boolean {
  return depthOf(text) > MAX_DEPTH;
}

function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (inString) {
      if (char === '\\') at++;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === '[' || char === '{') deepest = Math.max(deepest, ++depth);
    else if (char === ']' || char === '}') depth--;
  }
  return deepest;
}
