// What became of people who left, looked at in the cloud itself: who is still in, and by which writes they were put out.

import { denyPolicyName } from '../../src/domain/role.ts';
import type { SandboxRole } from '../../src/sandbox/aws/aws-cloud.ts';
import type { ServedRequest } from '../../src/sandbox/world.ts';

export interface LookAtLeavers {
  /** Places of leavers in trust policies. */
  readonly stillIn: number;
  /** Leavers whom no role denies. */
  readonly undenied: number;
  /** Roles whose trust policy was written before the deny. */
  readonly narrowedUndenied: number;
  readonly rolesWritten: number;
  /** Writes that IAM took. */
  readonly writes: number;
  readonly mostWritesOfARole: number;
  readonly throttled: number;
}

export const isIamWrite = ({ service, operation }: ServedRequest): boolean =>
  service === 'iam' && !/^(?:Get|List)/.test(operation);

const isTaken = ({ status }: ServedRequest): boolean => status === 200;

const writesByRole = (writes: readonly ServedRequest[]): readonly (readonly ServedRequest[])[] => {
  const roles = new Map<string, ServedRequest[]>();
  for (const write of writes) {
    const role = write.resource ?? '';
    roles.set(role, [...(roles.get(role) ?? []), write]);
  }
  return [...roles.values()];
};

const isNarrowedUndenied = (writes: readonly ServedRequest[]): boolean => {
  const trust = writes.findIndex(({ operation }) => operation === 'UpdateAssumeRolePolicy');
  const deny = writes.findIndex(({ operation }) => operation === 'PutRolePolicy');
  return trust !== -1 && (deny === -1 || trust < deny);
};

export const lookAtLeavers = (
  roles: readonly SandboxRole[],
  requests: readonly ServedRequest[],
  leavers: readonly string[],
): LookAtLeavers => {
  const writes = requests.filter(isIamWrite);
  const byRole = writesByRole(writes.filter(isTaken));
  const denies = roles.map(({ inlinePolicies }) => inlinePolicies[denyPolicyName] ?? '').join('\n');
  return {
    stillIn: roles.flatMap(({ trustDocument }) => leavers.filter((id) => trustDocument.includes(id))).length,
    undenied: leavers.filter((id) => !denies.includes(id)).length,
    narrowedUndenied: byRole.filter(isNarrowedUndenied).length,
    rolesWritten: byRole.length,
    writes: byRole.flat().length,
    mostWritesOfARole: Math.max(0, ...byRole.map(({ length }) => length)),
    throttled: writes.length - byRole.flat().length,
  };
};
