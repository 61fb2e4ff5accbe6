// IAM of one account in memory. It behaves like IAM for the operations of `IamPort`:
//
// | what                         | behaviour                                                                        |
// |------------------------------|----------------------------------------------------------------------------------|
// | role names                   | unique without regard to case; looked up exactly                                   |
// | inline policy names          | one policy without regard to case, first spelling kept                             |
// | trust document               | JSON, at most `trustQuotaChars` without white space, else `LimitExceeded`          |
// | inline documents of a role   | JSON, together at most 10,240 characters without white space                       |
// | delete a role                | `DeleteConflict` while it has inline or attached policies; absent is success        |
// | delete a policy, detach      | absent is success                                                                   |
// | boundary                     | only those of the account, refused before anything happens                          |
// | `staleMs`                    | reads show the world of that long ago; writes see the present                       |
//
// Everything is synchronous behind resolved promises, so runs are fast and repeatable.

import type { AppError } from '../../src/domain/errors.ts';
import type { Account } from '../../src/domain/policy.ts';
import type { Clock, IamPort, NewRole } from '../../src/domain/ports.ts';
import { absent, present, type Reading, unreadable } from '../../src/domain/reading.ts';
import {
  inlinePolicyQuotaChars,
  type ObservedAccount,
  type ObservedRole,
  type RoleAllow,
  type RoleHead,
  type RoleInterest,
  type RoleSettings,
  rolePath,
  tagKeys,
} from '../../src/domain/role.ts';
import { compareText } from '../../src/domain/statement.ts';
import { allowsOf } from '../../src/aws/role-interest.ts';
import { checkBoundary, checkPolicyName, checkRoleName } from '../../src/aws/write-rules.ts';
import { charsOf, checkDocument, refuse } from './iam-refusals.ts';
import { staleHistory } from './stale-history.ts';

/** A role as it is; replace the whole value to change it. */
export type InMemoryRole = ObservedRole & { readonly settings: RoleSettings };

export interface IamCall {
  readonly operation: keyof IamPort;
  /** Role name, or ARN for `readManagedPolicy`; empty for `observe`. */
  readonly resource: string;
  /** The arguments without the signal. */
  readonly args: readonly unknown[];
}

export interface InMemoryIamOptions {
  readonly account: Account;
  readonly clock?: Clock;
  readonly trustQuotaChars?: number;
  readonly samlProviderArns?: readonly string[];
  readonly oidcProviderArns?: readonly string[];
  /** ARN to document. */
  readonly managedPolicies?: Readonly<Record<string, string>>;
}

export interface InMemoryIam extends IamPort {
  /** By exact name. Reading and setting directly is "someone at the console"; it takes effect at once, whatever `staleMs`. */
  readonly roles: Map<string, InMemoryRole>;
  readonly managedPolicies: Map<string, string>;
  readonly samlProviderArns: Set<string>;
  readonly oidcProviderArns: Set<string>;
  /** Every call in order, reads too, failed ones too. Empty it with `calls.length = 0`. */
  readonly calls: IamCall[];
  /** Adds a role as if someone else had made it. Gives what it stored. */
  seedRole(role: Partial<InMemoryRole> & { readonly name: string }): InMemoryRole;
  /** Changes a role as if at the console. Fails if there is none. */
  editRole(name: string, change: Partial<InMemoryRole>): void;
  /**
   * The next `times` calls of that operation fail: reads become unreadable, writes throw. With `applied` the write is
   * performed first, as when the answer is lost.
   */
  failNext(
    operation: keyof IamPort,
    error: AppError,
    how?: { readonly times?: number; readonly applied?: boolean },
  ): void;
  /** Called after each write that changed IAM. What it throws comes out of the write: that is how tests crash between writes. */
  onWrite(listener: (call: IamCall) => void): () => void;
  /** From now on reads show the world `ms` ago; 0 is strong consistency again. */
  setStaleMs(ms: number): void;
}

interface Planned {
  readonly error: AppError;
  readonly applied: boolean;
  left: number;
}

const byName = (a: { readonly name: string }, b: { readonly name: string }): number =>
  a.name < b.name ? -1 : a.name > b.name ? 1 : 0;

