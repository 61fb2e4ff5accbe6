// Holds the layer table: who may import whom, deny by default.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const src = join(root, 'src');

type Layer =
  | 'domain'
  | 'policy'
  | 'entra'
  | 'aws'
  | 'lease'
  | 'desired'
  | 'plan'
  | 'doctor'
  | 'reconcile'
  | 'report'
  | 'sandbox'
  | 'cli'
  | 'main.ts'
  | 'version.ts'
  | 'schemas';

const everything: readonly Layer[] = [
  'domain',
  'policy',
  'entra',
  'aws',
  'lease',
  'desired',
  'plan',
  'doctor',
  'reconcile',
  'report',
  'sandbox',
  'cli',
  'version.ts',
  'schemas',
];

/** What each layer may import besides itself. */
const mayImport: Readonly<Record<Layer, readonly Layer[]>> = {
  domain: [],
  policy: ['domain', 'schemas'],
  entra: ['domain'],
  aws: ['domain'],
  lease: ['domain'],
  desired: ['domain'],
  plan: ['domain', 'desired'],
  doctor: ['domain'],
  reconcile: ['domain', 'desired', 'plan'],
  report: ['domain', 'reconcile'],
  sandbox: ['domain'],
  cli: everything,
  'main.ts': everything,
  'version.ts': [],
  schemas: [],
};

/** Packages by the layers that may use them; Node's own modules are free except where `pure` says otherwise. */
const packages: Readonly<Record<string, readonly Layer[]>> = {
  '@aws-sdk': ['aws', 'lease', 'sandbox'],
  '@smithy': ['aws', 'sandbox'],
  '@azure/core-auth': ['entra'],
  '@azure/identity': ['entra'],
  '@microsoft/microsoft-graph-client': ['entra'],
  '@peculiar/x509': ['sandbox'],
  'reflect-metadata': ['sandbox'],
  'fast-xml-parser': ['doctor', 'sandbox'],
  '@hono/node-server': ['report', 'sandbox'],
  hono: ['report', 'sandbox'],
  ajv: ['policy', 'sandbox'],
  'ajv-formats': ['policy', 'sandbox'],
  yaml: ['policy'],
  'isomorphic-git': ['policy'],
  'node-cron': ['reconcile', 'policy'],
  'p-map': ['aws', 'entra', 'reconcile', 'cli'],
  'prom-client': ['report'],
  pino: ['report'],
  'pino-pretty': ['report'],
  commander: ['cli', 'main.ts'],
};

/** Deciding does no I/O: of Node's modules only hashing. */
const pureLayers: readonly Layer[] = ['domain', 'desired', 'plan', 'doctor'];
const pureModules = new Set(['node:crypto']);

const filesBelow = (folder: string): readonly string[] =>
  readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesBelow(path) : path.endsWith('.ts') ? [path] : [];
  });

const importsOf = (text: string): readonly string[] =>
  [...text.matchAll(/(?:^|\n)\s*(?:import|export)\s(?:[^'";]*?\sfrom\s)?'([^']+)'|import\('([^']+)'\)/g)].map(
    (match) => match[1] ?? match[2] ?? '',
  );

const layerOf = (path: string): Layer => {
  const fromSrc = relative(src, path);
  if (fromSrc.startsWith('..')) return relative(root, path).split('/')[0] as Layer;
  return fromSrc.split('/')[0] as Layer;
};

const packageOf = (specifier: string): string | undefined =>
  Object.keys(packages).find((name) => specifier === name || specifier.startsWith(`${name}/`));

/** What is wrong with one import; undefined when it is allowed. */
const violation = (file: string, specifier: string): string | undefined => {
  const layer = layerOf(file);
  const say = (what: string): string => `${relative(root, file)} (${layer}) imports ${what}`;
  if (specifier.startsWith('.')) {
    const target = layerOf(resolve(dirname(file), specifier));
    return target === layer || (mayImport[layer] ?? []).includes(target)
      ? undefined
      : say(`${specifier} (${target})`);
  }
  if (specifier.startsWith('node:'))
    return pureLayers.includes(layer) && !pureModules.has(specifier) ? say(specifier) : undefined;
  if (builtinModules.includes(specifier)) return say(`${specifier} without node:`);
  const name = packageOf(specifier);
  return name !== undefined && packages[name]?.includes(layer) === true ? undefined : say(specifier);
};

const violationsIn = (file: string, text: string): readonly string[] =>
  importsOf(text).flatMap((specifier) => violation(file, specifier) ?? []);

describe('the layers', () => {
  const files = filesBelow(src);

  it('import only what the table allows', () => {
    expect(files.length).toBeGreaterThan(100);
    expect(files.flatMap((file) => violationsIn(file, readFileSync(file, 'utf8')))).toEqual([]);
  });

  it('have no folder that the table does not name', () => {
    expect(readdirSync(src).filter((name) => !(name in mayImport))).toEqual([]);
  });

  it('have no folder or file where everything goes', () => {
    expect(files.filter((file) => /\/(utils?|helpers?|common|misc|index)(\.ts|\/)/.test(file))).toEqual([]);
  });

  it.each([
    ['domain', "import { makePlan } from '../plan/make-plan.ts';"],
    ['plan', "import { readFile } from 'node:fs/promises';"],
    ['doctor', "import { makePlan } from '../plan/make-plan.ts';"],
    ['desired', "import { openAccounts } from '../aws/open-accounts.ts';"],
    ['aws', "import { openEntraDirectory } from '../entra/entra-directory.ts';"],
    ['lease', "import { classifyError } from '../aws/classify-error.ts';"],
    ['reconcile', "import { IAMClient } from '@aws-sdk/client-iam';"],
    ['report', "import { makePlan } from '../plan/make-plan.ts';"],
    ['sandbox', "import {\n  parse,\n} from '../policy/load-policies.ts';"],
    ['entra', "const x = await import('../aws/open-accounts.ts');"],
    ['policy', "import leftPad from 'left-pad';"],
    ['domain', "export * from '../desired/resolve-desired.ts';"],
  ])('a planted violation in %s is caught', (layer, text) => {
    expect(violationsIn(join(src, layer, 'planted.ts'), text).length).toBe(1);
  });

  it('process, environment and clock are touched only where they are wired in', () => {
    const free = /^src\/(cli|sandbox|main\.ts)/;
    const touching = files
      .filter((file) => !free.test(relative(root, file)))
      .flatMap((file) =>
        readFileSync(file, 'utf8')
          .split('\n')
          .filter((line) => !/^\s*(\/\/|\*|\/\*)/.test(line))
          .filter((line) => /\bprocess\.env\b|\bDate\.now\(\)|\bnew Date\(\)/.test(line))
          .map((line) => `${relative(root, file)}: ${line.trim()}`),
      );
    expect(touching).toEqual([]);
  });
});
