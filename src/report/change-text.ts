// Changes in words. What somebody reads before she lets it happen, so: who or what, what happens, because of what.

import type { Change } from '../domain/change.ts';
import { parseGroupKey } from '../domain/directory.ts';
import { formatDuration } from '../domain/duration.ts';
import type { Admitted, PlannedRole } from '../domain/plan.ts';
import type { RoleSettings } from '../domain/role.ts';
import type { TrustGrant } from '../domain/trust-grants.ts';
import { counted } from './words.ts';

export interface ChangeLine {
  /** `+` more access, `-` less, `~` neither or both. */
  readonly sign: '+' | '-' | '~';
  /** Who, or what part of the role. */
  readonly what: string;
  readonly isPerson: boolean;
  /** `gains access`; for held changes `would gain access`. */
  readonly happens: string;
  readonly because: string;
}

type Tense = 'applied' | 'held';

/** In the indicative for what is to be applied, in the conditional for what is held. */
const verb = (tense: Tense, applied: string, held: string): string =>
  tense === 'applied' ? applied : `would ${held}`;

const signOf = (change: Change): ChangeLine['sign'] =>
  change.effect === 'widens' ? '+' : change.effect === 'narrows' ? '-' : '~';

const untilText = (grant: TrustGrant | undefined): string =>
  grant?.kind === 'person' && grant.untilMs !== undefined
    ? `until ${new Date(grant.untilMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`
    : 'without an end';

type GroupNames = PlannedRole['groupNames'];

const viaText = ({ via }: Admitted, names: GroupNames): string =>
  via.length === 0
    ? 'listed in the policy'
    : `via group ${via
        .map((key) => {
          const { id, nested } = parseGroupKey(key);
          const name = names[key] === undefined ? id : `"${names[key]}"`;
          return nested ? `${name} (or a group in it)` : name;
        })
        .join(', ')}`;

/** The reason without the name that the line begins with. */
const withoutName = (why: string, sub: string, label: string): string => {
  const name = [label, sub].find((one) => why.startsWith(`${one} `) || why.startsWith(`${one}: `));
  return name === undefined ? why : why.slice(name.length).replace(/^:? /, '');
};

const personVerb = (
  changes: readonly Change[],
  isMember: boolean,
  tense: Tense,
): Pick<ChangeLine, 'sign' | 'happens'> => {
  const grants = changes.filter(({ detail }) => detail.kind === 'grant');
  const revokes = changes.filter(({ detail }) => detail.kind === 'revoke');
  const [first] = changes;
  if (grants.length > 0 && revokes.length > 0)
    return { sign: '~', happens: verb(tense, 'enters in another form', 'enter in another form') };
  if (first?.detail.kind === 'revoke') {
    if (first.detail.after !== undefined) {
      const until = untilText(first.detail.after);
      return { sign: '-', happens: verb(tense, `has access ${until} only`, `have access ${until} only`) };
    }
    return isMember
      ? { sign: '-', happens: verb(tense, 'loses one form of access', 'lose one form of access') }
      : { sign: '-', happens: verb(tense, 'loses access', 'lose access') };
  }
  if (first?.detail.kind === 'grant' && first.detail.before !== undefined) {
    const until = untilText(first.detail.grant);
    return { sign: '+', happens: verb(tense, `keeps access ${until}`, `keep access ${until}`) };
  }
  if (changes.every(({ effect }) => effect === 'none'))
    return { sign: '~', happens: verb(tense, 'keeps access, written anew', 'keep access, written anew') };
  const end = first?.detail.kind === 'grant' ? first.detail.grant : undefined;
  const until = end?.kind === 'person' && end.untilMs !== undefined ? ` ${untilText(end)}` : '';
  return { sign: '+', happens: verb(tense, `gains access${until}`, `gain access${until}`) };
};

/** All changes of one person or workload on one role as one line. */
export const personLine = (
  sub: string,
  changes: readonly Change[],
  admitted: Admitted | undefined,
  names: GroupNames,
  tense: Tense,
): ChangeLine => {
  const label = admitted?.label ?? sub;
  const isGrant = changes.some(({ detail }) => detail.kind === 'grant');
  const why = withoutName(changes[0]?.why ?? '', sub, label);
  return {
    ...personVerb(changes, admitted !== undefined, tense),
    what: label,
    isPerson: true,
    because: isGrant && admitted !== undefined ? viaText(admitted, names) : why,
  };
};

