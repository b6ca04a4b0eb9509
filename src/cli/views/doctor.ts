import type { HealthCheck } from '../../engine/doctor.ts';
import type { Paint } from '../output.ts';
import { printable } from './printable.ts';

export function doctorText(checks: readonly HealthCheck[], paint: Paint): string {
  const painted = { ok: paint.green, warning: paint.yellow, problem: paint.red } as const;
  return checks
    .map(
      ({ name, state, detail }) =>
        `${painted[state](state.padEnd(7))}  ${paint.bold(name.padEnd(8))}  ${printable(detail)}`,
    )
    .join('\n');
}

export function doctorDocument(checks: readonly HealthCheck[]): unknown {
  return { healthy: checks.every(({ state }) => state !== 'problem'), checks };
}
