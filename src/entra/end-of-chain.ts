// The end of the Graph client's middleware chain: sends the request, and leaves the answer in its `GraphCall`.

import type { Middleware } from '@microsoft/microsoft-graph-client';
import { AppError } from '../domain/errors.ts';
import { GraphCall } from './graph-call.ts';
import type { SendToGraph } from './https.ts';

export const endOfChain = (send: SendToGraph): Middleware => ({
  execute: async ({ request, options, middlewareControl }) => {
    const call = middlewareControl?.getMiddlewareOptions(GraphCall);
    const { method = 'GET', headers, body, signal } = options ?? {};
    if (!(call instanceof GraphCall) || typeof request !== 'string' || !signal || typeof body !== 'string')
      throw new AppError('invalid', 'a graph request that is none of ours');
    call.answer = await send({
      url: request,
      method,
      headers: headers as Record<string, string>,
      body,
      signal,
    });
  },
});
