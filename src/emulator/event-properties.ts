import { badRequest } from './api-error.ts';
import { isObject } from './event-times.ts';
import type { ExtendedProperties, Json, Reminders } from './model.ts';

/** Limits of extended properties and reminders (API facts §2.3). */
const keyCharacters = 44;
const valueCharacters = 1024;
const propertyCount = 300;
const propertyBytes = 32 * 1024;
const overrideCount = 5;
const reminderMinutes = 40_320;

/** Longer keys are dropped and longer values cut, both in silence, as Google documents. */
export function parseExtendedProperties(value: Json | undefined): ExtendedProperties | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isObject(value)) throw badRequest('invalid', 'Invalid value for: extendedProperties');
  const own = parseProperties(value.private);
  const shared = parseProperties(value.shared);
  const all = [...Object.entries(own ?? {}), ...Object.entries(shared ?? {})];
  const bytes = all.reduce((sum, [key, text]) => sum + Buffer.byteLength(key) + Buffer.byteLength(text), 0);
  if (all.length > propertyCount || bytes > propertyBytes) throw badRequest('invalid', 'Too many extended properties.');
  if (all.length === 0) return undefined;
  return { ...(own === undefined ? {} : { private: own }), ...(shared === undefined ? {} : { shared }) };
}

function parseProperties(value: Json | undefined): Readonly<Record<string, string>> | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isObject(value)) throw badRequest('invalid', 'Invalid value for: extendedProperties');
  const kept: [string, string][] = [];
  for (const [key, text] of Object.entries(value)) {
    if (text === undefined || text === null || key.length > keyCharacters) continue;
    if (typeof text !== 'string') throw badRequest('invalid', 'Invalid value for: extendedProperties');
    kept.push([key, text.slice(0, valueCharacters)]);
  }
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

export function parseReminders(value: Json | undefined): Reminders {
  if (value === undefined || value === null) return { useDefault: true };
  if (!isObject(value)) throw badRequest('invalid', 'Invalid value for: reminders');
  const overrides = parseOverrides(value.overrides);
  const useDefault = value.useDefault === undefined ? overrides.length === 0 : value.useDefault === true;
  if (useDefault && overrides.length > 0) {
    throw badRequest('invalid', 'Cannot use default reminders and specify overrides at the same time.');
  }
  return overrides.length === 0 ? { useDefault } : { useDefault, overrides };
}

function parseOverrides(value: Json | undefined): { method: string; minutes: number }[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw badRequest('invalid', 'Invalid value for: reminders.overrides');
  const entries = value as readonly Json[];
  if (entries.length > overrideCount) throw badRequest('invalid', 'Too many reminder overrides.');
  return entries.map((entry) => {
    const { method, minutes } = isObject(entry) ? entry : {};
    if (method !== 'email' && method !== 'popup') throw badRequest('invalid', 'Invalid value for: reminders.method');
    if (typeof minutes !== 'number' || !Number.isInteger(minutes) || minutes < 0 || minutes > reminderMinutes) {
      throw badRequest('invalid', 'Invalid value for: reminders.minutes');
    }
    return { method, minutes };
  });
}
