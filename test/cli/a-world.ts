import { Readable, Writable } from 'node:stream';
import { run } from '../../src/cli/run.ts';
import type { World } from '../../src/cli/world.ts';
import type { Environment } from '../../src/config.ts';

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line in this process, with nothing of this process's environment. */
export async function calsync(
  args: readonly string[],
  environment: Environment,
  stdin: string | Uint8Array = '',
): Promise<Ran> {
  const { world, ran } = aWorld(environment, stdin);
  const code = await run(args, world);
  return { code, ...ran() };
}

/** A world whose streams are kept, neither of them a terminal. */
function aWorld(
  environment: Environment,
  stdin: string | Uint8Array = '',
  signal: AbortSignal = new AbortController().signal,
): { readonly world: World; ran(): Omit<Ran, 'code'> } {
  const stdout = kept();
  const stderr = kept();
  const world = { stdin: Readable.from([stdin], { objectMode: false }), stdout, stderr, environment, signal };
  return { world, ran: () => ({ stdout: stdout.text(), stderr: stderr.text() }) };
}

function kept(): Writable & { text(): string } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  return Object.assign(stream, { text: () => Buffer.concat(chunks).toString() });
}
