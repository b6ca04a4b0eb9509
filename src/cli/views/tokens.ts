import type { ApiToken } from '../../store/api-token.ts';
import type { Paint } from '../output.ts';
import { tableText } from './table.ts';
import { formatInstant } from './units.ts';

export function tokensText(tokens: readonly ApiToken[], paint: Paint): string {
  if (tokens.length === 0) return 'There is no token. Make one: calsync tokens add NAME --scope read';
  const rows = tokens.map(({ name, scopes, ratePerMinute, createdAt, createdBy, lastUsedAt, revokedAt }) => [
    name,
    scopes.join(', '),
    String(ratePerMinute),
    `${formatInstant(createdAt)} by ${createdBy}`,
    formatInstant(lastUsedAt),
    revokedAt === null ? 'in use' : paint.dim(`revoked ${formatInstant(revokedAt)}`),
  ]);
  return tableText(['name', 'scopes', 'a minute', 'made', 'last used', 'state'], rows, paint);
}

export function tokensDocument(tokens: readonly ApiToken[]): unknown {
  return {
    tokens: tokens.map(({ name, scopes, ratePerMinute, createdAt, createdBy, lastUsedAt, revokedAt }) => ({
      name,
      scopes,
      ratePerMinute,
      createdAt: createdAt.toISOString(),
      createdBy,
      lastUsedAt: lastUsedAt?.toISOString() ?? null,
      revokedAt: revokedAt?.toISOString() ?? null,
    })),
  };
}
