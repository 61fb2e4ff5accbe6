// Privileged Identity Management for groups, and Conditional Access. [entra.md §5, §6, §11]

import type { GraphAnswer } from '../../entra/entra-side.ts';
import { graphScope } from '../../entra/entra-side.ts';
import { listOf, textOf } from '../../entra/json.ts';
import {
  addMember,
  makeApplication,
  makeGroup,
  makeServicePrincipal,
  makeUser,
  succeeded,
} from '../../entra/make.ts';
import {
  asExpected,
  type Context,
  differs,
  type Experiment,
  type Observed,
  reported,
  untold,
} from '../../experiment.ts';
import { secondsOf, until } from '../../patience.ts';

const pim = '/identityGovernance/privilegedAccess/group';

const shown = ({ status, code, message }: GraphAnswer): string => `${status} ${code}: ${message}`.trim();

const assign = async (context: Context, groupId: string, principalId: string): Promise<GraphAnswer> => {
  const { entra, patience } = context;
  const body = {
    accessId: 'member',
    principalId,
    groupId,
    action: 'adminAssign',
    justification: 'conformance',
    scheduleInfo: {
      startDateTime: new Date(patience.now()).toISOString(),
      expiration: { type: 'afterDuration', duration: 'PT1H' },
    },
  };
  const post = (): Promise<GraphAnswer> => entra.graph('POST', `${pim}/assignmentScheduleRequests`, { body });
  // PIM may not have heard of a new group or user.
  const { last } = await until(patience, post, ({ status }) => status < 300 || status === 403, {
    limitMs: 90_000,
  });
  return last;
};

interface Managed {
  readonly groupId: string;
  /** By PIM. */
  readonly assigned: string;
  /** By nothing but membership. */
  readonly plain: string;
}

/** A group under PIM, or why there is none. */
const managedGroup = async (context: Context): Promise<Managed | Observed> => {
  const group = await makeGroup(context, 'group');
  const plain = await makeUser(context, 'plain');
  const assigned = await makeUser(context, 'assigned');
  await addMember(context, group.id, plain.id);
  const answer = await assign(context, group.id, assigned.id);
  // Without the licence or the permission there is nothing to see.
  if (answer.status >= 300) return untold(`PIM took no assignment: ${shown(answer)}`);
  return { groupId: group.id, plain: plain.id, assigned: assigned.id };
};

const listPlainMembers = async (context: Context): Promise<Observed> => {
  const { entra, patience } = context;
  const made = await managedGroup(context);
  if ('what' in made) return made;
  const filter = encodeURIComponent(`groupId eq '${made.groupId}'`);
  const list = async (): Promise<readonly unknown[]> => {
    const answer = await entra.graph('GET', `${pim}/assignmentScheduleInstances?$filter=${filter}`);
    return listOf(succeeded('reading the assignments', answer).body, 'value');
  };
  const rowOf = (rows: readonly unknown[], id: string): unknown =>
    rows.find((row) => textOf(row, 'principalId').toLowerCase() === id.toLowerCase());
  const assigned = await until(patience, list, (rows) => rowOf(rows, made.assigned) !== undefined);
  if (!assigned.isDone) return untold('the assignment that PIM took is not listed');
  const plain = await until(patience, list, (rows) => rowOf(rows, made.plain) !== undefined, {
    limitMs: 60_000,
  });
  const row = rowOf(plain.last, made.plain);
  if (row === undefined)
    return differs(`not listed in ${secondsOf(plain.tookMs)}, while the assigned one is`);
  const what = `listed as ${textOf(row, 'assignmentType')}, from ${textOf(row, 'startDateTime') || 'null'} until ${textOf(row, 'endDateTime') || 'null'}`;
  return textOf(row, 'endDateTime') === '' ? asExpected(what) : differs(what);
};

