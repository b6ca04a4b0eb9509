/** What a command is given to read: a file, or stdin. */
import { open } from 'node:fs/promises';
import { CalsyncError } from '../core/error.ts';
import { parseStrictJson } from '../core/strict-json.ts';
import { interrupted } from './failure.ts';
import type { World } from './world.ts';

/** Far above any schedule; a larger file was not meant. */
const mostInputBytes = 256 * 1024 * 1024;
export const stdinName = '-';

/** The bytes of a file, or of stdin where `path` is `-`. Throws `usage` where they cannot be read or are none. */
export async function readInput(path: string, world: World): Promise<Uint8Array> {
  const bytes = path === stdinName ? await readStdin(world) : await readFileOf(path);
  if (bytes.length === 0) throw unreadable(`${nameOf(path)} is empty`);
  return bytes;
}

/** As UTF-8 text, without its byte order mark. */
export async function readText(path: string, world: World): Promise<string> {
  const bytes = await readInput(path, world);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw unreadable(`${nameOf(path)} is not UTF-8 text: is it the right file?`);
  }
}

/** As JSON. Throws `usage`, naming line and column, and nothing of the text. */
export async function readJson(path: string, world: World): Promise<unknown> {
  const source = await readText(path, world);
  const read = parseStrictJson(source);
  if (read.ok) return read.value;
  const { line, column, message } = read.fault;
  throw unreadable(`${nameOf(path)} is not JSON: line ${line}, column ${column}: ${message}`);
}

export function nameOf(path: string): string {
  return path === stdinName ? 'the standard input' : path;
}

async function readStdin({ stdin, signal, stderr }: World): Promise<Uint8Array> {
  if (stdin.isTTY === true) stderr.write('reading from the keyboard; end with Ctrl-D\n');
  const chunks: Uint8Array[] = [];
  let byteCount = 0;
  const stop = () => stdin.destroy(interrupted());
  signal.addEventListener('abort', stop, { once: true });
  try {
    for await (const chunk of stdin) {
      const bytes = typeof chunk === 'string' ? new TextEncoder().encode(chunk) : (chunk as Uint8Array); // what a stream without encoding gives
      byteCount += bytes.length;
      if (byteCount > mostInputBytes) throw tooLarge(stdinName);
      chunks.push(bytes);
    }
  } finally {
    signal.removeEventListener('abort', stop);
  }
  return Buffer.concat(chunks);
}

async function readFileOf(path: string): Promise<Uint8Array> {
  try {
    const file = await open(path);
    try {
      const stat = await file.stat();
      if (stat.isDirectory()) throw unreadable(`${path} is a directory: name a file in it`);
      if (stat.size > mostInputBytes) throw tooLarge(path);
      return await file.readFile();
    } finally {
      await file.close();
    }
  } catch (thrown) {
    if (thrown instanceof CalsyncError) throw thrown;
    throw unreadable(`${path} cannot be read: ${reasonOf(thrown)}`, thrown);
  }
}

function reasonOf(thrown: unknown): string {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'there is no such file';
    case 'EACCES':
    case 'EPERM':
      return 'this user may not read it';
    default:
      return code === '' ? 'for a reason that the system did not give' : code;
  }
}

function tooLarge(path: string): CalsyncError {
  return unreadable(`${nameOf(path)} is larger than ${mostInputBytes / 1024 / 1024} MiB: is it the right file?`);
}

function unreadable(message: string, cause?: unknown): CalsyncError {
  return new CalsyncError('usage', message, { reason: 'unreadable_input', cause });
}
