// Random trust policies: any mix of grants, foreign statements and foreign denies, and the ways in which AWS spells one.

import fc from 'fast-check';
import type { EntryRequest } from '../../src/domain/trust-evaluator.ts';
import { type Json, type JsonObject, isJsonObject } from '../../src/domain/statement.ts';
import {
  type TrustGrant,
  type TrustGrants,
  ecsTasksService,
  grantKey,
} from '../../src/domain/trust-grants.ts';
import { oidcIssuer, oidcProvider, samlAudience, samlProvider } from '../builders.ts';

export const samlProviders = [samlProvider, `${samlProvider}2`] as const;
export const providers = [...samlProviders, oidcProvider, ecsTasksService] as const;
const audiences = [samlAudience, 'https://eu-west-1.signin.aws.amazon.com/saml', 'a', 'a b', 'b', 'a|b'];
const subs = ['alice', 'bob', 'Alice', 'b', 'b|alice', 'a|b', 'ü@contoso.com', '\\', '', '*'];
const clients = ['client-1', 'client-2', 'client-1|x', ''];
const times = [0, Date.UTC(2026, 5, 1, 12), Date.UTC(2026, 5, 1, 12, 0, 0, 123), Date.UTC(9999, 11, 31)];

const arbitraryPerson = fc.record({
  kind: fc.constant('person' as const),
  provider: fc.constantFrom(...samlProviders),
  audience: fc.constantFrom(...audiences),
  sub: fc.constantFrom(...subs),
  untilMs: fc.constantFrom(undefined, ...times),
});
const arbitraryAnyone = fc.record({
  kind: fc.constant('anyone' as const),
  provider: fc.constantFrom(...samlProviders),
  audience: fc.constantFrom(...audiences),
  untilMs: fc.constantFrom(undefined, ...times),
});
const arbitraryServicePrincipal = fc.record({
  kind: fc.constant('servicePrincipal' as const),
  provider: fc.constant(oidcProvider),
  sub: fc.constantFrom(...subs),
  aud: fc.constantFrom(...clients),
  oaud: fc.constantFrom(undefined, ...clients),
  untilMs: fc.constantFrom(undefined, ...times),
});
const accountIds = ['111122223333', '444455556666'] as const;
const ecsArn = (accountId: string, region: string, rest: string): string =>
  `arn:aws:ecs:${region}:${accountId}:${rest}`;
const arbitraryEcsTasks = fc
  .record({ accountId: fc.constantFrom(...accountIds), region: fc.constantFrom('eu-west-1', 'eu-west-2') })
  .map(({ accountId, region }) => ({
    kind: 'ecsTasks' as const,
    provider: ecsTasksService as typeof ecsTasksService,
    accountId,
    sourceArn: ecsArn(accountId, region, '*'),
  }));
const arbitrarySession = fc.oneof(
  fc.record({
    kind: fc.constant('sessionTags' as const),
    provider: fc.constantFrom(...samlProviders),
    audience: fc.constantFrom(...audiences),
  }),
  fc.record({ kind: fc.constant('sourceIdentity' as const), provider: fc.constantFrom(...samlProviders) }),
);

/** Allows outside our grammar, some with a Sid of ours. */
export const foreignAllows: readonly JsonObject[] = [
  { Sid: 'Break', Effect: 'Allow', Principal: { AWS: '111122223333' }, Action: 'sts:AssumeRole' },
  {
    Sid: 'RolewardenPeople',
    Effect: 'Allow',
    Principal: { Federated: samlProvider },
    Action: 'sts:*',
    Condition: {
      StringLike: { 'saml:sub': ['b*', 'a?ice'] },
      'ForAnyValue:StringEquals': { 'saml:cn': 'x' },
    },
  },
  {
    Effect: 'Allow',
    Principal: { Federated: [...samlProviders] },
    Action: ['sts:AssumeRoleWithSAML', 'sts:TagSession'],
    Condition: { StringEquals: { 'saml:aud': samlAudience } },
  },
  { Effect: 'Allow', Principal: { Service: ecsTasksService }, Action: 'sts:AssumeRole' },
  {
    Sid: 'RolewardenEcsTasks',
    Effect: 'Allow',
    Principal: { Service: [ecsTasksService, 'ec2.amazonaws.com'] },
    Action: 'sts:AssumeRole',
    Condition: { StringEquals: { 'aws:SourceAccount': '111122223333' } },
  },
  { Effect: 'Allow', Principal: '*', Action: 'sts:AssumeRoleWithSAML', Resource: '*' },
  { Effect: 'Allow', NotPrincipal: { Federated: oidcProvider }, Action: 'sts:AssumeRoleWithSAML' },
];

export const foreignDenyStatements: readonly JsonObject[] = [
  { Sid: 'Quarantine', Effect: 'Deny', Principal: '*', Action: 'sts:*' },
  {
    Sid: 'RolewardenPeople',
    Effect: 'Deny',
    Principal: { Federated: samlProvider },
    Action: 'sts:TagSession',
  },
  {
    Sid: 'RolewardenClosed',
    Effect: 'Deny',
    Principal: { Federated: samlProvider },
    Action: 'sts:AssumeRoleWithSAML',
    Condition: { StringEquals: { 'saml:sub': ['alice', 'bob'] } },
  },
  {
    Sid: 'RolewardenClosedByHand',
    Effect: 'Deny',
    Principal: { Federated: samlProvider },
    Action: 'sts:AssumeRoleWithSAML',
  },
];

