// Operators one by one, callers that are not federated, and requests of which we do not know everything.

import { type EvaluatorCase, allow, deny, noon, onLevel, ours } from './evaluator-case.ts';

const account = '111122223333';
const roleArn = `arn:aws:iam::${account}:role/team/deployer`;
const operators: readonly EvaluatorCase[] = [
  onLevel('StringLike takes * for any text, empty too', 'StringLike', 'on*call', 'oncall', 'allowed'),
  onLevel('StringLike takes ? for exactly one character', 'StringLike', 'on?call', 'oncall', 'denied'),
  onLevel('StringLike counts UTF-16 units', 'StringLike', '??', '𐐀', 'allowed'),
  onLevel('StringLike crosses line ends', 'StringLike', 'a*b', 'a\nb', 'allowed'),
  onLevel('StringLike takes brackets and dots literally', 'StringLike', '[a].', 'a!', 'denied'),
  onLevel('StringLike must cover the whole text', 'StringLike', 'on', 'oncall', 'denied'),
  onLevel('StringLike finds the last place for a star', 'StringLike', '*ab?', 'abaabc', 'allowed'),
  onLevel('StringLike may end in stars', 'StringLike', 'a**', 'a', 'allowed'),
  onLevel('StringNotLike negates', 'StringNotLike', 'on*', 'oncall', 'denied'),
  onLevel('StringNotEqualsIgnoreCase negates', 'StringNotEqualsIgnoreCase', 'LOW', 'low', 'denied'),
  onLevel('numbers compare by value', 'NumericEquals', '7', '+07.0', 'allowed'),
  onLevel('NumericGreaterThan', 'NumericGreaterThan', '7', '7', 'denied'),
  onLevel('NumericGreaterThanEquals', 'NumericGreaterThanEquals', '7', '7', 'allowed'),
  onLevel('NumericLessThanEquals', 'NumericLessThanEquals', '7', '8', 'denied'),
  onLevel('NumericNotEquals', 'NumericNotEquals', '7', '8', 'allowed'),
  onLevel('text is no number', 'NumericLessThan', '7', 'low', 'denied'),
  onLevel('text differs from every number', 'NumericNotEquals', '7', 'low', 'allowed'),
  onLevel('nothing is no number', 'NumericLessThan', '7', '', 'denied'),
  onLevel('text differs from every date', 'DateNotEquals', '2026-06-01', 'low', 'allowed'),
  onLevel('Bool compares truth', 'Bool', 'TRUE', 'true', 'allowed'),
  onLevel('Bool takes other text for false', 'Bool', 'false', 'no', 'allowed'),
  onLevel('Bool does not match the other truth', 'Bool', 'true', 'false', 'denied'),
  onLevel('Null true wants the key absent', 'Null', 'true', undefined, 'allowed'),
  onLevel('Null true fails on a key with an empty text', 'Null', 'true', '', 'denied'),
  onLevel('Null false wants the key present', 'Null', 'false', undefined, 'denied'),
  onLevel('Null false holds on a list', 'Null', 'false', ['a', 'b'], 'allowed'),
  onLevel('ArnLike compares part by part', 'ArnLike', 'arn:aws:*:x', 'arn:aws:iam::1:role/x', 'unknown'),
  onLevel('ArnLike stars stay in their part', 'ArnLike', 'arn:*:iam::1:role/*', roleArn, 'denied'),
  onLevel('ArnEquals takes wildcards too', 'ArnEquals', 'arn:aws:iam::*:role/*', roleArn, 'allowed'),
  onLevel(
    'ArnLike keeps colons in the last part',
    'ArnLike',
    'arn:a:b:c:d:*:f',
    'arn:a:b:c:d:e:f',
    'allowed',
  ),
  onLevel('what is no ARN matches no ARN operator', 'ArnLike', 'arn:aws:iam::1:role/*', 'x', 'denied'),
  onLevel('nor a negated one', 'ArnNotLike', 'arn:aws:iam::1:role/*', 'x', 'denied'),
  onLevel('ArnNotLike negates', 'ArnNotLike', 'arn:aws:iam::2:role/*', roleArn, 'allowed'),
];

const ofAws = { principal: { type: 'AWS', id: roleArn }, action: 'sts:AssumeRole' } as const;
const trusts = (
  principal: EvaluatorCase['statements'][number]['x'],
): readonly EvaluatorCase['statements'][number][] => [
  { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: principal ?? null },
];

const otherCallers: readonly EvaluatorCase[] = [
  {
    name: 'a role enters by its ARN',
    statements: trusts({ AWS: roleArn }),
    request: ofAws,
    decision: 'allowed',
  },
  {
    name: 'a role enters by its account',
    statements: trusts({ AWS: account }),
    request: ofAws,
    decision: 'allowed',
  },
  {
    name: 'a role enters by the root of its account',
    statements: trusts({ AWS: `arn:aws:iam::${account}:root` }),
    request: ofAws,
    decision: 'allowed',
  },
  {
    name: 'a role of another account does not enter',
    statements: trusts({ AWS: '444455556666' }),
    request: ofAws,
    decision: 'denied',
  },
  {
    name: 'the id of a deleted role admits nobody',
    statements: trusts({ AWS: 'AROAEXAMPLEEXAMPLE' }),
    request: ofAws,
    decision: 'denied',
  },
  { name: 'AWS "*" admits a role', statements: trusts({ AWS: '*' }), request: ofAws, decision: 'allowed' },
  { name: 'a bare "*" admits a role', statements: trusts('*'), request: ofAws, decision: 'allowed' },
  {
    name: 'a star among services admits no role',
    statements: trusts({ Service: '*' }),
    request: ofAws,
    decision: 'denied',
  },
  {
    name: 'a service enters by its name',
    statements: trusts({ Service: 'ecs-tasks.amazonaws.com' }),
    request: { ...ofAws, principal: { type: 'Service', id: 'ecs-tasks.amazonaws.com' } },
    decision: 'allowed',
  },
];

const openWorld: readonly EvaluatorCase[] = [
  {
    name: 'an unknown claim may be there, so StringEquals on it is not decided',
    statements: [allow({ StringEquals: { 'saml:iss': 'x' } })],
    request: { openWorld: true },
    decision: 'unknown',
  },
  {
    name: 'an unknown claim may be there, so a Deny by negation is not decided',
    statements: [ours, deny({ StringNotEquals: { 'saml:iss': 'x' } })],
    request: { openWorld: true },
    decision: 'unknown',
  },
  {
    name: 'an unknown claim may be there, so Null is not decided',
    statements: [allow({ Null: { 'saml:iss': 'true' } })],
    request: { openWorld: true },
    decision: 'unknown',
  },
  {
    name: 'an unknown claim may be there, so ForAllValues and IfExists are not decided',
    statements: [allow({ 'ForAllValues:StringEqualsIfExists': { 'saml:cn': 'x' } })],
    request: { openWorld: true },
    decision: 'unknown',
  },
  {
    name: 'a known claim that differs settles it',
    statements: [allow({ StringEquals: { 'saml:iss': 'x', 'saml:sub': 'bob' } })],
    request: { openWorld: true },
    decision: 'denied',
  },
  {
    name: 'the clock is always known',
    statements: [allow({ DateLessThan: { 'aws:CurrentTime': new Date(noon).toISOString() } })],
    request: { openWorld: true },
    decision: 'denied',
  },
  { name: 'what we write is decided', statements: [ours], request: { openWorld: true }, decision: 'allowed' },
];

export const operatorCases = { operators, otherCallers, openWorld };
