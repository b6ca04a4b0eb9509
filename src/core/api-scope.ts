/** What a token of the HTTP API may do. `admin` is everything. */
export const apiScopes = ['read', 'write', 'admin'] as const;
export type ApiScope = (typeof apiScopes)[number];

/** Requests a minute that a token may be given at most. */
export const mostTokenRatePerMinute = 1_000_000;
