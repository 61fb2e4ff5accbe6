// One document by itself: which kind it is, whether its shape is valid, and the typed object if so.

import {
  acknowledgementAnnotation,
  acknowledgementLines,
  parseAcknowledgement,
} from '../domain/acknowledgement.ts';
import { nearest } from '../domain/near-miss.ts';
import type { Account, ControllerConfig, Federation, Lockout } from '../domain/policy.ts';
import { checkAccessPolicy, type PolicyDraft, type RawPolicy, readAccessPolicy } from './access-policy.ts';
import { checkAccount, type RawAccount, readAccount } from './account.ts';
import { checkControllerConfig, type RawConfig, readControllerConfig } from './controller-config.ts';
import { explainSchemaErrors } from './explain-schema-errors.ts';
import { checkFederation, type RawFederation, readFederation } from './federation.ts';
import { childOf } from './field-path.ts';
import { apiVersion, isKind, type Kind, kindSchemas, kinds, validateKind } from './kind-schemas.ts';
import { type RawLockout, readLockout } from './lockout.ts';
import { type Finding, finding, type SourceDocument } from './source-document.ts';
import {
  type BindingDraft,
  checkTaskRoleBinding,
  type RawBinding,
  readTaskRoleBinding,
} from './task-role-binding.ts';
import { eitherOf, quote } from './words.ts';

export type ReadObject =
  | { readonly kind: 'ControllerConfig'; readonly object: ControllerConfig }
  | { readonly kind: 'Account'; readonly object: Account }
  | { readonly kind: 'Federation'; readonly object: Federation }
  | { readonly kind: 'AccessPolicy'; readonly object: PolicyDraft }
  | { readonly kind: 'TaskRoleBinding'; readonly object: BindingDraft }
  | { readonly kind: 'Lockout'; readonly object: Lockout };

export interface CheckedDocument {
  readonly document: SourceDocument;
  /** What the document claims to be, even when it is not valid. */
  readonly kind: Kind | undefined;
  readonly name: string | undefined;
  /** undefined: not valid. */
  readonly read: ReadObject | undefined;
  readonly findings: readonly Finding[];
}

export const checkDocument = (document: SourceDocument, baseDirectory: string): CheckedDocument => {
  const { value } = document;
  const kind = childOf(value, 'kind');
  const name = childOf(childOf(value, 'metadata'), 'name');
  const claimed = {
    document,
    kind: typeof kind === 'string' && isKind(kind) ? kind : undefined,
    name: typeof name === 'string' ? name : undefined,
  };
  const findings = checkHeader(document);
  if (claimed.kind === undefined || findings.length > 0) return { ...claimed, read: undefined, findings };
  const errors = validateKind(claimed.kind, value);
  if (errors.length > 0) {
    const explained = explainSchemaErrors(document, errors, kindSchemas[claimed.kind]);
    return { ...claimed, read: undefined, findings: explained };
  }
  const { read, findings: own } = readObject(claimed.kind, document, baseDirectory);
  return { ...claimed, read, findings: [...own, ...checkAcknowledgements(document)] };
};

/** One that does not parse would be without effect, and nobody would know why. */
const checkAcknowledgements = (document: SourceDocument): readonly Finding[] => {
  const annotations = childOf(childOf(document.value, 'metadata'), 'annotations');
  const text = childOf(annotations, acknowledgementAnnotation);
  return acknowledgementLines(typeof text === 'string' ? text : undefined)
    .filter((line) => parseAcknowledgement(line) === undefined)
    .map(() =>
      finding(
        document,
        'acknowledgementBroken',
        ['metadata', 'annotations', acknowledgementAnnotation],
        'is no acknowledgement, or was changed after it was made, and has no effect; print it anew with `rolewarden ack`',
        { severity: 'warning' },
      ),
    );
};

/** `value` has passed the schema of `kind`, which is what makes the casts true. */
const readObject = (
  kind: Kind,
  document: SourceDocument,
  baseDirectory: string,
): Pick<CheckedDocument, 'read' | 'findings'> => {
  const { value } = document;
  switch (kind) {
    case 'ControllerConfig': {
      const raw = value as RawConfig;
      const object = readControllerConfig(document, raw, baseDirectory);
      return { read: { kind, object }, findings: checkControllerConfig(document, raw) };
    }
    case 'Account': {
      const raw = value as RawAccount;
      return { read: { kind, object: readAccount(document, raw) }, findings: checkAccount(document, raw) };
    }
    case 'Federation': {
      const raw = value as RawFederation;
      return {
        read: { kind, object: readFederation(document, raw) },
        findings: checkFederation(document, raw),
      };
    }
    case 'AccessPolicy': {
      const raw = value as RawPolicy;
      const object = readAccessPolicy(document, raw);
      return { read: { kind, object }, findings: checkAccessPolicy(document, raw, object) };
    }
    case 'TaskRoleBinding': {
      const object = readTaskRoleBinding(document, value as RawBinding);
      return { read: { kind, object }, findings: checkTaskRoleBinding(document, object) };
    }
    case 'Lockout':
      return { read: { kind, object: readLockout(document, value as RawLockout) }, findings: [] };
  }
};

/** apiVersion and kind come first: without them nothing else can be judged. */
const checkHeader = (document: SourceDocument): readonly Finding[] => {
  const { value } = document;
  if (value === undefined) return [];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const actual = Array.isArray(value) ? 'a list' : 'a single value';
    const message = `this document is ${actual}; an object begins with apiVersion: ${apiVersion} and kind: ${eitherOf(kinds)}`;
    return [finding(document, 'notAnObject', [], message)];
  }
  const found = [checkApiVersion(document), checkKind(document)];
  return found.flatMap((one) => (one === undefined ? [] : [one]));
};

const foreign = 'or keep files for other tools out of the policy folder';

const checkApiVersion = (document: SourceDocument): Finding | undefined => {
  const version = childOf(document.value, 'apiVersion');
  if (version === apiVersion) return undefined;
  if (version === undefined) {
    return finding(document, 'missingField', ['apiVersion'], `is missing; write apiVersion: ${apiVersion}`);
  }
  const message = `${quote(version)} is unknown; write ${apiVersion}, ${foreign}`;
  return finding(document, 'unknownApiVersion', ['apiVersion'], message);
};

const checkKind = (document: SourceDocument): Finding | undefined => {
  const kind = childOf(document.value, 'kind');
  if (typeof kind === 'string' && isKind(kind)) return undefined;
  if (kind === undefined) {
    return finding(document, 'missingField', ['kind'], `is missing; write one of ${eitherOf(kinds)}`);
  }
  const near = typeof kind === 'string' ? nearest(kind, kinds) : undefined;
  const advice = near === undefined ? `write one of ${eitherOf(kinds)}, ${foreign}` : `did you mean ${near}?`;
  return finding(document, 'unknownKind', ['kind'], `${quote(kind)} is unknown; ${advice}`);
};
