/** What is wrong with an input: where, and in words that say what to do. Never more than 40 characters of the input in it. */
export interface SpecProblem {
  /** Such as `attendees[2].email`; '' for the event itself. */
  readonly path: string;
  readonly message: string;
}

const mostEchoedCharacters = 40;
const mostEdits = 2;

/** `attendees[2].email` for ['attendees', 2, 'email']. */
export function pathOf(segments: readonly PropertyKey[]): string {
  return segments.reduce<string>((path, segment) => {
    if (typeof segment === 'number') return `${path}[${segment}]`;
    const name = String(segment);
    const shown = /^[\w-]{1,40}$/.test(name) ? name : quoted(name);
    return path === '' ? shown : `${path}.${shown}`;
  }, '');
}

/** A piece of the input in quotes, cut short, without control characters and halves of characters. */
export function quoted(text: string): string {
  const visible = text
    .slice(0, mostEchoedCharacters + 1)
    .toWellFormed()
    .replaceAll(/\p{C}/gu, '\ufffd');
  return `"${visible.length > mostEchoedCharacters ? `${visible.slice(0, mostEchoedCharacters - 1).toWellFormed()}…` : visible}"`;
}

/** The accepted name that an unknown one was probably meant to be, or null. */
export function nearestName(
  name: string,
  accepted: readonly string[],
  synonyms: Readonly<Record<string, string>>,
): string | null {
  const wanted = plainName(name);
  const synonym = Object.hasOwn(synonyms, wanted) ? synonyms[wanted] : undefined;
  if (synonym !== undefined && accepted.includes(synonym)) return synonym;
  if (wanted.length < 3 || wanted.length > mostEchoedCharacters) return null;
  const ranked = accepted.map((candidate) => ({ candidate, edits: editsBetween(wanted, plainName(candidate)) }));
  const near = ranked.filter(({ edits }) => edits <= mostEdits).sort((a, b) => a.edits - b.edits);
  return near[0]?.candidate ?? null;
}

function plainName(name: string): string {
  return name.toLowerCase().replaceAll(/[\s_-]/g, '');
}

/** Levenshtein distance. */
function editsBetween(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const replaced = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
