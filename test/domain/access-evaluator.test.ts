import { describe, expect, it } from 'vitest';
import { mayAct } from '../../src/domain/access-evaluator.ts';
import type { JsonObject } from '../../src/domain/statement.ts';

const taskArn = 'arn:aws:ecs:eu-central-1:111122223333:task/prod/1';
const allow = (overrides: JsonObject = {}): JsonObject => ({
  Effect: 'Allow',
  Action: 'ecs:ExecuteCommand',
  Resource: '*',
  ...overrides,
});
const deny = (overrides: JsonObject = {}): JsonObject => ({ ...allow(overrides), Effect: 'Deny' });
const without = (statement: JsonObject, more: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries({ ...statement, ...more }).filter(([field]) => field !== 'Action'));
const tagIs = (operator: string, value: string): JsonObject => ({
  Condition: { [operator]: { 'aws:ResourceTag/team': value } },
});

interface Case {
  readonly name: string;
  readonly statements?: readonly JsonObject[];
  /** Whole documents, instead of statements. */
  readonly documents?: readonly string[];
  readonly boundary?: readonly JsonObject[];
  readonly resource?: string;
  readonly expected: 'allowed' | 'denied' | 'unknown';
}

const cases: readonly Case[] = [
  { name: 'nothing allows it', statements: [], expected: 'denied' },
  { name: 'a statement allows it', statements: [allow()], expected: 'allowed' },
  {
    name: 'actions know no case',
    statements: [allow({ Action: 'ECS:executecommand' })],
    expected: 'allowed',
  },
  {
    name: 'actions have wildcards',
    statements: [allow({ Action: ['s3:*', 'ecs:Exec*'] })],
    expected: 'allowed',
  },
  { name: 'another action', statements: [allow({ Action: 'ecs:StopTask' })], expected: 'denied' },
  { name: 'a Deny wins', statements: [allow(), deny()], expected: 'denied' },
  { name: 'a Deny of another document wins', documents: [docOf(allow()), docOf(deny())], expected: 'denied' },
  {
    name: 'NotAction of another',
    statements: [without(allow(), { NotAction: 'iam:*' })],
    expected: 'allowed',
  },
  { name: 'NotAction of this', statements: [without(allow(), { NotAction: 'ecs:*' })], expected: 'denied' },
  {
    name: 'Deny NotAction',
    statements: [allow(), without(deny(), { NotAction: 'logs:*' })],
    expected: 'denied',
  },
  { name: 'this resource', statements: [allow({ Resource: taskArn })], expected: 'allowed' },
  {
    name: 'a pattern',
    statements: [allow({ Resource: 'arn:aws:ecs:*:*:task/prod/*' })],
    expected: 'allowed',
  },
  {
    name: 'resources know case',
    statements: [allow({ Resource: 'arn:aws:ecs:*:*:task/PROD/*' })],
    expected: 'denied',
  },
  {
    name: 'a wildcard over colons',
    statements: [allow({ Resource: 'arn:aws:ecs:*task/prod/1' })],
    expected: 'unknown',
  },
  {
    name: 'NotResource',
    statements: [{ Effect: 'Allow', Action: 'ecs:*', NotResource: 'arn:aws:ecs:*:*:task/dev/*' }],
    expected: 'allowed',
  },
  {
    name: 'a policy variable',
    statements: [allow({ Resource: 'arn:aws:ecs:*:*:task/${aws:username}/*' })],
    expected: 'unknown',
  },
  {
    name: 'a variable in a condition',
    statements: [allow(tagIs('StringEquals', '${aws:username}'))],
    expected: 'unknown',
  },
  {
    name: 'a condition that holds',
    statements: [allow(tagIs('StringEquals', 'payments'))],
    expected: 'allowed',
  },
  { name: 'a condition that does not', statements: [allow(tagIs('StringEquals', 'x'))], expected: 'denied' },
  { name: 'an unknown operator', statements: [allow(tagIs('StringResembles', 'x'))], expected: 'unknown' },
  {
    name: 'an unknown operator in a Deny',
    statements: [allow(), deny(tagIs('StringResembles', 'x'))],
    expected: 'unknown',
  },
  {
    name: 'an unknown operator in a Deny of something else',
    statements: [allow(), deny({ ...tagIs('StringResembles', 'x'), Action: 's3:*' })],
    expected: 'allowed',
  },
  { name: 'an unknown effect', statements: [allow({ Effect: 'allow' })], expected: 'unknown' },
  {
    name: 'an unknown effect beside an Allow',
    statements: [allow(), allow({ Effect: 'x' })],
    expected: 'unknown',
  },
  { name: 'a strange field', statements: [allow({ Principal: '*' })], expected: 'unknown' },
  { name: 'both Action and NotAction', statements: [allow({ NotAction: 's3:*' })], expected: 'unknown' },
  { name: 'no resource', statements: [{ Effect: 'Allow', Action: '*' }], expected: 'unknown' },
  { name: 'a document that is no JSON', documents: ['{'], expected: 'unknown' },
  {
    name: 'a document that is no JSON beside an Allow',
    documents: [docOf(allow()), '{'],
    expected: 'unknown',
  },
  { name: 'a boundary that allows', statements: [allow()], boundary: [allow()], expected: 'allowed' },
  { name: 'a boundary that does not', statements: [allow()], boundary: [], expected: 'denied' },
  { name: 'a boundary gives nothing', statements: [], boundary: [allow()], expected: 'denied' },
  { name: 'a boundary that denies', statements: [allow()], boundary: [allow(), deny()], expected: 'denied' },
  {
    name: 'a boundary not understood',
    statements: [allow()],
    boundary: [allow({ Principal: '*' })],
    expected: 'unknown',
  },
];

