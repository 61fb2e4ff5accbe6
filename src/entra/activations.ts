// What people said when they activated an assignment: for the journal and the plan, never for a decision. An activation
// that cannot be read is missing, and nothing more.

import type { Activation } from '../domain/directory.ts';
import { compareText } from '../domain/statement.ts';
import { batchSize } from './batch.ts';
import { dateTimeMs } from './date-time.ts';
import { freeText } from './free-text.ts';
import { isJsonObject, type JsonObject } from './json.ts';
import { objectId } from './object-id.ts';
import { type Answer, type Ask, type ReadCall, answersTo } from './question.ts';

const justificationLimit = 500;
const ticketLimit = 100;
/** Each is at most a few kilobytes. */
const keptActivations = 5_000;

/** An activated assignment whose request is looked for. */
export interface Activated {
  readonly groupId: string;
  readonly principalId: string;
  readonly scheduleId: string;
  readonly startMs: number | undefined;
}

export interface Activations {
  /** Reads what is not known yet of these: one batch at most, the newest first, each asked once and not waited for. */
  readonly learn: (wanted: readonly Activated[], read: ReadCall) => Promise<void>;
  readonly of: (scheduleId: string) => Activation | undefined;
}

/** Graph wants a filter by group or principal, and finds the request by the schedule it made (`targetScheduleId`, eq). */
const requestsUrl = ({ groupId, scheduleId }: Activated): string => {
  const filter = `groupId eq '${groupId}' and targetScheduleId eq '${scheduleId}'`;
  return `/identityGovernance/privilegedAccess/group/assignmentScheduleRequests?$filter=${encodeURIComponent(filter)}`;
};

/** A schedule is also named by requests that change or end it; only this one activated it. */
const isActivationOf = (
  request: unknown,
  { groupId, principalId, scheduleId }: Activated,
): request is JsonObject =>
  isJsonObject(request) &&
  String(request['action']).toLowerCase() === 'selfactivate' &&
  String(request['targetScheduleId']).toLowerCase() === scheduleId.toLowerCase() &&
  objectId(request['groupId']) === groupId &&
  objectId(request['principalId']) === principalId;

const activationOf = (request: JsonObject): readonly Activation[] => {
  const requestId = objectId(request['id']);
  const requestedAtMs = dateTimeMs(request['createdDateTime']);
  if (requestId === undefined || requestedAtMs === undefined) return [];
  const ticket = isJsonObject(request['ticketInfo']) ? request['ticketInfo'] : {};
  return [
    {
      requestId,
      justification: freeText(request['justification'], justificationLimit),
      ticketNumber: freeText(ticket['ticketNumber'], ticketLimit),
      ticketSystem: freeText(ticket['ticketSystem'], ticketLimit),
      requestedAtMs,
    },
  ];
};

/** The newest that fits. */
const found = (wanted: Activated, answer: Answer | undefined): Activation | undefined => {
  const requests = answer?.kind === 'body' ? answer.body['value'] : [];
  if (!Array.isArray(requests)) return undefined;
  return (requests as readonly unknown[])
    .filter((request) => isActivationOf(request, wanted))
    .flatMap(activationOf)
    .sort(
      (one, two) => two.requestedAtMs - one.requestedAtMs || compareText(one.requestId, two.requestId),
    )[0];
};

/** Remembers what was read, because the request that made a schedule never changes. */
export const openActivations = (ask: Ask): Activations => {
  /** In the order of use, so that the first is the one to forget. */
  const known = new Map<string, Activation>();
  /** How often a request was asked for in vain, so that those that cannot be read do not keep others from being read. */
  let vain: ReadonlyMap<string, number> = new Map();

  const keep = (scheduleId: string, activation: Activation): void => {
    known.delete(scheduleId);
    known.set(scheduleId, activation);
    const [oldest] = known.keys();
    if (known.size > keptActivations && oldest !== undefined) known.delete(oldest);
  };

  const next = (missing: readonly Activated[]): readonly Activated[] => {
    const tried = ({ scheduleId }: Activated): number => vain.get(scheduleId) ?? 0;
    return missing
      .toSorted(
        (one, two) =>
          tried(one) - tried(two) ||
          (two.startMs ?? 0) - (one.startMs ?? 0) ||
          compareText(one.scheduleId, two.scheduleId),
      )
      .slice(0, batchSize);
  };

  return {
    of: (scheduleId) => known.get(scheduleId),
    learn: async (wanted, read) => {
      const missing = new Map<string, Activated>();
      for (const activated of wanted) {
        const activation = known.get(activated.scheduleId);
        if (activation === undefined) missing.set(activated.scheduleId, activated);
        else keep(activated.scheduleId, activation);
      }
      const asked = next([...missing.values()]);
      if (asked.length === 0) return;
      const questions = asked.map((activated) => ({
        operation: 'listAssignmentScheduleRequests' as const,
        url: requestsUrl(activated),
        resource: `the activation of ${activated.principalId} in group ${activated.groupId}`,
      }));
      // No time left means no waiting, and so no asking again: assignments do not wait for a justification.
      const answers = await answersTo(questions, { ...read, deadlineMs: 0 }, ask);
      const counts = new Map([...missing.keys()].map((id) => [id, vain.get(id) ?? 0]));
      for (const [index, activated] of asked.entries()) {
        const activation = found(activated, answers[index]);
        if (activation === undefined)
          counts.set(activated.scheduleId, (counts.get(activated.scheduleId) ?? 0) + 1);
        else keep(activated.scheduleId, activation);
      }
      vain = counts;
    },
  };
};
