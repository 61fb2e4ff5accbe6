// `DescribeSessions`: the sessions of a region that are open, or those that were.

import type { JsonObject } from '../../../domain/statement.ts';
import { objectList, optionalNumber, optionalText, present, seconds } from '../json-protocol.ts';
import { tokenPage } from '../token-pages.ts';
import { type SsmCall, type SsmOperation, refusal, validationException } from './call.ts';
import { type Session, endOf, statusOf } from './session-store.ts';

const invalidFilterKey = refusal('InvalidFilterKey');
const invalidNextToken = refusal('InvalidNextToken');

const mostAtOnce = 200;
const mostFilters = 7;

type Matches = (session: Session, value: string, nowMs: number) => boolean;

const filters: Readonly<Record<string, Matches>> = {
  InvokedAfter: (session, value) => session.startedAtMs >= Date.parse(value),
  InvokedBefore: (session, value) => session.startedAtMs < Date.parse(value),
  Target: (session, value) => session.target === value,
  Owner: (session, value) => session.ownerArn === value,
  Status: (session, value, nowMs) => statusOf(session, nowMs) === value,
  SessionId: (session, value) => session.id === value,
  AccessType: (_session, value) => value === 'Standard',
};

const filterOf = (call: SsmCall, filter: JsonObject): ((session: Session) => boolean) => {
  const matches = filters[optionalText(filter, 'key') ?? ''];
  if (matches === undefined) throw invalidFilterKey('The specified key is not valid.');
  return (session) => matches(session, optionalText(filter, 'value') ?? '', call.nowMs);
};

const isWanted = (call: SsmCall): ((session: Session) => boolean) => {
  const state = optionalText(call.input, 'State');
  if (state !== 'Active' && state !== 'History')
    throw validationException(
      `1 validation error detected: Value at 'state' failed to satisfy constraint: Member must satisfy enum value set: [Active, History]`,
    );
  return (session) => (statusOf(session, call.nowMs) === 'Terminated') === (state === 'History');
};

const sessionJson = (session: Session, nowMs: number): JsonObject => {
  const endedAtMs = endOf(session, nowMs);
  return present({
    SessionId: session.id,
    Target: session.target,
    Status: statusOf(session, nowMs),
    StartDate: seconds(session.startedAtMs),
    EndDate: endedAtMs === undefined ? undefined : seconds(endedAtMs),
    DocumentName: session.documentName,
    Owner: session.ownerArn,
    AccessType: 'Standard',
  });
};

export const describeSessions: SsmOperation = (call) => {
  call.authorize({ action: 'ssm:DescribeSessions', resource: '*' });
  const asked = objectList(call.input, 'Filters');
  if (asked.length > mostFilters) throw validationException(`Filters cannot exceed ${mostFilters}.`);
  const conditions = [isWanted(call), ...asked.map((filter) => filterOf(call, filter))];
  const count = optionalNumber(call.input, 'MaxResults') ?? mostAtOnce;
  if (!Number.isInteger(count) || count < 1 || count > mostAtOnce)
    throw validationException(`MaxResults must be between 1 and ${mostAtOnce}.`);
  const sessions = [...call.region.sessions.values()]
    .filter((session) => conditions.every((matches) => matches(session)))
    .sort((a, b) => b.startedAtMs - a.startedAtMs);
  const found = tokenPage(sessions, optionalText(call.input, 'NextToken'), count);
  if (found === undefined) throw invalidNextToken('The specified token is not valid.');
  return {
    Sessions: found.page.map((session) => sessionJson(session, call.nowMs)),
    ...(found.next === undefined ? {} : { NextToken: found.next }),
  };
};