const auditNames = async (context: Context): Promise<Observed> => {
  const { entra, patience } = context;
  const made = await managedGroup(context);
  if ('what' in made) return made;
  const path = `/auditLogs/directoryAudits?$filter=${encodeURIComponent("loggedByService eq 'PIM'")}&$top=50`;
  const list = async (): Promise<readonly string[]> => {
    const answer = succeeded('reading the audit log', await entra.graph('GET', path));
    const events = listOf(answer.body, 'value').filter((event) =>
      listOf(event, 'targetResources').some((target) => textOf(target, 'id') === made.groupId),
    );
    return events.map((event) => `${textOf(event, 'category')}: ${textOf(event, 'activityDisplayName')}`);
  };
  // Reports may be asked 5 times in 10 seconds.
  const { last, isDone, tookMs } = await until(patience, list, ({ length }) => length > 0, {
    limitMs: 900_000,
    everyMs: 15_000,
  });
  if (!isDone) return untold(`no event of PIM names the group after ${secondsOf(tookMs)}`);
  return reported(`after ${secondsOf(tookMs)}: ${[...new Set(last)].join(' | ')}`);
};

const graphAppId = '00000003-0000-0000-c000-000000000000';
const narrowPermission = 'Policy.Read.ConditionalAccess';

const grantNarrow = async (context: Context, principalId: string): Promise<void> => {
  const { entra } = context;
  const path = `/servicePrincipals(appId='${graphAppId}')?$select=id,appRoles`;
  const { body } = succeeded('reading Graph’s permissions', await entra.graph('GET', path));
  const permission = listOf(body, 'appRoles').find((one) => textOf(one, 'value') === narrowPermission);
  if (permission === undefined) throw new Error(`Graph has no application permission ${narrowPermission}`);
  const grant = { principalId, resourceId: textOf(body, 'id'), appRoleId: textOf(permission, 'id') };
  const url = `/servicePrincipals/${principalId}/appRoleAssignments`;
  succeeded(`granting ${narrowPermission}`, await entra.graph('POST', url, { body: grant }));
};

const readNarrowly = async (context: Context): Promise<Observed> => {
  const { entra, patience } = context;
  const application = await makeApplication(context, 'narrow');
  const principal = await makeServicePrincipal(context, application);
  await grantNarrow(context, principal.id);
  const secret = succeeded(
    'adding a secret',
    await entra.graph('POST', `/applications/${application.id}/addPassword`, {
      body: {
        passwordCredential: {
          displayName: 'conformance',
          endDateTime: new Date(patience.now() + 3_600_000).toISOString(),
        },
      },
    }),
  );
  const list = async (): Promise<string> => {
    const token = await entra
      .tokenBySecret(application.appId, textOf(secret.body, 'secretText'), graphScope)
      .catch(() => undefined);
    if (token === undefined) return 'no token yet';
    return shown(await entra.graph('GET', '/identity/conditionalAccess/policies?$select=id', { token }));
  };
  const { last, isDone, tookMs } = await until(patience, list, (answer) => answer.startsWith('200'), {
    everyMs: 10_000,
  });
  if (last === 'no token yet') return untold('Entra gave the new application no token');
  const what = `${last} after ${secondsOf(tookMs)}`;
  return isDone ? asExpected(what) : differs(what);
};

export const privileged: readonly Experiment[] = [
  {
    name: 'pim-lists-plain-members',
    claim:
      'members of a group under PIM whom PIM did not put there are listed among its assignments, without an end',
    source: 'entra.md §11',
    matters: {
      file: 'src/desired/access-path.ts',
      how: 'under `pim: true`, who is listed without an end is let in without one, and who is not listed is neither let in nor put out',
    },
    needs: ['tenant'],
    expected: 'listed, without an end',
    makes: 'a group with two users who cannot sign in, under PIM (P2 or Governance)',
    run: listPlainMembers,
  },
  {
    name: 'pim-audit-names',
    claim: 'what the audit log calls assignments by PIM for groups',
    source: 'entra.md §11',
    matters: {
      file: 'src/entra/assignments.ts',
      how: 'nothing leans on it: requests are read, not the audit log',
    },
    needs: ['tenant'],
    expected: 'nothing: the names are reported',
    makes: 'a group with two users who cannot sign in, under PIM; waits up to 15 minutes',
    run: auditNames,
  },
  {
    name: 'conditional-access-by-narrow-permission',
    claim: 'Policy.Read.ConditionalAccess is enough for an application to list Conditional Access policies',
    source: 'entra.md §11',
    matters: { file: 'src/entra/entra-directory.ts', how: 'nothing leans on it: such policies are not read' },
    needs: ['tenant'],
    expected: '200',
    makes: 'an application with a secret of an hour, its service principal, and that permission',
    run: readNarrowly,
  },
];
