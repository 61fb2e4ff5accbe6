// Bundles the measured processes as `npm run build` bundles the program, so that the memory of reading TypeScript is not theirs.

import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundle } from '../../.bundle.ts';

const sources = [
  'bare-process.ts',
  'sweep-process.ts',
  'controller-process.ts',
  'scrape-process.ts',
] as const;
export type BuiltProcess = 'bare' | 'sweep' | 'controller' | 'scrape';

/** The program itself; its schemas are in the bundle. */
const program = join(import.meta.dirname, '../../src/main.ts');

export interface Built {
  file(name: BuiltProcess): URL;
  readonly program: URL;
  remove(): Promise<void>;
}

export const buildProcesses = async (temporaryFolder: string): Promise<Built> => {
  const folder = await mkdtemp(join(temporaryFolder, 'rolewarden-bench-'));
  const processes = sources.map((file) => [file.replace('.ts', ''), join(import.meta.dirname, file)]);
  await bundle({ ...Object.fromEntries(processes), rolewarden: program }, folder, '.mjs');
  return {
    program: pathToFileURL(join(folder, 'rolewarden.mjs')),
    file: (name) => pathToFileURL(join(folder, `${name}-process.mjs`)),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
};
