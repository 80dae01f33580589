import { join } from 'node:path';
import { type KnownDevices, type KnownDevicesFile, openKnownDevices } from '../../../core/device/known-devices.ts';
import type { Session } from '../../../core/device/session.ts';
import { isProblem, Problem } from '../../../core/problem.ts';
import { confirmNodes } from '../../../core/sessions/confirm-device.ts';
import { deviceConfig } from '../../../core/sessions/device-config.ts';
import { deviceEntry } from '../../../core/sessions/manifest.ts';
import { openSession } from '../../../core/sessions/open-session.ts';
import { errand, nobodyAsked, type Person } from './asking.ts';
import type { SavedManifest } from './manifests.ts';
import type { SecretStore } from './secrets.ts';

/** Sessions with devices: opened when needed, shared by all who need them, closed when nobody did for a while. */
export interface Sessions {
  /**
   * Works with devices of a manifest. Throws `untrusted` and `unreachable` as confirming does; with `keep`, a device that
   * can't be opened is there all the same, and whatever is asked of it ends in its Problem.
   */
  use<const N extends readonly string[], T>(
    saved: SavedManifest,
    names: N,
    work: (...sessions: { [K in keyof N]: Session }) => Promise<T>,
    unopened?: 'refuse' | 'keep',
  ): Promise<T>;
  /** What each node of an open session showed itself to be, by origin. */
  pins(saved: SavedManifest, name: string): { origin: string; pin: string }[] | undefined;
  /** Opens a device anew the next time: what was derived from its secrets is forgotten. */
  drop(saved: SavedManifest, name: string): Promise<void>;
  close(): Promise<void>;
}

export interface SessionSurroundings {
  person: Person;
  secrets: SecretStore;
  stateFolder(): string;
  trusted(): boolean;
}

interface Open {
  /** Of the manifest that it was opened for: another text, another session. */
  text: string;
  session: Promise<Session>;
  /** Whether it was opened for a person, who can be asked. */
  asks: boolean;
  places: { origin: string; pin: string }[];
  users: number;
  idle?: NodeJS.Timeout;
}

/** A session that nobody used for so long is closed, milliseconds. */
const IDLE = 120_000;

export const knownDevicesFile = (stateFolder: string): KnownDevicesFile =>
  openKnownDevices(join(stateFolder, 'known-devices.json'));

export function createSessions(around: SessionSurroundings): Sessions {
  const open = new Map<string, Open>();
  const keyOf = ({ uri }: SavedManifest, name: string) => `${uri}\n${name}`;

  const enter = (saved: SavedManifest, name: string): Open => {
    const key = keyOf(saved, name);
    const before = open.get(key);
    const asks = errand().ask;
    if (before !== undefined && before.text === saved.text) {
      if (before.asks || !asks) return before;
      // What was begun in the background asked nobody.
      before.asks = true;
      before.session = before.session.catch(() => connect(around, saved, name, before.places));
      forgetFailed(key, before);
      return before;
    }
    if (before !== undefined && before.users === 0) closeSoon(before, 0);
    const places: Open['places'] = [];
    const entry: Open = { text: saved.text, places, asks, users: 0, session: connect(around, saved, name, places) };
    open.set(key, entry);
    forgetFailed(key, entry);
    return entry;
  };

  const forgetFailed = (key: string, entry: Open): void => {
    const { session } = entry;
    session.catch(() => entry.session === session && open.get(key) === entry && open.delete(key));
  };

  const closeSoon = (entry: Open, ms: number): void => {
    entry.idle = setTimeout(() => {
      for (const [key, one] of open) if (one === entry) open.delete(key);
      void entry.session.then(({ device }) => device.close()).catch(() => {});
    }, ms);
    entry.idle.unref();
  };

  const leave = (saved: SavedManifest, name: string, entry: Open): void => {
    entry.users -= 1;
    if (entry.users === 0) closeSoon(entry, open.get(keyOf(saved, name)) === entry ? IDLE : 0);
  };

  return {
    async use(saved, names, work, unopened = 'refuse') {
      if (!around.trusted()) throw untrustedWorkspace();
      const entries = names.map((name) => ({ name, entry: enter(saved, name) }));
      for (const { entry } of entries) {
        clearTimeout(entry.idle);
        entry.users += 1;
      }
      const stubs: Session[] = [];
      try {
        const sessions = await Promise.all(
          entries.map(({ name, entry }) =>
            entry.session.catch(async (error: unknown) => {
              if (unopened === 'refuse' || isProblem(error, 'cancelled')) throw error;
              const stub = await unconfirmedSession(around, saved, name, error);
              stubs.push(stub);
              return stub;
            }),
          ),
        );
        return await work(...(sessions as unknown as { [K in keyof typeof names]: Session }));
      } finally {
        for (const { name, entry } of entries) leave(saved, name, entry);
        for (const { device } of stubs) await device.close();
      }
    },
    pins: (saved, name) => open.get(keyOf(saved, name))?.places,
    async drop(saved, name) {
      const entry = open.get(keyOf(saved, name));
      if (entry === undefined) return;
      open.delete(keyOf(saved, name));
      clearTimeout(entry.idle);
      if (entry.users === 0) closeSoon(entry, 0);
    },
    async close() {
      const all = [...open.values()];
      open.clear();
      for (const { idle, session } of all) {
        clearTimeout(idle);
        await session.then(({ device }) => device.close()).catch(() => {});
      }
    },
  };
}

