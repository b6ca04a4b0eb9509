// Stands for a run of vitest: sets up, has one database server, and stays until it is killed.
import { setup } from '../support/global-setup.ts';
import { withServer } from '../support/postgres-server.ts';

let directory = '';
setup({
  provide: (_name, value) => {
    directory = value;
  },
});
await withServer(directory, async () => process.stdout.write(`${directory}\n`));
process.stdin.resume();
