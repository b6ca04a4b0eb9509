import type { PlantedBug } from '../plant.ts';

export const functionTakesAnyVersion: PlantedBug = {
  name: 'function-takes-any-version',
  says: 'The functions for SQL write over whatever version is there, whichever the caller saw.',
  edits: [
    {
      file: 'migrations/0012_sql_functions.sql',
      from: '    if seen_generation <> there.generation then\n',
      to: '    if false then\n',
    },
    {
      file: 'migrations/0012_sql_functions.sql',
      from: '    elsif seen_revision <> there.revision then\n',
      to: '    elsif false then\n',
    },
  ],
};
