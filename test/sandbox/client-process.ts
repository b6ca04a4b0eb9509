// A process that is a client of a home's keeper until its stdin ends. Prints one JSON document: what it was given, or
// what it was told.
import { asCalsyncError } from '../../src/core/error.ts';
import { attachSandbox } from '../../src/sandbox/attach.ts';
import { systemClock } from '../../src/sandbox/system-clock.ts';

const { home, idleMs, emulator } = JSON.parse(process.argv[2] ?? '') as {
  home: string;
  idleMs: number;
  emulator: boolean;
};

try {
  const attachment = await attachSandbox({ home, idleMs, needs: { emulator }, clock: systemClock });
  process.stdout.write(`${JSON.stringify({ kind: 'attached', ...attachment })}\n`);
  process.stdin.resume().on('end', () => attachment.detach());
} catch (thrown) {
  const { kind, reason, message } = asCalsyncError(thrown);
  process.stdout.write(`${JSON.stringify({ kind: 'refused', error: kind, reason, message })}\n`);
}
