// Carries out a plan: roles side by side, those that take access away first, and of these the ones in which that failed
// last time; then services. One bad object never stops the others.

import pMap from 'p-map';
import type { Plan, PlannedRole, PlannedService } from '../domain/plan.ts';
import { applyRole } from './apply-role.ts';
import type { ApplyContext } from './role-writes.ts';
import { type ServiceApplyContext, applyService } from './apply-service.ts';
import type { RevocationBook } from './revocation-book.ts';
import type { Outcome } from './sweep-report.ts';

/** IAM's own limits make more at once pointless; the write budget paces them anyway. */
const rolesAtOnce = 4;

/** Once more whatever was to be taken away before; what is proven; what is taken away; what is taken away besides; the rest. */
const urgency = (role: PlannedRole, failed: RevocationBook): number => {
  // Denies may be written for the sake of removals that wait themselves.
  const served = role.writes.flatMap((write) => (write.op === 'putDenies' ? write.serves : []));
  const changes = [...role.apply, ...served];
  if (changes.every((change) => change.effect !== 'narrows')) return 4;
  if (failed.has(role.name)) return 0;
  const revokes = changes.filter((change) => change.detail.kind === 'revoke');
  if (revokes.some((change) => change.detail.kind === 'revoke' && change.detail.proof !== undefined))
    return 1;
  return revokes.length > 0 ? 2 : 3;
};

/** ECS's limits, which the port keeps, make more at once pointless. */
const servicesAtOnce = 4;

/**
 * ECS takes one registration a second, so that hundreds of bindings take many minutes. What is not begun by then is
 * planned again on what runs by then.
 */
const beginWithinMs = 2 * 60_000;

export const applyServices = async (
  plan: Plan,
  context: ServiceApplyContext,
): Promise<readonly Outcome[]> => {
  const services = plan.services.filter((service) => service.writes.length > 0);
  const untilMs = context.clock.now() + beginWithinMs;
  const applyInTime = async (service: PlannedService): Promise<readonly Outcome[]> =>
    context.clock.now() < untilMs ? applyService(service, context) : [];
  const outcomes = await pMap(services, applyInTime, { concurrency: servicesAtOnce });
  return outcomes.flat();
};

export interface RolesApplyContext extends ApplyContext {
  readonly revocationBook: RevocationBook;
}

export const applyRoles = async (plan: Plan, context: RolesApplyContext): Promise<readonly Outcome[]> => {
  const { revocationBook } = context;
  const roles = plan.roles
    .filter((role) => role.writes.length > 0)
    .sort((a, b) => urgency(a, revocationBook) - urgency(b, revocationBook));
  const byRole = await pMap(roles, (role) => applyRole(role, context), { concurrency: rolesAtOnce });
  const outcomes = byRole.flat();
  revocationBook.noteWrites(outcomes);
  return outcomes;
};
