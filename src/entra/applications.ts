// Enterprise applications by client id, with their app roles and whom these are assigned to. [graph: servicePrincipal,
// appRoleAssignedTo]

import type { AppRole, AppRoleAssignment, EnterpriseApplication } from '../domain/examination.ts';
import { AppError } from '../domain/errors.ts';
import { absent, present, type Reading, unreadable } from '../domain/reading.ts';
import { booleanOrNull, isJsonObject, type JsonObject, textOrNull } from './json.ts';
import { objectId } from './object-id.ts';
import { type Answer, type ReadCall, answersTo } from './question.ts';
import { type List, type ListReads, readLists } from './read-lists.ts';

type Head = Omit<EnterpriseApplication, 'assignments'>;

const selected =
  'id,appId,displayName,accountEnabled,preferredSingleSignOnMode,appRoleAssignmentRequired,replyUrls,appRoles';

const appRoles = (value: unknown): readonly AppRole[] | null => {
  if (!Array.isArray(value)) return null;
  return value.filter(isJsonObject).flatMap((role) => {
    const id = objectId(role['id']);
    return id === undefined
      ? []
      : [{ id, value: textOrNull(role['value']), isEnabled: role['isEnabled'] === true }];
  });
};

const textsOrNull = (value: unknown): readonly string[] | null =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'string') : null;

const headOf = (id: string, appId: string, body: JsonObject): Head => ({
  id,
  appId,
  displayName: textOrNull(body['displayName']),
  accountEnabled: booleanOrNull(body['accountEnabled']),
  signOnMode: textOrNull(body['preferredSingleSignOnMode']),
  isAssignmentRequired: booleanOrNull(body['appRoleAssignmentRequired']),
  replyUrls: textsOrNull(body['replyUrls']),
  appRoles: appRoles(body['appRoles']),
});

const headReading = (appId: string, answer: Answer | undefined): Reading<Head> => {
  const resource = `enterprise application ${appId}`;
  if (answer?.kind === 'failed') return unreadable(answer.problem);
  if (answer?.kind === 'notFound') return absent;
  const id = objectId(answer?.body['id']);
  if (answer === undefined || id === undefined || objectId(answer.body['appId']) !== objectId(appId))
    return unreadable(
      new AppError('transient', `graph's answer for ${resource} is about another object`, {
        resource,
        code: 'unusableAnswer',
      }),
    );
  return present(headOf(id, appId, answer.body));
};

const assignmentsOf = ({ id, appId }: Head): List<AppRoleAssignment, readonly AppRoleAssignment[]> => ({
  question: {
    operation: 'listAppRoleAssignedTo',
    url: `/servicePrincipals/${id}/appRoleAssignedTo?$top=999`,
    resource: `enterprise application ${appId}`,
  },
  kind: {
    name: 'list of assignments',
    items: 'assignments',
    take: (item, taken) => {
      const fields = isJsonObject(item) ? item : {};
      const [principalId, appRoleId] = [objectId(fields['principalId']), objectId(fields['appRoleId'])];
      if (principalId === undefined || appRoleId === undefined)
        return 'has an item without principal or app role';
      taken.set(`${principalId} ${appRoleId}`, { principalId, appRoleId });
      return undefined;
    },
  },
  finish: (assignments) => [...assignments],
});

/** Every client id gets a reading, keyed as given; one that is no UUID is never sent. */
export const readApplications = async (
  appIds: readonly string[],
  read: ReadCall,
  reads: ListReads,
): Promise<ReadonlyMap<string, Reading<EnterpriseApplication>>> => {
  const valid = [...new Set(appIds)].filter((appId) => objectId(appId) !== undefined);
  const answers = await answersTo(
    valid.map((appId) => ({
      operation: 'getApplication',
      url: `/servicePrincipals(appId='${objectId(appId)}')?$select=${selected}`,
      resource: `enterprise application ${appId}`,
    })),
    read,
    reads.ask,
  );
  const heads = valid.map((appId, index) => [appId, headReading(appId, answers[index])] as const);
  const found = heads.flatMap(([, head]) => (head.state === 'present' ? [head.value] : []));
  const lists = await readLists(found.map(assignmentsOf), read, reads);
  const byId = new Map(found.map(({ id }, index) => [id, lists[index] ?? absent]));
  return new Map(
    heads.map(([appId, head]) => [
      appId,
      head.state === 'present'
        ? present({ ...head.value, assignments: byId.get(head.value.id) ?? absent })
        : head,
    ]),
  );
};
