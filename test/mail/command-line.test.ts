import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { commandLine } from '../../src/mail/command-line.ts';

test.each([
  'class-42/slot-7',
  "o'brien",
  '$(touch /tmp/never) `id` ; rm -rf ~ && echo "x" | cat > y # !! \\',
  "it's \u202Ebackwards\u2069 'quoted' \\n",
  '東京 🎓',
  '--live',
  '-',
])('a shell hands a key of any characters to calsync as one argument: %j', (key) => {
  const script = `calsync() { for word in "$@"; do printf '%s\\0' "$word"; done; }\n${commandLine('diff', key)}`;
  const words = execFileSync('bash', ['--norc', '--noprofile', '-c', script], {
    encoding: 'utf8',
    env: { LC_ALL: 'C.UTF-8', PATH: process.env.PATH },
  });
  expect(words.split('\0').slice(0, -1)).toEqual(key.startsWith('-') ? ['diff', '--', key] : ['diff', key]);
});

test('what cannot be seen is spelled out in a command', () => {
  expect(commandLine('diff', 'a\u202Eb')).toBe("calsync diff $'a\\U0000202eb'");
});
