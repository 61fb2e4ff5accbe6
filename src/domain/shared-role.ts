// A role that is somebody else's, in which we have statements of our own (`ownership: statements`). There a Sid is identity:
// a statement of the trust policy is ours if its Sid begins `Rolewarden` and carries our instance, whatever it says, and all
// others are carried along as they stand.

import { type JsonObject, canonicalStatements, parseDocument, sidOf } from './statement.ts';

const mark = 'Rolewarden';

/** A Sid takes letters and digits only, and instances are lower-case DNS labels: no other label gives the same letters. */
const spelled = (instance: string): string => instance.replaceAll('-', 'Z');

/** What follows the instance begins with a capital letter that spells no hyphen, so that `contoso` is not taken for `contoso-main`. */
const restOf = (sid: string, instance: string): string | undefined => {
  const own = `${mark}${spelled(instance)}`;
  const rest = sid.startsWith(own) ? sid.slice(own.length) : undefined;
  return rest !== undefined && /^([A-Y]|$)/.test(rest) ? rest : undefined;
};

/** The other statements of a shared role's trust policy, verbatim and in their order, and whose the rest is. */
export interface SharedPart {
  readonly instance: string;
  readonly others: readonly JsonObject[];
}

export const isOwnSid = (sid: string, instance: string): boolean => restOf(sid, instance) !== undefined;

/** `RolewardenPeople` → `RolewardencontosoZmainPeople`. */
export const withInstance = (statement: JsonObject, instance: string): JsonObject => {
  const sid = sidOf(statement);
  return sid.startsWith(mark)
    ? { ...statement, Sid: `${mark}${spelled(instance)}${sid.slice(mark.length)}` }
    : statement;
};

/** The other way round, of a statement that is ours. */
export const withoutInstance = (statement: JsonObject, instance: string): JsonObject => ({
  ...statement,
  Sid: `${mark}${restOf(sidOf(statement), instance) ?? ''}`,
});

/**
 * The part of a shared role's trust policy that is not ours, by meaning: as long as it is the same, this text is. A document
 * that cannot be read stands for itself.
 */
export const othersPart = (document: string, instance: string): string => {
  const parsed = parseDocument(document);
  return parsed.ok
    ? canonicalStatements(parsed.statements.filter((statement) => !isOwnSid(sidOf(statement), instance)))
    : document;
};

/** Our own part of it likewise. */
export const ownPart = (document: string, instance: string): string => {
  const parsed = parseDocument(document);
  return parsed.ok
    ? canonicalStatements(parsed.statements.filter((statement) => isOwnSid(sidOf(statement), instance)))
    : document;
};
