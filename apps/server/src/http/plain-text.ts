import { Matches } from 'class-validator';

/** PostgreSQL stores no NUL, and half a character is not what was sent when it is read again. */
const PLAIN = '(?:[^\\u0000-\\u001f\\u007f-\\u009f\\ud800-\\udfff])';

/** A text of one line: 1 to `max` characters, none of them a control character. */
export function IsPlainText(max: number): PropertyDecorator {
  const message = `must be a text of 1 to ${max} characters without control characters`;
  return Matches(new RegExp(`^${PLAIN}{1,${max}}$`, 'u'), { message });
}
