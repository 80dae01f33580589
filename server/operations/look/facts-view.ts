import { createHash, X509Certificate } from 'node:crypto';
import type { KeyFacts } from '../../../core/key-facts.ts';
import type { KeyFactsView } from '../protocol.ts';

/** What the editor shows of a key. */
export function factsView({
  type,
  mechanisms,
  tags,
  label,
  operations,
  certificate,
  public: shown,
}: KeyFacts): KeyFactsView {
  return {
    type,
    mechanisms: [...mechanisms].sort(),
    tags: [...tags].sort(),
    ...(label !== undefined && { label }),
    operations,
    ...(certificate && {
      certificate: { contentType: certificate.contentType, bytes: certificate.data.length, ...read(certificate.data) },
    }),
    ...(shown && { fingerprint: fingerprintOf(shown) }),
  };
}

/** SHA-256 over the public part, as people compare it: `sha256:3f2a…`. */
export function fingerprintOf(shown: NonNullable<KeyFacts['public']>): string {
  const hash = createHash('sha256');
  if ('data' in shown) hash.update(Buffer.from(shown.data, 'base64'));
  else hash.update(Buffer.from(shown.modulus, 'base64')).update(Buffer.from(shown.publicExponent, 'base64'));
  return `sha256:${hash.digest('hex')}`;
}

/** A device stores any bytes as a certificate; only an X.509 one says until when it is valid. */
function read(data: Buffer): { subject?: string; validTo?: number } {
  try {
    const certificate = new X509Certificate(data);
    return {
      subject: certificate.subject.replaceAll('\n', ', ').slice(0, 300),
      validTo: Date.parse(certificate.validTo),
    };
  } catch {
    return {};
  }
}
