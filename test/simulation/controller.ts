/** The processes that use the engine: each life has its own memory; the journal outlives it. */
import { copyFileSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../core/clock.ts';
import { connectDevice } from '../../core/device/device.ts';
import type { Session } from '../../core/device/session.ts';
import { ROOT } from '../../core/names.ts';
import { Problem } from '../../core/problem.ts';
import type { Context } from '../../core/replication/context.ts';
import type { Activity, Journal } from '../../core/replication/journal/journal.ts';
import { openJournal } from '../../core/replication/journal/open-journal.ts';
import { ADMIN, BACKUP, BACKUP_PASSPHRASE, METRICS, UNLOCK } from '../support/sites.ts';
import type { DeviceName, Sites } from './devices.ts';
import { type Life, openLine } from './network/send.ts';
import { REPLICATOR } from './people.ts';
import { later, note, world } from './world/world.ts';

export const ARCHIVE_PASSPHRASE = 'archivePassphrase1';

/** A machine on which the engine runs, life after life. */
export interface Controller {
  name: string;
  folder: string;
  /** What its clock is ahead of the world, in milliseconds. */
  clockOffset: number;
  life: OpenLife | undefined;
  lives: number;
}

/** One life of the process. */
export interface OpenLife extends Life {
  ctx: Context;
  journal: Journal;
  /** Resolves when it crashes. */
  gone: Promise<void>;
  crash(): void;
}

/** What a story has that its controllers need. */
export interface Surroundings {
  sites: Sites;
  folder: string;
  hasMetrics: boolean;
  /** Asked before and after each write to a journal: whether the process dies there. */
  diesAt(life: Life, call: string): boolean;
  onJournalWrite(life: Life, call: string, given: readonly unknown[]): void;
  onActivity(activity: Activity): void;
}

/** Thrown out of a journal of a process that is dead: nothing of it may go on. */
export class Dead extends Error {}

export const createController = (name: string, folder: string): Controller => ({
  name,
  folder: join(folder, name),
  clockOffset: 0,
  life: undefined,
  lives: 0,
});

export const journalOf = ({ folder }: Controller): string => join(folder, 'journal.sqlite');

/** The life of a controller, begun anew when the last one is over. */
export function live(controller: Controller, around: Surroundings): OpenLife {
  if (controller.life !== undefined && !controller.life.dead) return controller.life;
  controller.lives++;
  const who = `${controller.name}${controller.lives === 1 ? '' : `#${controller.lives}`}`;
  const { promise: gone, resolve } = Promise.withResolvers<void>();
  const clock = clockOf(controller, () => life.dead);
  const { journal, warning } = openJournal(journalOf(controller), clock);
  if (warning !== undefined) note(`${who}: ${warning}`);
  const life: OpenLife = {
    who,
    dead: false,
    journal,
    gone,
    ctx: undefined as never,
    crash: () => {
      if (life.dead) return;
      life.dead = true;
      note(`${who} crashes`);
      journal.close();
      resolve();
    },
  };
  life.ctx = contextOf(controller, life, clock, around);
  controller.life = life;
  return life;
}

/** Ends a life in an orderly way. */
export function quit({ life }: Controller): void {
  if (life === undefined || life.dead) return;
  life.dead = true;
  life.journal.close();
}

const clockOf = (controller: Controller, isDead: () => boolean): Clock => ({
  now: () => world().now + controller.clockOffset,
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = (): void => {
        cancel();
        if (!isDead()) reject(signal?.reason);
      };
      const cancel = later(ms, () => {
        signal?.removeEventListener('abort', onAbort);
        if (!isDead()) resolve();
      });
      signal?.addEventListener('abort', onAbort, { once: true });
    }),
});

function contextOf(controller: Controller, life: OpenLife, clock: Clock, around: Surroundings): Context {
  const sessions = new Map<string, Session>();
  return {
    clock,
    journal: guarded(life, around),
    controller: `run@${controller.name}`,
    session: (device) => {
      const known = sessions.get(device);
      if (known !== undefined) return known;
      const made = sessionOf(device as DeviceName, life, around);
      sessions.set(device, made);
      return made;
    },
    deviceBackups: join(around.folder, 'device-backups'),
    archives: join(controller.folder, 'archives'),
    archivePassphrase: async () => ARCHIVE_PASSPHRASE,
    random: (bytes) => world().chance.bytes.bytes(bytes),
    onActivity: around.onActivity,
  };
}

function sessionOf(name: DeviceName, life: Life, { sites, hasMetrics }: Surroundings): Session {
  const site = sites[name];
  if (site === undefined) {
    throw new Problem({ kind: 'bad-manifest', place: name, cause: 'no such device', remedy: 'Name another' });
  }
  const urls = site.nodes.map((node) => openLine({ life, device: name, node }));
  const device = connectDevice(
    { name, nodes: urls.map((url) => ({ url, tls: { kind: 'system' } })) },
    { known: { check: () => 'known' } as never },
  );
  return {
    name,
    device,
    node: device.nodes[0] as Session['node'],
    administrator: async () => ADMIN,
    backup: async () => BACKUP,
    metrics: async () => (hasMetrics ? METRICS : undefined),
    namespaceAdministrator: async (namespace) => (namespace === ROOT ? ADMIN : REPLICATOR),
    backupPassphrase: async () => BACKUP_PASSPHRASE,
    unlockPassphrase: async () => UNLOCK,
  };
}

const WRITES = /^(put|drop|forget|open|close|archive|note|pause|resume|add)/;

/** The journal with a place to die before and after each write. A dead process's journal throws, so that nothing of it goes on. */
function guarded(life: OpenLife, around: Surroundings): Journal {
  const die = (call: string): void => {
    if (!life.dead && around.diesAt(life, call)) life.crash();
    if (life.dead) throw new Dead(call);
  };
  const wrapped = Object.entries(life.journal).map(([name, value]) => {
    if (typeof value !== 'function') return [name, value];
    return [
      name,
      (...given: unknown[]) => {
        if (life.dead) throw new Dead(name);
        if (!WRITES.test(name) || name === 'close') return value(...given);
        die(`before ${name}`);
        const result: unknown = value(...given);
        around.onJournalWrite(life, name, given);
        die(`after ${name}`);
        return result;
      },
    ];
  });
  return Object.fromEntries(wrapped) as Journal;
}

/** What may happen to a journal while nobody has it open. */
export function mistreatJournal(
  controller: Controller,
  how: 'lose' | 'keep' | 'old' | 'copy',
  from = controller,
): void {
  quit(controller);
  quit(from);
  const file = journalOf(controller);
  const parts = ['', '-wal', '-shm'];
  const put = (source: string, target: string): void => {
    for (const part of parts) {
      rmSync(target + part, { force: true });
      if (existsSync(source + part)) copyFileSync(source + part, target + part);
    }
  };
  if (how === 'lose') for (const part of parts) rmSync(file + part, { force: true });
  if (how === 'keep') put(file, `${file}.kept`);
  if (how === 'old' && existsSync(`${file}.kept`)) put(`${file}.kept`, file);
  if (how === 'copy') put(journalOf(from), file);
}
