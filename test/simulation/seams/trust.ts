/** Connections for restores: who is at the other end is not under test here, `test/device/trust.test.ts` does that. */
import { connected } from '../network/send.ts';

export const LOOPBACK_PIN = 'loopback-http';
export const knownConnector = (address: { origin: string }) => address;
export const checkedConnector = knownConnector;
export const untrusted = (): never => {
  throw new Error('nobody is examined in this world');
};

export const openSocket = async (_connector: unknown, address: { origin: string }) => {
  await connected(address.origin);
  return { origin: address.origin, destroy: () => {} };
};
