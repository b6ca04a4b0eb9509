/** Events good and bad, as data: what one door says of them, every door has to say. */
import { readFileSync } from 'node:fs';

/** `refused` is the field that is named, as `attendees[2].email`; null where the event is one that can be. */
interface Entry {
  readonly name: string;
  readonly set: Readonly<Record<string, unknown>>;
  readonly without?: readonly string[];
  readonly refused: string | null;
  /** What a door may name instead that stops at the first thing which is wrong. */
  readonly also?: readonly string[];
}

export interface CorpusEvent {
  readonly name: string;
  readonly event: Readonly<Record<string, unknown>>;
  readonly refused: string | null;
  readonly also: readonly string[];
}

const files = ['shape', 'texts', 'times', 'recurrence', 'guests', 'labels-and-reminders'];

const plain = {
  key: 'corpus',
  calendar: 'classes',
  summary: 'Algebra',
  start: { dateTime: '2026-11-30T10:00:00', timeZone: 'Europe/Copenhagen' },
  end: { dateTime: '2026-11-30T11:00:00', timeZone: 'Europe/Copenhagen' },
};

/** Every event of the corpus, in the order of its files. */
export const corpus: readonly CorpusEvent[] = files.flatMap((file) => {
  const text = readFileSync(new URL(`./${file}.json`, import.meta.url), 'utf8');
  const entries = JSON.parse(text) as readonly Entry[]; // its own shape, checked by the test that counts it
  return entries.map(({ name, set, without = [], refused, also = [] }) => {
    const stated = Object.entries({ ...plain, ...set }).filter(([field]) => !without.includes(field));
    return {
      name: `${file}: ${name}`,
      refused,
      also,
      event: Object.fromEntries(stated.map(([field, value]) => [field, written(value)])),
    };
  });
});

/** What would be long to write out: {"$repeat": ["x", 1025]} and the like. */
function written(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(written);
  if (typeof value !== 'object' || value === null) return value;
  const short = value as Readonly<Record<string, unknown>>; // an object of JSON
  const { $repeat: repeated, $then: rest = '', $times: times } = short;
  if (Array.isArray(repeated)) return String(repeated[0]).repeat(Number(repeated[1])) + String(rest);
  if (Array.isArray(times)) return Array.from({ length: Number(times[1]) }, () => times[0]);
  if ('$guests' in short)
    return Array.from({ length: Number(short.$guests) }, (_, index) => ({ email: `a${index}@example.com` }));
  if ('$labels' in short)
    return Object.fromEntries(Array.from({ length: Number(short.$labels) }, (_, index) => [`l${index}`, '']));
  if ('$longName' in short) return { ['n'.repeat(Number(short.$longName))]: '' };
  const members = Object.keys(short).map((name) => [name, written(short[name])] as const);
  return Object.fromEntries(members); // also of a member called __proto__, which a literal would lose
}
