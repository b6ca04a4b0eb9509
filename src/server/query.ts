/** What stands behind the question mark. */
import { z } from '@hono/zod-openapi';
import { invalidRequest, Refusal } from './problem.ts';
import { mostWaitMs } from './wait-for-google.ts';

const mostLimit = 500;
const usualLimit = 100;

/** Any text that a column can be compared with. */
export const plainText = z
  .string()
  .min(1, 'is empty')
  .max(512, 'is longer than 512 characters')
  .refine((text) => !/\p{Cc}/u.test(text), 'holds control characters');

export const noQuery = z.strictObject({});

export const limit = z
  .string()
  .refine((text) => /^\d{1,4}$/.test(text) && Number(text) >= 1 && Number(text) <= mostLimit, {
    error: `must be a whole number from 1 to ${mostLimit}`,
  })
  .optional()
  .transform((text) => (text === undefined ? usualLimit : Number(text)))
  .openapi({ type: 'integer', minimum: 1, maximum: mostLimit, default: usualLimit });

export const flag = z
  .enum(['true', 'false'], { error: 'must be true or false' })
  .optional()
  .transform((text) => text === 'true')
  .openapi({ type: 'boolean', default: false });

/** `10s` or `500ms`, at most a minute; 0 when not given. */
export const waitMs = z
  .string()
  .refine((text) => /^\d{1,5}(ms|s)$/.test(text) && millisecondsOf(text) <= mostWaitMs, {
    error: 'must be a time such as 10s or 500ms, at most 60s',
  })
  .optional()
  .transform((text) => (text === undefined ? 0 : millisecondsOf(text)))
  .openapi({ type: 'string', example: '10s' });

function millisecondsOf(text: string): number {
  return Number.parseInt(text, 10) * (text.endsWith('ms') ? 1 : 1_000);
}

/** Throws a `Refusal` that names every parameter that is wrong. */
export function readQuery<Query>(schema: z.ZodType<Query>, target: string): Query {
  const mark = target.indexOf('?');
  const given = new URLSearchParams(mark === -1 ? '' : target.slice(mark + 1));
  const names = [...new Set(given.keys())];
  const twice = names.find((name) => given.getAll(name).length > 1 && !takesList(schema, name));
  if (twice !== undefined) throw invalidRequest(twice, 'is given more than once');
  const parsed = schema.safeParse(
    Object.fromEntries(names.map((name) => [name, takesList(schema, name) ? given.getAll(name) : given.get(name)])),
  );
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((field) => ({ field, message: 'is not a parameter of this resource' }))
      : [{ field: issue.path.join('.'), message: issue.message }],
  );
  throw new Refusal({ name: 'invalid_request', detail: 'the query is wrong', errors });
}

/** Whether a parameter may be given more than once. */
function takesList(schema: z.ZodType, name: string): boolean {
  return (
    schema instanceof z.ZodObject &&
    schema.shape[name] instanceof z.ZodDefault &&
    schema.shape[name].unwrap() instanceof z.ZodArray
  );
}

/** An opaque name of where a page ended. */
export function cursorOf(position: string | number | null): string | null {
  return position === null ? null : Buffer.from(JSON.stringify(position)).toString('base64url');
}

/** Throws a `Refusal` for a text that is no cursor of this list. */
export function readCursor<Kind extends 'string' | 'number'>(
  cursor: string | undefined,
  kind: Kind,
): (Kind extends 'string' ? string : number) | null {
  if (cursor === undefined) return null;
  const position = parsedOrNull(Buffer.from(cursor, 'base64url').toString());
  const isPosition = kind === 'number' ? Number.isSafeInteger(position) : plainText.safeParse(position).success;
  if (!isPosition) throw invalidRequest('cursor', 'is none that this list gave: begin without one');
  return position as Kind extends 'string' ? string : number; // just judged
}

function parsedOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
