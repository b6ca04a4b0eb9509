import type { TestConnection } from './postgres.ts';

/** A database that others are cloned from, made once a run. `name` is a plain SQL identifier. */
export interface Template {
  readonly name: string;
  prepare(connection: TestConnection): Promise<void>;
}

/** Nothing in it, for tests of the migrations themselves. */
export const emptyTemplate: Template = { name: 'empty', prepare: async () => undefined };
