// Which Lockouts apply: every one that is valid by itself, whatever is wrong around it. Somebody who writes a Lockout wants
// a person out at once, and one too many does less harm than one that was lost.

import type { Lockout } from '../domain/policy.ts';
import type { CheckedDocument } from './check-document.ts';
import { childOf } from './field-path.ts';
import { addressOf, type Finding, finding, isError, type SourceDocument } from './source-document.ts';
import { quote } from './words.ts';

interface ReadLockout {
  readonly document: SourceDocument;
  readonly lockout: Lockout;
}

/** `own`: what was found about documents by themselves. What is wrong between documents does not count. */
export const lockoutsIn = (
  documents: readonly CheckedDocument[],
  own: readonly Finding[],
): readonly ReadLockout[] => {
  const broken = new Set(own.filter(({ problem }) => isError(problem)).map(({ document }) => document));
  return documents.flatMap(({ document, read }) =>
    read?.kind === 'Lockout' && !broken.has(document) ? [{ document, lockout: read.object }] : [],
  );
};

/** What a Federation claims, even when it is not valid otherwise: trust policies that it made before are still there. */
const knowsPeopleByName = ({ kind, document }: CheckedDocument): boolean =>
  kind === 'Federation' && ['spec', 'saml', 'nameId'].reduce(childOf, document.value) === 'userPrincipalName';

/** Without the name, a Lockout still works wherever people are known by their object ids. */
export const checkLockoutNames = (
  lockouts: readonly ReadLockout[],
  documents: readonly CheckedDocument[],
): readonly Finding[] => {
  const federation = documents.find(knowsPeopleByName);
  if (federation === undefined) return [];
  const where = addressOf(federation.document, ['spec', 'saml', 'nameId']);
  return lockouts.flatMap(({ document, lockout }) => {
    if (lockout.userPrincipalName !== undefined) return [];
    const message = `is missing: trust policies of the Federation ${quote(federation.name)} (${where}) know people by their user principal name, so the object id alone does not keep this person out there; add the name exactly as Entra has it`;
    const place = document.placeOf(['spec'], 'key');
    return [finding(document, 'lockoutNeedsName', ['spec', 'userPrincipalName'], message, { place })];
  });
};
