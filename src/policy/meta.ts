// What every kind shares once its shape is valid: metadata, and the raw form of durations.

import { parseDuration } from '../domain/duration.ts';
import type { Meta } from '../domain/policy.ts';
import { type SourceDocument, sourceRef } from './source-document.ts';

/** A document as its schema guarantees it, defaults filled in. */
export interface RawObject<Spec> {
  readonly metadata: {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly spec: Spec;
}

export const readMeta = (document: SourceDocument, { metadata }: RawObject<unknown>): Meta => ({
  name: metadata.name,
  labels: metadata.labels,
  annotations: metadata.annotations,
  source: sourceRef(document, []),
});

/** Milliseconds of a duration that its schema has accepted. */
export const durationMs = (text: string): number => parseDuration(text) ?? 0;
