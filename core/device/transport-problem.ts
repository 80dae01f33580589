import { isProblem, Problem } from '../problem.ts';
import { cleanText } from './clean-text.ts';

/** What was under way when the transport failed. */
export interface Attempt {
  place: string;
  /** Whether it may have changed something on the device. */
  writes: boolean;
  /** The caller's signal, not that of a time limit. */
  signal: AbortSignal | undefined;
}

const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|DEPTH_ZERO|HOSTNAME_MISMATCH|INVALID_CA|PATH_LENGTH/;
/** Failures from before a connection stands: nothing was sent. */
const UNCONNECTED: Record<string, string> = {
  ECONNREFUSED: 'nothing answers at this address and port',
  ENOTFOUND: 'its name is not known',
  EAI_AGAIN: 'its name could not be looked up',
  EHOSTUNREACH: 'there is no way to this host',
  ENETUNREACH: 'there is no way to this network',
  UND_ERR_CONNECT_TIMEOUT: 'no connection within the time limit',
};
/** Failures once the connection stood. */
const CUT: Record<string, string> = {
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed',
  ETIMEDOUT: 'the connection timed out',
  UND_ERR_SOCKET: 'the connection was closed in the middle',
  UND_ERR_HEADERS_TIMEOUT: 'no answer within the time limit',
  UND_ERR_BODY_TIMEOUT: 'the answer stopped in the middle',
  UND_ERR_ABORTED: 'no whole answer within the time limit',
  ABORT_ERR: 'no whole answer within the time limit',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'the answer was cut',
};

export const codeOf = (error: unknown): string => {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
};

/** Whether a failure is one that a repetition may get over: no time limit, which would only be waited for again. */
export const isPassing = (error: unknown): boolean =>
  ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'EAI_AGAIN', 'UND_ERR_SOCKET'].includes(codeOf(error));

export const cancelled = (place: string, writes: boolean): Problem =>
  new Problem({
    kind: 'cancelled',
    place,
    cause: writes ? 'it was cancelled; whether the change was made is not known' : 'it was cancelled',
    remedy: writes ? 'Look at the device, then start it again' : 'Start it again',
  });

/** A failed connection or a cut exchange as a {@link Problem}: unreachable, untrusted, unexpected or cancelled. */
export function transportProblem(error: unknown, attempt: Attempt): Problem {
  if (isProblem(error)) return error;
  const { place, writes } = attempt;
  if (attempt.signal?.aborted) return cancelled(place, writes);
  const code = codeOf(error);
  const because = { cause: error };
  if (CERTIFICATE.test(code)) return certificateProblem(code, place, because);
  if (nameOf(error) === 'HTTPParserError' || code === 'UND_ERR_HEADERS_OVERFLOW') {
    return new Problem(
      {
        kind: 'unexpected',
        place,
        cause: 'the answer is not HTTP as a NetHSM speaks it',
        remedy: 'Check that address and port are those of a NetHSM, without a proxy in between',
      },
      because,
    );
  }
  const unconnected =
    UNCONNECTED[code] ?? (code.startsWith('ERR_SSL') || code === 'EPROTO' ? 'TLS could not be agreed' : undefined);
  if (unconnected !== undefined) {
    return new Problem(
      {
        kind: 'unreachable',
        place,
        cause: `${unconnected}; nothing was sent`,
        remedy: 'Check the address, the network and that the device is on',
      },
      because,
    );
  }
  const cause =
    CUT[code] ??
    (isTimeLimit(error)
      ? 'no whole answer within the time limit'
      : `the connection failed (${cleanText(code || 'no code', 40)})`);
  return new Problem(
    {
      kind: 'unreachable',
      place,
      cause: writes ? `${cause}; whether the change was made is not known` : cause,
      remedy: writes
        ? 'Read the device before repeating it; check network and load'
        : 'Check the network and that the device is up, then repeat',
    },
    because,
  );
}

const nameOf = (error: unknown): unknown => (error as { name?: unknown } | null)?.name;
const isTimeLimit = (error: unknown): boolean => nameOf(error) === 'TimeoutError';

function certificateProblem(code: string, place: string, because: { cause: unknown }): Problem {
  const cause =
    code === 'ERR_TLS_CERT_ALTNAME_INVALID'
      ? 'its certificate is for another name'
      : code === 'CERT_HAS_EXPIRED'
        ? 'its certificate has expired'
        : `its certificate is not signed by a CA that is trusted here (${code})`;
  return new Problem(
    {
      kind: 'untrusted',
      place,
      cause: `${cause}; nothing was sent`,
      remedy:
        'A NetHSM signs its own certificate by default: pin its public key (tls.pins), or name the CA that signed it (tls.ca)',
    },
    because,
  );
}
