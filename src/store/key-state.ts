/** Loads what the plan looks at, for many keys at once. */
import { sql } from 'kysely';
import { fingerprintOfStated } from '../core/fingerprint.ts';
import { guardWindowMs } from '../core/guard.ts';
import type { Permission } from '../core/hold-draft.ts';
import { derivedIds } from '../core/key-view.ts';
import type { Binding, Desired, HoldKind, KeyState, Sighting } from '../core/state.ts';
import { statedEventOf } from '../core/stated-event.ts';
import { boundKeys, readBindings } from './binding.ts';
import type { Db } from './database.ts';
import { type KeyCounter, readDesired, readKeyCounters, type StoredEvent } from './desired.ts';
import { unsettledIntents } from './intent.ts';
import { withPast } from './key-past.ts';
import type { SightingSource } from './sightings.ts';
import { rowTwins } from './twins.ts';

export interface KeyStateContext {
  readonly installation: string;
  readonly fingerprintSecret: string;
  /** Ids that were read in this turn and answered with 404, as `placeOf` joins them. */
  readonly notFound: ReadonlySet<string>;
  readonly permissions: readonly Permission[];
}

/** The state of each key, in the order given. Observations come from `source`. */
export async function loadKeyStates(
  db: Db,
  keys: readonly string[],
  source: SightingSource,
  context: KeyStateContext,
): Promise<readonly KeyState[]> {
  if (keys.length === 0) return [];
  const rows = await readDesired(db, keys);
  const counters = new Map((await readKeyCounters(db, keys)).map((counter) => [counter.key, counter]));
  const bindings = await readBindings(db, keys);
  const intents = await unsettledIntents(db, { keys });
  const intended = await intendedCreates(db, keys);
  const ids = new Map(keys.map((key) => [key, idsToFind(key, bindings.get(key) ?? [], context)]));
  const sightings = await source.sightings([...ids.values()].flat(), keys);
  const owners = await keysOfEvents(db, bindings, sightings);
  const byId = groupBy(sightings, (sighting) => sighting.eventId);
  const byMark = groupBy(sightings, (sighting) =>
    sighting.mark?.installation === context.installation ? sighting.mark.key : '',
  );
  const byWhole = groupBy(sightings, (sighting) => sighting.restOf ?? '');
  const masters = [...bindings.values()].flat().map((binding) => binding.eventId);
  const occurrences = groupBy(await source.occurrences(masters), (occurrence) => occurrence.masterId ?? '');
  const repairs = await recentRepairs(db, keys);
  const contested = await openContests(db, keys);
  const twins = await rowTwins(db, [...rows.keys()]);

  const states = keys.map((key): KeyState => {
    const bound = bindings.get(key) ?? [];
    const known = (ids.get(key) ?? []).flatMap((id) => byId.get(id) ?? []);
    const rests = bound.flatMap(({ eventId }) => byWhole.get(eventId) ?? []);
    const seen = new Set([...known, ...rests, ...(byMark.get(key) ?? [])]);
    return {
      key,
      desired: desiredOf(rows.get(key), counters.get(key)),
      bindings: bound,
      unsettled: intents.find((intent) => intent.key === key) ?? null,
      createIntended: intended.has(key),
      begun: [],
      undoneDeletes: [],
      sightings: [...seen].map((sighting) => asSeenBy(key, sighting, owners)),
      notFound: context.notFound,
      foreignTwins: [],
      occurrences: bound
        .filter(({ state }) => state !== 'retired')
        .flatMap(({ eventId }) => occurrences.get(eventId) ?? []),
      repairs: repairs.get(key) ?? new Map(),
      contested: contested.get(key) ?? new Set(),
      rowTwins: twins.get(key) ?? [],
      approved: approvedKinds(key, context.permissions),
      deletable: deletableEvents(key, context.permissions),
      kept: new Set(),
    };
  });
  return withForeignTwins(await withPast(db, states), source, context);
}

/** The keys for which events stand that are no bound ones of the keys at hand: none as a rule, and then nothing is asked. */
async function keysOfEvents(
  db: Db,
  bindings: ReadonlyMap<string, readonly Binding[]>,
  sightings: readonly Sighting[],
): Promise<ReadonlyMap<string, string>> {
  const owners = new Map<string, string>();
  for (const [key, bound] of bindings)
    for (const { eventId, state } of bound) if (state !== 'retired') owners.set(eventId, key);
  const unknown = [...new Set(sightings.map(({ eventId }) => eventId))].filter((id) => !owners.has(id));
  for (const [eventId, key] of unknown.length === 0 ? [] : await boundKeys(db, unknown)) owners.set(eventId, key);
  return owners;
}

function asSeenBy(key: string, sighting: Sighting, owners: ReadonlyMap<string, string>): Sighting {
  const owner = owners.get(sighting.eventId);
  return owner === undefined || owner === key ? sighting : { ...sighting, standsElsewhere: true };
}

