// A question of `explain` in a world where everything is in sync, to be changed by each case in what it is about.

import { resolveServices } from '../../../src/desired/resolve-services.ts';
import type { Group, GroupKey, UserStanding } from '../../../src/domain/directory.ts';
import { AppError } from '../../../src/domain/errors.ts';
import type { Explanation, LinkName, LinkState } from '../../../src/domain/explanation.ts';
import type { AccessPolicy } from '../../../src/domain/policy.ts';
import { type Reading, present, unreadable } from '../../../src/domain/reading.ts';
import type { ExecReadiness } from '../../../src/domain/service-findings.ts';
import { explain } from '../../../src/plan/explain/explain.ts';
import { findPerson } from '../../../src/plan/explain/person.ts';
import { accessPolicy, account, controllerConfig, federation, policySet } from '../../builders.ts';
import { type Parts, fiveInGroup, inputOf, nowMs } from '../scenario.ts';

export interface ExplainParts extends Omit<Parts, 'policies'> {
  readonly policy?: AccessPolicy;
  readonly who?: string;
  /** Minutes from now; default: now. */
  readonly inMinutes?: number;
  readonly userStanding?: Reading<UserStanding>;
  readonly otherForms?: Readonly<Record<GroupKey, Group>>;
  /** The roles of the account could not be observed. */
  readonly isBlind?: boolean;
  readonly execReadiness?: readonly ExecReadiness[];
}

export const unreadableAws = unreadable(new AppError('denied', 'iam:ListRoles was refused; allow it'));

export const explanationOf = (parts: ExplainParts = {}): Explanation => {
  const policy = parts.policy ?? accessPolicy();
  const own = parts.account ?? account();
  const config = parts.config ?? controllerConfig();
  const policies = policySet({
    configs: [config],
    accounts: [own],
    federations: [parts.federation ?? federation()],
    policies: [policy],
    lockouts: parts.lockouts ?? [],
  });
  const input = inputOf({ ...parts, policies: [policy] });
  const snapshot = parts.snapshot ?? fiveInGroup;
  return explain({
    found: findPerson(snapshot, parts.who ?? 'oncall-1@contoso.com'),
    userStanding: parts.userStanding,
    policy,
    account: own,
    config,
    policies,
    snapshot,
    otherForms: new Map(Object.entries(parts.otherForms ?? {}).map(([key, one]) => [key, present(one)])),
    ecs: parts.ecs ?? { readAtMs: 0, clusters: new Map(), definitions: new Map() },
    planInput: parts.isBlind === true ? unreadableAws : present(input),
    execReadiness:
      parts.execReadiness ??
      resolveServices(policies, own, config).exec.map(({ place, policies: names }) => ({
        place,
        policies: names,
        reason: 'Ready',
        messages: [],
        warnings: [],
      })),
    nowMs: input.nowMs,
    atMs: nowMs + (parts.inMinutes ?? 0) * 60_000,
  });
};

/** Links that are neither as they should be nor just to be known, by name. */
export const troubles = ({ links }: Explanation): Partial<Record<LinkName, LinkState>> =>
  Object.fromEntries(
    links
      .filter(({ state }) => state === 'stops' || state === 'unknown')
      .map(({ name, state }) => [name, state]),
  );

export const sentenceOf = ({ links }: Explanation, name: LinkName): string =>
  links.find((link) => link.name === name)?.sentence ?? '';
