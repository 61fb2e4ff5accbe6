// The denies of a role, desired against observed, for people whose place in the trust policy does not change. What goes with
// such a change is worked out with the change.

import { type DenyEdit, editDenies, renderDenies, sameDenies } from '../domain/denies.ts';
import type { DesiredRole } from '../desired/desired-role.ts';
import { hasAllow } from '../domain/permissions.ts';
import { denyDocument } from './role-facts.ts';
import type { Draft } from './compare-trust.ts';
import { endsOf, ownCutOff, sendsSourceIdentity } from './deny-edits.ts';
import { closingOf, isAdmittedByOthers } from './others.ts';
import type { PlanInput, RoleFacts } from './plan-input.ts';

const tighten = (why: string, edits: readonly DenyEdit[], isLockout = false): Draft => ({
  id: isLockout ? 'denies/lockout' : 'denies/tighten',
  effect: 'narrows',
  driftClass: 'denies',
  why,
  detail: { kind: 'tightenDenies', edits, isLockout },
});

const lift = (id: string, why: string, sub: string | undefined, edits: readonly DenyEdit[]): Draft => ({
  id: `denies/lift|${id}`,
  effect: 'widens',
  driftClass: 'denies',
  why,
  detail: { kind: 'liftDenies', sub, edits },
});

/** Those who are inside now and should be, with the ends of their access. */
const insiders = (
  role: RoleFacts,
  desired: DesiredRole,
  drafts: readonly Draft[],
  nowMs: number,
): ReadonlyMap<string, number> => {
  if (desired.admission === 'appRole')
    return new Map(desired.admitted().map(({ sub }) => [sub, desired.ends.get(sub) ?? Infinity]));
  const changing = new Set(
    drafts.flatMap(({ detail }) =>
      (detail.kind === 'grant' || detail.kind === 'revoke') && 'sub' in detail.grant
        ? [detail.grant.sub]
        : [],
    ),
  );
  const wanted = endsOf(desired.grants.values());
  const inside = [...endsOf(role.trust.grants.values()).keys()].flatMap((sub) => {
    const endMs = wanted.get(sub);
    return endMs === undefined || changing.has(sub) ? [] : [[sub, endMs] as const];
  });
  if (!role.isShared) return new Map(inside);
  const byOthers = new Set(
    [...role.trust.grants.values()].flatMap((grant) =>
      grant.kind === 'person' && isAdmittedByOthers(role, grant, nowMs) ? [grant.sub] : [],
    ),
  );
  return new Map(inside.map(([sub, endMs]) => [sub, byOthers.has(sub) ? Infinity : endMs]));
};

interface Steps {
  readonly tightening: readonly DenyEdit[];
  readonly lifting: readonly Draft[];
}

/** The end of the policy itself. */
const closingSteps = (role: RoleFacts, nowMs: number): Steps => {
  const fromMs = closingOf(role);
  const [was, wanted] = [role.denies.closingMs ?? Infinity, fromMs ?? Infinity];
  const edit: DenyEdit = { kind: 'close', fromMs, atMs: nowMs };
  return {
    tightening: wanted < was ? [edit] : [],
    lifting: wanted > was ? [lift('closing', 'the policy ends later', undefined, [edit])] : [],
  };
};

const insiderSteps = (
  role: RoleFacts,
  desired: DesiredRole,
  drafts: readonly Draft[],
  nowMs: number,
): Steps => {
  const tightening: DenyEdit[] = [];
  const lifting: Draft[] = [];
  for (const [sub, endMs] of insiders(role, desired, drafts, nowMs)) {
    const fromMs = ownCutOff(endMs, closingOf(role));
    const was = role.denies.cutOffs.get(sub);
    const out = role.denies.outs.get(sub);
    const isOut = out !== undefined && out.issuedBeforeMs === undefined && out.untilMs > nowMs;
    const cutOff: DenyEdit = { kind: 'cutOff', sub, fromMs };
    if (isOut || (was ?? Infinity) < (fromMs ?? Infinity))
      lifting.push(
        lift(sub, isOut ? `${sub} is let in again` : `the access of ${sub} ends later`, sub, [
          { kind: 'letIn', sub, atMs: nowMs },
          cutOff,
        ]),
      );
    else if (fromMs !== undefined && (was ?? Infinity) > fromMs) tightening.push(cutOff);
  }
  return { tightening, lifting };
};

