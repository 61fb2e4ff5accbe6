// IAM is eventually consistent: a read may still show our own document from before a write we just made. Such a read is
// laid over with what we wrote, so that it is neither drift nor a reason to write again. [aws.md §3.3]

import { type ObservedAccount, type ObservedRole, type RoleSettings } from '../domain/role.ts';
import { canonicalDocument, compareText } from '../domain/statement.ts';

export type UncertainField = 'trust' | 'inline';

export type RecentWrite = { readonly roleName: string; readonly atMs: number } & (
  | { readonly field: 'created'; readonly role: ObservedRole }
  | { readonly field: 'deleted' }
  /** A write whose answer was lost: it may have been carried out, and a read may not show it yet. */
  | {
      readonly field: 'uncertain';
      readonly what: UncertainField;
      readonly policyName?: string;
      readonly after: string | undefined;
    }
  | { readonly field: 'trust'; readonly before: string; readonly after: string }
  | {
      readonly field: 'inline';
      readonly policyName: string;
      readonly before: string | undefined;
      readonly after: string | undefined;
    }
  | { readonly field: 'detached'; readonly policyArn: string }
  | { readonly field: 'boundary'; readonly before: string | undefined; readonly after: string }
  | { readonly field: 'settings'; readonly before: RoleSettings; readonly after: RoleSettings }
  | {
      readonly field: 'tags';
      readonly before: Readonly<Record<string, string>>;
      readonly after: Readonly<Record<string, string>>;
    }
);

/** What a write replaced as a whole: the trust policy, one inline policy, …; undefined: all that there was of the role. */
const fieldOf = (write: RecentWrite): string | undefined => {
  switch (write.field) {
    case 'created':
    case 'deleted':
      return undefined;
    case 'uncertain':
      return write.what === 'inline' ? `inline ${write.policyName ?? ''}` : write.what;
    case 'inline':
      return `inline ${write.policyName}`;
    case 'detached':
      return `detached ${write.policyArn}`;
    case 'trust':
    case 'boundary':
    case 'settings':
    case 'tags':
      return write.field;
  }
};

/** Whether nothing is left of a write to a role after a later one to the same role. */
export const isOvertakenBy = (write: RecentWrite, later: RecentWrite): boolean => {
  const field = fieldOf(later);
  return field === undefined || field === fieldOf(write);
};

/** Writes young enough that a read may still not show them. */
export const writesStillSettling = (
  writes: readonly RecentWrite[],
  nowMs: number,
  settleMs: number,
): readonly RecentWrite[] => writes.filter((write) => nowMs - write.atMs < settleMs);

/**
 * What the last of our writes to one field left, if the observed value is one that our own writes replaced; else the
 * observed value. Anything that was never ours in this window is somebody's change, and shows.
 */
const settled = <T>(
  observed: T,
  writes: readonly { readonly before: T; readonly after: T }[],
  same: (a: T, b: T) => boolean,
): T => {
  const last = writes.at(-1);
  if (last === undefined || same(observed, last.after)) return observed;
  return writes.some((write) => same(observed, write.before)) ? last.after : observed;
};

const sameText = (a: string | undefined, b: string | undefined): boolean => a === b;
const sameDocument = (a: string | undefined, b: string | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && canonicalDocument(a) === canonicalDocument(b));
const sameSettings = (a: RoleSettings, b: RoleSettings): boolean =>
  a.description === b.description && a.maxSessionSeconds === b.maxSessionSeconds;
