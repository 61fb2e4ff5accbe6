// The Terraform modules: well formed, valid, and rendering just those documents that the other tests here weigh.

import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { GetPolicyVersionCommand, IAMClient } from '@aws-sdk/client-iam';
import { afterAll, describe, expect, it } from 'vitest';
import { startAwsCloud } from '../../src/sandbox/aws/aws-cloud.ts';
import {
  boundaryArn,
  boundaryDocument,
  controllerArn,
  executionRoleArn,
  instance,
  planArn,
  readerPolicies,
  settings,
  sharedRoleArn,
  spokeId,
  spokePolicies,
} from './deployed.ts';
import { manifests, renderTemplate, templateNames, variablesOf } from './templates.ts';
import { copyManifests, noProvider, noTerraform, runTerraform } from './terraform.ts';

const modules = readdirSync(resolve(manifests, 'deploy/modules')).sort();
const folders = [...modules.map((name) => `deploy/modules/${name}`), 'deploy/example'];

const filesIn = (folder: string): readonly string[] =>
  readdirSync(resolve(manifests, folder)).filter((name) => name.endsWith('.tf'));
const textOf = (folder: string): string =>
  filesIn(folder)
    .map((name) => readFileSync(resolve(manifests, folder, name), 'utf8'))
    .join('\n');

const copies: { remove(): void }[] = [];
afterAll(() => {
  for (const copy of copies) copy.remove();
});
const copy = (): string => {
  const made = copyManifests();
  copies.push(made);
  return made.folder;
};

interface TemplateUse {
  readonly name: string;
  readonly variables: readonly string[];
}

/** Where a module reads a template, and which variables it gives. */
const usesIn = (folder: string): readonly TemplateUse[] =>
  [
    ...textOf(folder).matchAll(
      /templatefile\("\$\{(?:local\.policies|path\.module)\}\/(?:\.\.\/\.\.\/policies\/)?([\w.-]+)", \{([^]*?)\}\)/g,
    ),
  ].map(([, name = '', body = '']) => ({
    name,
    variables: [...body.matchAll(/^ +(\w+) += /gm)].map((match) => match[1] ?? '').sort(),
  }));

describe('the templates', () => {
  const uses = folders.flatMap(usesIn);

  it.each(uses)('$name is given just the variables that it has', ({ name, variables }) => {
    expect(variables).toEqual(variablesOf(name));
  });

  it('are rendered here as Terraform does', async (context) => {
    const missing = await noTerraform();
    context.skip(missing !== undefined, missing);
    const folder = resolve(manifests, 'deploy/policies');
    const expressions = templateNames.map((name) => {
      const given = Object.entries(settings[name] ?? {}).map(([variable, value]) => {
        const text = typeof value === 'string' ? value : JSON.stringify(value);
        return `${variable} = ${JSON.stringify(text)}`;
      });
      return `jsondecode(templatefile("${name}", { ${given.join(', ')} }))`;
    });
    const expression = `jsonencode([${expressions.join(', ')}])`;
    const outcome = await runTerraform(['console', '-no-color'], folder, {}, expression);
    expect(outcome.exitCode, outcome.output).toBe(0);
    const answer = outcome.output.split('\n').find((line) => line.startsWith('"')) ?? '""';
    expect(JSON.parse(JSON.parse(answer) as string)).toEqual(
      templateNames.map((name): unknown => JSON.parse(renderTemplate(name, settings[name] ?? {}))),
    );
  });

  it('are all used', () => {
    expect([...new Set(uses.map(({ name }) => name))].sort()).toEqual(templateNames);
  });
});

