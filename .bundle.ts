// How the program becomes the one file that the image runs: `node .bundle.ts dist/rolewarden.js`.

import { realpathSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, extname } from 'node:path';
import { build, type BuildOptions } from 'esbuild';

const options: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node22',
  format: 'esm',
  mainFields: ['module', 'main'],
  legalComments: 'none',
  // What is left of white space is memory as long as the program runs; names stay, for stack traces.
  minifyWhitespace: true,
  minifySyntax: true,
  lineLimit: 200,
  banner: {
    js: "import { createRequire as bannerRequire } from 'node:module'; const require = bannerRequire(import.meta.url);",
  },
  logLevel: 'error',
};

/**
 * With a single character beyond ASCII, Node keeps the whole source at two bytes a character. esbuild escapes them where it
 * writes strings anew; what it takes over as it is, regular expressions and tagged templates, may be escaped all the same.
 */
const withinAscii = (source: string): string =>
  source.replaceAll(/[^\0-\x7F]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Writes a file for each entry, which is a source by its name without extension. */
export const bundle = async (
  entries: Readonly<Record<string, string>>,
  folder: string,
  extension: '.js' | '.mjs' = '.js',
): Promise<void> => {
  const { outputFiles } = await build({
    ...options,
    entryPoints: { ...entries },
    outdir: folder,
    outExtension: { '.js': extension },
    write: false,
  });
  await mkdir(folder, { recursive: true });
  for (const { path, text } of outputFiles) await writeFile(path, withinAscii(text));
};

// Run, and not imported; by whatever links the way to it leads.
if (realpathSync(process.argv[1] ?? '') === import.meta.filename) {
  const file = process.argv[2] ?? 'dist/rolewarden.js';
  const name = basename(file, extname(file));
  await bundle({ [name]: 'src/main.ts' }, dirname(file));
}
