import { requireWritten, type WriteResult } from '../write/result.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import type { Output } from './output.ts';
import { refusedDocument, writtenDocument, writtenText } from './views/written.ts';

/** Tells what a write did. A refusal is thrown for `failure.ts` to tell; with `--json` its problems are a document too. */
export function tellWrite(result: WriteResult, output: Output, json: boolean): ExitCode {
  if (json && result.kind === 'refused') output.json(refusedDocument(result.problems));
  const keys = requireWritten(toldOnce(result));
  if (json) output.json(writtenDocument(keys));
  else output.result(writtenText(keys));
  return exitCodes.done;
}

/** A thousand events on a calendar that is not managed are one thing to say. */
function toldOnce(result: WriteResult): WriteResult {
  if (result.kind === 'written') return result;
  const byMessage = new Map(result.problems.map((problem) => [problem.message, problem]));
  return { ...result, problems: [...byMessage.values()] };
}
