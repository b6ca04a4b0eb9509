import type { PlantedBug } from '../plant.ts';

export const functionTakesAnyVersion: PlantedBug = {
  name: 'function-takes-any-version',
  says: '`cancel_event` cancels whatever version is there, whichever the caller saw.',
  edits: [
    {
      file: 'migrations/0012_sql_functions.sql',
      from: '    perform calsync.refuse_overtaken(there, cancel_event.generation, cancel_event.revision);\n',
      to: '    perform calsync.refuse_overtaken(there, null, null);\n',
    },
  ],
};
