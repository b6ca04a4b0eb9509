import { normaliseAddress } from './address.ts';
import type { AttendeeSpec } from './event-spec.ts';
import type { GoogleAttendee } from './google-event.ts';

/**
 * How one of our guests differs. `added` and `removed` are wishes that Google does not show yet; `missing` is a guest of ours whom a
 * person removed; `role` a change of optional by a person, `wishedRole` one by the row.
 */
export interface AttendeeDifference {
  readonly kind: 'added' | 'removed' | 'wishedRole' | 'missing' | 'role';
  readonly address: string;
}

/**
 * Compares guests entry by entry, by normal address: only those that the row states or that were applied are ours. A guest whom a person
 * added stays a stranger; answers, names, comments, organizer and self are nobody's business here.
 */
export function diffAttendees(
  desired: readonly AttendeeSpec[],
  applied: readonly AttendeeSpec[] | null,
  observed: readonly GoogleAttendee[],
): readonly AttendeeDifference[] {
  const wished = byAddress(desired);
  const written = byAddress(applied ?? []);
  const shown = new Map(observed.map((entry) => [normaliseAddress(entry.email ?? ''), entry]));
  const differences: AttendeeDifference[] = [];
  for (const [normal, entry] of wished) {
    const before = written.get(normal);
    const there = shown.get(normal);
    const address = entry.email;
    if (there === undefined) differences.push({ kind: before === undefined ? 'added' : 'missing', address });
    else if ((there.optional ?? false) !== entry.optional) {
      differences.push({ kind: before?.optional === entry.optional ? 'role' : 'wishedRole', address });
    }
  }
  for (const [normal, entry] of written) {
    if (!wished.has(normal) && shown.has(normal)) differences.push({ kind: 'removed', address: entry.email });
  }
  return differences.sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0));
}

/**
 * The whole list to send: every entry that Google shows stays as it is, answer and all (API facts §4), ours are added, changed in their
 * role alone, or taken out. `leave` names normal addresses whose difference is not to be written.
 */
export function mergeAttendees(
  desired: readonly AttendeeSpec[],
  applied: readonly AttendeeSpec[] | null,
  observed: readonly GoogleAttendee[],
  leave: ReadonlySet<string> = new Set(),
): readonly GoogleAttendee[] {
  const wished = byAddress(desired);
  const written = byAddress(applied ?? []);
  const kept = observed.flatMap((entry): GoogleAttendee[] => {
    const normal = normaliseAddress(entry.email ?? '');
    const wish = wished.get(normal);
    if (leave.has(normal)) return [entry];
    if (wish === undefined) return written.has(normal) ? [] : [entry];
    return [(entry.optional ?? false) === wish.optional ? entry : { ...entry, optional: wish.optional }];
  });
  const shown = new Set(observed.map((entry) => normaliseAddress(entry.email ?? '')));
  const added = [...wished].filter(([normal]) => !shown.has(normal) && !leave.has(normal));
  return [...kept, ...added.map(([, entry]) => newAttendee(entry))];
}

/** A guest as Google is told of one for the first time. */
export function newAttendee(entry: AttendeeSpec): GoogleAttendee {
  return {
    email: entry.email,
    ...(entry.displayName === null ? {} : { displayName: entry.displayName }),
    ...(entry.optional ? { optional: true } : {}),
  };
}

function byAddress(entries: readonly AttendeeSpec[]): Map<string, AttendeeSpec> {
  return new Map(entries.map((entry) => [normaliseAddress(entry.email), entry]));
}
