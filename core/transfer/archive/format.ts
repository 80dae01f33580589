/**
 * The sealed archive: one namespace's sealed entries in a file that no device takes for a backup.
 *
 * `_NETHSM_ARCHIVE_`, a version byte, 16 bytes of salt, then records with a 4-byte big-endian length in front, each
 * AES-256-GCM under scrypt(passphrase, salt) with `archive-<kind>:<number>` as additional data: a head, the entries, a
 * zero length, and the inventory. The salt is the file's own, so is its key: a record opens only in its file, at its
 * place, as what it is.
 *
 * There is no Domain Key in it, locked or not, no salt of a device and no device id.
 */
import * as z from 'zod';

/** Another magic than a backup's, so that a device refuses the file untouched (hazard 5, recording 21). */
export const ARCHIVE_MAGIC = Buffer.from('_NETHSM_ARCHIVE_');
export const ARCHIVE_VERSION = 1;
export const SALT_BYTES = 16;
export const LENGTH_BYTES = 4;
/** Longest record that we take for one, in bytes; an entry is bounded by the backup format's 8 MB. */
export const MAX_RECORD_BYTES = 16 * 1024 * 1024;

export type RecordKind = 'head' | 'entry' | 'inventory';

/** The additional data of a record; entries are numbered from 1, the head is 0, the inventory comes after the last. */
export const recordData = (kind: RecordKind, number: number): string => `archive-${kind}:${digits(number)}`;

const THREE_DIGITS = Array.from({ length: 1000 }, (_, i) => String(i).padStart(3, '0'));

/** A number as text. V8 keeps the texts of the numbers that it turned into one last, by which its memory grows: not of these. */
const digits = (number: number): string =>
  number < 1000 ? String(number) : digits(Math.floor(number / 1000)) + THREE_DIGITS[number % 1000];

/** What an archive says before its entries. */
export const archiveHead = z.object({
  /** Empty for root. */
  namespace: z.string().max(128),
  /** When it was made, ISO 8601 in UTC. */
  created: z.iso.datetime(),
  /** Name of the device in the manifest. */
  device: z.string().max(128),
});
export type ArchiveHead = z.infer<typeof archiveHead>;

/** What an archive must contain. */
export const archiveInventory = z.object({
  /** Fingerprint of the Domain Key that opens the values. */
  domain: z.string().max(200),
  /** Release of the device that the entries come from. */
  release: z.string().max(200),
  keys: z.int().min(0),
  users: z.array(z.object({ name: z.string().max(128), role: z.string().max(64) })),
  /** SHA-256 over all entries, hexadecimal. */
  digest: z.string().max(64),
});
export type ArchiveInventory = z.infer<typeof archiveInventory>;