function desiredOf(stored: StoredEvent | undefined, counter: KeyCounter | undefined): Desired {
  if (stored === undefined)
    return { kind: 'absent', revision: counter?.revision ?? 0, sendUpdates: counter?.sendUpdates ?? null };
  const { spec, generation, revision, policies, cancelledAt } = stored;
  return { kind: cancelledAt === null ? 'live' : 'cancelled', row: { spec, generation, revision, policies } };
}

/** The bound ids; and where nothing live is bound, every id under which calsync may have created the event. */
function idsToFind(key: string, bindings: readonly Binding[], context: KeyStateContext): readonly string[] {
  const bound = bindings.map((binding) => binding.eventId);
  if (bindings.some((binding) => binding.state === 'live')) return bound;
  return [...new Set([...bound, ...derivedIds({ key, bindings }, context)])];
}

/** Foreign events that look like a row matter only where one would be created: they are looked up for those keys alone. */
async function withForeignTwins(
  states: readonly KeyState[],
  source: SightingSource,
  context: KeyStateContext,
): Promise<readonly KeyState[]> {
  const wanted = new Map(states.filter(wouldCreate).map((state) => [state.key, fingerprintsOf(state, context)]));
  if (wanted.size === 0) return states;
  const twins = await source.foreignTwins([...new Set([...wanted.values()].flat())]);
  const byFingerprint = groupBy(twins, (twin) => twin.fingerprint);
  return states.map((state) => {
    const found = (wanted.get(state.key) ?? []).flatMap((fingerprint) => byFingerprint.get(fingerprint) ?? []);
    const calendars = state.desired.kind === 'live' ? [state.desired.row.spec.calendar] : [];
    const foreignTwins = found.filter(({ calendar }) => calendars.includes(calendar));
    return foreignTwins.length === 0 ? state : { ...state, foreignTwins };
  });
}

function wouldCreate(state: KeyState): boolean {
  if (state.desired.kind !== 'live') return false;
  const bound = state.bindings.find((binding) => binding.state !== 'retired');
  return bound === undefined || !state.sightings.some(({ eventId, live }) => live && eventId === bound.eventId);
}

function fingerprintsOf(state: KeyState, context: KeyStateContext): readonly string[] {
  if (state.desired.kind !== 'live') return [];
  const applied = state.bindings.find((binding) => binding.state !== 'retired')?.applied ?? null;
  const stated = [statedEventOf(state.desired.row.spec), ...(applied === null ? [] : [applied])];
  return [...new Set(stated.map((event) => fingerprintOfStated(context.fingerprintSecret, event)))];
}

async function intendedCreates(db: Db, keys: readonly string[]): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ key: string }>`
    select distinct key from calsync.intent where key = any(${keys}::text[]) and kind = 'create'`.execute(db);
  return new Set(rows.map((row) => row.key));
}

async function recentRepairs(
  db: Db,
  keys: readonly string[],
): Promise<ReadonlyMap<string, ReadonlyMap<string, number>>> {
  const { rows } = await sql<{ key: string; field: string; count: number }>`
    select intent.key, field, count(*)::int as count
      from calsync.intent, unnest(intent.repairs) as field
      where intent.key = any(${keys}::text[]) and intent.made_at > calsync.now() - make_interval(secs => ${guardWindowMs / 1000})
        and intent.outcome = 'done'
        -- A person who said that calsync may try again gives it its rounds anew.
        and not exists (select from calsync.finding contest where contest.key = intent.key and contest.kind = 'contested'
          and contest.closed_as = 'accepted' and contest.closed_at >= intent.made_at)
      group by intent.key, field`.execute(db);
  const repairs = new Map<string, Map<string, number>>();
  for (const { key, field, count } of rows) {
    const counts = repairs.get(key) ?? new Map<string, number>();
    repairs.set(key, counts.set(field, count));
  }
  return repairs;
}

async function openContests(db: Db, keys: readonly string[]): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const { rows } = await sql<{ key: string; fields: readonly { readonly field: string }[] }>`
    select key, fields from calsync.finding
      where key = any(${keys}::text[]) and kind = 'contested' and closed_at is null`.execute(db);
  // A contest about the event itself names no field.
  return new Map(
    rows.map(({ key, fields }) => [
      key,
      new Set(fields.length === 0 ? ['*', 'calendar'] : fields.map(({ field }) => field)),
    ]),
  );
}

function approvedKinds(key: string, permissions: readonly Permission[]): ReadonlySet<HoldKind> {
  return new Set(permissions.filter((permission) => permission.key === key).map(({ kind }) => kind));
}

function deletableEvents(key: string, permissions: readonly Permission[]): ReadonlySet<string> {
  const deletes = permissions.filter((permission) => permission.key === key && permission.kind === 'withdrawals');
  return new Set(deletes.map(({ eventId }) => eventId));
}

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}