export const arbitraryEntry: fc.Arbitrary<TrustGrant> = fc.oneof(
  { weight: 5, arbitrary: arbitraryPerson },
  { weight: 1, arbitrary: arbitraryAnyone },
  { weight: 2, arbitrary: arbitraryServicePrincipal },
  { weight: 1, arbitrary: arbitraryEcsTasks },
);
const arbitraryForeign = fc
  .constantFrom(...foreignAllows)
  .map((statement): TrustGrant => ({ kind: 'foreign', statement }));

export type Trust = Pick<TrustGrants, 'grants' | 'foreignDenies'>;

export const trustOf = (grants: readonly TrustGrant[], foreignDenies: readonly JsonObject[] = []): Trust => ({
  grants: new Map(grants.map((grant) => [grantKey(grant), grant])),
  foreignDenies,
});

const arbitraryDenies = fc.subarray([...foreignDenyStatements]);
/** Grants that let people in by what they say alone: no foreign statements. */
export const arbitraryOwnTrust = fc
  .array(fc.oneof({ weight: 4, arbitrary: arbitraryEntry }, { weight: 1, arbitrary: arbitrarySession }), {
    maxLength: 12,
  })
  .map((grants) => trustOf(grants));

export const arbitraryTrust = fc
  .tuple(
    fc.array(fc.oneof({ weight: 6, arbitrary: arbitraryEntry }, arbitrarySession, arbitraryForeign), {
      maxLength: 12,
    }),
    arbitraryDenies,
  )
  .map(([grants, denies]) => trustOf(grants, denies));

/** A sign-in that may or may not fit the grants above. */
export const arbitraryRequest: fc.Arbitrary<EntryRequest> = fc
  .record({
    provider: fc.constantFrom(...providers),
    audience: fc.constantFrom(...audiences),
    client: fc.constantFrom(...clients),
    sub: fc.constantFrom(...subs),
    oaud: fc.constantFrom(undefined, ...clients),
    source: fc.record({
      accountId: fc.constantFrom(...accountIds),
      region: fc.constantFrom('eu-west-1', 'eu-west-2'),
    }),
    atMs: fc.constantFrom(...times.flatMap((ms) => [ms - 1, ms, ms + 1])),
  })
  .map(({ provider, audience, client, sub, oaud, source: { accountId, region }, atMs }) => {
    if (provider === ecsTasksService) {
      return {
        action: 'sts:AssumeRole',
        principal: { type: 'Service', id: provider },
        context: new Map([
          ['aws:sourceaccount', [accountId]],
          ['aws:sourcearn', [ecsArn(accountId, region, 'task/prod/1')]],
        ]),
        atMs,
      };
    }
    const isOidc = provider === oidcProvider;
    const claims: readonly (readonly [string, readonly string[]])[] = isOidc
      ? [
          [`${oidcIssuer}:aud`, [client]],
          [`${oidcIssuer}:sub`, [sub]],
          ...(oaud === undefined ? [] : [[`${oidcIssuer}:oaud`, [oaud]] as const]),
        ]
      : [
          ['saml:aud', [audience]],
          ['saml:sub', [sub]],
        ];
    return {
      action: isOidc ? 'sts:AssumeRoleWithWebIdentity' : 'sts:AssumeRoleWithSAML',
      principal: { type: 'Federated', id: provider },
      context: new Map(claims),
      atMs,
    };
  });

/** A source of numbers from 0 to 1 that the seed decides. */
const dice = (seed: number): (() => number) => {
  let state = seed | 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 8) / 0x1_00_00_00;
  };
};

const shuffled = <T>(values: readonly T[], roll: () => number): readonly T[] =>
  values
    .map((value) => ({ value, rank: roll() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ value }) => value);

const anyCase = (text: string, roll: () => number): string =>
  roll() < 0.5 ? text : roll() < 0.5 ? text.toUpperCase() : text.toLowerCase();

const respelledValues = (values: Json, roll: () => number): Json => {
  const list = shuffled(Array.isArray(values) ? (values as readonly Json[]) : [values], roll);
  return list.length === 1 && roll() < 0.5 ? (list[0] ?? null) : list;
};

const respelledObject = (
  object: Json,
  roll: () => number,
  respell: (key: string, value: Json) => readonly [string, Json],
): Json =>
  isJsonObject(object)
    ? Object.fromEntries(shuffled(Object.entries(object), roll).map(([key, value]) => respell(key, value)))
    : object;

/** The same statement as AWS, or someone with a formatter, might show it. */
const respelledStatement = (statement: JsonObject, roll: () => number): JsonObject =>
  respelledObject(statement, roll, (field, value) => {
    switch (field) {
      case 'Sid':
        return [field, statement['Effect'] === 'Allow' ? `Renamed${Math.floor(roll() * 1e9)}` : value];
      case 'Action':
        return [field, respelledValues(typeof value === 'string' ? anyCase(value, roll) : value, roll)];
      case 'Principal':
        return [field, respelledObject(value, roll, (type, ids) => [type, respelledValues(ids, roll)])];
      case 'Condition':
        return [
          field,
          respelledObject(value, roll, (operator, keys) => [
            operator,
            respelledObject(keys, roll, (key, values) => [anyCase(key, roll), respelledValues(values, roll)]),
          ]),
        ];
      default:
        return [field, value];
    }
  }) as JsonObject;

/** A document in other words: lists, key case, order, Sids of Allows, white space. The seed decides which. */
export const respelled = (json: string, seed: number): string => {
  const roll = dice(seed);
  const { Statement: statements } = JSON.parse(json) as { Statement: readonly JsonObject[] };
  const document = {
    Statement: shuffled(statements, roll).map((statement) => respelledStatement(statement, roll)),
    Version: '2012-10-17',
  };
  return JSON.stringify(document, null, roll() < 0.5 ? 2 : 0);
};