describe.each(folders)('%s', (folder) => {
  it('reads only files that are there', () => {
    const paths = [...textOf(folder).matchAll(/file\("\$\{path\.module\}\/([^"]+)"/g)].map(
      (match) => match[1] ?? '',
    );
    const missing = paths.filter((path) => {
      // What Entra gives is not ours to give.
      if (path === 'entra-metadata.xml') return false;
      const parent = resolve(manifests, folder, path, '..');
      return !readdirSync(parent).includes(path.split('/').at(-1) ?? '');
    });
    expect(missing).toEqual([]);
  });

  it('says of every variable what it is', () => {
    const variables = [...textOf(folder).matchAll(/^variable "(\w+)" \{\n([^]*?)^\}/gm)];
    expect(variables.flatMap(([, name, body = '']) => (body.includes('description') ? [] : [name]))).toEqual(
      [],
    );
  });

  it('is valid', { timeout: 300_000 }, async (context) => {
    const missing = await noProvider();
    context.skip(missing !== undefined, missing);
    const root = join(copy(), folder);
    writeFileSync(join(root, 'entra-metadata.xml'), '<EntityDescriptor/>');
    const init = await runTerraform(['init', '-backend=false', '-input=false', '-no-color'], root);
    expect(init.exitCode, init.output).toBe(0);
    const validate = await runTerraform(['validate', '-no-color'], root);
    expect(validate.exitCode, validate.output).toBe(0);
  });
});

it('Terraform would format nothing in another way', async (context) => {
  const missing = await noTerraform();
  context.skip(missing !== undefined, missing);
  const outcome = await runTerraform(['fmt', '-check', '-recursive', '-diff', '-no-color'], manifests);
  expect(outcome.exitCode, outcome.output).toBe(0);
});

/** The spoke module, applied to the sandbox in the place of AWS. */
const applied = `
provider "aws" {
  region = "eu-west-1"
  endpoints {
    iam = var.endpoint
    sts = var.endpoint
  }
}

variable "endpoint" {
  type = string
}

module "spoke" {
  source = "../modules/spoke"

  instance            = "${instance}"
  controller_role_arn = "${controllerArn}"
  plan_role_arn       = "${planArn}"
  external_id         = "6a1f3f6e-3d0c-4c1e-9d5b-000000000001"
  ecs_writes          = true
  passable_role_arns  = ["${executionRoleArn}"]
  shared_role_arns    = ["${sharedRoleArn}"]
}
`;

it('what the spoke module makes is what was weighed', { timeout: 600_000 }, async (context) => {
  const missing = await noProvider();
  context.skip(missing !== undefined, missing);
  const nothing = { samlProviders: [], oidcProviders: [], managedPolicies: {}, spokeRoles: [] };
  const key = { accessKeyId: 'AKIA111122223333DEV1', secretAccessKey: 'secret-of-the-spoke' };
  const cloud = await startAwsCloud({ accounts: [{ accountId: spokeId, ...key, ...nothing }] });
  try {
    const root = join(copy(), 'deploy/example');
    for (const name of readdirSync(root)) if (name.endsWith('.tf')) writeFileSync(join(root, name), '');
    writeFileSync(join(root, 'main.tf'), applied);
    const run = async (...args: readonly string[]): Promise<void> => {
      const outcome = await runTerraform([...args, '-input=false', '-no-color'], root, {
        TF_VAR_endpoint: cloud.url,
        AWS_ACCESS_KEY_ID: key.accessKeyId,
        AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
        AWS_EC2_METADATA_DISABLED: 'true',
      });
      expect(outcome.exitCode, outcome.output).toBe(0);
    };
    await run('init');
    await run('apply', '-auto-approve');
    await run('plan', '-detailed-exitcode');
    const made = Object.fromEntries(
      cloud
        .roles(spokeId)
        .map(({ name, inlinePolicies }) => [
          name,
          Object.fromEntries(
            Object.entries(inlinePolicies).map(([policy, text]): [string, unknown] => [
              policy,
              JSON.parse(text),
            ]),
          ),
        ]),
    );
    const parsed = (documents: Readonly<Record<string, string>>) =>
      Object.fromEntries(
        Object.entries(documents).map(([name, text]): [string, unknown] => [name, JSON.parse(text)]),
      );
    expect(made).toEqual({
      'rolewarden-plan-reader': parsed(readerPolicies),
      'rolewarden-spoke': parsed(spokePolicies()),
    });
    const iam = new IAMClient({ endpoint: cloud.url, region: 'us-east-1', credentials: key });
    const answer = await iam.send(new GetPolicyVersionCommand({ PolicyArn: boundaryArn, VersionId: 'v1' }));
    iam.destroy();
    expect(JSON.parse(decodeURIComponent(answer.PolicyVersion?.Document ?? ''))).toEqual(
      JSON.parse(boundaryDocument),
    );
  } finally {
    await cloud.stop();
  }
});
