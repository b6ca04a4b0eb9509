import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Home } from './home.ts';
import { keptSecret } from './kept-secret.ts';
import type { EmulatorAddress } from './protocol.ts';

export interface HostedEmulator {
  readonly address: EmulatorAddress;
  close(): Promise<void>;
}

/**
 * The sandbox's Google, in this process, on loopback. Its state and its secret live in the home; its port stays the
 * same as long as nobody else takes it, so that a client outlives a killed keeper.
 */
export async function hostEmulator(home: Home): Promise<HostedEmulator> {
  const directory = join(home.directory, 'sandbox');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const secret = keptSecret(join(directory, 'secret'), 'hex');
  // Only here, and only when asked: a database without a sandbox needs none of it.
  const { createEmulator } = await import('../emulator/index.ts');
  const emulator = createEmulator({ secret, state: { file: join(directory, 'emulator.jsonl') } });
  const listening = await listenOnKnownPort(join(directory, 'port'), (port) =>
    emulator.listen({ port, host: '127.0.0.1' }),
  );
  const close = async () => {
    await listening.close();
    emulator.close();
  };
  return { address: { origin: listening.origin, secret }, close };
}

async function listenOnKnownPort<Listening extends { readonly port: number }>(
  file: string,
  listenOn: (port: number) => Promise<Listening>,
): Promise<Listening> {
  const known = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
  const listening = await listenOn(known).catch((thrown: unknown) => {
    if (known !== 0 && isTaken(thrown)) return listenOn(0);
    throw thrown;
  });
  writeFileSync(file, `${listening.port}\n`);
  return listening;
}

function isTaken(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === 'EADDRINUSE';
}
