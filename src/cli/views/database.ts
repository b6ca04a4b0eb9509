import type { SandboxStatus } from '../../sandbox/status.ts';
import { formatBytes, formatInstant } from './units.ts';

/** How the embedded database stands, in a few lines. */
export function databaseText(status: SandboxStatus, home: string, used: 'embedded' | 'url'): string {
  const lines = used === 'url' ? ['DATABASE_URL is set, so the embedded database is not used.'] : [];
  switch (status.kind) {
    case 'absent':
      return [
        ...lines,
        `There is no embedded database in ${home} yet; the first command that needs one makes it.`,
      ].join('\n');
    case 'stopped':
      return [
        ...lines,
        status.postgresPid === null
          ? 'stopped'
          : `stopping (PostgreSQL is still there as process ${status.postgresPid})`,
        `  data      ${status.dataDirectory} (${formatBytes(status.dataBytes)})`,
      ].join('\n');
    case 'running':
      return [
        ...lines,
        `running since ${formatInstant(new Date(status.startedAtMs))}`,
        `  server    PostgreSQL ${status.postgresVersion}, process ${status.postgresPid ?? 'none'}`,
        `  keeper    process ${status.keeperPid}, ${status.clients} ${status.clients === 1 ? 'client' : 'clients'}`,
        `  data      ${status.dataDirectory} (${formatBytes(status.dataBytes)})`,
        `  socket    ${status.socketDirectory}`,
        `  emulator  ${status.emulatorOrigin ?? 'not running'}`,
      ].join('\n');
  }
}
