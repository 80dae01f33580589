import { refuse } from '../answer.ts';
import { refuseSchema } from '../call.ts';
import { toBig } from '../numbers.ts';
import { base64Error } from './base64.ts';
import { curveMaterial, edMaterial, type Material, rawMaterial, rsaMaterial } from './material.ts';
import { rsaFromPrimes } from './rsa.ts';
import { CURVES, isCurveType, type KeyType } from './types.ts';

const PRIV = 'Json.private_key_req.priv';

function bytes(value: unknown): Buffer {
  if (typeof value !== 'string') return refuseSchema(PRIV);
  const error = base64Error(value);
  return error === undefined ? Buffer.from(value, 'base64') : refuse(400, error);
}

/** The material of an imported key; refuses what does not fit its type. */
export function importMaterial(type: KeyType, value: unknown): Material {
  if (typeof value !== 'object' || value === null) return refuseSchema(PRIV);
  const { data, primeP, primeQ, publicExponent } = value as Record<string, unknown>;
  if (type === 'RSA') return rsaMaterial(rsaFromPrimes(bytes(primeP), bytes(primeQ), bytes(publicExponent)));
  const secret = bytes(data);
  if (type === 'Generic') return rawMaterial(secret);
  if (type === 'Curve25519') return secret.length === 32 ? edMaterial(secret) : refuse(400, 'invalid key length');
  if (!isCurveType(type)) return refuseSchema('Json.key_type');
  const curve = CURVES[type];
  const scalar = toBig(secret);
  if (secret.length !== curve.size || scalar === 0n || scalar >= curve.order) refuse(400, 'invalid private key');
  return curveMaterial(curve, secret);
}
