// What every kind shares once its shape is valid: metadata, and the raw forms of durations and instants.

import { parseDuration } from '../domain/duration.ts';
import type { Meta } from '../domain/policy.ts';
import { parseInstant } from './instant.ts';
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

/** Milliseconds since the epoch of an instant that its schema has accepted. */
export const instantMs = (text: string): number => parseInstant(text) ?? 0;

/** The same for an end that may be left out: undefined, there is none. */
export const endMs = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : instantMs(text);
