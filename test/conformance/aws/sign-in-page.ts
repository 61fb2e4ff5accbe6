// A page that hands an assertion to AWS as a browser would after a sign-in. It lets in whoever opens it within five minutes,
// so it lies in a folder of its own that only we can read, and goes with the experiment.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Context } from '../experiment.ts';

const pageOf = (action: string, assertion: string): string =>
  `<!doctype html><title>Sign in</title><form method="post" action="${action}"><input type="hidden" name="SAMLResponse" value="${assertion}"><button>Sign in</button></form><script>document.forms[0].submit()</script>`;

/** The file's path. */
export const signInPage = async (
  { undo, prefix }: Context,
  action: string,
  assertion: () => string,
): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), `${prefix}-`));
  undo.add({
    what: `the folder ${folder}`,
    command: `rm -r ${folder}`,
    run: () => rm(folder, { recursive: true, force: true }),
  });
  const file = join(folder, 'sign-in.html');
  await writeFile(file, pageOf(action, assertion()), { mode: 0o600 });
  return file;
};
