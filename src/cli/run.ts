import type { Perform } from './context.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { tellFailure } from './failure.ts';
import { createOutput } from './output.ts';
import { perform } from './perform.ts';
import { createProgram } from './program.ts';
import type { World } from './world.ts';

/** Runs one command line (without the names of Node and program) and answers its exit code; never throws. */
export async function run(args: readonly string[], world: World): Promise<ExitCode> {
  let code: ExitCode = exitCodes.done;
  const performHere: Perform = async (action, options) => {
    code = await perform(world, action, options);
  };
  try {
    await createProgram(world, performHere, run).parseAsync([...args], { from: 'user' });
    return code;
  } catch (thrown) {
    return tellFailure(thrown, createOutput(world), world);
  }
}
