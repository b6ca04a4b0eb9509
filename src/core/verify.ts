import { normaliseAddress } from './address.ts';
import { answeredInstant } from './answered-time.ts';
import { diffFields, type FieldDifference } from './field-diff.ts';
import type { GoogleEvent } from './google-event.ts';
import type { CreateCall, PatchCall } from './plan.ts';

/** What an answer to a write shows of the event. */
export interface Verdict {
  /** What differs from what was written: nothing, as a rule (S03C). */
  readonly unlike: readonly FieldDifference[];
  /** Nothing differs from the row at all, not even what the call left alone on purpose. */
  readonly exact: boolean;
}

/**
 * Compares Google's answer to a write with what the row states. Fields that the call left alone on purpose, and instants that only the zone
 * rules tell apart, are not `unlike`.
 */
export function verifyAnswer(call: CreateCall | PatchCall, answer: GoogleEvent, calendarZone: string): Verdict {
  const base = {
    stated: call.stated,
    answeredStart: answeredInstant(call.stated.start, answer.start, calendarZone),
    answeredEnd: answeredInstant(call.stated.end, answer.end, calendarZone),
  };
  const differences = diffFields(call.stated, base, answer, calendarZone);
  return { unlike: differences.filter((difference) => isUnlike(call, difference)), exact: differences.length === 0 };
}

function isUnlike(call: CreateCall | PatchCall, { field, kind, guests }: FieldDifference): boolean {
  if (kind === 'zone_rules_differ') return false;
  if (call.kind === 'create') return true;
  if (!call.fields.includes(field)) return false;
  const left = new Set(call.leaveGuests);
  return guests === undefined || !guests.every(({ address }) => left.has(normaliseAddress(address)));
}
