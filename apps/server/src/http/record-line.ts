/** Longest line, or row with the line breaks in it: whatever may be stored can be exported in one, and goes in again. */
export const MAX_RECORD_LENGTH = 131_072;

/** One line or row of a body: what it says, with the names of all columns if it is a row, or why it says nothing. The first line is 1. */
export type RecordLine =
  | { line: number; record: Record<string, unknown>; columns?: readonly string[]; problem?: undefined }
  | { line: number; problem: string };
