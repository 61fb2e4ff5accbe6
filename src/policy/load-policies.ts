// Files to a PolicySet: documents, their kinds, then what they say about each other. Pure: the same files give the same set.

import { createHash } from 'node:crypto';
import type { Commit, ControllerConfig, Federation, PolicySet, Problem } from '../domain/policy.ts';
import { type CheckedDocument, checkDocument, type ReadObject } from './check-document.ts';
import type { SourceFile } from './decode-file.ts';
import { duplicateAccountIds, duplicateBindings, duplicateNames, severalConfigs } from './duplicates.ts';
import { checkLockoutNames, lockoutsIn } from './lockouts-in-force.ts';
import { type ReadFile, readDocuments } from './read-documents.ts';
import type { Surroundings } from './references.ts';
import { resolveBinding } from './resolve-binding.ts';
import { resolvePolicy } from './resolve-policy.ts';
import { roleNameClashes } from './role-names.ts';
import {
  addressOf,
  compareProblems,
  compareText,
  type Finding,
  finding,
  isError,
  type Placed,
  type SourceDocument,
} from './source-document.ts';
import { taskRoleNameClashes } from './task-role-names.ts';

export interface LoadOptions {
  /** What relative file paths count from; the working directory if absent. */
  readonly baseDirectory?: string;
  /** Problems found while the files were collected; an error among them makes the set incomplete. */
  readonly extraProblems?: readonly Problem[];
  /** The config that is in force, if it stands elsewhere: federations are held to its tenant. */
  readonly config?: ControllerConfig | undefined;
  /** The commit that the files are of. */
  readonly commit?: Commit;
}

/** A PolicySet, and how much was looked at. */
export interface LoadedPolicies extends PolicySet {
  readonly documentsRead: number;
}

/** Never throws: whatever is wrong with a file is a problem of the set. */
export const loadPolicies = (files: readonly SourceFile[], options: LoadOptions = {}): LoadedPolicies => {
  const sorted = [...files].sort((a, b) => compareText(a.path, b.path));
  const read = sorted.map(readDocuments);
  const extraProblems = options.extraProblems ?? [];
  const check = (document: SourceDocument) => checkDocument(document, options.baseDirectory ?? '.');
  const checked = read.flatMap(({ documents }) => documents.map(check));
  const own = [...read.flatMap(({ findings }) => findings), ...checked.flatMap(({ findings }) => findings)];
  const lockouts = lockoutsIn(checked, own);
  const rescued = lockoutsIn(
    read.flatMap(({ intact }) => intact.map(check)),
    [],
  );
  const alone = [
    ...own,
    ...checkLockoutNames(lockouts, checked),
    ...duplicateNames(checked),
    ...duplicateAccountIds(checked),
    ...duplicateBindings(checked),
    ...severalConfigs(checked),
  ];
  const unreadFiles = [...extraProblems.filter(isError).map(({ file }) => file), ...unreadable(read, sorted)];
  const together = relate(checked, alone, unreadFiles, options.config);
  const found = [...alone, ...together.findings].map(({ problem }) => problem);
  const problems = [...extraProblems, ...read.flatMap((file) => file.problems), ...found].sort(
    compareProblems,
  );
  return {
    ...together.objects,
    lockouts: [...lockouts, ...rescued].map(({ lockout }) => lockout),
    problems,
    complete: problems.every((problem) => !isError(problem) || problem.rule === 'roleNameClash'),
    revision: revisionOf(sorted),
    commit: options.commit,
    documentsRead: checked.length,
  };
};

const unreadable = (read: readonly ReadFile[], files: readonly SourceFile[]): readonly string[] =>
  files.filter((_, index) => (read[index]?.problems.length ?? 0) > 0).map(({ path }) => path);

interface Related {
  readonly objects: Pick<PolicySet, 'configs' | 'accounts' | 'federations' | 'policies' | 'bindings'>;
  readonly findings: readonly Finding[];
}