const settingsText = (before: RoleSettings, after: RoleSettings): string => {
  const [was, becomes] = [before, after].map((one) => formatDuration(one.maxSessionSeconds * 1_000));
  return [
    ...(was === becomes ? [] : [`sessions of ${becomes} at most (were ${was})`]),
    ...(before.description === after.description ? [] : ['a new description']),
  ].join(' and ');
};

/** What a statement that names no person lets happen. */
const entryName: Readonly<Record<Exclude<TrustGrant['kind'], 'person' | 'servicePrincipal'>, string>> = {
  anyone: 'anyone assigned in Entra',
  sessionTags: 'session tags',
  sourceIdentity: 'source identity',
  ecsTasks: 'ECS tasks',
  foreign: 'foreign statement',
};

const grantName = (grant: TrustGrant): string =>
  grant.kind === 'person' || grant.kind === 'servicePrincipal' ? grant.sub : entryName[grant.kind];

const parts = (change: Change): readonly [what: string, applied: string, held: string] => {
  const { detail } = change;
  switch (detail.kind) {
    case 'createRole':
      return ['role', 'is created, closed at first', 'be created, closed at first'];
    case 'setBoundary':
      return ['boundary', `becomes ${detail.after}`, `become ${detail.after}`];
    case 'grant':
      return detail.grant.kind === 'ecsTasks'
        ? [grantName(detail.grant), 'are let in', 'be let in']
        : [grantName(detail.grant), 'is let in', 'be let in'];
    case 'revoke':
      return detail.grant.kind === 'ecsTasks'
        ? [grantName(detail.grant), 'are taken out', 'be taken out']
        : [grantName(detail.grant), 'is taken out', 'be taken out'];
    case 'restateTrust':
      return ['trust policy', 'is written anew, same access', 'be written anew, same access'];
    case 'tightenDenies':
      return ['denies', 'are written: sessions end', 'be written: sessions end'];
    case 'liftDenies':
      return ['denies', 'are lifted', 'be lifted'];
    case 'forgetDenies':
      return ['denies', 'that are past go', 'go, as they are past'];
    case 'putPermissions':
      return ['permissions', `are written (${change.effect})`, `be written (${change.effect})`];
    case 'stripPolicy': {
      const what = `inline policy ${detail.policyName}`;
      return detail.keep.length === 0
        ? [what, 'is deleted', 'be deleted']
        : [what, 'is cut down to its Denies', 'be cut down to its Denies'];
    }
    case 'detachPolicy':
      return ['attached policy', `${detail.policyArn} is detached`, `be detached: ${detail.policyArn}`];
    case 'updateSettings': {
      const text = settingsText(detail.before, detail.after);
      return ['settings', `become ${text}`, `become ${text}`];
    }
    case 'tagRole':
      return ['tags', 'are set', 'be set'];
    case 'deleteRole':
      return ['role', 'is deleted', 'be deleted'];
    case 'bindTaskRole': {
      const [was, becomes] = [roleName(detail.before), roleName(detail.after)];
      return ['task role', `${was} becomes ${becomes}`, `become ${becomes}, is ${was}`];
    }
    case 'enableExec':
      return ['ECS Exec', 'is enabled', 'be enabled'];
    case 'propagateTags':
      return ['tags of the service', 'are handed on to its tasks', 'be handed on to its tasks'];
    case 'tagService': {
      const tags = Object.entries(detail.after).map(([key, value]) => `${key} = ${value}`);
      return ['service', `is tagged ${tags.join(', ')}`, `be tagged ${tags.join(', ')}`];
    }
    case 'replaceTasks': {
      const tasks = counted(detail.tasks.length, 'task');
      return [tasks, 'are replaced', 'be replaced'];
    }
    case 'stopTasks': {
      const tasks = counted(detail.tasks.length, 'task');
      return [tasks, 'with another role', 'have to be stopped'];
    }
  }
};

/** The last part of a role's ARN. */
const roleName = (arn: string | undefined): string =>
  arn === undefined ? '(none)' : arn.slice(arn.lastIndexOf('/') + 1);

/** A change that concerns no one in particular as a line. */
export const otherLine = (change: Change, tense: Tense): ChangeLine => {
  const [what, applied, held] = parts(change);
  return {
    sign: signOf(change),
    what,
    isPerson: false,
    happens: verb(tense, applied, held),
    because: change.why,
  };
};
