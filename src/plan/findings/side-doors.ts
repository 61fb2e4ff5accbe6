// The other visible ways to a bound service's containers, or to its task role: by literal match of the Allow statements in
// the inline policies of all roles, and of the task role's own trust policy. Conditions are not weighed, managed policies
// are not looked into: a finding is a place to look, and none is no proof.

import type { DesiredService } from '../../desired/desired-service.ts';
import { matchesPattern } from '../../domain/condition-evaluator.ts';
import { isOurs, roleOf } from '../../domain/role.ts';
import type { DoorKind, SideDoor } from '../../domain/service-findings.ts';
import { type JsonObject, asList, compareText, lowerCase, parseDocument } from '../../domain/statement.ts';
import { ecsTasksService } from '../../domain/trust-grants.ts';
import type { ServicesInput } from '../services-input.ts';

interface Door {
  readonly kind: DoorKind;
  readonly action: string;
  /** What the action opens it to, for a pattern to match; ARNs of one service. */
  readonly targets: readonly string[];
  readonly opens: string;
}

/** Actions that open a door; what a read of the account's roles is asked for. */
export const doorActions = [
  'ecs:ExecuteCommand',
  'ssm:StartSession',
  'sts:AssumeRole',
  'iam:PassRole',
] as const;

const doorsOf = ({ place, taskRoleArn }: DesiredService, input: ServicesInput): readonly Door[] => {
  const { partition, accountId } = input.account;
  const arn = (rest: string): string => `arn:${partition}:ecs:${place.region}:${accountId}:${rest}`;
  const task = arn(`task/${place.cluster}/0123456789abcdef0123456789abcdef`);
  return [
    {
      kind: 'executeCommand',
      action: 'ecs:ExecuteCommand',
      targets: [task],
      opens: 'a shell in its containers',
    },
    {
      kind: 'startSession',
      action: 'ssm:StartSession',
      targets: [task],
      opens: 'a session in its containers, without a log',
    },
    {
      kind: 'assumeRole',
      action: 'sts:AssumeRole',
      targets: [taskRoleArn],
      opens: 'its task role, if that trusts the caller',
    },
    {
      kind: 'passRole',
      action: 'iam:PassRole',
      targets: [taskRoleArn],
      opens: 'its task role, by running something with it',
    },
  ];
};

const texts = (value: JsonObject[string] | undefined): readonly string[] =>
  asList(value).filter((one) => typeof one === 'string');

/** `Action` or its inversion, read literally: what it does not surely leave out, it may hold. */
const holds = (
  statement: JsonObject,
  field: 'Action' | 'Resource',
  matches: (pattern: string) => boolean,
): boolean =>
  statement[field] === undefined
    ? statement[`Not${field}`] !== undefined && !texts(statement[`Not${field}`]).some(matches)
    : texts(statement[field]).some(matches);

/** Policy variables may become anything. */
const asPattern = (text: string): string => text.replaceAll(/\$\{[^}]*\}/g, '*');

const opensDoor = (statement: JsonObject, { action, targets }: Door): boolean =>
  statement['Effect'] === 'Allow' &&
  holds(statement, 'Action', (pattern) => matchesPattern(lowerCase(pattern), lowerCase(action))) &&
  holds(statement, 'Resource', (pattern) =>
    targets.some((target) => matchesPattern(asPattern(pattern), target)),
  );

const statementName = (policy: string, statement: JsonObject): string => {
  const sid = statement['Sid'];
  return typeof sid === 'string' && sid !== ''
    ? `${policy}, statement ${sid}`
    : `${policy}, a statement without Sid`;
};

/** Roles that the controller looks after are the front doors. */
const frontDoors = ({ observed, instance }: ServicesInput): ReadonlySet<string> =>
  new Set(observed.roles.filter((role) => isOurs(role, instance)).map(({ arn }) => arn));

const throughPolicies = (service: DesiredService, input: ServicesInput): readonly SideDoor[] => {
  const ours = frontDoors(input);
  const doors = doorsOf(service, input);
  return input.observed.allows
    .filter(({ roleArn }) => !ours.has(roleArn))
    .flatMap(({ roleArn, policyName, statement }) =>
      doors
        .filter((door) => opensDoor(statement, door))
        .map((door): SideDoor => {
          const name = statementName(`inline policy ${policyName}`, statement);
          const message = `${roleArn} may ${door.action}, and so open ${door.opens} (${name})`;
          return { place: service.place, kind: door.kind, roleArn, statement: name, message };
        }),
    );
};

const isEcsTasks = (statement: JsonObject): boolean => {
  const principal = statement['Principal'];
  return JSON.stringify(principal) === JSON.stringify({ Service: ecsTasksService });
};

/** Whom the task role itself trusts besides ECS. */
const throughTrust = (service: DesiredService, input: ServicesInput): readonly SideDoor[] => {
  const role = roleOf(service.taskRoleArn, input.observed);
  const parsed = role === undefined ? undefined : parseDocument(role.trustDocument);
  if (role === undefined || parsed?.ok !== true) return [];
  return parsed.statements
    .filter((statement) => statement['Effect'] === 'Allow' && !isEcsTasks(statement))
    .map((statement): SideDoor => {
      const name = statementName('trust policy', statement);
      const principal = JSON.stringify(statement['Principal'] ?? statement['NotPrincipal'] ?? null);
      const message = `the task role ${role.arn} trusts ${principal} besides ECS tasks (${name})`;
      return { place: service.place, kind: 'assumeRole', roleArn: role.arn, statement: name, message };
    });
};

/** Of all bound services, sorted by service, kind and role. */
export const findSideDoors = (input: ServicesInput): readonly SideDoor[] =>
  input.desired.services.flatMap((service) =>
    [...throughPolicies(service, input), ...throughTrust(service, input)].sort(
      (a, b) =>
        compareText(a.kind, b.kind) ||
        compareText(a.roleArn, b.roleArn) ||
        compareText(a.statement, b.statement),
    ),
  );
