// What Graph lists of Privileged Identity Management for groups: active assignment instances, and the requests for them.
// Strict where it is documented: a filter by group or principal must be there, and only $filter and $select are served.

import { parseFilter } from './filter.ts';
import type { GraphContext, Operation } from './graph-context.ts';
import { badRequest, GraphFailure, type GraphRequest, notFound, unsupportedQuery } from './graph-exchange.ts';
import { paginate } from './paging.ts';
import type { Schedule, ScheduleRequest } from './pim-schedules.ts';
import type { PimAccess } from './privileged-access.ts';
import { type Entity, selection } from './properties.ts';

const refusals: Readonly<Record<PimAccess, (() => GraphFailure) | undefined>> = {
  granted: undefined,
  // The service wraps an error of its own into the message.
  noPermission: () =>
    new GraphFailure(
      403,
      'UnknownError',
      '{"errorCode":"PermissionScopeNotGranted","message":"Authorization failed due to missing permission scope PrivilegedAssignmentSchedule.Read.AzureADGroup."}',
    ),
  noLicence: () =>
    new GraphFailure(
      400,
      'AadPremiumLicenseRequired',
      'The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance license.',
    ),
};

const checkQuery = ({ query }: GraphRequest): void => {
  const known = new Set(['$filter', '$select', '$skiptoken']);
  const unknown = [...query.keys()].find((name) => name.startsWith('$') && !known.has(name));
  if (unknown !== undefined) throw unsupportedQuery(`'${unknown}' is not supported here.`);
  const filter = query.get('$filter') ?? '';
  if (!/(^|\s)(groupId|principalId)\s+eq\s+'/.test(filter))
    throw badRequest("A '$filter' with 'groupId eq' or 'principalId eq' is required.");
};

const checkGroup = ({ query }: GraphRequest, { directory }: GraphContext): void => {
  const groupId = /groupId\s+eq\s+'([^']*)'/.exec(query.get('$filter') ?? '')?.[1];
  if (groupId !== undefined && directory.group(groupId) === undefined) throw notFound(groupId);
};

const picked = (entity: Entity, selected: readonly string[] | undefined): Entity =>
  selected === undefined
    ? entity
    : Object.fromEntries(Object.entries(entity).filter(([name]) => name === 'id' || selected.includes(name)));

const list =
  (name: string, entities: (context: GraphContext) => ReadonlyMap<string, Entity>): Operation =>
  (request, context) => {
    const refusal = refusals[context.privilegedAccess.access()];
    if (refusal !== undefined) throw refusal();
    checkQuery(request);
    checkGroup(request, context);
    const accepts = parseFilter(request.query.get('$filter') ?? '');
    const found = new Map([...entities(context)].filter(([, entity]) => accepts(entity)));
    const { items, nextLink } = paginate(request, [...found.keys()], context);
    return {
      '@odata.context': `${request.baseUrl}/$metadata#identityGovernance/privilegedAccess/group/${name}`,
      ...(nextLink === undefined ? {} : { '@odata.nextLink': nextLink }),
      value: items.map((key) => picked(found.get(key) ?? {}, selection(request.query))),
    };
  };

const dateTime = (ms: number | undefined): string | null =>
  ms === undefined ? null : new Date(ms).toISOString();

const instanceOf = ({ id, groupId, principalId, access, type, startMs, endMs }: Schedule): Entity => ({
  id: `${groupId}_${access}_${principalId}`,
  principalId,
  startDateTime: dateTime(startMs),
  endDateTime: dateTime(endMs),
  assignmentType: type,
  accessId: access,
  groupId,
  memberType: 'Direct',
  assignmentScheduleId: id,
});

/** A plain member's row looks like that of an assignment without bounds. */
const plainInstance = ({ groupId, principalId }: Pick<Schedule, 'groupId' | 'principalId'>): Entity =>
  instanceOf({
    id: `${groupId}_member_${principalId}`,
    groupId,
    principalId,
    access: 'member',
    type: 'Assigned',
    startMs: undefined,
    endMs: undefined,
  });

const requestEntity = (request: ScheduleRequest): Entity => ({
  id: request.id,
  status: 'Provisioned',
  createdDateTime: dateTime(request.createdMs),
  completedDateTime: dateTime(request.createdMs),
  approvalId: request.id,
  customData: null,
  action: request.action,
  isValidationOnly: false,
  justification: request.justification ?? '',
  scheduleInfo: {
    startDateTime: dateTime(request.schedule.startMs),
    recurrence: null,
    expiration:
      request.schedule.endMs === undefined
        ? { type: 'noExpiration', endDateTime: null, duration: null }
        : { type: 'afterDateTime', endDateTime: dateTime(request.schedule.endMs), duration: null },
  },
  ticketInfo: { ticketNumber: request.ticket ?? null, ticketSystem: request.ticketSystem ?? null },
  principalId: request.schedule.principalId,
  accessId: request.schedule.access,
  groupId: request.schedule.groupId,
  targetScheduleId: request.schedule.id,
});

/** Keyed by their schedules: the id of an instance tells group and principal only, so that two may share it. */
export const listAssignmentScheduleInstances = list('assignmentScheduleInstances', ({ privilegedAccess }) => {
  const planted = privilegedAccess.plantedRows().entries();
  const rows = [
    ...privilegedAccess.activeSchedules().map(instanceOf),
    ...privilegedAccess.plainMembers().map(plainInstance),
  ];
  return new Map([
    ...rows.map((row) => [String(row['assignmentScheduleId']), row] as const),
    ...[...planted].map(([position, row]) => [`planted ${position}`, row] as const),
  ]);
});

export const listAssignmentScheduleRequests = list(
  'assignmentScheduleRequests',
  ({ privilegedAccess }) =>
    new Map(privilegedAccess.requests().map((request) => [request.id, requestEntity(request)])),
);
