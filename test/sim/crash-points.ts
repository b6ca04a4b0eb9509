import type { SiteDatabase } from './site.ts';
import type { Violation } from './violation.ts';
export async function crashEverywhere(_d: readonly SiteDatabase[], _o: string | null, _s: (l: string) => void) {
  return { scenarios: 0, points: 0, steps: 0, findings: [] as { scenario: string; point: string; violation: Violation; story: string }[] };
}
