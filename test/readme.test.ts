// What the README says of commands, metrics and hold reasons is what the program has.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compareText } from '../src/domain/statement.ts';
import { loadPolicies } from '../src/policy/load-policies.ts';
import { renderMetricsTable } from '../src/report/metric-docs.ts';
import { commandNamed, commandNames, unknownOptions } from './typed-commands.ts';

const root = resolve(import.meta.dirname, '..');
const readme = readFileSync(resolve(root, 'README.md'), 'utf8');

/** Words of every command that the README has a reader type, from the command's name on. */
const typed = (text: string): readonly (readonly string[])[] =>
  [...text.matchAll(/(?:npm run -s rolewarden -- |`rolewarden )([a-z]+[^`\n#|>&]*)/g)].map((match) =>
    (match[1] ?? '').trim().split(/\s+/),
  );

describe('the commands of the README', () => {
  it('are all there', () => {
    expect(typed(readme).length).toBeGreaterThanOrEqual(10);
    expect(typed(readme).filter(([name]) => commandNamed(name) === undefined)).toEqual([]);
  });

  it('have the options that are given', () => {
    expect(typed(readme).filter((words) => unknownOptions(words).length > 0)).toEqual([]);
  });

  it('and every command is in its table, with the options that stand next to it', () => {
    const rows = [...readme.matchAll(/^\| `rolewarden ([a-z]+)[^`]*` \| (.*) \|$/gm)];
    expect(new Set(rows.map((row) => row[1]))).toEqual(new Set(commandNames));
    expect(rows).toHaveLength(commandNames.length);
    for (const [, name, text] of rows) {
      const options = [...(text ?? '').matchAll(/`(--[a-z-]+)`/g)].map((match) => match[1] ?? '');
      expect(unknownOptions([name ?? '', ...options])).toEqual([]);
    }
  });

  it('a command or an option that is not there would be found', () => {
    const [words = []] = typed('`rolewarden plan --fast`');
    expect(unknownOptions(words)).toEqual(['--fast']);
    expect(commandNamed(typed('npm run -s rolewarden -- fly')[0]?.[0])).toBeUndefined();
  });
});

describe('the scripts of the README', () => {
  it('are in package.json', () => {
    const { scripts } = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const named = [...readme.matchAll(/npm (?:run (?:-s )?)?(start|test|[a-z]+)\b/g)]
      .map((match) => match[1] ?? '')
      .filter((name) => !['ci', 'run', 'install'].includes(name));
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});

describe('the configs of the README', () => {
  it('that name a repository are valid', () => {
    const examples = [...readme.matchAll(/```yaml\n( {2}policies:\n[^`]*)```/g)].map(
      (match) => match[1] ?? '',
    );
    expect(examples).toHaveLength(2);
    for (const policies of examples) {
      const text = `apiVersion: rolewarden/v1alpha1\nkind: ControllerConfig\nmetadata: { name: main }\nspec:\n  instance: contoso-main\n  entra: { tenantId: 3c1f6a0e-7d52-4f7b-9a44-1b6b8e2f5d10 }\n${policies}`;
      const { configs, problems } = loadPolicies([{ path: 'config.yaml', content: Buffer.from(text) }]);
      expect(problems).toEqual([]);
      expect(configs[0]?.policyOrigin.kind).toBe('git');
    }
  });
});

describe('the tables of the README', () => {
  it('list the metrics as the program describes them', () => {
    const [, table] = /<!-- metrics:begin -->\n([^]*?)<!-- metrics:end -->/.exec(readme) ?? [];
    expect(table).toBe(renderMetricsTable());
  });

  it('explain exactly the hold reasons that there are', () => {
    const source = readFileSync(resolve(root, 'src/domain/plan.ts'), 'utf8');
    const [, union = ''] = /export type HoldReason =\n([^;]*);/.exec(source) ?? [];
    const reasons = [...union.matchAll(/'(\w+)'/g)].map((match) => match[1] ?? '');
    const [, section = ''] =
      /\| reason \| meaning \| what to do \|\n\|[-|]+\|\n([^]*?)\n\n/.exec(readme) ?? [];
    const explained = section
      .split('\n')
      .flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map((match) => match[1] ?? ''));
    expect(reasons.length).toBeGreaterThan(15);
    expect(explained.toSorted(compareText)).toEqual(reasons.toSorted(compareText));
  });
});
