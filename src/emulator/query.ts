import { badParameter } from './api-error.ts';

/** Query parameters by their types in the discovery document; 400 `invalidParameter` for anything else. */
export function flag(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  if (value === null || value === 'false') return false;
  if (value === 'true') return true;
  throw badParameter(name);
}

export function integer(query: URLSearchParams, name: string, minimum: number): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(value) || value < minimum) throw badParameter(name);
  return value;
}

/** RFC 3339 with an explicit offset; milliseconds are ignored (API facts §1.4). */
export function instant(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const ms = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) throw badParameter(name, 'Bad Request');
  return Math.floor(ms / 1000) * 1000;
}

export function choice<Value extends string>(
  query: URLSearchParams,
  name: string,
  allowed: readonly Value[],
): Value | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const found = allowed.find((value) => value === text);
  if (found === undefined) throw badParameter(name);
  return found;
}

export function conferenceVersion(query: URLSearchParams): 0 | 1 {
  return choice(query, 'conferenceDataVersion', ['0', '1']) === '1' ? 1 : 0;
}
