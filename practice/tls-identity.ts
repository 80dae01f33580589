import { createHash, createPrivateKey, createPublicKey } from 'node:crypto';
import { selfSigned } from './certificate.ts';
import { pem } from './der.ts';
import { randomScalar } from './keys/curve-signing.ts';
import { curveMaterial } from './keys/material.ts';
import { CURVES } from './keys/types.ts';

/** A node's TLS key and certificate, in PEM, and its pin. */
export interface TlsIdentity {
  key: string;
  certificate: string;
  /** `sha256:` and the hex SHA-256 of the public key (SPKI). */
  pin: string;
}

/** A fresh P-256 key with its self-signed certificate, named as the device's is. */
export function createTlsIdentity(): TlsIdentity {
  const material = curveMaterial(CURVES.EC_P256, randomScalar(CURVES.EC_P256));
  const key = 'PEM' in material ? material.PEM : '';
  const certificate = selfSigned(createPrivateKey(key), 'keyfender');
  return { key, certificate: pem('CERTIFICATE', certificate), pin: pinOf(key) };
}

/** The pin of a private key's public half. */
export function pinOf(key: string): string {
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' });
  return `sha256:${createHash('sha256').update(spki).digest('hex')}`;
}
