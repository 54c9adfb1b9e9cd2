/** What a server has said, as the database takes it: it may be of any length, and anything. */
export function serverWords(answer: string, maxLength: number): string {
  return answer.slice(0, maxLength).toWellFormed().replaceAll('\0', ' ');
}
