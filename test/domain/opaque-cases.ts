// What we do not understand, and where it could matter.

import { samlProvider } from '../builders.ts';
import { type EvaluatorCase, alice, allow, deny, onLevel, ours } from './evaluator-case.ts';

const notUnderstood: readonly EvaluatorCase[] = [
  onLevel('addresses are not decided', 'IpAddress', '10.0.0.0/8', '10.1.1.1', 'unknown'),
  onLevel('addresses that are absent are a mismatch', 'IpAddress', '10.0.0.0/8', undefined, 'denied'),
  onLevel('a policy’s number that is none is not decided', 'NumericLessThan', '0x10', '1', 'unknown'),
  onLevel('an unknown operator', 'StringSounds', 'x', 'x', 'unknown'),
  onLevel('a policy variable', 'StringEquals', '${aws:userid}', 'x', 'unknown'),
  ...[
    ['a date without a zone', '2030-01-01T00:00:00'],
    ['a date in words', 'Jan 1 2030'],
    ['a year, which is as well a number of seconds', '2030'],
    ['a month', '2030-01'],
    ['a day that does not exist', '2030-02-30'],
    ['an hour that does not exist', '2030-01-01T24:00:00Z'],
    ['a zone without its colon', '2030-01-01T00:00:00+0100'],
    ['milliseconds since the epoch', '1893456000000'],
    ['a year of five digits', '+010000-01-01T00:00:00Z'],
    ['seconds beyond the year 9999', '253402300800'],
  ].map(
    ([what, text]): EvaluatorCase => ({
      name: `${what} is not decided`,
      statements: [allow({ DateLessThan: { 'aws:CurrentTime': text ?? '' } })],
      decision: 'unknown',
    }),
  ),
  {
    name: 'an empty list of values is not decided',
    statements: [allow({ StringEquals: { 'saml:sub': [] } })],
    decision: 'unknown',
  },
  {
    name: 'the clock as text is not decided',
    statements: [allow({ StringLike: { 'aws:CurrentTime': '2026-*' } })],
    decision: 'unknown',
  },
  {
    name: 'one key in two spellings under one operator is not decided',
    statements: [allow({ StringEquals: { 'saml:sub': alice, 'SAML:sub': 'bob' } })],
    decision: 'unknown',
    because: 'a statement without Sid cannot be decided: its Condition uses an unknown operator or form',
  },
  {
    name: 'one operator in two spellings on one key is not decided',
    statements: [
      allow({
        DateLessThan: { 'aws:CurrentTime': '2020-01-01' },
        datelessthan: { 'aws:currenttime': '2030-01-01' },
      }),
    ],
    decision: 'unknown',
  },
  {
    name: 'an effect in lower case may be an Allow',
    statements: [allow(undefined, { Effect: 'allow', Sid: 'Odd' })],
    decision: 'unknown',
    because: 'Odd cannot be decided: its Effect is "allow"',
  },
  {
    name: 'an effect that we do not know may be a Deny',
    statements: [ours, allow(undefined, { Effect: 'Forbid' })],
    decision: 'unknown',
  },
  {
    name: 'a missing effect may be a Deny',
    statements: [ours, { ...deny(), Effect: null }],
    decision: 'unknown',
  },
  {
    name: 'an effect that we do not know, of another provider, is beside the point',
    statements: [ours, allow(undefined, { Effect: 'deny', Principal: { Federated: `${samlProvider}2` } })],
    decision: 'allowed',
  },
  {
    name: 'a statement with an unknown field is not decided',
    statements: [allow(undefined, { Resource: '*' })],
    decision: 'unknown',
    because: 'a statement without Sid cannot be decided: it uses Resource',
  },
  {
    name: 'an opaque Allow does not matter to someone who is in anyway',
    statements: [ours, allow(undefined, { Resource: '*' })],
    decision: 'allowed',
  },
  {
    name: 'an opaque Deny matters to someone who would be in',
    statements: [ours, deny(undefined, { Resource: '*', Sid: 'Odd' })],
    decision: 'unknown',
    because: 'Odd cannot be decided: it uses Resource',
  },
  {
    name: 'an opaque Deny does not matter to someone who is out anyway',
    statements: [deny(undefined, { Resource: '*' })],
    decision: 'denied',
  },
  {
    name: 'an opaque statement of another provider is beside the point',
    statements: [allow(undefined, { Resource: '*', Principal: { Federated: `${samlProvider}2` } })],
    decision: 'denied',
  },
  {
    name: 'an opaque statement of another action is beside the point',
    statements: [allow(undefined, { Resource: '*', Action: 'sts:TagSession' })],
    decision: 'denied',
  },
  {
    name: 'NotPrincipal turns a difference into a match, so it is not decided',
    statements: [ours, { Effect: 'Deny', NotPrincipal: { Federated: samlProvider }, Action: 'sts:*' }],
    decision: 'unknown',
  },
  {
    name: 'NotAction of another provider is beside the point',
    statements: [
      ours,
      { Effect: 'Deny', Principal: { Federated: `${samlProvider}2` }, NotAction: 'sts:TagSession' },
    ],
    decision: 'allowed',
  },
  {
    name: 'NotPrincipal on another action is beside the point',
    statements: [ours, { Effect: 'Deny', NotPrincipal: { AWS: '1' }, Action: 'sts:TagSession' }],
    decision: 'allowed',
  },
  {
    name: 'a principal beside NotPrincipal decides nothing',
    statements: [ours, deny(undefined, { Principal: { AWS: '1' }, NotPrincipal: { AWS: '2' } })],
    decision: 'unknown',
  },
  {
    name: 'an action beside NotAction decides nothing',
    statements: [ours, deny(undefined, { Action: 'sts:TagSession', NotAction: 'sts:AssumeRole' })],
    decision: 'unknown',
  },
  {
    name: 'NotAction likewise',
    statements: [
      ours,
      { Effect: 'Deny', Principal: { Federated: samlProvider }, NotAction: 'sts:TagSession' },
    ],
    decision: 'unknown',
  },
  ...([{ Federated: [] }, {}, [samlProvider], { Federated: 7 }, null] as const).map(
    (principal): EvaluatorCase => ({
      name: `the principal ${JSON.stringify(principal)} is not decided`,
      statements: [allow(undefined, { Principal: principal })],
      decision: 'unknown',
    }),
  ),
  ...([[], [7], null] as const).map(
    (action): EvaluatorCase => ({
      name: `the action ${JSON.stringify(action)} is not decided`,
      statements: [allow(undefined, { Action: action })],
      decision: 'unknown',
    }),
  ),
  ...([null, [], { StringEquals: 'x' }, { StringEquals: { k: [null] } }] as const).map(
    (condition): EvaluatorCase => ({
      name: `the condition ${JSON.stringify(condition)} is not decided`,
      statements: [allow(condition)],
      decision: 'unknown',
    }),
  ),
  {
    name: 'whether a Deny for everyone stops a federated caller is not established',
    statements: [ours, deny(undefined, { Principal: '*' })],
    decision: 'unknown',
  },
  {
    name: 'nor whether a star among federated principals admits her',
    statements: [allow(undefined, { Principal: { Federated: '*' } })],
    decision: 'unknown',
  },
];

export const opaqueCases = { notUnderstood };
