// An HTTP server that answers requests of AWS's Query and JSON protocols as a test scripts them: for answers that a real
// cloud would never give.

import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';

export interface ScriptedRequest {
  readonly action: string;
  /** Of the Query protocol. */
  readonly parameters: URLSearchParams;
  /** Of the JSON protocol, which names the action in a header. */
  readonly isJson: boolean;
  /** From the signature. */
  readonly accessKeyId: string;
}

export interface ScriptedAnswer {
  readonly status?: number;
  /** XML inside of `<ActionResult>`, or JSON; with `raw`, the whole body. */
  readonly body?: string;
  readonly raw?: boolean;
  readonly requestId?: boolean;
  readonly code?: string;
  readonly message?: string;
  /** `hang`: never answers. `drop`: cuts the connection. `hangBody`: sends the head and half of the body. */
  readonly how?: 'hang' | 'drop' | 'hangBody';
}

export interface ScriptedAws {
  readonly url: string;
  readonly requests: ScriptedRequest[];
  /** How many are open. */
  connections(): Promise<number>;
  stop(): Promise<void>;
}

const errorBody = (code: string, message: string): string =>
  `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>r-1</RequestId></ErrorResponse>`;

const jsonBodyOf = ({ code, message, body }: ScriptedAnswer): string =>
  code === undefined
    ? (body ?? '{}')
    : JSON.stringify({ __type: code, message: message ?? 'said the service' });

const bodyOf = ({ action, isJson }: ScriptedRequest, answer: ScriptedAnswer): string => {
  if (answer.raw === true) return answer.body ?? '';
  if (isJson) return jsonBodyOf(answer);
  if (answer.code !== undefined) return errorBody(answer.code, answer.message ?? 'said the service');
  return `<${action}Response><${action}Result>${answer.body ?? ''}</${action}Result><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></${action}Response>`;
};

const send = (response: ServerResponse, request: ScriptedRequest, answer: ScriptedAnswer): void => {
  if (answer.how === 'hang') return;
  if (answer.how === 'drop') {
    response.destroy();
    return;
  }
  const status = answer.status ?? (answer.code === undefined ? 200 : 400);
  const head = { 'content-type': request.isJson ? 'application/x-amz-json-1.1' : 'text/xml' };
  response.writeHead(status, answer.requestId === false ? head : { ...head, 'x-amzn-requestid': 'r-1' });
  const body = bodyOf(request, answer);
  if (answer.how === 'hangBody') response.write(body.slice(0, body.length / 2));
  else response.end(body);
};

/** `answer` gets each request with its number among those of the same action, from 1. */
export const startScriptedAws = async (
  answer: (request: ScriptedRequest, nth: number) => ScriptedAnswer,
): Promise<ScriptedAws> => {
  const requests: ScriptedRequest[] = [];
  const server = createServer((incoming, response) => {
    let body = '';
    incoming.setEncoding('utf8');
    incoming.on('data', (part: string) => {
      body += part;
    });
    incoming.on('end', () => {
      const target = incoming.headers['x-amz-target'];
      const isJson = typeof target === 'string';
      const parameters = new URLSearchParams(isJson ? '' : body);
      const action = isJson ? (target.split('.')[1] ?? '') : (parameters.get('Action') ?? '');
      const accessKeyId = /Credential=([^/]+)/.exec(incoming.headers.authorization ?? '')?.[1] ?? '';
      const request = { action, parameters, isJson, accessKeyId };
      requests.push(request);
      const nth = requests.filter((each) => each.action === action).length;
      send(response, request, answer(request, nth));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    connections: promisify(server.getConnections.bind(server)),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
