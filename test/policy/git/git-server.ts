// A Git server on loopback that speaks smart HTTP: git's own http-backend behind a small server that can be made to fail.

import { spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What happens to requests from now on, until another fault takes its place. */
export type GitFault =
  | { readonly kind: 'none' }
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** A page for people, with 200, as servers give that want a sign-in. */
  | { readonly kind: 'page' }
  /** Never answers. */
  | { readonly kind: 'hang' }
  /** The answer ends after so many bytes: `cut` with the connection, `short` as if that were all. */
  | { readonly kind: 'cut' | 'short'; readonly afterBytes: number }
  /** One byte of the answer is another one, at this part of its length. */
  | { readonly kind: 'flip'; readonly at: number; readonly bits: number }
  /** This pack in the place of any other. */
  | { readonly kind: 'pack'; readonly pack: Uint8Array }
  /** A packet line of this text in the place of the answer. */
  | { readonly kind: 'says'; readonly text: string }
  /** Progress messages without end. */
  | { readonly kind: 'endless' };

/** The address of refs, the refs themselves (version 2 of the protocol), or a pack. */
export type GitRequest = 'discovery' | 'refs' | 'pack';

export interface ServedGit {
  readonly what: GitRequest;
  readonly status: number;
  readonly authorization: string | undefined;
}

export interface GitServer {
  /** The address of the repository. */
  readonly url: string;
  readonly origin: string;
  /** `only`: to these requests. */
  setFault(fault: GitFault, only?: GitRequest): void;
  /** The value of the Authorization header that is accepted; undefined: everybody. */
  setAuthorization(value: string | undefined): void;
  readonly served: ServedGit[];
  stop(): Promise<void>;
}

export interface GitServerOptions {
  readonly root: string;
  readonly name: string;
  readonly port?: number;
  /** Knows the first version of the protocol only, as Azure DevOps does. */
  readonly isOld?: true;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const bodyOf = async (message: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

/** What `git http-backend` answers, a CGI program. */
const backend = async (
  { root, isOld }: GitServerOptions,
  request: IncomingMessage,
  url: URL,
  body: Buffer,
): Promise<Answer> => {
  const header = (name: string): string => String(request.headers[name] ?? '');
  const child = spawn('git', ['http-backend'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: {
      ...process.env,
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_PROTOCOL: isOld === true ? '' : header('git-protocol'),
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method ?? '',
      CONTENT_TYPE: header('content-type'),
      HTTP_CONTENT_ENCODING: header('content-encoding'),
    },
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(body);
  const chunks: Buffer[] = [];
  for await (const chunk of child.stdout) chunks.push(chunk as Buffer);
  const output = Buffer.concat(chunks);
  const end = output.indexOf('\r\n\r\n');
  const headers = Object.fromEntries(
    output
      .subarray(0, end)
      .toString()
      .split('\r\n')
      .map((line) => [
        line.slice(0, line.indexOf(':')).toLowerCase(),
        line.slice(line.indexOf(':') + 1).trim(),
      ]),
  );
  const { status = '200', ...others } = headers;
  return { status: Number(status.slice(0, 3)), headers: others, body: output.subarray(end + 4) };
};

const packetLine = (content: string | Uint8Array): Buffer => {
  const bytes = Buffer.from(content as string);
  return Buffer.concat([Buffer.from((bytes.byteLength + 4).toString(16).padStart(4, '0')), bytes]);
};

/** As upload-pack sends it: in pieces, beside progress messages. */
const packAnswer = (pack: Uint8Array): Buffer => {
  const pieces = Array.from({ length: Math.ceil(pack.byteLength / 60_000) }, (_, index) =>
    packetLine(Buffer.concat([Buffer.from([1]), pack.subarray(index * 60_000, (index + 1) * 60_000)])),
  );
  return Buffer.concat([packetLine('NAK\n'), ...pieces, Buffer.from('0000')]);
};

const send = (response: ServerResponse, { status, headers, body }: Answer): void => {
  response.writeHead(status, { ...headers, 'content-length': body.byteLength });
  response.end(body);
};

const respond = (response: ServerResponse, answer: Answer, fault: GitFault): void => {
  switch (fault.kind) {
    case 'none':
      send(response, answer);
      break;
    case 'status':
      response.writeHead(fault.status, fault.headers).end(`secret words of the server`);
      break;
    case 'page':
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>sign in</html>');
      break;
    case 'hang':
      break;
    case 'cut':
      response.writeHead(answer.status, { ...answer.headers, 'content-length': answer.body.byteLength });
      response.write(answer.body.subarray(0, fault.afterBytes), () => response.destroy());
      break;
    case 'short':
      send(response, { ...answer, body: answer.body.subarray(0, fault.afterBytes) });
      break;
    case 'flip': {
      const body = Buffer.from(answer.body);
      const at = Math.floor(fault.at * body.byteLength);
      body.writeUInt8(body.readUInt8(at) ^ fault.bits, at);
      send(response, { ...answer, body });
      break;
    }
    case 'pack':
      send(response, { ...answer, body: packAnswer(fault.pack) });
      break;
    case 'says':
      send(response, { ...answer, body: packetLine(fault.text) });
      break;
    case 'endless': {
      response.writeHead(answer.status, answer.headers);
      const progress = packetLine(Buffer.alloc(60_000, 2));
      const more = (): void => {
        if (!response.destroyed) response.write(progress, () => setImmediate(more));
      };
      more();
      break;
    }
  }
};

const listen = (server: Server, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });

export const startGitServer = async (options: GitServerOptions): Promise<GitServer> => {
  const { name, port = 0 } = options;
  let fault: GitFault = { kind: 'none' };
  let faultOnly: GitRequest | undefined;
  let wanted: string | undefined;
  const served: ServedGit[] = [];

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const { authorization } = request.headers;
    const body = await bodyOf(request);
    const what = url.pathname.endsWith('/info/refs')
      ? 'discovery'
      : body.includes('command=ls-refs')
        ? 'refs'
        : 'pack';
    const isAllowed = wanted === undefined || authorization === wanted;
    const now: GitFault = faultOnly === undefined || faultOnly === what ? fault : { kind: 'none' };
    const answer: Answer = isAllowed
      ? await backend(options, request, url, body)
      : { status: 401, headers: { 'www-authenticate': 'Basic realm="git"' }, body: Buffer.alloc(0) };
    served.push({ what, status: now.kind === 'status' ? now.status : answer.status, authorization });
    respond(response, answer, now);
  };
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  const origin = `http://127.0.0.1:${await listen(server, port)}`;
  return {
    url: `${origin}/${name}`,
    origin,
    setFault: (next, only) => {
      fault = next;
      faultOnly = only;
    },
    setAuthorization: (value) => {
      wanted = value;
    },
    served,
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
};