export const sameTags = (a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean =>
  Object.keys({ ...a, ...b }).every((key) => a[key] === b[key]);

type WriteOf<F extends RecentWrite['field']> = Extract<RecentWrite, { readonly field: F }>;
const ofField = <F extends RecentWrite['field']>(
  writes: readonly RecentWrite[],
  field: F,
): readonly WriteOf<F>[] => writes.filter((write): write is WriteOf<F> => write.field === field);

const settledInline = (
  role: ObservedRole,
  writes: readonly WriteOf<'inline'>[],
): ObservedRole['inlinePolicies'] => {
  const documents = new Map<string, string | undefined>(
    role.inlinePolicies.map(({ name, document }) => [name, document]),
  );
  for (const policyName of new Set(writes.map((write) => write.policyName))) {
    const own = writes.filter((write) => write.policyName === policyName);
    documents.set(policyName, settled<string | undefined>(documents.get(policyName), own, sameDocument));
  }
  return [...documents].flatMap(([name, document]) => (document === undefined ? [] : [{ name, document }]));
};

const settledRole = (role: ObservedRole, writes: readonly RecentWrite[]): ObservedRole => {
  const detached = new Set(ofField(writes, 'detached').map((write) => write.policyArn));
  return {
    ...role,
    trustDocument: settled(role.trustDocument, ofField(writes, 'trust'), sameDocument),
    inlinePolicies: settledInline(role, ofField(writes, 'inline')),
    attachedPolicyArns: role.attachedPolicyArns.filter((arn) => !detached.has(arn)),
    permissionsBoundary: settled<string | undefined>(
      role.permissionsBoundary,
      ofField(writes, 'boundary'),
      sameText,
    ),
    settings:
      role.settings === undefined
        ? undefined
        : settled(role.settings, ofField(writes, 'settings'), sameSettings),
    tags: settled(role.tags, ofField(writes, 'tags'), sameTags),
  };
};

/**
 * One role as read just now (undefined: not there) with our recent writes to it laid over, in the order in which they
 * were made; undefined when it is not there.
 */
export const layOverRole = (
  seen: ObservedRole | undefined,
  writes: readonly RecentWrite[],
): ObservedRole | undefined => {
  const existence = writes.findLast((write) => write.field === 'created' || write.field === 'deleted');
  if (existence?.field === 'deleted') return undefined;
  const base = seen ?? (existence?.field === 'created' ? existence.role : undefined);
  return base === undefined || writes.length === 0 ? base : settledRole(base, writes);
};

const lastOf = <W extends { readonly after: unknown }>(writes: readonly W[]): W | undefined => writes.at(-1);

/** Whether a read of the role (undefined: it is not there) shows all that we wrote to it lately. */
export const showsWrites = (role: ObservedRole | undefined, writes: readonly RecentWrite[]): boolean => {
  const existence = writes.findLast((write) => write.field === 'created' || write.field === 'deleted');
  if (role === undefined) return existence?.field === 'deleted';
  const documents = new Map(role.inlinePolicies.map(({ name, document }) => [name, document]));
  const inline = new Map(ofField(writes, 'inline').map((write) => [write.policyName, write.after]));
  const trust = lastOf(ofField(writes, 'trust'));
  const boundary = lastOf(ofField(writes, 'boundary'));
  const settings = lastOf(ofField(writes, 'settings'));
  const tags = lastOf(ofField(writes, 'tags'));
  return (
    existence?.field !== 'deleted' &&
    uncertainFields(role, writes).size === 0 &&
    (trust === undefined || sameDocument(role.trustDocument, trust.after)) &&
    [...inline].every(([name, after]) => sameDocument(documents.get(name), after)) &&
    ofField(writes, 'detached').every(({ policyArn }) => !role.attachedPolicyArns.includes(policyArn)) &&
    (boundary === undefined || boundary.after === role.permissionsBoundary) &&
    (settings === undefined ||
      (role.settings !== undefined && sameSettings(role.settings, settings.after))) &&
    (tags === undefined || sameTags(role.tags, tags.after))
  );
};

/** Whether the role as read shows what a write with a lost answer would have left. */
const isShown = (write: WriteOf<'uncertain'>, role: ObservedRole | undefined): boolean => {
  const document =
    write.what === 'trust'
      ? role?.trustDocument
      : role?.inlinePolicies.find((policy) => policy.name === write.policyName)?.document;
  return sameDocument(document, write.after);
};

/** Which parts of a role may be other than read, because the answer to our last write of them was lost. */
const uncertainFields = (
  role: ObservedRole | undefined,
  writes: readonly RecentWrite[],
): ReadonlySet<UncertainField> => {
  const fields = new Set<UncertainField>();
  for (const write of writes) {
    if (write.field === 'uncertain' && !isShown(write, role)) fields.add(write.what);
    // A later write that was acknowledged settles the matter: it replaced the whole document.
    else if (write.field === 'trust' || write.field === 'inline') fields.delete(write.field);
  }
  return fields;
};

/** Trust policies that may stand although no read shows them, because the answers to our writes of them were lost. */
const lostTrusts = (role: ObservedRole | undefined, writes: readonly RecentWrite[]): readonly string[] => {
  const lost: string[] = [];
  for (const write of writes) {
    if (write.field === 'trust') lost.length = 0;
    const isLost = write.field === 'uncertain' && write.what === 'trust' && !isShown(write, role);
    if (isLost && write.after !== undefined) lost.push(write.after);
  }
  return lost;
};

export interface SettledAccount {
  readonly observed: ObservedAccount;
  readonly lag: Lag;
}

/** What IAM's lag leaves open, by role name. */
export interface Lag {
  /** Roles where a read was laid over. */
  readonly settling: ReadonlySet<string>;
  readonly uncertain: ReadonlyMap<string, ReadonlySet<UncertainField>>;
  /** Documents of trust policies that may stand all the same. */
  readonly lostTrusts: ReadonlyMap<string, readonly string[]>;
}

const differs = (seen: ObservedRole, role: ObservedRole): boolean =>
  seen.trustDocument !== role.trustDocument ||
  seen.permissionsBoundary !== role.permissionsBoundary ||
  seen.settings !== role.settings ||
  seen.tags !== role.tags ||
  seen.attachedPolicyArns.length !== role.attachedPolicyArns.length ||
  JSON.stringify(seen.inlinePolicies) !== JSON.stringify(role.inlinePolicies);

/** Lays our recent writes over an observation; `writes` in the order in which they were made. */
export const layOverRecentWrites = (
  observed: ObservedAccount,
  writes: readonly RecentWrite[],
): SettledAccount => {
  const settling = new Set<string>();
  const uncertain = new Map<string, ReadonlySet<UncertainField>>();
  const lost = new Map<string, readonly string[]>();
  const lag: Lag = { settling, uncertain, lostTrusts: lost };
  if (writes.length === 0) return { observed, lag };
  const roles = new Map(observed.roles.map((role) => [role.name, role]));
  for (const [name, own] of groupByRole(writes)) {
    const seen = roles.get(name);
    const role = layOverRole(seen, own);
    const fields = uncertainFields(role, own);
    if (fields.size > 0) uncertain.set(name, fields);
    if (fields.has('trust')) lost.set(name, lostTrusts(role, own));
    if (role === undefined ? seen !== undefined : seen === undefined || differs(seen, role))
      settling.add(name);
    if (role === undefined) roles.delete(name);
    else roles.set(name, role);
  }
  const halfSeenRoleNames = observed.halfSeenRoleNames.filter((name) => !roles.has(name));
  const sorted = [...roles.values()].sort((a, b) => compareText(a.name, b.name));
  return { observed: { ...observed, roles: sorted, halfSeenRoleNames }, lag };
};

const groupByRole = (writes: readonly RecentWrite[]): ReadonlyMap<string, readonly RecentWrite[]> => {
  const groups = new Map<string, RecentWrite[]>();
  for (const write of writes) {
    const group = groups.get(write.roleName);
    if (group === undefined) groups.set(write.roleName, [write]);
    else group.push(write);
  }
  return groups;
};
