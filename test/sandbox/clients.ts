import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { nodeOptions } from '../../src/sandbox/watchdog-process.ts';

const thisCheckout = fileURLToPath(new URL('../..', import.meta.url));

export interface Attached {
  readonly kind: 'attached';
  readonly postgres: { readonly host: string; readonly user: string; readonly database: string };
  readonly databaseUrl: string;
  readonly emulator: { readonly origin: string; readonly secret: string } | null;
}

export interface Refused {
  readonly kind: 'refused';
  readonly error: string;
  readonly reason: string;
  readonly message: string;
}

export interface ClientProcess {
  readonly process: ChildProcess;
  readonly answer: Attached | Refused;
  /** Detaches and waits for its end. */
  end(): Promise<void>;
  kill(): Promise<void>;
}

interface ClientOptions {
  readonly idleMs: number;
  readonly emulator?: boolean;
  /** The checkout whose calsync it runs. */
  readonly checkout?: string;
  /** As another user, with a home directory of its own; null: as this one. */
  readonly user?: { readonly uid: number; readonly gid: number } | null;
}

/** Starts a process that attaches to `home`, and waits for what it is answered. */
export async function startClient(home: string, options: ClientOptions): Promise<ClientProcess> {
  const { idleMs, emulator = false, checkout = thisCheckout, user = null } = options;
  const script = join(checkout, 'test', 'sandbox', 'client-process.ts');
  const child = spawn(process.execPath, [...nodeOptions, script, JSON.stringify({ home, idleMs, emulator })], {
    stdio: ['pipe', 'pipe', 'inherit'],
    cwd: '/',
    env: user === null ? process.env : { HOME: '/nonexistent' },
    ...user,
  });
  const [line] = await Promise.race([
    once(createInterface(child.stdout), 'line'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`the client ended with ${code} and no answer`))),
  ]);
  const ended = async () => {
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  };
  const end = async () => {
    child.stdin.end();
    await ended();
  };
  const kill = async () => {
    child.kill('SIGKILL');
    await ended();
  };
  return { process: child, answer: JSON.parse(line) as Attached | Refused, end, kill };
}

/** A client that must get its database. */
export async function attachedClient(
  home: string,
  options: ClientOptions,
): Promise<ClientProcess & { answer: Attached }> {
  const client = await startClient(home, options);
  if (client.answer.kind === 'attached') return { ...client, answer: client.answer };
  throw new Error(client.answer.message);
}
