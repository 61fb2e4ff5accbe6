// The part of ECS grants that hangs on what runs: `logs` opens the log groups that the services' task definitions really
// name, and `exec` needs the key with which the cluster encrypts sessions.
//
// It is known as a whole or not at all. While it is not, the statements that stand in AWS stay as they are, so that an
// ECS that does not answer neither widens nor narrows anything.

import type { ClusterPlace, LogGroup, ServicePlace } from './ecs.ts';
import { type AccountPlace, allow } from './ecs-grants.ts';
import { isOwnStatement } from './permissions.ts';
import type { EcsGrant, PermissionStatement } from './policy.ts';
import {
  type JsonObject,
  asList,
  canonicalStatement,
  compareText,
  parseDocument,
  sidOf,
} from './statement.ts';

/** Known, or the sentence that says why not. */
export type Fact<T> =
  | { readonly isKnown: true; readonly value: T }
  | { readonly isKnown: false; readonly because: string };

/** What an account's ECS says of the things that grants name. */
export interface EcsFacts {
  /** The log groups that the task definitions of a service name; a service that does not exist has none. */
  logGroupsOf(service: ServicePlace): Fact<readonly LogGroup[]>;
  /** ARN of the key, or of an alias of it, with which a cluster encrypts sessions of ECS Exec; undefined: it has none. */
  execKeyOf(cluster: ClusterPlace): Fact<string | undefined>;
}

/** Whoever may register task definitions names log groups: a name that IAM would take for a pattern opens nothing. [CloudWatch Logs API] */
const logGroupName = /^[\w./#-]{1,512}$/;
const regionName = /^[a-z]{2}(-[a-z]+)+-\d{1,2}$/;
const keyArn = /^arn:[\w-]+:kms:[\w-]+:\d{12}:key\/[\w-]+$/;
const aliasArn = /^(arn:[\w-]+:kms:[\w-]+:\d{12}:)(alias\/[\w/-]+)$/;

export const isLogGroup = ({ region, name }: LogGroup): boolean =>
  logGroupName.test(name) && regionName.test(region);

const logGroupArn = ({ region, name }: LogGroup, { partition, accountId }: AccountPlace): string =>
  `arn:${partition}:logs:${region}:${accountId}:log-group:${name}:*`;

const logActions = ['logs:DescribeLogStreams', 'logs:FilterLogEvents', 'logs:GetLogEvents'];

/** Streams are below their group: `:*` names both. [CloudWatch Logs User Guide: resources] */
const logsStatement = (groups: readonly LogGroup[], place: AccountPlace): PermissionStatement =>
  allow(
    'LogGroups',
    logActions,
    [...new Set(groups.map((group) => logGroupArn(group, place)))].sort(compareText),
  );

/** An alias is no resource in IAM; the key behind it is known by the alias that it carries. [KMS Developer Guide: aliases] */
const keyStatement = (arn: string): readonly PermissionStatement[] => {
  const action = ['kms:GenerateDataKey'];
  if (keyArn.test(arn)) return [allow('ExecKey', action, [arn])];
  const [, place, alias] = aliasArn.exec(arn) ?? [];
  return alias === undefined
    ? []
    : [
        allow('ExecKey', action, [`${place}key/*`], {
          'ForAnyValue:StringEquals': { 'kms:ResourceAliases': alias },
        }),
      ];
};

/** The one alias that the condition of a key statement names. */
const aliasIn = ({ Condition: condition }: JsonObject): string | undefined =>
  /^\{"ForAnyValue:StringEquals":\{"kms:ResourceAliases":\[?"(alias\/[\w/-]+)"\]?\}\}$/.exec(
    JSON.stringify(condition) ?? '',
  )?.[1];

const servicesOf = ({ region, cluster, services }: EcsGrant): readonly ServicePlace[] =>
  services.map((service) => ({ region, cluster, service }));

/** All that were said, or the first sentence that says why one was not. */
const together = <T>(facts: readonly Fact<T>[]): Fact<readonly T[]> => {
  const values: T[] = [];
  for (const fact of facts) {
    if (!fact.isKnown) return fact;
    values.push(fact.value);
  }
  return { isKnown: true, value: values };
};

/** The services that have to be observed, so that these grants can be written. */
export const observedServices = (grants: readonly EcsGrant[]): readonly ServicePlace[] =>
  grants.filter(({ allow: verbs }) => verbs.includes('logs') || verbs.includes('exec')).flatMap(servicesOf);

/** The statements that hang on what runs; one for all log groups, and one for each key. */
export const observedStatements = (
  grants: readonly EcsGrant[],
  place: AccountPlace,
  facts: EcsFacts,
): Fact<readonly PermissionStatement[]> => {
  const logs = together(
    grants
      .filter(({ allow: verbs }) => verbs.includes('logs'))
      .flatMap(servicesOf)
      .map((service) => facts.logGroupsOf(service)),
  );
  const keys = together(
    grants.filter(({ allow: verbs }) => verbs.includes('exec')).map((cluster) => facts.execKeyOf(cluster)),
  );
  if (!logs.isKnown) return logs;
  if (!keys.isKnown) return keys;
  const groups = logs.value.flat().filter(isLogGroup);
  const arns = new Set(keys.value.filter((arn) => arn !== undefined));
  return {
    isKnown: true,
    value: [
      ...(groups.length === 0 ? [] : [logsStatement(groups, place)]),
      ...[...arns].sort(compareText).flatMap(keyStatement),
    ],
  };
};

const observedSid = /^Rolewarden\d+(?:LogGroups|ExecKey)$/;
const logGroupResource = /^arn:[\w-]+:logs:[a-z0-9-]+:\d{12}:log-group:[\w./#-]{1,512}:\*$/;

const isLogsStatement = (statement: JsonObject): boolean => {
  const resources = asList(statement['Resource']);
  return (
    resources.every((resource) => typeof resource === 'string' && logGroupResource.test(resource)) &&
    canonicalStatement(statement) ===
      canonicalStatement({ Effect: 'Allow', Action: logActions, Resource: resources })
  );
};

const isKeyStatement = (statement: JsonObject): boolean => {
  const [resource] = asList(statement['Resource']);
  if (typeof resource !== 'string') return false;
  const alias = resource.endsWith(':key/*') ? aliasIn(statement) : undefined;
  const arn = alias === undefined ? resource : `${resource.slice(0, -'key/*'.length)}${alias}`;
  return keyStatement(arn).some(
    (ours) => canonicalStatement(ours as JsonObject) === canonicalStatement(statement),
  );
};

/** By its Sid, and by being what only we would write: somebody else's statement gains nothing by looking like one. */
const isObservedStatement = (statement: JsonObject): boolean =>
  isOwnStatement(statement) &&
  observedSid.test(sidOf(statement)) &&
  (isLogsStatement(statement) || isKeyStatement(statement));

/** Of a document of ours, the statements that hang on what runs, without those that are said anyway. */
export const standingObservedStatements = (
  document: string | undefined,
  others: readonly JsonObject[],
): readonly PermissionStatement[] => {
  const parsed = document === undefined ? undefined : parseDocument(document);
  if (parsed?.ok !== true) return [];
  const said = new Set(others.map(canonicalStatement));
  return parsed.statements
    .filter((statement) => isObservedStatement(statement) && !said.has(canonicalStatement(statement)))
    .map((statement) => ({ ...statement, Sid: sidOf(statement).replace(/^Rolewarden\d+/, '') }));
};
