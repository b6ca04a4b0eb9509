import { eventSchema } from '../core/spec-schema.ts';
import { Refusal } from './problem.ts';

/** A key that an event can have, by the rule of the door. */
export function parsedKey(text: string): string {
  const parsed = eventSchema.shape.key.safeParse(text);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.map(({ message }) => ({ field: 'key', message }));
  throw new Refusal({ name: 'invalid_event', detail: 'no event can have this key', errors });
}
