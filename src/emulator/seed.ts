import { z } from 'zod';
import type { Administration } from './administration.ts';
import { ApiError } from './api-error.ts';
import { type JsonObject, roles } from './model.ts';
import type { People } from './people.ts';

/** The format of a seed file: accounts, then calendars, then events on them. */
export const accountShape = z.strictObject({
  email: z.email(),
  timeZone: z.string().exactOptional(),
  displayName: z.string().exactOptional(),
  refreshToken: z.string().min(1).exactOptional(),
  scopes: z.array(z.string()).exactOptional(),
});

export const calendarShape = z.strictObject({
  owner: z.string(),
  id: z.string().min(1).exactOptional(),
  summary: z.string().exactOptional(),
  timeZone: z.string().exactOptional(),
});

const seedShape = z.strictObject({
  accounts: z.array(accountShape).default([]),
  calendars: z.array(calendarShape.extend({ roles: z.record(z.string(), z.enum(roles)).default({}) })).default([]),
  events: z.array(z.looseObject({ calendar: z.string() })).default([]),
});

export interface SeedResult {
  readonly accounts: number;
  readonly calendars: number;
  readonly events: number;
}

/** A seed that cannot be used; each problem names its place, such as `events[3]: Missing end time.` */
export class SeedError extends Error {
  override readonly name = 'SeedError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`the seed cannot be used:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/**
 * Puts a seed's contents in. What is there already (same address, calendar id, event id) stays as it is, so that one
 * seed may be loaded at every start. Throws SeedError; problems of form are found before anything is made.
 */
export function loadSeed(json: unknown, administration: Administration, people: People): SeedResult {
  const parsed = seedShape.safeParse(json);
  if (!parsed.success)
    throw new SeedError(parsed.error.issues.map(({ path, message }) => `${placeOf(path)}: ${message}`));
  const { accounts, calendars, events } = parsed.data;
  const problems: string[] = [];
  const made = {
    accounts: each('accounts', accounts, problems, (account) => administration.createAccount(account)),
    calendars: each('calendars', calendars, problems, ({ roles: granted, ...calendar }) => {
      const { id } = administration.createCalendar(calendar);
      for (const [email, role] of Object.entries(granted)) administration.share(String(id), email, role);
    }),
    events: each('events', events, problems, ({ calendar, ...body }) => addOnce(people, calendar, body as JsonObject)),
  };
  if (problems.length > 0) throw new SeedError(problems);
  return made;
}

function addOnce(people: People, calendarId: string, body: JsonObject): void {
  try {
    people.add(calendarId, body);
  } catch (thrown) {
    if (!(thrown instanceof ApiError) || thrown.status !== 409) throw thrown;
  }
}

function each<Item>(name: string, items: readonly Item[], problems: string[], load: (item: Item) => unknown): number {
  for (const [index, item] of items.entries()) {
    try {
      load(item);
    } catch (thrown) {
      if (!(thrown instanceof ApiError)) throw thrown;
      problems.push(`${name}[${index}]: ${thrown.message}`);
    }
  }
  return items.length;
}

function placeOf(path: readonly PropertyKey[]): string {
  const text = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  return text === '' ? 'the seed' : text.replace(/^\./, '');
}
