// What a policy gives, as IAM takes it: its statements, and whether all of it fits into a role.

import { type Access, accessStatements, cliStatement } from '../domain/access.ts';
import { serviceKey } from '../domain/ecs.ts';
import { type AccountPlace, sharedDenies, statementsOfGrant } from '../domain/ecs-grants.ts';
import { type EcsFacts, observedServices, observedStatements } from '../domain/ecs-observed-grants.ts';
import type { EcsGrant, PermissionStatement } from '../domain/policy.ts';
import { inlinePolicyQuotaChars, reservedForDeniesChars } from '../domain/role.ts';
import { childOf, type FieldPath } from './field-path.ts';
import { type Finding, finding, type SourceDocument } from './source-document.ts';
import { charsOf, checkStatements, costsOfStatements, documentChars } from './statements.ts';
import { counted, thousands } from './words.ts';

const maxStatementChars = inlinePolicyQuotaChars - reservedForDeniesChars;

export const checkAccess = (document: SourceDocument, access: Access): readonly Finding[] => [
  ...checkSize(document, access),
  ...checkStatements(document, ['spec', 'access', 'statements'], access.statements),
];

const grantsPath: FieldPath = ['spec', 'access', 'ecs'];

/** Where a grant stands: one alone needs no list, and so has no number. */
export const grantPath = (document: SourceDocument, index: number): FieldPath =>
  Array.isArray(grantsPath.reduce(childOf, document.value)) ? [...grantsPath, index] : grantsPath;

/** The longest that any account makes of a policy; all account ids have twelve digits. */
const anyPlace: AccountPlace = { partition: 'aws-us-gov', accountId: '0'.repeat(12) };

/** What runs is not known here, and may ask for more: each service writes to one log group of a usual name, no cluster has a key. */
const leastFacts: EcsFacts = {
  logGroupsOf: ({ region, service }) => ({ isKnown: true, value: [{ region, name: `/ecs/${service}` }] }),
  execKeyOf: () => ({ isKnown: true, value: undefined }),
};

const leastObserved = (grants: readonly EcsGrant[]): readonly PermissionStatement[] => {
  const fact = observedStatements(grants, anyPlace, leastFacts);
  return fact.isKnown ? fact.value : [];
};

/** What each part costs, as somebody who has to shorten it would name it. */
const costsOf = ({ ecs, cli, statements }: Access): readonly string[] => [
  ...costsOfGrants(ecs),
  ...(cli ? [`cli ${thousands(charsOf([cliStatement(anyPlace)]))}`] : []),
  ...costsOfStatements('statements', statements),
];

const costsOfGrants = (grants: readonly EcsGrant[]): readonly string[] => {
  const shared = charsOf(sharedDenies(grants, anyPlace));
  return [
    ...grants.flatMap((grant, index) => {
      const chars = charsOf(statementsOfGrant(grant, anyPlace));
      const named = `ecs[${index}] (${grant.cluster}: ${grant.allow.join(', ')})`;
      return chars > 0 ? [`${named} ${thousands(chars)}`] : [];
    }),
    ...(shared > 0 ? [`the denies that exec needs ${thousands(shared)}`] : []),
    ...costOfLogs(grants.filter(({ allow }) => allow.includes('logs'))),
  ];
};

const costOfLogs = (grants: readonly EcsGrant[]): readonly string[] => {
  const services = new Set(observedServices(grants).map(serviceKey)).size;
  const chars = charsOf(leastObserved(grants));
  return chars > 0 ? [`logs of ${counted(services, 'service')} at least ${thousands(chars)}`] : [];
};

const checkSize = (document: SourceDocument, access: Access): readonly Finding[] => {
  const size = documentChars([...accessStatements(access, anyPlace), ...leastObserved(access.ecs)]);
  if (size <= maxStatementChars) return [];
  const message = `the access has ${thousands(size)} characters as compact JSON, and at most ${thousands(maxStatementChars)} fit (IAM's ${thousands(inlinePolicyQuotaChars)} less ${thousands(reservedForDeniesChars)} kept for denies); use wildcards, or split the policy over two roles. Each costs: ${costsOf(access).join(', ')}`;
  return [finding(document, 'statementsTooLong', ['spec', 'access'], message, { part: 'key' })];
};
