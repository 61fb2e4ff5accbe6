// Copies of revisions: what is registered is what was described, but for the role; as a rule, and through the real SDK.

import { RegisterTaskDefinitionRequest$, TaskDefinition$ } from '@aws-sdk/client-ecs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registrationOf } from '../../src/aws/copy-revision.ts';
import { isJsonObject, type Json, type JsonObject } from '../../src/domain/statement.ts';
import { hub, type SandboxHarness, startSandbox } from './sandbox-harness.ts';
import { fieldsOf, jsonOf } from './sdk-shapes.ts';

const region = 'eu-west-1';
const taskRoleArn = `arn:aws:iam::${hub.accountId}:role/new-role`;
const signal = new AbortController().signal;

/** What the SDK's types show of a revision but do not take: the list by which a copy leaves something out. */
const shownOnly = fieldsOf(TaskDefinition$).filter(
  (field) => !fieldsOf(RegisterTaskDefinitionRequest$).includes(field),
);

const objectOf = (value: Json): JsonObject => {
  if (!isJsonObject(value)) throw new Error('no object');
  return value;
};

/** As it comes over the wire: without the prototypes, or their lack, of what made it. */
const plain = (value: JsonObject): JsonObject => objectOf(JSON.parse(JSON.stringify(value)) as Json);

const without = (value: JsonObject, fields: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(value).filter(([field]) => !fields.includes(field)));

const tagArb = fc.record({
  key: fc.constantFrom('team', 'Team', 'aws:cloudformation:stack-name', 'AWS:x', 'awsome', 'rolewarden:a'),
  value: fc.string({ maxLength: 8 }),
});
const tagsArb = fc.uniqueArray(tagArb, { selector: (tag) => tag.key });

describe('what is registered', () => {
  it('is everything that was described, but the role and what ECS adds', () => {
    fc.assert(
      fc.property(jsonOf(TaskDefinition$).map(objectOf), (taskDefinition) => {
        const registration = registrationOf({ taskDefinition }, { taskRoleArn, tags: {} });
        expect(registration).toStrictEqual({ ...without(taskDefinition, shownOnly), taskRoleArn });
        expect(Object.keys(registration)).toEqual(
          Object.keys(taskDefinition).filter((field) => !shownOnly.includes(field)),
        );
      }),
    );
  });

  it('has all tags but those of AWS, and ours in the place of those of the same key', () => {
    fc.assert(
      fc.property(tagsArb, (tags) => {
        const own = { 'rolewarden:a': 'ours', team: 'ours' };
        const registration = registrationOf({ taskDefinition: {}, tags }, { taskRoleArn, tags: own });
        const kept = tags.filter(({ key }) => !/^aws:/i.test(key) && !Object.hasOwn(own, key));
        expect(registration['tags']).toEqual([
          ...kept,
          { key: 'rolewarden:a', value: 'ours' },
          { key: 'team', value: 'ours' },
        ]);
      }),
    );
  });

  it('has no tags where there are none', () => {
    expect(registrationOf({ taskDefinition: {} }, { taskRoleArn, tags: {} })).toEqual({ taskRoleArn });
  });

  it.each([
    ['nothing was described', {}],
    ['a number is too large for JSON to carry', { taskDefinition: { volumes: [{ size: 2 ** 53 }] } }],
    ['a number is larger than any', { taskDefinition: { x: Number.POSITIVE_INFINITY } }],
  ])('is nothing when %s', (_why, described) => {
    expect(() => registrationOf(described, { taskRoleArn, tags: {} })).toThrow('cannot be copied');
  });
});

describe('a copy that the sandbox makes', () => {
  let sandbox: SandboxHarness;
  beforeAll(async () => {
    sandbox = await startSandbox(hub);
  });
  afterAll(() => sandbox.stop());

  const roleArb = fc.constantFrom('old-role', `arn:aws:iam::${hub.accountId}:role/team/old-role`);
  /** Any revision that ECS could hold: names and roles are such as it takes, all else is anything. */
  const definitionArb: fc.Arbitrary<JsonObject> = fc
    .tuple(jsonOf(TaskDefinition$).map(objectOf), roleArb, fc.integer({ min: 1, max: 3 }))
    .map(([definition, role, count]) => {
      const first = Array.isArray(definition['containerDefinitions'])
        ? (definition['containerDefinitions'] as readonly Json[])
        : [];
      const containers = Array.from({ length: count }, (_, index) => {
        const container = first[index];
        return { ...(isJsonObject(container) ? container : {}), name: `c${index}`, image: 'x:1' };
      });
      const named = { family: 'any', taskRoleArn: role, executionRoleArn: role };
      return plain({ ...definition, ...named, containerDefinitions: containers });
    });

  it('equals its model, with fields that nobody knows and with empty values', async () => {
    const { cloud, ecs } = sandbox;
    const place = { accountId: hub.accountId, region };
    const shown = (arn: string): JsonObject => {
      const found = cloud.ecs.taskDefinitions(place).find((one) => one['taskDefinitionArn'] === arn);
      return without(objectOf(found ?? null), shownOnly);
    };
    await fc.assert(
      fc.asyncProperty(definitionArb, async (definition) => {
        const from = cloud.ecs.seedTaskDefinition(place, definition, { team: 'any', 'aws:x': 'y' });
        const made = await ecs.copyRevision(
          { region, from, taskRoleArn, tags: { 'rolewarden:a': 'b' } },
          signal,
        );
        expect(shown(made.arn)).toStrictEqual({ ...shown(from), taskRoleArn });
        expect(made.tags).toEqual({ team: 'any', 'rolewarden:a': 'b' });
      }),
      { numRuns: 60 },
    );
  });
});