function docOf(...statements: readonly JsonObject[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

describe('may act', () => {
  it.each(cases)(
    '$name: $expected',
    ({ statements = [], documents, boundary, resource = taskArn, expected }) => {
      const verdict = mayAct(
        {
          policies: documents ?? [docOf(...statements)],
          boundary: boundary === undefined ? undefined : docOf(...boundary),
        },
        {
          action: 'ecs:ExecuteCommand',
          resource,
          context: new Map([['aws:resourcetag/team', ['payments']]]),
          atMs: 0,
        },
      );
      expect(verdict.decision).toBe(expected);
    },
  );

  it('says which statement denies', () => {
    const policies = [docOf(allow(), deny({ Sid: 'NoShells' }))];
    const request = { action: 'ecs:ExecuteCommand', resource: taskArn, context: new Map(), atMs: 0 };
    expect(mayAct({ policies, boundary: undefined }, request).because).toBe(
      `NoShells denies ecs:ExecuteCommand on ${taskArn} explicitly`,
    );
  });
});

describe('in an open world', () => {
  const wanting = allow({ Condition: { StringEquals: { 'aws:ResourceTag/team': 'payments' } } });
  const notOfOthers = deny({
    Condition: {
      Null: { 'aws:ResourceTag/team': 'false' },
      StringNotEquals: { 'aws:ResourceTag/team': 'payments' },
    },
  });
  const decide = (statements: readonly JsonObject[], isKnown?: (key: string) => boolean) =>
    mayAct(
      { policies: [docOf(...statements)], boundary: undefined },
      {
        action: 'ecs:ExecuteCommand',
        resource: taskArn,
        context: new Map(),
        atMs: 0,
        openWorld: true,
        ...(isKnown === undefined ? {} : { isKnown }),
      },
    ).decision;
  const knowsTags = (key: string): boolean => key.startsWith('aws:resourcetag/');

  it('a key that may be there leaves the answer open, and one that is known not to be there does not', () => {
    expect(decide([wanting])).toBe('unknown');
    expect(decide([wanting], knowsTags)).toBe('denied');
    expect(decide([allow(), notOfOthers])).toBe('unknown');
    expect(decide([allow(), notOfOthers], knowsTags)).toBe('allowed');
    expect(decide([wanting], (key) => key === 'aws:sourceip')).toBe('unknown');
  });
});
