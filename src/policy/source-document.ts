// One YAML document of one file: its value, and where in the file each part of it stands.

import type { Problem, SourceRef } from '../domain/policy.ts';
import { type FieldPath, formatPath } from './field-path.ts';
import type { RuleId } from './rules.ts';

/** 1-based; columns count UTF-16 code units, as editors do. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface SourceDocument {
  readonly file: string;
  readonly value: unknown;
  /** Where a value stands, or its key; for a path that does not exist, its nearest parent. */
  placeOf(path: FieldPath, part?: 'key' | 'value'): Place;
  /** A scalar as it is written in the file, so that a number keeps its leading zeros. */
  textOf(path: FieldPath): string | undefined;
}

/** A finding, and the document that it is about. */
export interface Finding {
  readonly document: SourceDocument;
  readonly problem: Problem;
}

/** An object, and the document that says it. */
export interface Placed<T> {
  readonly document: SourceDocument;
  readonly object: T;
}

interface FindingOptions {
  readonly severity?: 'error' | 'warning';
  readonly part?: 'key' | 'value';
  /** Where to point, when that is not where `path` stands. */
  readonly place?: Place;
}

export const finding = (
  document: SourceDocument,
  rule: RuleId,
  path: FieldPath,
  message: string,
  options: FindingOptions = {},
): Finding => {
  const { line, column } = options.place ?? document.placeOf(path, options.part);
  const severity = options.severity ?? 'error';
  return {
    document,
    problem: { severity, rule, file: document.file, line, column, path: formatPath(path), message },
  };
};

/** A problem of a file as a whole, or of a place in it that belongs to no document. */
export const fileProblem = (
  file: string,
  rule: RuleId,
  message: string,
  place: Place = { line: 1, column: 1 },
): Problem => ({ severity: 'error', rule, file, line: place.line, column: place.column, path: '', message });

export const sourceRef = (document: SourceDocument, path: FieldPath): SourceRef => ({
  file: document.file,
  line: document.placeOf(path).line,
});

/** `file:line`, as messages name the other place. */
export const addressOf = (document: SourceDocument, path: FieldPath): string =>
  `${document.file}:${document.placeOf(path).line}`;

export const isError = ({ severity }: Problem): boolean => severity === 'error';

/** By file, line and column; then by what they say, so that the same files give the same list. */
export const compareProblems = (a: Problem, b: Problem): number =>
  compareText(a.file, b.file) ||
  a.line - b.line ||
  a.column - b.column ||
  compareText(a.path, b.path) ||
  compareText(a.rule, b.rule) ||
  compareText(a.message, b.message);

/** By code units: the same everywhere, whatever the locale. */
export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
