import { CalsyncError } from '../core/error.ts';
import { parseEventSpec, type WrittenEvent } from '../core/event-spec.ts';
import { quoted } from '../core/spec-problem.ts';
import { nameOf, readJson } from './input.ts';
import type { World } from './world.ts';

const mostProblemsShown = 50;

export interface EventsInput {
  readonly specs: readonly WrittenEvent[];
  /** What is allowed but hardly meant, one sentence each. */
  readonly warnings: readonly string[];
}

/** Events as the contract writes them: one, or an array. Throws `usage` with every problem of every event. */
export async function readEvents(path: string, world: World): Promise<EventsInput> {
  const input = await readJson(path, world);
  const list: readonly unknown[] = Array.isArray(input) ? input : [input];
  if (list.length === 0) throw new CalsyncError('usage', `${nameOf(path)} has no event in it`, { reason: 'no_event' });
  const specs: WrittenEvent[] = [];
  const problems: string[] = [];
  const warnings: string[] = [];
  for (const [index, item] of list.entries()) {
    const place = placeOf(item, index, list.length);
    const parsed = parseEventSpec(item);
    if (parsed.ok) {
      specs.push(parsed.spec);
      warnings.push(...parsed.warnings.map((warning) => `${place}${warning.path} ${warning.message}`));
    } else problems.push(...parsed.problems.map((problem) => `${place}${`${problem.path} ${problem.message}`.trim()}`));
  }
  if (problems.length > 0) throw wrongEvents(path, problems);
  return { specs, warnings };
}

/** Which of several it is, by the name that its author gave it if there is one. */
function placeOf(item: unknown, index: number, count: number): string {
  if (count === 1) return '';
  const key =
    typeof item === 'object' && item !== null && 'key' in item && typeof item.key === 'string'
      ? ` (${quoted(item.key)})`
      : '';
  return `event ${index + 1}${key}: `;
}

function wrongEvents(path: string, problems: readonly string[]): CalsyncError {
  const shown = problems.slice(0, mostProblemsShown).map((problem) => `  ${problem}`);
  const more = problems.length > shown.length ? [`  … and ${problems.length - shown.length} more`] : [];
  const head = `${nameOf(path)} has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}, and nothing was written:`;
  return new CalsyncError('usage', [head, ...shown, ...more].join('\n'), { reason: 'wrong_events' });
}
