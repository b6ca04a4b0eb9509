/** The lines of a diff that tell what differs between a row and its event, and what becomes of it. */
import type { FieldDifference } from './field-diff.ts';
import type { PlanItem } from './plan.ts';
import type { Sighting } from './state.ts';

/** What is to be done about a field. */
export type Treatment = 'write' | 'adopt' | 'flag' | 'ignore' | 'contested' | 'broken_off';
export type Treated = FieldDifference & { readonly treatment: Treatment };

/** What counts as in sync, and is listed. */
export function ignored(treated: readonly Treated[], at: Sighting): readonly PlanItem[] {
  const rules = treated.filter(({ kind }) => kind === 'zone_rules_differ');
  const drift = treated.filter(({ kind }) => kind === 'drift');
  return [
    ...item(at, 'none', 'zone_rules_differ', rules, zoneRulesReason(rules)),
    ...item(at, 'none', 'drift', drift, 'a person changed it, and the policy is to ignore that'),
  ];
}

function zoneRulesReason(rules: readonly FieldDifference[]): string {
  const zone = rules[0]?.desired?.split(' ')[2] ?? 'the zone';
  return `our rules and Google's for ${zone} give different instants for the same local time; nothing has to be done`;
}

/** What is left as it is, and told. */
export function untouched(treated: readonly Treated[], at: Sighting): readonly PlanItem[] {
  const by = (treatment: Treatment) => treated.filter((difference) => difference.treatment === treatment);
  const flagReason = 'a person changed it, and the policy is to leave it until someone decides';
  return [
    ...item(at, 'none', 'drift', by('flag'), flagReason, true),
    ...item(at, 'none', 'contested', by('contested'), contestedReason, true),
    ...item(at, 'none', 'drift', by('broken_off'), brokenOffReason, true),
    ...ignored(by('ignore'), at),
  ];
}

const brokenOffReason =
  'a person ended the series early and goes on with it under another event; while that stands, the pattern of this one is left as it is';

export const contestedReason =
  'it was put back three times within an hour and changed again each time; nothing more is written until someone decides';

/** What a patch puts right, one line for each kind of difference. */
export function writtenItems(at: Sighting, written: readonly Treated[], withheld: boolean): readonly PlanItem[] {
  const of = (kind: FieldDifference['kind']) => written.filter((difference) => difference.kind === kind);
  return [
    ...item(
      at,
      'patch',
      'pending',
      of('pending'),
      'the table changed and Google does not show it yet',
      false,
      withheld,
    ),
    ...item(
      at,
      'patch',
      'conflict',
      of('conflict'),
      'the table and a person changed it; the table wins and the other value is kept here',
      false,
      withheld,
    ),
    ...item(at, 'patch', 'drift', of('drift'), 'a person changed it in Google; it is put back', false, withheld),
  ];
}

/** What goes into the table, unless the calendar is only observed. */
export function adoptedItems(at: Sighting, adopted: readonly Treated[], withheld: boolean): readonly PlanItem[] {
  const reason = 'a person changed it, and the policy is to take that into the table';
  return item(at, 'adopt', 'drift', adopted, reason, false, withheld);
}

function item(
  at: Sighting,
  action: PlanItem['action'],
  kind: PlanItem['kind'],
  fields: readonly FieldDifference[],
  reason: string,
  flagged = false,
  withheld = false,
): readonly PlanItem[] {
  if (fields.length === 0) return [];
  const plain = fields.map(({ field, kind: how, desired, applied, observed, guests }) =>
    guests === undefined
      ? { field, kind: how, desired, applied, observed }
      : { field, kind: how, desired, applied, observed, guests },
  );
  return [
    {
      action,
      kind,
      calendar: at.calendar,
      eventId: at.eventId,
      fields: plain,
      reason,
      withheld: withheld ? 'policy' : null,
      flagged,
    },
  ];
}
