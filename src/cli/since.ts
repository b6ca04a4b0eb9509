import { CalsyncError } from '../core/error.ts';
import { quoted } from '../core/spec-problem.ts';

const spanMs: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** A time in the past: a span before `now` (`90m`, `24h`, `7d`, `2w`), a day (its start in UTC), or an instant with its offset. */
export function readSince(text: string, now: Date, option = '--since'): Date {
  const since = readSpan(text, now) ?? readInstant(text);
  if (since === null) {
    const message = `${option} ${quoted(text)} is no time: write a span such as 24h or 7d, a day such as 2026-11-30, or 2026-11-30T08:00:00Z`;
    throw new CalsyncError('usage', message, { reason: 'since' });
  }
  if (since > now) throw new CalsyncError('usage', `${option} ${quoted(text)} lies in the future`, { reason: 'since' });
  return since;
}

function readSpan(text: string, now: Date): Date | null {
  const [, count, unit] = /^(\d{1,6})([mhdw])$/.exec(text) ?? [];
  return count === undefined || unit === undefined
    ? null
    : new Date(now.getTime() - Number(count) * (spanMs[unit] ?? 0));
}

function readInstant(text: string): Date | null {
  if (!/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d))?$/.test(text)) return null;
  const instant = new Date(text);
  // A day that its month does not have rolls over in `Date`.
  const day = text.slice(0, 10);
  const isDay = !Number.isNaN(Date.parse(day)) && new Date(day).toISOString().startsWith(day);
  return Number.isNaN(instant.getTime()) || !isDay ? null : instant;
}