/** A deny that has to go on is renewed before it ends. */
const renewBeforeMs = 3_600_000;

/** Those whom nothing but a deny keeps out, since the trust policy names nobody. */
const barredEdits = (
  role: RoleFacts,
  barred: Iterable<string>,
  how: 'left' | 'ended',
  nowMs: number,
): readonly DenyEdit[] =>
  [...barred]
    .filter((sub) => {
      const out = role.denies.outs.get(sub);
      return out === undefined || out.issuedBeforeMs !== undefined || out.untilMs <= nowMs + renewBeforeMs;
    })
    .map((sub) => ({ kind: 'putOut', sub, how, atMs: nowMs }));

/** Members of whom Entra proves that they left. */
const leavers = ({ gone }: DesiredRole, lockedOut: ReadonlySet<string>): readonly string[] =>
  [...gone.keys()].filter((sub) => !lockedOut.has(sub));

/** Whether the document says the same in another way than we do: a twin is missing, or a statement stands twice. */
const isWrittenAnew = (role: RoleFacts): boolean => {
  const document = denyDocument(role.observed);
  return (
    document !== undefined &&
    hasAllow(document) === false &&
    !sameDenies(document, renderDenies(role.denies, sendsSourceIdentity(role)))
  );
};

/** Whether somebody may enter whom the trust policy does not name. */
const admitsUnnamed = ({ trust, trustInSync, desired }: RoleFacts): boolean => {
  // Then it says what the policy does, and working out who that is costs more than all else here.
  if (trustInSync !== undefined && desired?.admission === 'members') return false;
  return [trust.grants, desired?.grants].some((grants) =>
    [...(grants?.values() ?? [])].some(({ kind }) => kind === 'anyone'),
  );
};

/** `drafts`: the changes of the trust policy. */
export const denyDrafts = (
  role: RoleFacts,
  drafts: readonly Draft[],
  { nowMs, lockedOut }: PlanInput,
): readonly Draft[] => {
  const { desired, denies, owner } = role;
  if (owner?.kind === 'TaskRoleBinding') return [];
  const hasDenies = denyDocument(role.observed) !== undefined;
  const mayNeed = desired !== undefined && (desired.ends.size > 0 || desired.closesAtMs !== undefined);
  const someAreGone = (desired?.gone.size ?? 0) + lockedOut.size > 0;
  const namesNobody = someAreGone && admitsUnnamed(role);
  const mayBar = role.isShared && role.observed !== undefined && lockedOut.size > 0;
  if (!hasDenies && !mayNeed && !namesNobody && !mayBar) return [];
  const result: Draft[] = [];
  const tightening: DenyEdit[] = [];
  if (desired !== undefined) {
    for (const steps of [insiderSteps(role, desired, drafts, nowMs), closingSteps(role, nowMs)]) {
      tightening.push(...steps.tightening);
      result.push(...steps.lifting);
    }
    if (namesNobody) tightening.push(...barredEdits(role, leavers(desired, lockedOut), 'left', nowMs));
  }
  // Who is locked out is out of a shared role whoever else admits her.
  const barred = namesNobody || role.isShared ? barredEdits(role, lockedOut, 'ended', nowMs) : [];
  if (barred.length > 0) result.push(tighten('a Lockout names this person', barred, true));
  if (tightening.length > 0) result.push(tighten('sessions have to end by themselves', tightening));
  else if (hasDenies && isWrittenAnew(role)) result.push(tighten('denies are written as we write them', []));
  if (
    hasDenies &&
    renderDenies(denies, false) !==
      renderDenies(editDenies(denies, [{ kind: 'forgetPast', atMs: nowMs }]), false)
  )
    result.push({
      id: 'denies/past',
      effect: 'none',
      driftClass: 'denies',
      why: 'denies that are past are taken away',
      detail: { kind: 'forgetDenies' },
    });
  return result;
};
