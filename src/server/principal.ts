import type { ApiScope } from '../core/api-scope.ts';

/** Who asks. */
export interface Principal {
  /** Distinguishes tokens where their idempotency keys and rates are concerned: `token:7`, `admin`. */
  readonly id: string;
  /** The actor of what is written. */
  readonly name: string;
  readonly scopes: readonly ApiScope[];
  /** Requests a minute; null: as many as it likes. */
  readonly ratePerMinute: number | null;
}

/** `admin` is everything. */
export function mayDo({ scopes }: Principal, scope: ApiScope): boolean {
  return scopes.includes(scope) || scopes.includes('admin');
}
