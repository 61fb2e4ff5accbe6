// HTTP for Git, within limits: one time limit and one budget of bytes for all requests of a load. Nothing is redirected,
// since credentials are for the host of the config only.

import type { GitHttpRequest, GitHttpResponse, HttpClient } from 'isomorphic-git';
import { AppError } from '../../domain/errors.ts';
import type { GitOrigin } from '../../domain/policy.ts';
import { thousands } from '../words.ts';
import { gitFailure, networkFailure, statusFailure } from './git-failure.ts';

export interface Exchange {
  /** What the library asks with. Any answer but 200 is an error here already. */
  readonly client: HttpClient;
  /** The first thing that went wrong: the library takes some errors in a body for its end. */
  problem(): AppError | undefined;
}

export interface ExchangeOptions {
  readonly origin: GitOrigin;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

const bodyOf = async ({ body }: GitHttpRequest): Promise<Uint8Array<ArrayBuffer> | undefined> => {
  if (body === undefined) return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
};

export const openExchange = ({ origin, maxBytes, signal }: ExchangeOptions): Exchange => {
  let problem: AppError | undefined;
  let bytes = 0;

  const note = (error: unknown): AppError => {
    // An abort has its own reason, which whoever aborted knows.
    problem ??= error instanceof AppError ? error : networkFailure(origin, 'the server', error);
    return problem;
  };

  const tooMuch = (): AppError =>
    gitFailure(
      origin,
      'invalid',
      `more than ${thousands(maxBytes)} bytes would have to be downloaded; keep policies in a repository of their own, or check it out beside the controller and use spec.policies.directory`,
      { code: 'tooLarge' },
    );

  const counted = async function* (stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of stream) {
        bytes += chunk.byteLength;
        if (bytes > maxBytes) throw tooMuch();
        yield chunk;
      }
    } catch (error) {
      throw note(error);
    }
  };

  const request = async (asked: GitHttpRequest): Promise<GitHttpResponse> => {
    const { url, method = 'GET', headers = {} } = asked;
    const body = await bodyOf(asked);
    const response = await fetch(url, {
      method,
      headers: { ...headers, 'user-agent': 'rolewarden' },
      redirect: 'manual',
      signal,
      ...(body === undefined ? {} : { body }),
    }).catch((error: unknown) => {
      throw note(error);
    });
    const { status, statusText } = response;
    if (status !== 200) {
      await response.body?.cancel().catch(() => undefined);
      throw note(statusFailure(origin, status, response.headers.get('location') ?? undefined));
    }
    return {
      url,
      method,
      statusCode: status,
      statusMessage: statusText,
      headers: Object.fromEntries(response.headers),
      ...(response.body === null ? {} : { body: counted(response.body) }),
    };
  };

  return { client: { request }, problem: () => problem };
};
