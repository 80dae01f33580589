import type { Device } from '../device/device.ts';
import { readState } from '../device/health.ts';
import { APPENDED_MESSAGE, postRestore } from '../device/restore.ts';
import type { Session } from '../device/session.ts';
import { isProblem, Problem } from '../problem.ts';
import { buildAppendBody } from './append-body.ts';
import type { SealedEntry } from './sealed-entry.ts';
import type { Target } from './target.ts';

/** Appends that are under way, by device: it refuses a second one (500), so ours wait for each other. */
const underWay = new WeakMap<Device, Promise<unknown>>();

function inTurn<T>({ device }: Session, work: () => Promise<T>): Promise<T> {
  const turn = (underWay.get(device) ?? Promise.resolve()).then(work);
  underWay.set(
    device,
    turn.catch(() => {}),
  );
  return turn;
}

/**
 * Sends entries to a device as one append, and waits for its end whatever happens: it is never aborted (hazard 6).
 * Gives undefined when the device answered as it should, else the Problem; either way the entries may be there and
 * must be read back.
 */
export async function append(target: Target, entries: readonly SealedEntry[]): Promise<Problem | undefined> {
  const { session } = target;
  const credential = await session.administrator();
  const body = buildAppendBody(target.pair, entries);
  try {
    const answer = await inTurn(session, () => postRestore(session.node, credential, body));
    if (answer.status === 400 && answer.message === APPENDED_MESSAGE) return await whyNotOperational(target);
    return unexpectedAnswer(session.name, answer.status, answer.message);
  } catch (error) {
    if (isProblem(error)) return error;
    throw error;
  }
}

/** An append whose header was out of date locks the device; thanks to the pair it can be opened again (recording 21). */
async function whyNotOperational(target: Target): Promise<Problem | undefined> {
  const state = await readState(target.session.node);
  if (state === 'Operational') return undefined;
  return new Problem({
    kind: 'locked',
    place: target.session.name,
    cause: `after the append the device is ${state}: its unlock passphrase was changed while we worked`,
    remedy: 'Unlock it with the unlock passphrase that was valid before that change, then change it again',
  });
}

function unexpectedAnswer(place: string, status: number, message: string | undefined): Problem {
  return new Problem({
    kind: 'unexpected',
    place,
    cause: `the device answered an append with ${status}${message === undefined ? '' : ` ${JSON.stringify(message)}`}, which no tested release does`,
    remedy: 'Send nothing more to this device, run doctor, and compare it with the backup that was made before',
  });
}
