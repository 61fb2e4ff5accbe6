// A wire on loopback that can be cut: connections break, and new ones are refused until it is mended.

import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';

export interface TcpProxy {
  readonly url: string;
  cut(): Promise<void>;
  mend(): Promise<void>;
}

const listen = (server: Server, port: number): Promise<number> =>
  new Promise((done, failed) => {
    server.once('error', failed);
    server.listen(port, '127.0.0.1', () => done((server.address() as AddressInfo).port));
  });

export const startProxy = async (target: string): Promise<TcpProxy> => {
  const port = Number(new URL(target).port);
  const sockets = new Set<Socket>();
  const join = (near: Socket): void => {
    const far = connect(port, '127.0.0.1');
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  };
  let server = createServer(join);
  const own = await listen(server, 0);
  return {
    url: `http://127.0.0.1:${own}`,
    cut: async () => {
      const closed = new Promise((done) => server.close(done));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    mend: async () => {
      server = createServer(join);
      await listen(server, own);
    },
  };
};
