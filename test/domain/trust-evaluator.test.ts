import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderDocument } from '../../src/domain/statement.ts';
import { matchesPattern } from '../../src/domain/condition-evaluator.ts';
import { mayEnter } from '../../src/domain/trust-evaluator.ts';
import { parseTrustPolicy } from '../../src/domain/trust-policy.ts';
import { type EvaluatorCase, requestOf } from './evaluator-case.ts';
import { listAndTimeCases } from './list-and-time-cases.ts';
import { observedCases } from './observed-cases.ts';
import { opaqueCases } from './opaque-cases.ts';
import { operatorCases } from './operator-cases.ts';

const verdictOf = (one: EvaluatorCase) => {
  const trust = parseTrustPolicy(renderDocument(one.statements));
  if (!trust.ok) throw new Error(trust.reason);
  return mayEnter(trust.policy, requestOf(one));
};

const topics = { ...observedCases, ...listAndTimeCases, ...operatorCases, ...opaqueCases };

describe.each(Object.entries(topics))('may enter: %s', (_topic, cases) => {
  it.each(cases)('$name', (one: EvaluatorCase) => {
    const verdict = verdictOf(one);
    expect(verdict.decision).toBe(one.decision);
    if (one.because !== undefined) expect(verdict.because).toBe(one.because);
  });
});

describe('patterns', () => {
  /** The definition, slow and plain. */
  const plainly = (pattern: string, text: string): boolean => {
    if (pattern === '') return text === '';
    if (pattern.startsWith('*')) {
      return plainly(pattern.slice(1), text) || (text !== '' && plainly(pattern, text.slice(1)));
    }
    return (
      text !== '' &&
      (pattern[0] === '?' || pattern[0] === text[0]) &&
      plainly(pattern.slice(1), text.slice(1))
    );
  };
  const texts = (letters: readonly string[]) =>
    fc.array(fc.constantFrom(...letters), { maxLength: 8 }).map((parts) => parts.join(''));

  it('match exactly what their definition says', () => {
    fc.assert(
      fc.property(texts(['a', 'b', '*', '?']), texts(['a', 'b', '*']), (pattern, text) => {
        expect(matchesPattern(pattern, text)).toBe(plainly(pattern, text));
      }),
    );
  });

  it('of many stars come to an end', () => {
    expect(matchesPattern(`${'*a'.repeat(60)}*b`, 'a'.repeat(2_000))).toBe(false);
  });
});
