// Folders for one test, removed after it.

import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

export interface Scratch {
  readonly path: string;
  /** Writes a file and the folders above it; gives its path. */
  readonly write: (name: string, content: string | Uint8Array) => string;
  readonly at: (name: string) => string;
}

export const scratch = (): Scratch => {
  const path = mkdtempSync(join(realpathSync(tmpdir()), 'rolewarden-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  const at = (name: string) => join(path, name);
  const write = (name: string, content: string | Uint8Array) => {
    mkdirSync(dirname(at(name)), { recursive: true });
    writeFileSync(at(name), content);
    return at(name);
  };
  return { path, write, at };
};

/** An Account of that name. */
export const accountYaml = (name: string): string =>
  [
    'apiVersion: rolewarden/v1alpha1',
    'kind: Account',
    `metadata: {name: ${name}}`,
    'spec: {accountId: "111122223333", permissionsBoundary: "arn:aws:iam::aws:policy/ReadOnlyAccess"}',
    '',
  ].join('\n');
