import { mergeConfig } from 'vitest/config';
import base from './vitest.config.ts';

// Read by test/support before the workers start: which server the tests run on.
process.env.CALSYNC_TEST_POSTGRES = '14';

export default mergeConfig(base, {});
