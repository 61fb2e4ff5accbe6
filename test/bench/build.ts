// Bundles the measured processes as `npm run build` bundles the program, so that the memory of reading TypeScript is not theirs.

import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

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

const banner =
  "import { createRequire as bannerRequire } from 'node:module'; const require = bannerRequire(import.meta.url);";

export const buildProcesses = async (temporaryFolder: string): Promise<Built> => {
  const folder = await mkdtemp(join(temporaryFolder, 'rolewarden-bench-'));
  await build({
    entryPoints: [
      ...sources.map((file) => ({ in: join(import.meta.dirname, file), out: file.replace('.ts', '') })),
      { in: program, out: 'rolewarden' },
    ],
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'esm',
    mainFields: ['module', 'main'],
    legalComments: 'none',
    minifyWhitespace: true,
    minifySyntax: true,
    lineLimit: 200,
    banner: { js: banner },
    logLevel: 'error',
  });
  return {
    program: pathToFileURL(join(folder, 'rolewarden.mjs')),
    file: (name) => pathToFileURL(join(folder, `${name}-process.mjs`)),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
};
