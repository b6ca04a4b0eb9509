/**
 * Writes of single keys that come while others are on their way to the database. They would wait there, for its processor and its disk; they
 * wait here instead and go together: one statement reads all, each is decided by itself, one statement writes what was decided. The
 * busier it is the more go together and the less each costs; nobody waits for company. Why: docs/decisions/0016.
 */
import type { Db } from '../store/database.ts';
import { type AskedPlaces, readForWrite } from '../store/desired.ts';
import { writeApart } from '../store/desired-writes.ts';
import { isUndone, type Writer } from '../store/transaction.ts';
import { lookOf } from './batch-problems.ts';
import type { Decided, FoundKeys, KeyWrite } from './key-write.ts';

/** Groups on their way at once, of one writer: one is decided here while the database is at another. */
const mostGroups = 2;
const mostTogether = 32;

/** A write of one key, and whom to tell what came of it. */
interface Waiting {
  readonly key: string;
  /** What two writes on their way at once must not have in common: the key, and the looks of what would be new. */
  readonly claims: readonly string[];
  readonly write: KeyWrite<unknown>;
  /** Null: nothing was written, and it has to be done by itself. */
  readonly tell: (outcome: { readonly answer: unknown } | null) => void;
  readonly fail: (error: unknown) => void;
}

/** What one writer writes to one database, in this process. */
interface Lane {
  readonly waiting: Waiting[];
  /** What the groups that are on their way claim, one set for each. */
  readonly groups: Set<ReadonlySet<string>>;
}

/** Lanes by the name of their writer; a history row names one. */
const lanesOf = new WeakMap<Db, Map<string, Lane>>();

/** Decides and writes one key, in company or alone. Null where it has to be done with the row locked: nothing was written. */
export function writeTogether<Answer>(
  db: Db,
  writer: Writer,
  key: string,
  write: KeyWrite<Answer>,
): Promise<{ readonly answer: Answer } | null> {
  const lanes = lanesOf.get(db) ?? new Map<string, Lane>();
  lanesOf.set(db, lanes);
  const name = JSON.stringify([writer.actor, writer.door, writer.source]);
  const lane = lanes.get(name) ?? { waiting: [], groups: new Set() };
  lanes.set(name, lane);
  return new Promise((resolve, reject) => {
    const tell = resolve as Waiting['tell']; // what is told is what this write decided
    const claims = [key, ...(write.places?.events ?? []).map(lookOf)];
    lane.waiting.push({ key, claims, write, tell, fail: reject });
    if (lane.groups.size < mostGroups) void writeWaiting();
  });

  async function writeWaiting(): Promise<void> {
    for (let group = takeGroup(lane); group.length > 0; group = takeGroup(lane)) {
      const claimed = new Set(group.flatMap(({ claims }) => claims));
      lane.groups.add(claimed);
      await writeGroup(db, writer, group);
      lane.groups.delete(claimed);
    }
    if (lane.groups.size === 0) lanes.delete(name);
  }
}

/** Those that have waited longest and claim nothing that is claimed: who comes after another begins with what that one leaves. */
function takeGroup({ waiting, groups }: Lane): readonly Waiting[] {
  const claimed = new Set([...groups].flatMap((each) => [...each]));
  const group: Waiting[] = [];
  const left: Waiting[] = [];
  for (const each of waiting.splice(0)) {
    const waits = group.length === mostTogether || each.claims.some((claim) => claimed.has(claim));
    for (const claim of each.claims) claimed.add(claim);
    (waits ? left : group).push(each);
  }
  waiting.push(...left);
  return group;
}

type ToWrite = Extract<Decided<unknown>, { kind: 'write' }>;

/** Tells every one of the group, whatever happens. */
async function writeGroup(db: Db, writer: Writer, group: readonly Waiting[]): Promise<void> {
  try {
    const keys = group.map(({ key }) => key);
    const found = await readForWrite(db, keys, placesOf(group));
    const decided = await decideEach(db, group, found);
    const numbers = await writeApart(
      db,
      new Map([...decided.keys()].map(({ key }) => [key, found.rows.get(key)?.revision ?? null])),
      [...decided.values()].map(({ writes }) => writes),
      writer,
    );
    for (const [{ key, tell }, { answerOf }] of decided) tell(numbers.has(key) ? { answer: answerOf(numbers) } : null);
  } catch (error) {
    for (const { tell, fail } of group) {
      if (isUndone(error)) tell(null);
      else fail(error);
    }
  }
}

/** Those that come to something to write; the others are told. */
async function decideEach(db: Db, group: readonly Waiting[], found: FoundKeys): Promise<ReadonlyMap<Waiting, ToWrite>> {
  const decided = new Map<Waiting, ToWrite>();
  await Promise.all(
    group.map(async (each) => {
      const { key, write, tell, fail } = each;
      const stored = found.rows.get(key);
      const places = write.places === undefined ? null : found.places;
      try {
        const outcome = await write.decide(db, { rows: new Map(stored && [[key, stored]]), places });
        if (outcome.kind === 'write') decided.set(each, outcome);
        else tell(outcome);
      } catch (error) {
        fail(error);
      }
    }),
  );
  return decided;
}

function placesOf(group: readonly Waiting[]): AskedPlaces | null {
  const asked = group.flatMap(({ write }) => write.places ?? []);
  if (asked.length === 0) return null;
  return {
    calendars: [...new Set(asked.flatMap(({ calendars }) => calendars))],
    events: asked.flatMap(({ events }) => events),
  };
}
