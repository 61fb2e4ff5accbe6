// Faults that someone scripted into the Entra half: which of them a call meets, and what they do to its answer.

import type { Fault, FaultEffect } from '../world.ts';
import { errorResponse } from './graph-answer.ts';
import type { GraphRequest, GraphResponse } from './graph-exchange.ts';

/** What faults are selected by. */
export interface Call {
  readonly service: 'graph' | 'token';
  readonly operation: string;
  readonly resource: string | undefined;
}

export interface ScriptedFaults {
  /** Returns how to take it back. */
  readonly add: (fault: Fault) => () => void;
  readonly clear: () => void;
  /** What happens to this call: any delays, and the first other effect. Counts `skip` and `times`. */
  readonly meet: (call: Call) => readonly FaultEffect[];
}

const matches = (fault: Fault, call: Call): boolean =>
  fault.service === call.service &&
  (fault.operation === '*' || fault.operation === call.operation) &&
  // Entra has no AWS accounts, so a fault that asks for one is for the other half.
  fault.accountId === undefined &&
  (fault.resource === undefined ||
    (call.resource ?? '').toLowerCase().includes(fault.resource.toLowerCase()));

export const makeScriptedFaults = (): ScriptedFaults => {
  const scripted = new Set<{ readonly fault: Fault; met: number }>();
  return {
    add: (fault) => {
      const entry = { fault, met: 0 };
      scripted.add(entry);
      return () => void scripted.delete(entry);
    },
    clear: () => scripted.clear(),
    meet: (call) => {
      const effects: FaultEffect[] = [];
      for (const entry of scripted) {
        const { fault } = entry;
        if (!matches(fault, call)) continue;
        entry.met += 1;
        const skip = fault.skip ?? 0;
        if (entry.met <= skip || entry.met > skip + (fault.times ?? Infinity)) continue;
        effects.push(fault.effect);
        if (fault.effect.kind !== 'delay') break;
      }
      return effects;
    },
  };
};

/** What a fault does below HTTP; concerns the whole connection, so the whole `$batch` when it hits an inner request. */
export interface Transport {
  readonly delayMs: number;
  readonly fate: 'answer' | 'hang' | 'dropConnection' | 'truncateBody';
}

export const goodTransport: Transport = { delayMs: 0, fate: 'answer' };

/** The sum of delays, and the first fate that is no plain answer. */
export const worstTransport = (transports: readonly Transport[]): Transport => ({
  delayMs: transports.reduce((sum, { delayMs }) => sum + delayMs, 0),
  fate: transports.find(({ fate }) => fate !== 'answer')?.fate ?? 'answer',
});

export const transportOf = (effects: readonly FaultEffect[]): Transport =>
  worstTransport(
    effects.map((effect) => {
      switch (effect.kind) {
        case 'delay':
          return { delayMs: effect.ms, fate: 'answer' };
        case 'hang':
        case 'dropConnection':
        case 'truncateBody':
          return { delayMs: 0, fate: effect.kind };
        case 'applyThenDrop':
          return { delayMs: 0, fate: 'dropConnection' };
        case 'error':
        case 'noValue':
        case 'emptyPage':
        case 'loopingNextLink':
        case 'nullProperties':
          return goodTransport;
      }
    }),
  );

const usualMessages: Readonly<Record<number, string>> = {
  401: 'Access token has expired or is not yet valid.',
  403: 'Insufficient privileges to complete the operation.',
  410: 'Resync required. Replace any local items with the server state.',
  429: 'Please retry again later.',
  503: 'The service is temporarily unavailable.',
};

/** Headers that Graph adds to some errors by itself. */
const errorHeaders = (
  effect: FaultEffect & { kind: 'error' },
  request: Pick<GraphRequest, 'baseUrl' | 'segments'>,
): Record<string, string> => ({
  ...(effect.retryAfterSeconds === undefined ? {} : { 'Retry-After': String(effect.retryAfterSeconds) }),
  ...(effect.status === 429 ? { 'x-ms-throttle-information': 'ResourceUnitLimitExceeded' } : {}),
  ...(effect.status === 410
    ? { Location: `${request.baseUrl}/${request.segments.join('/')}?$deltatoken=` }
    : {}),
});

/** The error that replaces the answer, if the effects hold one. */
export const scriptedError = (
  effects: readonly FaultEffect[],
  request: GraphRequest,
  nowMs: number,
): GraphResponse | undefined => {
  const effect = effects.find((candidate) => candidate.kind === 'error');
  if (effect === undefined) return undefined;
  const { status, code } = effect;
  const message = effect.message ?? usualMessages[status] ?? 'An error was scripted into the sandbox.';
  return errorResponse({ status, code, message, headers: errorHeaders(effect, request) }, request, nowMs);
};

type Body = Record<string, unknown>;

const without = (body: Body, name: string): Body =>
  Object.fromEntries(Object.entries(body).filter(([key]) => key !== name));

const withNullProperties = (item: unknown): unknown =>
  typeof item === 'object' && item !== null
    ? Object.fromEntries(
        Object.entries(item).map(([name, value]) => [
          name,
          name === 'id' || name.startsWith('@odata.') ? value : null,
        ]),
      )
    : item;

const spoilers: Readonly<Partial<Record<FaultEffect['kind'], (body: Body, ownUrl: string) => Body>>> = {
  noValue: (body) => without(body, 'value'),
  emptyPage: (body) => ({ ...without(body, '@odata.nextLink'), value: [] }),
  loopingNextLink: (body, ownUrl) => ({ ...body, '@odata.nextLink': ownUrl }),
  nullProperties: (body) =>
    Array.isArray(body['value'])
      ? { ...body, value: body['value'].map(withNullProperties) }
      : (withNullProperties(body) as Body),
};

const ownUrlOf = (request: GraphRequest): string => {
  const query = [...request.query].map(([name, text]) => `${name}=${encodeURIComponent(text)}`).join('&');
  return `${request.baseUrl}/${request.segments.map(encodeURIComponent).join('/')}${query === '' ? '' : `?${query}`}`;
};

/** A good answer, spoiled as the effects say. */
export const spoil = (
  response: GraphResponse,
  effects: readonly FaultEffect[],
  request: GraphRequest,
): GraphResponse => {
  if (response.status !== 200 || typeof response.body !== 'object' || response.body === null) return response;
  let body: Body = { ...response.body };
  for (const effect of effects) body = spoilers[effect.kind]?.(body, ownUrlOf(request)) ?? body;
  return { ...response, body };
};
