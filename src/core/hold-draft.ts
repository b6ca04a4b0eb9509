/** Sets of calls that wait for a person, and what a person's decision lets through. */
import { createHash } from 'node:crypto';
import type { Call, Outcome } from './plan.ts';
import type { RekeyPair } from './rekey-pairs.ts';
import type { HoldKind } from './state.ts';

export interface HoldItem {
  readonly key: string;
  readonly eventId: string;
  readonly revision: number;
  /** In a re-key, of a new key: the withdrawn key whose event says the same. */
  readonly replaces?: string;
}

/** A set that waits for a person, named by its hash. */
export interface HoldDraft {
  readonly kind: HoldKind;
  readonly calendar: string;
  readonly reason: string;
  readonly items: readonly HoldItem[];
  readonly setHash: string;
}

/** A permission that stands: the item of a hold that a person approved, unused and not expired. */
export interface Permission {
  readonly hold: number;
  readonly kind: HoldKind;
  readonly key: string;
  readonly eventId: string;
}

/** What a permission is found by, and items are sorted by. */
export function permitKey({ kind, key, eventId }: Pick<Permission, 'kind' | 'key' | 'eventId'>): string {
  return JSON.stringify([kind, key, eventId]);
}

/** The set's hash does not depend on the order of its items. */
export function holdDraft(kind: HoldKind, calendar: string, items: readonly HoldItem[], reason: string): HoldDraft {
  const sorted = [...items].sort((a, b) => (permitKey({ kind, ...a }) < permitKey({ kind, ...b }) ? -1 : 1));
  const set = sorted.map(({ key, eventId, revision }) => [key, eventId, revision]);
  const setHash = createHash('sha256')
    .update(JSON.stringify([kind, calendar, set]))
    .digest('hex')
    .slice(0, 32);
  return { kind, calendar, reason, items: sorted, setHash };
}

/** Calls that the guard stopped; none where nothing was stopped. */
export function callsHold(
  kind: HoldKind,
  calendar: string,
  calls: readonly Call[],
  reason: string | null,
): readonly HoldDraft[] {
  if (calls.length === 0 || reason === null) return [];
  return [holdDraft(kind, calendar, calls.map(itemOf), reason)];
}

/** Keys that changed their spelling, in pairs. `line` is what the guard said of the deletes. */
export function rekeyHold(calendar: string, pairs: readonly RekeyPair[], line: string | null): readonly HoldDraft[] {
  if (pairs.length === 0 || line === null) return [];
  const items = pairs.flatMap(({ leaves, arrives }) => [itemOf(leaves), { ...itemOf(arrives), replaces: leaves.key }]);
  const reason = `${pairs.length} withdrawn keys came back under another spelling, each new row stating what the event of the old one shows (${line}); \`calsync rekey\` keeps the events, approving deletes and creates them anew`;
  return [holdDraft('rekey', calendar, items, reason)];
}

/** What one key waits for by itself, whatever the guard says. */
export function keyHold(calendar: string, outcome: Outcome): readonly HoldDraft[] {
  if (outcome.hold === null) return [];
  const { kind, eventId, reason } = outcome.hold;
  return [holdDraft(kind, calendar, [{ key: outcome.key, eventId, revision: 0 }], reason)];
}

function itemOf({ key, eventId, revision }: Call): HoldItem {
  return { key, eventId, revision };
}
