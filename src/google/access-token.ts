import type { Clock } from '../core/ports.ts';
import type { Grant } from './oauth.ts';

/** A token is replaced this long before its end, so that it does not die on the way … */
const REFRESH_AHEAD_MS = 60_000;
/** … but a short-lived one no earlier than in the last tenth of its life. */
const REFRESH_AHEAD_SHARE = 0.1;

/** An account's access token, kept fresh. */
export interface AccessToken {
  /** One that is good by the clock; all who wait at the same time share one refresh. */
  current(): Promise<string>;
  /** Another one than `refused`, which Google answered with 401; one refresh for all who were refused with it. */
  renew(refused: string): Promise<string>;
}

interface AccessTokenOptions {
  readonly clock: Clock;
  readonly refreshToken: string;
  readonly refresh: (refreshToken: string) => Promise<Grant>;
  /** Told of every refresh before anyone uses it. A grant with a `refreshToken` replaces the one in use: keep it. */
  readonly onTokenRefreshed?: ((grant: Grant) => void | Promise<void>) | undefined;
}

/** Keeps one account's access token on the clock port. A refresh that fails fails for all who wait, and is forgotten. */
export function keepAccessToken(options: AccessTokenOptions): AccessToken {
  const { clock, refresh, onTokenRefreshed } = options;
  let { refreshToken } = options;
  let grant: Grant | undefined;
  let refreshing: Promise<Grant> | undefined;

  const refreshOnce = async (): Promise<Grant> => {
    const fresh = await refresh(refreshToken);
    refreshToken = fresh.refreshToken ?? refreshToken;
    await onTokenRefreshed?.(fresh);
    grant = fresh;
    return fresh;
  };
  const refreshShared = (): Promise<Grant> => {
    refreshing ??= refreshOnce().finally(() => {
      refreshing = undefined;
    });
    return refreshing;
  };

  return {
    current: async () => (isFresh(grant, clock.now()) ? grant : await refreshShared()).accessToken,
    renew: async (refused) => {
      if (grant !== undefined && grant.accessToken !== refused) return grant.accessToken;
      return (await refreshShared()).accessToken;
    },
  };
}

function isFresh(grant: Grant | undefined, nowMs: number): grant is Grant {
  return grant !== undefined && nowMs < refreshDueMs(grant);
}

function refreshDueMs({ expiresAtMs, lifetimeMs }: Grant): number {
  return expiresAtMs - Math.min(REFRESH_AHEAD_MS, lifetimeMs * REFRESH_AHEAD_SHARE);
}
