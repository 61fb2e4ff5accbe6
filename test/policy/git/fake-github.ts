// The one request of GitHub's REST API that an app needs, checked as GitHub checks it.

import { type KeyObject, verify } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FakeGitHub {
  readonly url: string;
  /** What was asked for, as JSON. */
  readonly asked: unknown[];
  /** The next tokens end at this moment. */
  setEnd(atMs: number): void;
  /** The answer of each request from now on; undefined: as it should be. */
  setAnswer(answer: { readonly status: number; readonly body: string } | undefined): void;
  stop(): Promise<void>;
}

export interface FakeGitHubOptions {
  readonly appId: string;
  readonly installationId: string;
  readonly publicKey: KeyObject;
  readonly now: () => number;
}

/** The token that is given out as the `n`th. */
export const installationToken = (n: number): string => `ghs_${n}secret`;

const textOf = async (message: IncomingMessage): Promise<string> => {
  let text = '';
  for await (const chunk of message) text += String(chunk);
  return text;
};

/** Whether GitHub would know the app by this header: docs.github.com, "Generating a JSON Web Token for a GitHub App". */
const isKnown = (header: string | undefined, { appId, publicKey, now }: FakeGitHubOptions): boolean => {
  const [head = '', claims = '', signature = ''] = (header ?? '').replace(/^Bearer /, '').split('.');
  if (!verify('sha256', Buffer.from(`${head}.${claims}`), publicKey, Buffer.from(signature, 'base64url')))
    return false;
  const { alg } = JSON.parse(Buffer.from(head, 'base64url').toString()) as { alg: string };
  const { iat, exp, iss } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as {
    iat: number;
    exp: number;
    iss: string;
  };
  const seconds = now() / 1_000;
  return alg === 'RS256' && iss === appId && iat <= seconds && exp > seconds && exp - seconds <= 600;
};

export const startFakeGitHub = async (options: FakeGitHubOptions): Promise<FakeGitHub> => {
  const asked: unknown[] = [];
  let endsAtMs = options.now() + 3_600_000;
  let answer: { readonly status: number; readonly body: string } | undefined;
  const server = createServer((request, response) => {
    void textOf(request).then((text) => {
      asked.push(JSON.parse(text));
      const path = `/api/v3/app/installations/${options.installationId}/access_tokens`;
      const status = !isKnown(request.headers.authorization, options)
        ? 401
        : request.url === path
          ? 201
          : 404;
      const token = { token: installationToken(asked.length), expires_at: new Date(endsAtMs).toISOString() };
      const { status: told, body } = answer ?? {
        status,
        body: status === 201 ? JSON.stringify(token) : '{}',
      };
      response.writeHead(told, { 'content-type': 'application/json' }).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v3`,
    asked,
    setEnd: (atMs) => {
      endsAtMs = atMs;
    },
    setAnswer: (next) => {
      answer = next;
    },
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
};
