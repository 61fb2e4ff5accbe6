// Changes and writes as plain records, for the journal and for the plan as JSON: the same names in both.

import { type Change, type ChangeDetail, subjectOf } from '../domain/change.ts';
import type { Activation } from '../domain/directory.ts';
import type { Write } from '../domain/write.ts';
import type { Outcome } from '../reconcile/sweep-report.ts';

interface BeforeAfter {
  readonly before: unknown;
  readonly after: unknown;
}

/** Documents as JSON, so that they can be searched by their parts; text that is none stays text. */
const document = (text: string | undefined): unknown => {
  if (text === undefined) return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

const ofDetail = (detail: ChangeDetail): BeforeAfter => {
  switch (detail.kind) {
    case 'createRole': {
      const { boundary, tags, settings } = detail;
      return { before: null, after: { boundary, tags, settings } };
    }
    case 'grant':
      return { before: detail.before ?? null, after: detail.grant };
    case 'revoke':
      return { before: detail.grant, after: detail.after ?? null };
    case 'putPermissions':
      return { before: document(detail.before), after: document(detail.after) };
    case 'stripPolicy':
      return {
        before: { policyName: detail.policyName, document: document(detail.before) },
        after: { policyName: detail.policyName, keptStatements: detail.keep },
      };
    case 'detachPolicy':
      return { before: detail.policyArn, after: null };
    case 'setBoundary':
    case 'updateSettings':
    case 'tagRole':
      return { before: detail.before ?? null, after: detail.after };
    case 'bindTaskRole':
      return {
        before: { revision: detail.revision ?? null, taskRoleArn: detail.before ?? null },
        after: { taskRoleArn: detail.after },
      };
    case 'enableExec':
      return { before: { enableExecuteCommand: false }, after: { enableExecuteCommand: true } };
    case 'propagateTags':
      return { before: { propagateTags: detail.before }, after: { propagateTags: 'SERVICE' } };
    case 'tagService':
      return { before: detail.before, after: detail.after };
    case 'replaceTasks':
    case 'stopTasks':
      return { before: detail.tasks, after: [] };
    case 'tightenDenies':
    case 'liftDenies':
      return { before: null, after: detail.edits };
    case 'restateTrust':
    case 'forgetDenies':
    case 'deleteRole':
      return { before: null, after: null };
  }
};

const ofWrite = (write: Write): BeforeAfter => {
  switch (write.op) {
    case 'createRole':
      return { before: null, after: { ...write.role, trustDocument: document(write.role.trustDocument) } };
    case 'updateTrust':
    case 'putDenies':
    case 'putInlinePolicy':
      return { before: document(write.before), after: document(write.after) };
    case 'deleteInlinePolicy':
      return { before: document(write.before), after: null };
    case 'detachPolicy':
      return { before: write.policyArn, after: null };
    case 'putBoundary':
    case 'updateSettings':
    case 'tagRole':
      return { before: write.before ?? null, after: write.after };
    case 'deleteRole':
      return { before: null, after: null };
    case 'copyRevision':
      return { before: write.from, after: { taskRoleArn: write.taskRoleArn, tags: write.tags } };
    case 'tagService':
      return { before: write.before, after: { ...write.after, attempt: write.attempt ?? null } };
    case 'updateService':
      return { before: null, after: { revision: write.revision ?? null, ...write.settings } };
  }
};

const nameIf = (isMeant: boolean, name: string | undefined): string | null =>
  isMeant && name !== undefined ? name : null;

/** What a record is about, and the object in Git behind it. */
export const whatAndWhose = ({ object, name, owner }: Pick<Change, 'object' | 'name' | 'owner'>) => ({
  role: nameIf(object === 'Role', name),
  service: nameIf(object === 'Service', name),
  policy: nameIf(owner?.kind === 'AccessPolicy', owner?.name),
  binding: nameIf(owner?.kind === 'TaskRoleBinding', owner?.name),
});

/** What an auditor looks an activation up by; null: none is known. */
export const activationRecord = (activation: Activation | undefined) =>
  activation === undefined
    ? null
    : {
        requestId: activation.requestId,
        justification: activation.justification,
        ticketNumber: activation.ticketNumber,
        ticketSystem: activation.ticketSystem,
        requestedAt: new Date(activation.requestedAtMs).toISOString(),
      };

/** One difference. `before` and `after` are grants for changes of the trust policy, documents for those of permissions. */
export const changeRecord = (change: Change) => ({
  changeId: change.id,
  ...whatAndWhose(change),
  source: change.source ?? null,
  kind: change.detail.kind,
  effect: change.effect,
  class: change.driftClass,
  subject: subjectOf(change) ?? null,
  proof: change.detail.kind === 'revoke' ? (change.detail.proof ?? null) : null,
  why: change.why,
  ...ofDetail(change.detail),
});

/** One call, as it was planned; `written` is what was really written, where that differs. */
export const writeRecord = (write: Write, written?: Outcome['written']) => ({
  op: write.op,
  policyName: 'policyName' in write ? write.policyName : null,
  effect: write.effect,
  changeIds: [...write.changes, ...('serves' in write ? write.serves : [])].map((change) => change.id),
  ...ofWrite(write),
  ...(written === undefined ? {} : { before: document(written.before), after: document(written.after) }),
});
