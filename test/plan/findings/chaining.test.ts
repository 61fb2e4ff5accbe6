// Whether people of a role may go on into others, where no deny of this one reaches them.

import { describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { AppError } from '../../../src/domain/errors.ts';
import { present, type Reading, unreadable } from '../../../src/domain/reading.ts';
import type { JsonObject } from '../../../src/domain/statement.ts';
import { accessPolicy, account } from '../../builders.ts';
import { onlyRole, planOf } from '../scenario.ts';

const boundaryArn = account().permissionsBoundary;
const everything = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}';
const ours = readFileSync(
  new URL('../../../manifests/aws/permissions-boundary.json', import.meta.url),
  'utf8',
);

const planWith = (statement: JsonObject, boundary: Reading<string> | undefined) =>
  planOf({
    policies: [accessPolicy({ statements: [statement] })],
    confirmations: {
      managedPolicies: new Map(boundary === undefined ? [] : [[boundaryArn, boundary]]),
    },
  });
const allow = (action: string | readonly string[]): JsonObject => ({
  Effect: 'Allow',
  Action: action,
  Resource: '*',
});
const warned = (statement: JsonObject, boundary: Reading<string> | undefined): boolean =>
  onlyRole(planWith(statement, boundary)).warnings.some((one) => one.includes('may assume other roles'));

describe('people who may assume other roles', () => {
  it.each<[string, JsonObject, string, boolean]>([
    ['are named', allow('sts:AssumeRole'), everything, true],
    ['by a star too', allow('*'), everything, true],
    ['by a pattern too', allow(['s3:GetObject', 'sts:Assume*']), everything, true],
    ['by what is left out too', { Effect: 'Allow', NotAction: 's3:*', Resource: '*' }, everything, true],
    ['are none with our boundary', allow('*'), ours, false],
    ['are none by other actions', allow(['sts:GetCallerIdentity', 's3:*']), everything, false],
  ])('%s', (_, statement, boundary, expected) => {
    expect(warned(statement, present(boundary))).toBe(expected);
  });

  it('are asked about: the boundary is read, and while it cannot be, the doubt is said', () => {
    expect(planWith(allow('*'), undefined).questions.managedPolicyArns).toEqual([boundaryArn]);
    expect(planWith(allow('*'), present(ours)).questions.managedPolicyArns).toEqual([]);
    expect(warned(allow('*'), unreadable(new AppError('denied', 'no')))).toBe(true);
  });

  it('cost nothing where nobody may', () => {
    expect(planWith(allow('s3:GetObject'), undefined).questions.managedPolicyArns).toEqual([]);
  });
});
