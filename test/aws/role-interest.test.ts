import { describe, expect, it } from 'vitest';
import { allowsOf } from '../../src/aws/role-interest.ts';

const document = (...statements: readonly object[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });
const pass = ['iam:PassRole'];

describe('a statement may allow iam:PassRole', () => {
  it.each<[string, object, boolean]>([
    ['by its name', { Action: 'iam:PassRole' }, true],
    ['by its name in another case', { Action: 'IAM:passrole' }, true],
    ['among others', { Action: ['s3:GetObject', 'iam:PassRole'] }, true],
    ['by a star at the end', { Action: 'iam:Pass*' }, true],
    ['by a star for all', { Action: '*' }, true],
    ['by a star for the service', { Action: '*:PassRole' }, true],
    ['by question marks', { Action: 'iam:Pass????' }, true],
    ['by one question mark too few', { Action: 'iam:Pass???' }, false],
    ['by another name', { Action: 'iam:GetRole' }, false],
    ['by the name of another service', { Action: 'xiam:PassRole' }, false],
    [
      'whatever its resources and conditions say',
      { Action: 'iam:*', Resource: 'x', Condition: { Bool: { a: 'b' } } },
      true,
    ],
    ['by what is not excluded', { NotAction: ['s3:*', 'iam:Get*'] }, true],
    ['by what is excluded', { NotAction: ['s3:*', 'IAM:*'] }, false],
    ['by what is excluded in a way that we do not understand', { NotAction: [{ odd: true }] }, true],
    ['without any action', { Resource: '*' }, false],
  ])('%s: %o is %s', (_how, statement, isAllowed) => {
    const whole = { Effect: 'Allow', Resource: '*', ...statement };
    expect(allowsOf(document(whole), pass)).toEqual(isAllowed ? [whole] : []);
  });

  it('unless it denies', () => {
    expect(allowsOf(document({ Effect: 'Deny', Action: '*', Resource: '*' }), pass)).toEqual([]);
  });

  it.each([
    ['an Id', { Version: '2012-10-17', Id: 'x' }],
    ['an old Version with what would be a variable', { Version: '2008-10-17' }],
    ['a Version that we do not know', { Version: '2030-01-01' }],
    ['a field that we do not know', { Version: '2012-10-17', Future: true }],
    ['no Version', {}],
  ])('in a document with %s, too', (_what, frame) => {
    const statement = { Effect: 'Allow', Action: 'iam:PassRole', Resource: 'arn:aws:iam::*:role/${x}' };
    expect(allowsOf(JSON.stringify({ ...frame, Statement: statement }), pass)).toEqual([statement]);
  });

  it.each(['', 'no JSON', '[]', '{}', '{"Statement":"x"}', '{"Statement":[null,1]}'])(
    'but not in %j',
    (text) => {
      expect(allowsOf(text, pass)).toEqual([]);
    },
  );
});

it('statements that are found keep their order, whichever action they allow', () => {
  const statements = [
    { Sid: 'a', Effect: 'Allow', Action: 'ecs:ExecuteCommand', Resource: '*' },
    { Sid: 'b', Effect: 'Allow', Action: 's3:*', Resource: '*' },
    { Sid: 'c', Effect: 'Allow', Action: 'iam:PassRole', Resource: '*' },
  ];
  const found = allowsOf(document(...statements), ['iam:PassRole', 'ecs:ExecuteCommand']);
  expect(found.map((statement) => statement['Sid'])).toEqual(['a', 'c']);
  expect(allowsOf(document(...statements), [])).toEqual([]);
});
