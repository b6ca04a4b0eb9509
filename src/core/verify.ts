import { normaliseAddress } from './address.ts';
import { diffFields, type FieldDifference } from './field-diff.ts';
import type { GoogleEvent } from './google-event.ts';
import type { CreateCall, PatchCall } from './plan.ts';

/**
 * What Google's answer to a write differs in from what was written: nothing, as a rule (S03C). Fields that the call left alone on purpose,
 * and instants that only the zone rules tell apart, are not looked at.
 */
export function unlikeWritten(
  call: CreateCall | PatchCall,
  answer: GoogleEvent,
  calendarZone: string,
): readonly FieldDifference[] {
  const base = {
    stated: call.stated,
    answeredStart: answer.start?.dateTime ?? null,
    answeredEnd: answer.end?.dateTime ?? null,
  };
  const left = new Set(call.kind === 'patch' ? call.leaveGuests : []);
  const isLeft = (difference: FieldDifference) =>
    difference.guests !== undefined && difference.guests.every(({ address }) => left.has(normaliseAddress(address)));
  return diffFields(call.stated, base, answer, calendarZone).filter(
    (difference) =>
      difference.kind !== 'zone_rules_differ' &&
      (call.kind === 'create' || call.fields.includes(difference.field)) &&
      !isLeft(difference),
  );
}