async function connect(
  { person, secrets, stateFolder, trusted }: SessionSurroundings,
  saved: SavedManifest,
  name: string,
  places: Open['places'],
): Promise<Session> {
  const config = await deviceConfig(name, deviceEntry(saved, name), { folder: saved.folder, allowOutside: trusted() });
  const file = knownDevicesFile(stateFolder());
  const known: KnownDevicesFile = {
    ...file,
    check(origin, pin) {
      if (!places.some((one) => one.origin === origin && one.pin === pin)) places.push({ origin, pin });
      return file.check(origin, pin);
    },
  };
  const { signal } = errand();
  const node = await confirmNodes(config, {
    known,
    ...(signal && { signal }),
    async confirm(unconfirmed) {
      const { origin, verdict } = unconfirmed;
      const what = `${origin} ${verdict === 'new' ? 'was never confirmed' : 'shows another public key than was confirmed'}; nothing was sent`;
      if (!errand().ask) throw nobodyAsked('untrusted', name, what);
      if (await person.confirm({ manifest: saved.uri, ...unconfirmed })) return;
      throw new Problem({
        kind: 'untrusted',
        place: name,
        cause: what,
        remedy: 'Compare the key with that of the device, and confirm it if they are the same',
      });
    },
  });
  const to = { places, node: () => session.node };
  const session: Session = openSession(saved, config, secrets.getter(saved, name, to), { known: file, node });
  return session;
}

/** A session whose every request ends in the Problem that kept it from being opened. */
async function unconfirmedSession(
  { trusted }: SessionSurroundings,
  saved: SavedManifest,
  name: string,
  error: unknown,
): Promise<Session> {
  const config = await deviceConfig(name, deviceEntry(saved, name), { folder: saved.folder, allowOutside: trusted() });
  const nothing: KnownDevices = { check: () => 'new' };
  const session = openSession(
    saved,
    config,
    { get: () => Promise.reject(error), has: () => false },
    { known: nothing, node: 0 },
  );
  const fail = (): Promise<never> => Promise.reject(error);
  const node = { ...session.node, request: fail, open: fail };
  return { ...session, node, device: { ...session.device, nodes: [node] } };
}

export const untrustedWorkspace = (): Problem =>
  new Problem({
    kind: 'untrusted',
    place: 'workspace',
    cause: 'this workspace is not trusted, so nothing connects to a device',
    remedy: 'Trust the workspace if you know where its manifests come from',
  });
