// The one place where an error of Graph becomes ours: what it is called, and whether asking again can help.
//
// | answer                              | kind      | asked again          |
// |-------------------------------------|-----------|----------------------|
// | 401                                 | denied    | once, with a new token |
// | 403, 400 for want of a licence      | denied    | no                   |
// | 408, 429, 500, 502, 503, 504        | transient | after waiting        |
// | no answer, late, cut, or not JSON   | transient | after waiting        |
// | 409, 410, 423, other 5xx            | transient | no: the next poll    |
// | anything else                       | invalid   | no                   |

import { AppError, type ErrorKind } from '../domain/errors.ts';
import { isJsonObject } from './json.ts';
import type { GraphOperation } from './question.ts';

export interface Failure {
  readonly problem: AppError;
  readonly remedy: 'wait' | 'freshToken' | 'none';
  /** What `Retry-After` said, in milliseconds. */
  readonly toldWaitMs?: number;
}

export interface Subject {
  readonly operation: GraphOperation;
  readonly resource: string;
}

const memberPermissions =
  'GroupMember.Read.All and User.Read.All, and Member.Read.Hidden if the group hides its membership';

const assignmentPermission = 'PrivilegedAssignmentSchedule.Read.AzureADGroup';

/** Application permissions by operation: reference of each Graph method, "Permissions". */
const permissionFor: Readonly<Record<GraphOperation, string>> = {
  listMembers: memberPermissions,
  listTransitiveMembers: memberPermissions,
  getUser: 'User.Read.All',
  getDeletedItem: 'User.Read.All',
  getServicePrincipal: 'Application.Read.All',
  getApplication: 'Application.Read.All',
  listAppRoleAssignedTo: 'Application.Read.All',
  getByIds: 'GroupMember.Read.All',
  listAssignmentScheduleInstances: assignmentPermission,
  listAssignmentScheduleRequests: assignmentPermission,
  batch: `GroupMember.Read.All, User.Read.All, Application.Read.All and, for Privileged Identity Management, ${assignmentPermission}`,
};

const needsLicence: ReadonlySet<GraphOperation> = new Set([
  'listAssignmentScheduleInstances',
  'listAssignmentScheduleRequests',
]);
/** A 400 that is a 403 in all but its number: Graph answers it where Privileged Identity Management is not licensed. */
const unlicensedCode = 'AadPremiumLicenseRequired';

const worthWaiting: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);
const worthTheNextPoll: ReadonlySet<number> = new Set([409, 410, 423]);

/** Graph's own error code, if the body is a well-formed Graph error. */
export const graphErrorCode = (body: unknown): string | undefined => {
  const error = isJsonObject(body) ? body['error'] : undefined;
  const code = isJsonObject(error) ? error['code'] : undefined;
  // Codes become labels and journal fields, so free text is not let in.
  return typeof code === 'string' && /^[\w.]{1,80}$/.test(code) ? code : undefined;
};

/** True only if Graph itself says of this object that there is none; a proxy's or router's 404 says nothing. */
export const isNotFound = (status: number, body: unknown): boolean =>
  status === 404 && /notfound$/i.test(graphErrorCode(body) ?? '');

const isForbidden = (status: number, graphCode: string | undefined): boolean =>
  status === 403 || (status === 400 && graphCode === unlicensedCode);

const kindOf = (status: number, graphCode: string | undefined): ErrorKind => {
  if (status === 401 || isForbidden(status, graphCode)) return 'denied';
  return worthWaiting.has(status) || worthTheNextPoll.has(status) || status >= 500 ? 'transient' : 'invalid';
};

const remedyOf = (status: number): Failure['remedy'] => {
  if (status === 401) return 'freshToken';
  return worthWaiting.has(status) ? 'wait' : 'none';
};

const adviceFor = (status: number, graphCode: string | undefined, operation: GraphOperation): string => {
  if (status === 401) return ': it does not accept our token, check tenant, cloud and graphEndpoint';
  if (isForbidden(status, graphCode)) {
    const grant = `grant the application ${permissionFor[operation]} (application permissions, with admin consent)`;
    if (!needsLicence.has(operation)) return `: ${grant}`;
    return `: ${grant}; if it has that, the tenant lacks the licence for Privileged Identity Management (Microsoft Entra ID P2 or ID Governance)`;
  }
  if (status >= 300 && status < 400) return ': it redirects, check graphEndpoint';
  return '';
};

/** Classifies an answer that is not a success. */
export const statusFailure = (
  status: number,
  body: unknown,
  subject: Subject,
  toldWaitMs?: number,
): Failure => {
  const graphCode = graphErrorCode(body);
  const said = graphCode === undefined ? `${status}` : `${status} ${graphCode}`;
  const message = `graph answered ${said} for ${subject.resource}${adviceFor(status, graphCode, subject.operation)}`;
  return {
    problem: new AppError(kindOf(status, graphCode), message, {
      resource: subject.resource,
      code: graphCode ?? String(status),
    }),
    remedy: remedyOf(status),
    ...(toldWaitMs === undefined ? {} : { toldWaitMs }),
  };
};

/** An answer that came, but cannot be relied on: cut, not JSON, or not what was asked. Asking again may give a whole one. */
export const unusableAnswer = (what: string, subject: Subject): Failure => ({
  problem: new AppError('transient', `graph's answer for ${subject.resource} ${what}`, {
    resource: subject.resource,
    code: 'unusableAnswer',
  }),
  remedy: 'wait',
});

export const timeoutFailure = (limitMs: number, subject: Subject): Failure => ({
  problem: new AppError('transient', `graph gave no answer for ${subject.resource} within ${limitMs} ms`, {
    resource: subject.resource,
    code: 'timeout',
  }),
  remedy: 'wait',
});

export const networkFailure = (cause: unknown, subject: Subject): Failure => ({
  problem: new AppError('transient', `graph could not be reached for ${subject.resource}${reasonOf(cause)}`, {
    resource: subject.resource,
    code: 'network',
    cause,
  }),
  remedy: 'wait',
});

/** `ECONNREFUSED` and the like, which fetch hides in the cause of "fetch failed". */
const reasonOf = (error: unknown): string => {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' && /^\w+$/.test(code) ? ` (${code})` : '';
};
