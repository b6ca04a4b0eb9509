import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import { CalsyncError } from '../core/error.ts';
import type { KeyPair } from '../store/rekey.ts';

const entries = z.array(z.strictObject({ old: z.string().min(1), new: z.string().min(1) })).min(1);

/** Pairs from JSON (an array of `{"old", "new"}`) or CSV with the columns `old` and `new`. Throws `usage`, naming the entry. */
export function parseKeyPairs(text: string, name: string): readonly KeyPair[] {
  const read = entries.safeParse(text.trimStart().startsWith('[') ? readJson(text, name) : readCsv(text, name));
  if (!read.success) {
    const [issue] = read.error.issues;
    const place = typeof issue?.path[0] === 'number' ? `entry ${issue.path[0] + 1}` : 'the file';
    throw unreadable(`${name}: ${place} is not a pair of old and new key: ${issue?.message ?? ''}`);
  }
  return read.data.map((pair) => ({ from: pair.old, to: pair.new }));
}

function readJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw unreadable(`${name} is not JSON`);
  }
}

function readCsv(text: string, name: string): unknown {
  try {
    return parse(text, { columns: true, bom: true, skip_empty_lines: true });
  } catch {
    throw unreadable(`${name} is not CSV with the columns old and new`);
  }
}

function unreadable(message: string): CalsyncError {
  return new CalsyncError('usage', message, { reason: 'unreadable_input' });
}
