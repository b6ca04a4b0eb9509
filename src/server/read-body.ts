/** The body of a request: bounded, of the right type, and read as strictly as every other door reads JSON. */
import { readStrictJson } from '../core/strict-json.ts';
import { Refusal } from './problem.ts';

/** An event with 500 attendees and long texts has a fifth of it. */
const mostBodyBytes = 256 * 1024;

export const jsonTypes = ['application/json'] as const;
export const patchTypes = ['application/merge-patch+json', 'application/json'] as const;

/** All bytes of the body. Throws a `Refusal` as soon as there are too many; rejects where the client breaks off. */
export async function readBytes(request: Request): Promise<Uint8Array> {
  const stated = request.headers.get('content-length');
  if (stated !== null && Number(stated) > mostBodyBytes) throw tooLarge();
  if (stated !== null) return new Uint8Array(await request.arrayBuffer());
  if (request.body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let byteCount = 0;
  for await (const chunk of request.body) {
    byteCount += chunk.length;
    if (byteCount > mostBodyBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The JSON value of a body; undefined where it is empty and `optional`. Throws a `Refusal` that names line and column. */
export function readJsonBody(
  bytes: Uint8Array,
  headers: Headers,
  accepted: readonly string[],
  { optional }: { readonly optional: boolean },
): unknown {
  if (bytes.length === 0 && optional) return undefined;
  requireType(headers, accepted);
  const read = readStrictJson(bytes);
  if (read.ok) return read.value;
  const { line, column, message } = read.fault;
  throw new Refusal({
    name: 'malformed_json',
    detail: `line ${line}, column ${column}: ${message}`,
    errors: [{ field: read.path, message }],
  });
}

function requireType(headers: Headers, accepted: readonly string[]): void {
  const type = headers.get('content-type') ?? '';
  const [essence = '', ...parameters] = type.split(';').map((part) => part.trim().toLowerCase());
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length);
  const isPlain = (headers.get('content-encoding') ?? 'identity').toLowerCase() === 'identity';
  const isUtf8 = charset === undefined || ['utf-8', '"utf-8"', 'utf8'].includes(charset);
  if (accepted.includes(essence) && isPlain && isUtf8) return;
  throw new Refusal({
    name: 'unsupported_media_type',
    detail: `the body must be ${accepted.join(' or ')}, in UTF-8 and without a content encoding`,
    headers: { Accept: accepted.join(', ') },
  });
}

function tooLarge(): Refusal {
  return new Refusal({ name: 'too_large', detail: `a body has at most ${mostBodyBytes / 1024} KiB` });
}
