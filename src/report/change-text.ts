// Changes that concern no one in particular, in words.

import type { Change } from '../domain/change.ts';
import { formatDuration } from '../domain/duration.ts';
import type { RoleSettings } from '../domain/role.ts';
import type { TrustGrant } from '../domain/trust-grants.ts';
import { type ChangeLine, type Tense, signOf, verb } from './change-line.ts';
import { type DenyContext, sessionsOf } from './deny-text.ts';
import { counted } from './words.ts';

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
      return ['denies', 'are written anew, same meaning', 'be written anew, same meaning'];
    case 'liftDenies':
      return ['denies', 'are loosened', 'be loosened'];
    case 'forgetDenies':
      return ['past denies', 'are cleared away', 'be cleared away'];
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
export const otherLine = (change: Change, tense: Tense, denies?: DenyContext): ChangeLine => {
  const [what, applied, held] = parts(change);
  const sessions = denies === undefined ? '' : sessionsOf(change, undefined, denies);
  return {
    sign: signOf(change),
    what,
    isPerson: false,
    happens: verb(tense, applied, held),
    because: `${change.why}${sessions}`,
  };
};
