// Our own side of AWS: who we are, whether STS vouches for us to Entra, and the table by which replicas share accounts.

import type { Check } from '../domain/check.ts';
import type { CallerIdentity, TableExamination } from '../domain/examination.ts';
import type { ControllerConfig } from '../domain/policy.ts';
import type { Reading } from '../domain/reading.ts';
import { type Checks, checksOf, stays, takenApart } from './check.ts';

export interface OwnSideReadings {
  readonly identity: Reading<CallerIdentity>;
  /** Whether STS gave a token for Entra; undefined: nobody asks it for one. */
  readonly vouching: Reading<true> | undefined;
  /** undefined: the process is alone. */
  readonly table: TableExamination | undefined;
}

const identityCheck = (checks: Checks, identity: Reading<CallerIdentity>): Check => {
  const what = 'credentials';
  if (identity.state === 'present') return checks.ok(what, `we are ${identity.value.arn}`);
  return identity.state === 'absent'
    ? checks.unknown(what, 'STS does not say who we are')
    : checks.failed(what, identity.problem);
};

const enabling = 'aws iam enable-outbound-web-identity-federation';

const vouchingCheck = (checks: Checks, vouching: Reading<true>): Check => {
  const what = 'sts:GetWebIdentityToken';
  if (vouching.state === 'present') return checks.ok(what, 'STS vouches for our role to Entra');
  if (vouching.state === 'absent') return checks.unknown(what, 'STS answered without a token');
  const { problem } = vouching;
  if (problem.code === 'OutboundWebIdentityFederationDisabledException')
    return checks.missing(what, takenApart(problem.message).found, `${enabling}, in our own account`);
  const isRefused = problem.code?.startsWith('AccessDenied') === true;
  return checks.failed(
    what,
    problem,
    isRefused
      ? 'give our own role manifests/deploy/policies/controller-task.json.tftpl (SignInToEntra)'
      : undefined,
  );
};

const tableName = (config: ControllerConfig): string => config.replicas?.lease.table ?? '';

const tableChecks = (checks: Checks, config: ControllerConfig, table: TableExamination): readonly Check[] => {
  const name = tableName(config);
  const tried = [
    ['dynamodb:Scan', table.scan],
    ['dynamodb:PutItem', table.put],
    ['dynamodb:DeleteItem', table.remove],
  ] as const;
  // Of a table that is not there, or is another one, each says the same.
  const general = tried.flatMap(([, reading]) =>
    reading.state === 'unreadable' && reading.problem.kind === 'invalid' ? [reading.problem] : [],
  )[0];
  if (general !== undefined) {
    const isGone = general.code === 'ResourceNotFoundException';
    const region = config.replicas?.lease.region;
    const command = `aws dynamodb create-table --table-name ${name} --billing-mode PAY_PER_REQUEST --attribute-definitions AttributeName=id,AttributeType=S --key-schema AttributeName=id,KeyType=HASH${region === undefined ? '' : ` --region ${region}`}`;
    return [checks.failed(`lease table ${name}`, general, isGone ? command : undefined)];
  }
  const problems = tried.flatMap(([action, reading]) => {
    if (reading.state === 'present') return [];
    const what = `${action} on ${name}`;
    if (reading.state === 'absent') return [checks.unknown(what, 'DynamoDB did not answer')];
    const { problem } = reading;
    const mending =
      'give our own role manifests/deploy/policies/controller-task.json.tftpl (ShareAccountsByLeases)';
    return [checks.failed(what, problem, stays(problem) ? mending : undefined)];
  });
  return problems.length > 0
    ? problems
    : [checks.ok(`lease table ${name}`, 'it is there, its key fits, and it can be read and written')];
};

export const ownSideChecks = (config: ControllerConfig, readings: OwnSideReadings): readonly Check[] => {
  const checks = checksOf('AWS, our own side');
  const { identity, vouching, table } = readings;
  return [
    identityCheck(checks, identity),
    ...(vouching === undefined ? [] : [vouchingCheck(checks, vouching)]),
    ...(table === undefined ? [] : tableChecks(checks, config, table)),
  ];
};