export const inMemoryIam = (options: InMemoryIamOptions): InMemoryIam => {
  const { account, trustQuotaChars = 2048 } = options;
  const clock = options.clock ?? { now: () => 0 };
  const roles = new Map<string, InMemoryRole>();
  const managedPolicies = new Map(Object.entries(options.managedPolicies ?? {}));
  const samlProviderArns = new Set(options.samlProviderArns);
  const oidcProviderArns = new Set(options.oidcProviderArns);
  const calls: IamCall[] = [];
  const planned = new Map<keyof IamPort, Planned[]>();
  const listeners = new Set<(call: IamCall) => void>();
  const history = staleHistory(clock, roles);
  let created = 0;

  const { store, visible } = history;

  const nextFailure = (operation: keyof IamPort): Planned | undefined => {
    const next = planned.get(operation)?.find((failure) => failure.left > 0);
    if (next !== undefined) next.left -= 1;
    return next;
  };

  const read = async <T>(
    operation: keyof IamPort,
    resource: string,
    args: readonly unknown[],
    signal: AbortSignal,
    answer: () => Reading<T>,
  ): Promise<Reading<T>> => {
    signal.throwIfAborted();
    calls.push({ operation, resource, args });
    const failure = nextFailure(operation);
    return failure === undefined ? answer() : unreadable(failure.error);
  };

  /** `change` throws what IAM refuses and answers whether anything changed. */
  const write = async (
    operation: keyof IamPort,
    roleName: string,
    args: readonly unknown[],
    signal: AbortSignal,
    change: () => boolean,
  ): Promise<void> => {
    signal.throwIfAborted();
    const call: IamCall = { operation, resource: roleName, args };
    calls.push(call);
    checkRoleName(roleName);
    const failure = nextFailure(operation);
    if (failure !== undefined && !failure.applied) throw failure.error;
    if (change()) for (const listener of listeners) listener(call);
    if (failure !== undefined) throw failure.error;
  };

  const mustFind = (roleName: string, action: string): InMemoryRole =>
    roles.get(roleName) ??
    refuse('NoSuchEntity', `The role with name ${roleName} cannot be found.`, action, roleName);

  const update = (
    roleName: string,
    action: string,
    change: (role: InMemoryRole) => InMemoryRole,
  ): boolean => {
    store(roleName, change(mustFind(roleName, action)));
    return true;
  };

  const checkTrust = (document: string, action: string, roleName: string): void => {
    checkDocument(document, action, roleName);
    if (charsOf(document) > trustQuotaChars) {
      refuse('LimitExceeded', `Cannot exceed quota for ACLSizePerRole: ${trustQuotaChars}`, action, roleName);
    }
  };

  const seedRole = (seed: Partial<InMemoryRole> & { readonly name: string }): InMemoryRole => {
    created += 1;
    const path = seed.path ?? rolePath;
    const role: InMemoryRole = {
      path,
      arn: `arn:${account.partition}:iam::${account.accountId}:role${path}${seed.name}`,
      roleId: `AROA${String(created).padStart(17, '0')}`,
      createdAtMs: clock.now(),
      lastUsedAtMs: undefined,
      trustDocument: '{"Version":"2012-10-17","Statement":[]}',
      tags: {},
      permissionsBoundary: undefined,
      inlinePolicies: [],
      attachedPolicyArns: [],
      settings: { description: '', maxSessionSeconds: 3600 },
      ...seed,
    };
    store(role.name, role);
    return role;
  };

  const create = (role: NewRole): boolean => {
    const taken = role.name.toLowerCase();
    if (roles.has(role.name) || [...roles.keys()].some((name) => name.toLowerCase() === taken)) {
      refuse(
        'EntityAlreadyExists',
        `Role with name ${role.name} already exists.`,
        'iam:CreateRole',
        role.name,
      );
    }
    checkTrust(role.trustDocument, 'iam:CreateRole', role.name);
    seedRole({ ...role, tags: { ...role.tags }, settings: { ...role.settings } });
    return true;
  };

  const putInline = (roleName: string, policyName: string, document: string): boolean => {
    checkPolicyName(policyName);
    return update(roleName, 'iam:PutRolePolicy', (role) => {
      checkDocument(document, 'iam:PutRolePolicy', roleName);
      const key = policyName.toLowerCase();
      const known = role.inlinePolicies.find((policy) => policy.name.toLowerCase() === key);
      const others = role.inlinePolicies.filter((policy) => policy !== known);
      const total = others.reduce((sum, policy) => sum + charsOf(policy.document), charsOf(document));
      if (total > inlinePolicyQuotaChars) {
        refuse(
          'LimitExceeded',
          `Maximum policy size of ${inlinePolicyQuotaChars} bytes exceeded for role ${roleName}`,
          'iam:PutRolePolicy',
          roleName,
        );
      }
      const inlinePolicies = [...others, { name: known?.name ?? policyName, document }].sort(byName);
      return { ...role, inlinePolicies };
    });
  };

  const deleteInline = (roleName: string, policyName: string): boolean => {
    checkPolicyName(policyName);
    const role = roles.get(roleName);
    const key = policyName.toLowerCase();
    const inlinePolicies = role?.inlinePolicies.filter((policy) => policy.name.toLowerCase() !== key) ?? [];
    if (role === undefined || inlinePolicies.length === role.inlinePolicies.length) return false;
    store(roleName, { ...role, inlinePolicies });
    return true;
  };

  const detach = (roleName: string, arn: string): boolean => {
    const role = roles.get(roleName);
    if (role?.attachedPolicyArns.includes(arn) !== true) return false;
    store(roleName, {
      ...role,
      attachedPolicyArns: role.attachedPolicyArns.filter((other) => other !== arn),
    });
    return true;
  };

  const remove = (roleName: string): boolean => {
    const role = roles.get(roleName);
    if (role === undefined) return false;
    if (role.inlinePolicies.length + role.attachedPolicyArns.length > 0) {
      refuse(
        'DeleteConflict',
        'Cannot delete entity, must delete policies first.',
        'iam:DeleteRole',
        roleName,
      );
    }
    store(roleName, undefined);
    return true;
  };

  const allowsIn = (role: InMemoryRole, actions: readonly string[]): readonly RoleAllow[] =>
    role.inlinePolicies
      .toSorted(byName)
      .flatMap(({ name, document }) =>
        allowsOf(document, actions).map((statement) => ({ roleArn: role.arn, policyName: name, statement })),
      );

  const observed = ({ roleArns, actions }: RoleInterest): ObservedAccount => {
    const all = [...visible().values()];
    const others = all.filter((role) => !role.path.startsWith(rolePath));
    return {
      readAtMs: clock.now(),
      roles: [
        ...all.filter((role) => role.path.startsWith(rolePath)),
        ...others
          .filter(({ tags }) => tagKeys.adopt in tags)
          .map((role) => ({ ...role, settings: undefined })),
      ].sort(byName),
      halfSeenRoleNames: [],
      otherRoles: new Map(others.map((role) => [role.name.toLowerCase(), role.arn])),
      askedRoles: new Map(
        others
          .filter(({ arn }) => roleArns.has(arn))
          .map((role) => [role.arn, { ...role, settings: undefined }]),
      ),
      allows: all.toSorted((a, b) => compareText(a.arn, b.arn)).flatMap((role) => allowsIn(role, actions)),
      trustQuotaChars,
      samlProviderArns: new Set(samlProviderArns),
      oidcProviderArns: new Set(oidcProviderArns),
    };
  };

  const head = (roleName: string): Reading<RoleHead> => {
    const role = visible().get(roleName);
    if (role === undefined) return absent;
    const { inlinePolicies: _inline, attachedPolicyArns: _attached, ...rest } = role;
    return present(rest);
  };

  const inlineDocument = (roleName: string, policyName: string): Reading<string> => {
    const key = policyName.toLowerCase();
    const policy = visible()
      .get(roleName)
      ?.inlinePolicies.find(({ name }) => name.toLowerCase() === key);
    return policy === undefined ? absent : present(policy.document);
  };

  const managedDocument = (arn: string): Reading<string> => {
    const document = managedPolicies.get(arn);
    return document === undefined ? absent : present(document);
  };

  return {
    roles,
    managedPolicies,
    samlProviderArns,
    oidcProviderArns,
    calls,
    seedRole,
    editRole: (name, change) => {
      const role = roles.get(name);
      if (role === undefined) throw new Error(`editRole: there is no role ${name}`);
      store(name, { ...role, ...change });
    },
    failNext: (operation, error, how = {}) => {
      const list = planned.get(operation) ?? [];
      planned.set(operation, [...list, { error, applied: how.applied === true, left: how.times ?? 1 }]);
    },
    onWrite: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    setStaleMs: history.setStaleMs,

    observe: (signal, interest = { roleArns: new Set(), actions: [] }) =>
      read('observe', '', [], signal, () => present(observed(interest))),
    readRole: (name, signal) => read('readRole', name, [name], signal, () => head(name)),
    readInlinePolicy: (name, policy, signal) =>
      read('readInlinePolicy', name, [name, policy], signal, () => inlineDocument(name, policy)),
    readManagedPolicy: (arn, signal) =>
      read('readManagedPolicy', arn, [arn], signal, () => managedDocument(arn)),

    createRole: (role, signal) =>
      write('createRole', role.name, [role], signal, () => {
        checkBoundary(account, role.name, role.permissionsBoundary);
        return create(role);
      }),
    updateTrust: (name, document, signal) =>
      write('updateTrust', name, [name, document], signal, () =>
        update(name, 'iam:UpdateAssumeRolePolicy', (role) => {
          checkTrust(document, 'iam:UpdateAssumeRolePolicy', name);
          return { ...role, trustDocument: document };
        }),
      ),
    putInlinePolicy: (name, policy, document, signal) =>
      write('putInlinePolicy', name, [name, policy, document], signal, () =>
        putInline(name, policy, document),
      ),
    deleteInlinePolicy: (name, policy, signal) =>
      write('deleteInlinePolicy', name, [name, policy], signal, () => deleteInline(name, policy)),
    detachPolicy: (name, arn, signal) =>
      write('detachPolicy', name, [name, arn], signal, () => detach(name, arn)),
    updateSettings: (name, settings, signal) =>
      write('updateSettings', name, [name, settings], signal, () =>
        update(name, 'iam:UpdateRole', (role) => ({ ...role, settings: { ...settings } })),
      ),
    tagRole: (name, tags, signal) =>
      write('tagRole', name, [name, tags], signal, () =>
        update(name, 'iam:TagRole', (role) => ({ ...role, tags: { ...role.tags, ...tags } })),
      ),
    putBoundary: (name, arn, signal) =>
      write('putBoundary', name, [name, arn], signal, () => {
        checkBoundary(account, name, arn);
        return update(name, 'iam:PutRolePermissionsBoundary', (role) => ({
          ...role,
          permissionsBoundary: arn,
        }));
      }),
    deleteRole: (name, signal) => write('deleteRole', name, [name], signal, () => remove(name)),
  };
};