/** The valid objects, as far as what they refer to is valid as well. */
const relate = (
  checked: readonly CheckedDocument[],
  alone: readonly Finding[],
  unreadFiles: readonly string[],
  givenConfig: ControllerConfig | undefined,
): Related => {
  const broken = documentsWithErrors(alone);
  const usable = checked.filter(({ document }) => !broken.has(document));
  const ofKind = <K extends ReadObject['kind']>(kind: K) => objectsOf(usable, kind);
  const configs = ofKind('ControllerConfig').map(({ object }) => object);
  const accounts = ofKind('Account').map(({ object }) => object);
  const tenant = foreignTenants(ofKind('Federation'), givenConfig ?? configs[0]);
  const foreign = documentsWithErrors(tenant);
  const federations = ofKind('Federation')
    .filter(({ document }) => !foreign.has(document))
    .map(({ object }) => object);
  const around = { accounts, federations, declared: declaredIn(checked), unreadFiles };
  const resolvedPolicies = ofKind('AccessPolicy').map((draft) => resolvePolicy(draft, around));
  const policies = placedIn(resolvedPolicies);
  const bound = relateBindings(checked, usable, around);
  return {
    objects: {
      configs,
      accounts,
      federations,
      policies: policies.map(({ object }) => object),
      bindings: bound.bindings,
    },
    findings: [
      ...tenant,
      ...resolvedPolicies.flatMap(({ findings }) => findings),
      ...roleNameClashes(policies),
      ...bound.findings,
    ],
  };
};

/** Roles are compared with those of all objects, the broken ones among them. */
const relateBindings = (
  checked: readonly CheckedDocument[],
  usable: readonly CheckedDocument[],
  around: Surroundings,
): Pick<PolicySet, 'bindings'> & { readonly findings: readonly Finding[] } => {
  const resolved = objectsOf(usable, 'TaskRoleBinding').map((draft) => resolveBinding(draft, around));
  const clashes = taskRoleNameClashes(
    objectsOf(checked, 'TaskRoleBinding'),
    objectsOf(checked, 'AccessPolicy'),
    around,
  );
  const clashing = documentsWithErrors(clashes);
  return {
    bindings: placedIn(resolved)
      .filter(({ document }) => !clashing.has(document))
      .map(({ object }) => object),
    findings: [...resolved.flatMap(({ findings }) => findings), ...clashes],
  };
};

const placedIn = <T>(resolved: readonly { readonly placed: Placed<T> | undefined }[]): readonly Placed<T>[] =>
  resolved.flatMap(({ placed }) => (placed === undefined ? [] : [placed]));

const documentsWithErrors = (findings: readonly Finding[]): ReadonlySet<SourceDocument> =>
  new Set(findings.filter(({ problem }) => isError(problem)).map(({ document }) => document));

const objectsOf = <K extends ReadObject['kind']>(checked: readonly CheckedDocument[], kind: K) =>
  checked.flatMap(({ document, read }) =>
    read?.kind === kind
      ? [{ document, object: read.object as Extract<ReadObject, { readonly kind: K }>['object'] }]
      : [],
  );

const declaredIn = (checked: readonly CheckedDocument[]): ReadonlyMap<string, string> =>
  new Map(
    checked.map(({ kind, name, document }) => [`${kind}/${name}`, addressOf(document, ['metadata', 'name'])]),
  );

const foreignTenants = (
  federations: readonly Placed<Federation>[],
  config: ControllerConfig | undefined,
): readonly Finding[] =>
  federations.flatMap(({ document, object }) => {
    if (config === undefined || object.tenantId === config.entra.tenantId) return [];
    const { file, line } = config.meta.source;
    const message = `the tenant is not that of the ControllerConfig (${config.entra.tenantId}, ${file}:${line}), whose groups are read; use one tenant in both`;
    return [finding(document, 'tenantMismatch', ['spec', 'tenantId'], message)];
  });

/** Lengths separate the parts, so that no two sets of files look alike. */
const revisionOf = (files: readonly SourceFile[]): string => {
  const hash = createHash('sha256');
  for (const { path, content } of files) {
    hash.update(`${Buffer.byteLength(path)}:${path}${content.byteLength}:`).update(content);
  }
  return hash.digest('hex');
};
