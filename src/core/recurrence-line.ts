/** One line of `recurrence`, taken apart without judging it (RFC 5545 §3.1: NAME;PARAM=VALUE:VALUE). */
export type RecurrenceLine = RuleLine | DatesLine;

export interface RuleLine {
  readonly kind: 'rule';
  readonly name: 'RRULE' | 'EXRULE';
  /** In the line's order, names and values in capitals. */
  readonly parts: readonly (readonly [name: string, value: string])[];
}

export interface DatesLine {
  readonly kind: 'dates';
  readonly name: 'RDATE' | 'EXDATE';
  readonly params: readonly (readonly [name: string, value: string])[];
  /** DATE (20261130), local (20261130T100000) or UTC (20261130T090000Z). */
  readonly values: readonly string[];
}

/** Null for what is none of RRULE, EXRULE, RDATE and EXDATE, or has no value. */
export function readRecurrenceLine(line: string): RecurrenceLine | null {
  const trimmed = line.trim();
  const colon = trimmed.indexOf(':');
  if (colon < 0) return null;
  const [nameText = '', ...params] = trimmed.slice(0, colon).split(';');
  const value = trimmed.slice(colon + 1).trim();
  const name = nameText.toUpperCase();
  if (value === '') return null;
  if (name === 'RRULE' || name === 'EXRULE')
    return params.length === 0 ? { kind: 'rule', name, parts: readParts(value) } : null;
  if (name !== 'RDATE' && name !== 'EXDATE') return null;
  const values = value.split(',').map((date) => date.trim().toUpperCase());
  return { kind: 'dates', name, params: params.map((param) => splitAtEquals(param)), values };
}

/** The value of a part or parameter, if it is there. */
export function partValue(pairs: readonly (readonly [string, string])[], name: string): string | undefined {
  return pairs.find(([candidate]) => candidate === name)?.[1];
}

function readParts(value: string): (readonly [string, string])[] {
  const texts = value.toUpperCase().replace(/;$/, '').split(';');
  return texts.map((text) => splitAtEquals(text));
}

/** The name in capitals; the value as written, since zone names are case-sensitive. */
function splitAtEquals(text: string): readonly [string, string] {
  const equals = text.indexOf('=');
  if (equals < 0) return [text.trim().toUpperCase(), ''];
  return [text.slice(0, equals).trim().toUpperCase(), text.slice(equals + 1).trim()];
}
