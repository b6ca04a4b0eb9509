import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A file of the independent test data as text, or null (with a line that says so) when CALSYNC_TEST_DATA is unset. */
export function testDataText(path: string): string | null {
  const directory = process.env.CALSYNC_TEST_DATA;
  if (directory !== undefined) return readFileSync(join(directory, path), 'utf8');
  console.log(`skipped: ${path} (CALSYNC_TEST_DATA is unset)`);
  return null;
}
