/** What people typed, made fit to stand in a report: one line, bounded, and unable to reorder or hide what stands around it. */
const mostCharacters = 200;

const lineBreaks = /\s+/gu;
/** Control characters, and marks of direction, which would let a title run backwards over its neighbours (Unicode TR 36 §3.3). */
const tricks = /[\p{Cc}\u061C\u200B\u200E\u200F\u2028-\u202E\u2060-\u2069\uFEFF]/gu;

export function shownText(text: string): string {
  const line = text.replace(lineBreaks, ' ').replace(tricks, '').trim();
  const characters = [...line];
  return characters.length <= mostCharacters ? line : `${characters.slice(0, mostCharacters - 1).join('')}…`;
}
