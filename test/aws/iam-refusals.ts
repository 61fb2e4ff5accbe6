// What IAM refuses, with the error that the real adapter makes of it.

import { classifyError } from '../../src/aws/classify-error.ts';

/** What IAM counts: everything but white space. */
export const charsOf = (document: string): number => document.replace(/\s+/g, '').length;

/** Throws what the real adapter would throw for this code. */
export const refuse = (code: string, message: string, action: string, roleName: string): never => {
  throw classifyError(
    { name: code, Code: code, message, $fault: 'client', $metadata: {} },
    { action, resource: `role ${roleName}` },
  );
};

export const checkDocument = (document: string, action: string, roleName: string): void => {
  try {
    const parsed: unknown = JSON.parse(document);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return;
  } catch {
    // Falls through: not JSON is as malformed as not an object.
  }
  refuse('MalformedPolicyDocument', 'Syntax errors in policy.', action, roleName);
};
