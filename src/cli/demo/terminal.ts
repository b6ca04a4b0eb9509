/** How the demo speaks: headings, the commands it runs with their own output, and what it checked. */
import { Readable, Writable } from 'node:stream';
import type { Environment } from '../../config.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { Output } from '../output.ts';
import type { World } from '../world.ts';

export type RunLine = (args: readonly string[], world: World) => Promise<ExitCode>;

export interface Ran {
  readonly code: ExitCode;
  readonly stdout: string;
}

/** One check of the demo: what was claimed, and what is wrong with it, if anything. */
export interface Check {
  readonly claim: string;
  readonly problems: readonly string[];
}

const mostProblemsShown = 5;

export class Terminal {
  private readonly world: World;
  private readonly output: Output;
  private readonly environment: Environment;
  private readonly runLine: RunLine;

  constructor(world: World, output: Output, environment: Environment, runLine: RunLine) {
    this.world = world;
    this.output = output;
    this.environment = environment;
    this.runLine = runLine;
  }

  heading(text: string): void {
    this.output.result(`\n${this.output.paint.bold(text)}`);
  }

  say(text: string): void {
    this.output.result(`  ${text}`);
  }

  check({ claim, problems }: Check): void {
    const { green, red } = this.output.paint;
    this.output.result(problems.length === 0 ? `  ${green('✓')} ${claim}` : `  ${red('✗')} ${claim}`);
    for (const problem of problems.slice(0, mostProblemsShown)) this.output.result(`      ${problem}`);
    if (problems.length > mostProblemsShown)
      this.output.result(`      … and ${problems.length - mostProblemsShown} more`);
  }

  /** Runs a command of calsync as its user would, and shows what it prints. */
  async calsync(...args: readonly string[]): Promise<Ran> {
    this.output.result(this.output.paint.dim(`  $ calsync ${args.map(quoted).join(' ')}`));
    return this.run(args, (text) => text);
  }

  /** Runs a command whose output is for the demo alone. */
  async quietly(...args: readonly string[]): Promise<Ran> {
    return this.run(args, () => '');
  }

  private async run(args: readonly string[], show: (text: string) => string): Promise<Ran> {
    let stdout = '';
    const code = await this.runLine(args, {
      ...this.world,
      stdin: Readable.from([]),
      stdout: this.passing(this.world.stdout, (text) => {
        stdout += text;
        return show(text);
      }),
      // Every command says that this is the sandbox; the demo says so once.
      stderr: this.passing(this.world.stderr, (text) => (text.startsWith('sandbox: ') ? '' : text)),
      environment: this.environment,
    });
    return { code, stdout };
  }

  private passing(
    target: World['stdout'],
    pass: (text: string) => string,
  ): Writable & { isTTY?: boolean; columns?: number } {
    const stream: Writable & { isTTY?: boolean; columns?: number } = new Writable({
      decodeStrings: false,
      write: (chunk: Buffer | string, _encoding, done) => {
        const text = pass(chunk.toString());
        if (text === '') done();
        else target.write(text, () => done());
      },
    });
    if (target.isTTY === true) stream.isTTY = true;
    if (target.columns !== undefined) stream.columns = target.columns;
    return stream;
  }
}

function quoted(word: string): string {
  return /[\s'"]/.test(word) ? `'${word}'` : word;
}
