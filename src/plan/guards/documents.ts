// Policy documents that we must not touch: those we cannot read, and those that hold someone's emergency brake.

import { readDenies } from '../../domain/denies.ts';
import { deniesOf, foreignDeniesOf, hasAllow } from '../../domain/permissions.ts';
import { accessPolicyName, denyPolicyName, isDenyPolicy } from '../../domain/role.ts';
import { parseDocument } from '../../domain/statement.ts';
import { guardEach, hold } from './guard.ts';

export const deniesProblemMessage = (reason: string): string =>
  `the inline policy ${denyPolicyName} cannot be read as a policy document (${reason}), so that nobody who leaves is denied her sessions; correct or remove it by hand`;

export const opaqueDocument = guardEach(({ detail }, role) => {
  if (
    role.deniesProblem !== undefined &&
    (detail.kind === 'tightenDenies' || detail.kind === 'liftDenies' || detail.kind === 'forgetDenies')
  )
    return hold('opaqueDocument', deniesProblemMessage(role.deniesProblem));
  const [name, document] =
    detail.kind === 'stripPolicy'
      ? [detail.policyName, detail.before]
      : detail.kind === 'putPermissions'
        ? ['our own inline policy', detail.before]
        : ['', undefined];
  const parsed = document === undefined ? undefined : parseDocument(document);
  return parsed === undefined || parsed.ok
    ? undefined
    : hold(
        'opaqueDocument',
        `${name} cannot be read as a policy document (${parsed.reason}) and may hold a Deny; correct or remove it by hand`,
      );
});

/** An attached policy is detached only when its document was read and holds no Deny. */
export const attachedPolicyRead = guardEach(({ detail }, _role, { input }) => {
  if (detail.kind !== 'detachPolicy') return undefined;
  const arn = detail.policyArn;
  const reading = input.confirmations.managedPolicies.get(arn);
  if (reading === undefined) return hold('awaitingSecondRead', `${arn} is read before it is detached`);
  if (reading.state === 'absent') return undefined;
  if (reading.state === 'unreadable')
    return hold('unreadable', `${arn} could not be read, so it is not detached: ${reading.problem.message}`);
  const denies = deniesOf(reading.value);
  if (denies === undefined)
    return hold(
      'opaqueDocument',
      `${arn} cannot be read as a policy document; detach it by hand if it should go`,
    );
  return denies.length === 0
    ? undefined
    : hold(
        'foreignDeny',
        `${arn} holds a Deny, which may be someone's emergency brake; detach it by hand if it should go`,
      );
});

/** A closed role may be the scene of an incident: while a foreign Deny is on it, it is not deleted. */
export const foreignDenyOnDelete = guardEach(({ detail }, role) => {
  if (detail.kind !== 'deleteRole' || role.observed === undefined) return undefined;
  const inline = role.observed.inlinePolicies.find((policy) => {
    const denies = foreignDeniesOf(policy.document);
    if (isDenyPolicy(policy.name)) {
      const read = readDenies(policy.document);
      return !read.ok || read.denies.foreign.length > 0;
    }
    const isOurs = policy.name.toLowerCase() === accessPolicyName;
    return denies === undefined || (denies.length > 0 && (isOurs || hasAllow(policy.document) === false));
  });
  const place =
    role.trust.foreignDenies.length > 0
      ? 'its trust policy'
      : (inline?.name ?? role.observed.attachedPolicyArns[0]);
  return place === undefined
    ? undefined
    : hold(
        'foreignDeny',
        `${place} holds a Deny that is not ours; remove it by hand if the role ${role.roleName} may be deleted`,
      );
});
