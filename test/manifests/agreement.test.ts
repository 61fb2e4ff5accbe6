// What the parts of a deployment call each other by, said in several files and held together here.

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/policy/read-config.ts';
import {
  controllerArn,
  instance,
  leaseTableArn,
  planArn,
  planSubject,
  readerArn,
  spokeArn,
} from './deployed.ts';
import { readText } from './dockerfile.ts';
import { manifests, templateText } from './templates.ts';

const nameOf = (arn: string): string => arn.split('/').at(-1) ?? '';
const example = readText('manifests/deploy/example/main.tf');
const spokeModule = readText('manifests/deploy/modules/spoke/main.tf');
const controllerModule = readText('manifests/deploy/modules/controller/main.tf');
const readme = readText('README.md');

describe('roles', () => {
  it.each([
    [spokeArn, [spokeModule, example, readText('manifests/deploy/modules/guardrails/main.tf')]],
    [readerArn, [spokeModule, example, readText('manifests/github/.github/workflows/rolewarden-plan.yaml')]],
    [controllerArn, [controllerModule, readme]],
    [planArn, [readText('manifests/deploy/modules/github-plan/main.tf'), readme]],
    [leaseTableArn, [controllerModule]],
  ])('%s has one name', (arn, texts) => {
    for (const text of texts) expect(text).toMatch(new RegExp(`\\b${nameOf(arn)}\\b`));
  });

  it('that are the controller’s are those that the organization guards', () => {
    expect(templateText('organization.json.tftpl')).toContain(':role/rolewarden-*"');
    for (const arn of [spokeArn, readerArn, controllerArn, planArn])
      expect(nameOf(arn)).toMatch(/^rolewarden-/);
  });
});

it('the subject of the workflow’s tokens is the same for AWS, for Entra and in the README', () => {
  expect(example).toContain(`"${planSubject}"`);
  expect(readme).toContain(` ${planSubject} \\\n`);
});

describe('configs', () => {
  it.each(['deploy/example/rolewarden.yaml', 'github/plan.yaml'])(
    '%s is valid, of one instance',
    async (file) => {
      const { config, problems } = await readConfig(resolve(manifests, file));
      expect(problems).toEqual([]);
      expect(config?.instance).toBe(instance);
      expect(config?.defaultMode).toBe('observe');
      expect(example).toContain(`instance = "${instance}"`);
    },
  );
});

describe('the README', () => {
  it('runs scripts that are there', () => {
    const scripts = [...readme.matchAll(/^ *(manifests\/[\w./-]+\.sh) /gm)].map((match) => match[1] ?? '');
    expect(scripts.length).toBeGreaterThan(0);
    expect(scripts.filter((script) => !existsSync(resolve(manifests, '..', script)))).toEqual([]);
  });

  it('has a row for every document that a role is given', () => {
    const documents = [...readme.matchAll(/^\| `([a-z-]+)` \| /gm)].map((match) => match[1] ?? '');
    for (const name of ['spoke-read', 'spoke-write', 'spoke-ecs-writes', 'spoke-shared-roles', 'spoke-never'])
      expect(documents).toContain(name);
  });
});
