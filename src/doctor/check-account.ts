// One account: whether it can be entered, what its role may do there, and whether what policies lean on is there.

import type { Check } from '../domain/check.ts';
import type { AppError } from '../domain/errors.ts';
import type { AccountExamination } from '../domain/examination.ts';
import type { Account } from '../domain/policy.ts';
import { type Checks, checksOf, takenApart } from './check.ts';
import type { EntraReadings } from './check-entra.ts';
import { boundaryChecks } from './check-boundaries.ts';
import { clockCheck } from './check-clock.ts';
import { permissionChecks } from './check-permissions.ts';
import { providerChecks } from './check-providers.ts';
import { roomChecks } from './check-room.ts';
import type { AccountNeeds } from './needs.ts';

const areaOf = ({ meta, accountId }: Account): string => `account ${meta.name} (${accountId})`;

const withExternalId = ({ spokeRole }: Account): string => {
  const { externalId } = spokeRole ?? {};
  return externalId === undefined
    ? 'its Account gives no externalId, so its trust policy may not ask for one'
    : `its trust policy has to ask for sts:ExternalId ${externalId}, as its Account says`;
};

const entryCheck = (checks: Checks, account: Account, { identity }: AccountExamination): Check => {
  const what = 'entry';
  const { spokeRole, partition } = account;
  if (identity.state === 'absent') return checks.unknown(what, 'STS does not say who we are');
  if (identity.state === 'unreadable') {
    const { advice } = takenApart(identity.problem.message);
    const mayNotAssume =
      spokeRole !== undefined && identity.problem.code?.startsWith('AccessDenied') === true;
    const how = mayNotAssume
      ? `${advice ?? ''}; ${withExternalId(account)} (manifests/deploy/policies/spoke-trust.json.tftpl and controller-task.json.tftpl)`
      : undefined;
    return checks.failed(what, identity.problem, how);
  }
  const { arn } = identity.value;
  const isElsewhere = !arn.startsWith(`arn:${partition}:`);
  return isElsewhere
    ? checks.missing(
        what,
        `we are ${arn}, and the account says partition ${partition}`,
        'correct spec.partition of the Account',
      )
    : checks.ok(what, `as ${arn}`);
};

/** How STS refuses the keys of an account in a region that the account has not enabled: they are good elsewhere. */
const isNotEnabled = ({ code }: AppError): boolean => code === 'InvalidClientTokenId';

const regionProblem = (checks: Checks, region: string, problem: AppError): Check =>
  isNotEnabled(problem)
    ? checks.missing(
        `region ${region}`,
        'the account has not enabled it',
        `aws account enable-region --region-name ${region}, or take it out of spec.regions of the Account`,
      )
    : checks.failed(`region ${region}`, problem);

const regionChecks = (checks: Checks, { regions }: AccountExamination): readonly Check[] => {
  const problems = [...regions].flatMap(([region, reading]) => {
    if (reading.state === 'present') return [];
    return reading.state === 'absent'
      ? [checks.unknown(`region ${region}`, 'AWS does not answer there')]
      : [regionProblem(checks, region, reading.problem)];
  });
  return problems.length > 0
    ? problems
    : [
        checks.ok(
          'regions',
          `${[...regions.keys()].join(', ')} ${regions.size === 1 ? 'answers' : 'answer'}`,
        ),
      ];
};

/**
 * Where the account cannot be entered, nothing else is said of it: nothing else was looked at.
 * @param entra as it was just read
 */
export const accountChecks = (
  needs: AccountNeeds,
  examination: AccountExamination,
  entra: Pick<EntraReadings, 'groups' | 'servicePrincipals'>,
  atMs: number,
): readonly Check[] => {
  const checks = checksOf(areaOf(needs.account));
  const entry = entryCheck(checks, needs.account, examination);
  if (examination.identity.state !== 'present') return [entry];
  return [
    entry,
    ...regionChecks(checks, examination),
    clockCheck(checks, 'AWS', examination.clockSkewMs),
    ...permissionChecks(checks, needs, examination, atMs),
    ...boundaryChecks(checks, needs, examination, atMs),
    ...providerChecks(checks, needs, examination, { atMs, servicePrincipals: entra.servicePrincipals }),
    ...roomChecks(checks, needs, examination, entra.groups),
  ];
};
