/** A task of a workflow that has failed, which is a mistake in its code or in a change to it. */
export class WorkflowTaskFailed extends Error {
  override readonly name = 'WorkflowTaskFailed';
}

/**
 * The error that a workflow has thrown, as far as the SDK's core tells: it logs the failure as Rust shows it, with texts as
 * in `message: "x is not a function", source: "TypeScriptSDK", stack_trace: "TypeError: …"`.
 */
export function failureOf(said: string, failure: unknown): Error {
  const shown = typeof failure === 'string' ? failure : '';
  const error = new WorkflowTaskFailed(textOf(shown, 'message') ?? said);
  const stack = textOf(shown, 'stack_trace');
  // Sentry reads the frames under the line with the message.
  if (stack) error.stack = `${error.name}: ${error.message}\n${stack.slice(stack.search(/^ {4}at /m))}`;
  return error;
}

function textOf(shown: string, name: string): string | undefined {
  const [, text] = new RegExp(`\\b${name}: ("(?:[^"\\\\]|\\\\.)*")`).exec(shown) ?? [];
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as string;
  } catch {
    return text.slice(1, -1);
  }
}
