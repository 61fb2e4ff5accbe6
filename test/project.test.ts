// What the project says of itself in several places, held together.

import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { version } from '../src/version.ts';
import { nodeEnvironment, nodeFlags } from './bench/runtime.ts';

const root = resolve(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(resolve(root, path), 'utf8');
const manifest = JSON.parse(read('package.json')) as {
  version: string;
  scripts: Record<string, string>;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
};

describe('the package', () => {
  it('has the version that the program prints', () => {
    expect(version).toBe(manifest.version);
  });

  it('pins every dependency exactly', () => {
    const loose = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }).filter(
      ([, range]) => !/^\d+\.\d+\.\d+$/.test(range),
    );
    expect(loose).toEqual([]);
  });

  it('names no download host in the lockfile', () => {
    expect(read('package-lock.json')).not.toMatch(/"resolved": "http/);
  });

  it('builds into the image what the Dockerfile runs', () => {
    expect(manifest.scripts['build']).toBe('node .bundle.ts dist/rolewarden.js');
    expect(read('Dockerfile')).toContain('/build/dist/rolewarden.js');
    expect(read('.dockerignore')).toContain('!schemas');
  });

  it('is benchmarked with the flags that the image runs it with', () => {
    for (const flag of nodeFlags) expect(read('Dockerfile')).toContain(`"${flag}"`);
    for (const [name, value] of Object.entries(nodeEnvironment))
      expect(read('Dockerfile')).toContain(`ENV ${name}=${value}\n`);
  });

  it("has .ci/run run README's test command", () => {
    expect(read('README.md')).toContain('npm ci && npm test');
    expect(read('.ci/run')).toContain('npm ci && npm test');
  });

  it('links only to files that are there', () => {
    for (const document of ['README.md', 'CONTRIBUTING.md']) {
      const links = [...read(document).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map((match) => match[1] ?? '');
      expect(links.filter((link) => !existsSync(resolve(root, link)))).toEqual([]);
    }
  });
});
