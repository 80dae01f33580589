import { Problem, type ProblemKind } from '../problem.ts';
import { ENDPOINTS, type EndpointName } from './endpoints.ts';

/** An answer that is no success, and what is known around it. */
export interface Refusal {
  place: string;
  status: number;
  /** The device's own words, cleaned; empty when it had none. */
  message: string;
  /** The same without any secret that it sent back. */
  shown: string;
  html: boolean;
  /** Who asked; undefined without a credential. */
  user: string | undefined;
  endpoint: EndpointName;
  /** The state of the device, looked up after a 412 `Service not available`. */
  state?: string | undefined;
  /** Whether this process sent the node a restore body before. */
  restored: boolean;
}

/** What a device says, word for word, when it is not in the state that an endpoint needs. */
export const NOT_AVAILABLE = 'Service not available';

/** The words with which a device refuses an unlock (recording 01) or a current backup passphrase (recording 09). */
export const WRONG_SECRET = /^not authenticated$|passphrase is incorrect/;

type Outcome = [ProblemKind, cause: string, remedy: string];

const PROXY = 'Check that the address is that of one node of the device, without a proxy or load balancer in between';

/** A refused request as a {@link Problem}; the recordings say which status means what. */
export function statusProblem(refusal: Refusal): Problem {
  const [kind, cause, remedy] = outcome(refusal);
  const said = refusal.shown === '' ? '' : ` (it said: ${refusal.shown})`;
  return new Problem({ kind, place: refusal.place, cause: `${cause}${said}`, remedy });
}

function outcome(refusal: Refusal): Outcome {
  const { status, message, user } = refusal;
  const who = user ?? 'nobody';
  if (refusal.html) return ['unexpected', `something that is no NetHSM answered ${status} with a web page`, PROXY];
  if (status >= 300 && status < 400)
    return ['unexpected', `it answered ${status} and points elsewhere; that was not followed`, PROXY];
  switch (status) {
    case 400:
      return /already exists/.test(message)
        ? ['exists', 'there is one of this id already', 'Choose another id, or look at what is there']
        : ['invalid', 'the device did not accept the request', 'Correct what it names and repeat'];
    case 401:
      return user === undefined
        ? ['unauthorised', 'the device wants a log-in', 'Name a credential for this']
        : [
            'unauthorised',
            `the device does not accept user and passphrase of ${who}`,
            'Correct them; it is not tried again with this passphrase',
          ];
    case 403:
      if (WRONG_SECRET.test(message)) return wrongSecret(refusal.endpoint);
      return ['forbidden', `${who} may not do this`, 'Use a user with the right role, in the right namespace'];
    case 404:
      return ['not-found', 'there is no such thing on the device', 'Check the id and the namespace of the user'];
    case 409:
      return ['exists', 'there is one already', 'Look at what is there; remove or keep it'];
    case 412:
      return preconditionOutcome(refusal);
    case 429:
      return [
        'throttled',
        'the device punishes a wrong passphrase, of us or of somebody behind the same address',
        'Wait some seconds; find out who uses a wrong passphrase',
      ];
    case 500:
      return serverErrorOutcome(refusal);
    case 503:
      return ['busy', 'the device is busy', 'Repeat it later'];
    case 502:
    case 504:
      return ['unreachable', `something in between answered ${status}`, PROXY];
    default:
      return ['unexpected', `it answered ${status}`, 'Check that its release is one that this program knows'];
  }
}

function wrongSecret(endpoint: EndpointName): Outcome {
  return endpoint === 'unlock'
    ? [
        'unauthorised',
        'this passphrase does not unlock the device',
        'Use the unlock passphrase that belongs to its Domain Key: after a restore, that of the device which the backup came from',
      ]
    : ['unauthorised', 'the current passphrase is another one', 'Correct it; it is not tried again with this one'];
}

function preconditionOutcome({ message, state, endpoint }: Refusal): Outcome {
  if (message === NOT_AVAILABLE) {
    switch (state) {
      case 'Locked':
        return ['locked', 'the device is locked', 'Unlock it with its unlock passphrase'];
      case 'Failed':
        return [
          'failed',
          'the device has failed, or its cluster has no quorum',
          'Look at the device and the other nodes of its cluster',
        ];
      case 'Unprovisioned':
        return [
          'precondition',
          'the device is not provisioned',
          'Provision it, or pair it with the device it shall replace',
        ];
      case 'Operational':
        return endpoint === 'unlock'
          ? ['precondition', 'the device is operational already', 'Nothing needs to be done']
          : ['busy', 'the device was not ready and is operational now', 'Repeat it'];
      default:
        return ['failed', 'the device is in no state to do this', 'Look at its state at the device'];
    }
  }
  return message === ''
    ? ['precondition', 'it was changed by somebody else meanwhile', 'Read it again and decide anew']
    : ['precondition', 'the device is not set up for this', 'Do first what it asks for'];
}

function serverErrorOutcome({ message, endpoint, restored }: Refusal): Outcome {
  if (message.startsWith('Could not read from database')) {
    return [
      'unreadable',
      'the device holds this but can not open it: it was sealed under another Domain Key or another path',
      'Compare the domains of both devices (doctor); a key like that can be deleted',
    ];
  }
  if (ENDPOINTS[endpoint][2] === 'write' && restored) {
    return writeBlocked('it fails on a write after a restore body was sent');
  }
  return ['unexpected', 'the device failed', 'Look into its log; if writes go on failing while reads work, run doctor'];
}

/** The outcome for a device that answers reads but no writes. */
export const writeBlocked = (cause: string): Outcome => [
  'write-blocked',
  `${cause}: the device is write-blocked`,
  'Stop sending it anything; look whether a restore is under way (reads go on meanwhile), let it end, or have a whole backup restored as a proper file: only a finished restore ends it',
];
