import type { Account } from '../../store/account.ts';
import type { Calendar } from '../../store/calendar.ts';
import type { Paint } from '../output.ts';
import { tableText } from './table.ts';
import { formatInstant } from './units.ts';

export function accountsText(accounts: readonly Account[], calendars: readonly Calendar[], paint: Paint): string {
  if (accounts.length === 0) return 'No account is connected. Connect one: calsync accounts connect EMAIL';
  const rows = accounts.map((account) => [
    account.id,
    stateText(account, paint),
    formatInstant(account.stateSince),
    String(calendars.filter((calendar) => calendar.account === account.id).length),
  ]);
  return tableText(['account', 'state', 'since', 'calendars'], rows, paint);
}

/** The state of an account in words that say what to do. */
function stateText({ id, state, pausedUntil }: Account, paint: Paint): string {
  switch (state) {
    case 'active':
      return paint.green('active');
    case 'reauth_required':
      return paint.red(`needs its owner's consent again: calsync accounts connect ${id}`);
    case 'quota_paused':
      return paint.yellow(`paused by Google's quota until ${formatInstant(pausedUntil)}`);
  }
}

export function accountsDocument(accounts: readonly Account[]): unknown {
  return {
    accounts: accounts.map((account) => ({
      account: account.id,
      state: account.state,
      reason: account.stateReason,
      since: account.stateSince.toISOString(),
      pausedUntil: account.pausedUntil?.toISOString() ?? null,
      scopes: account.scopes,
      connectedAt: account.createdAt.toISOString(),
    })),
  };
}
