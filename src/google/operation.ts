/** The calls that calsync makes, as Google names them. A listing that carries a sync or page token is *continued*. */
export const OPERATIONS = [
  'events.list',
  'events.list continued',
  'events.get',
  'events.insert',
  'events.patch',
  'events.move',
  'events.delete',
  'calendarList.get',
  'calendars.get',
  'calendars.insert',
] as const;

export type Operation = (typeof OPERATIONS)[number];

const WRITES: ReadonlySet<Operation> = new Set([
  'events.insert',
  'events.patch',
  'events.move',
  'events.delete',
  'calendars.insert',
]);

/** Whether the call changes something, so that an answer that is lost leaves its outcome unknown. */
export function isWrite(operation: Operation): boolean {
  return WRITES.has(operation);
}

/** Quota units of one call: a patch costs 3, everything else 1 (reference of `events.patch`). */
export function quotaUnits(operation: Operation): number {
  return operation === 'events.patch' ? 3 : 1;
}
