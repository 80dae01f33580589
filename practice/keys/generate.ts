import { generateKeyPair, type KeyObject, randomBytes } from 'node:crypto';
import { refuse } from '../answer.ts';
import { randomScalar } from './curve-signing.ts';
import { curveMaterial, edMaterial, type Material, rawMaterial, rsaMaterial } from './material.ts';
import { CURVES, isCurveType, type KeyType } from './types.ts';

/** Refuses lengths that the device refuses (recording 04). */
export function checkLength(type: KeyType, length: unknown): void {
  const bits = typeof length === 'number' ? length : 0;
  if (type === 'RSA' && (bits < 1024 || bits > 8192)) refuse(400, 'RSA key length must be between 1024 and 8192.');
  if (type === 'Generic' && (bits < 128 || bits > 8192)) refuse(400, 'Length must be between 128 and 8192.');
}

/** Fresh material; an RSA key takes its time, in the thread pool. */
export async function generateMaterial(type: KeyType, length: number): Promise<Material> {
  if (type === 'RSA') return rsaMaterial(await generateRsa(length));
  if (type === 'Generic') return rawMaterial(randomBytes(Math.ceil(length / 8)));
  if (type === 'Curve25519') return edMaterial(randomBytes(32));
  if (!isCurveType(type)) return refuse(400, 'Mechanism does not match key type');
  return curveMaterial(CURVES[type], randomScalar(CURVES[type]));
}

function generateRsa(modulusLength: number): Promise<KeyObject> {
  return new Promise((resolve, reject) => {
    generateKeyPair('rsa', { modulusLength }, (error, _public, privateKey) =>
      error ? reject(error) : resolve(privateKey),
    );
  });
}
