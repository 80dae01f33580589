import { get, list } from '../../../schemas/checked-entry.ts';
import { type Computed, checkedEntries } from '../../../schemas/document-rule.ts';
import { viewOf } from '../../../schemas/entries.ts';
import { type Finding, place } from '../../../schemas/finding.ts';
import type { ManifestDocument } from '../../../schemas/tree/document.ts';
import type { ManifestFile } from '../context.ts';

/** One manifest's claim on a namespace of an address. */
interface Claim {
  start: number;
  end: number;
}

const known = new WeakMap<ManifestDocument, Map<string, Claim>>();

/** Two manifests of the workspace that both rule one namespace on one device. */
export function claimedTwice(file: ManifestFile, others: Iterable<ManifestFile>): Finding[] {
  const rest = [...others].filter((other) => other.uri !== file.uri);
  if (rest.length === 0) return [];
  const view = viewOf(file.document);
  const entries = checkedEntries(file.document, view, 'all');
  const addresses = addressesOf(entries);
  return entries.flatMap((entry) => {
    for (const claim of claimsOf(entry, addresses)) {
      for (const other of rest) {
        const found = allClaims(other.document).get(claim);
        if (found === undefined) continue;
        const { start, end } = entry.checked.at().key;
        const name = entry.checked.section === 'root' ? 'root' : `the namespace "${entry.checked.name}"`;
        const message = `Another manifest of this workspace rules ${name} on the same device: two that decide will undo each other's work`;
        const related = [{ ...found, file: other.uri, message: 'Claimed here' }];
        return [{ ...place(entry.item, { code: 'claimed-twice', message, start, end }), related }];
      }
    }
    return [];
  });
}

function allClaims(document: ManifestDocument): Map<string, Claim> {
  let claims = known.get(document);
  if (claims !== undefined) return claims;
  claims = new Map();
  const entries = checkedEntries(document, viewOf(document), 'all');
  const addresses = addressesOf(entries);
  for (const entry of entries) {
    const { start, end } = entry.checked.at().key;
    const at = { start: entry.item.start + start, end: entry.item.start + end };
    for (const claim of claimsOf(entry, addresses)) claims.set(claim, at);
  }
  known.set(document, claims);
  return claims;
}

/** A namespace is the same one when it is on the same address, whatever the manifests call the device. */
function claimsOf({ checked, references }: Computed, addresses: Map<string, string[]>): string[] {
  return references.flatMap(({ device }) =>
    (addresses.get(device) ?? []).map((address) => `${checked.section === 'root' ? '' : checked.name} ${address}`),
  );
}

function addressesOf(entries: Computed[]): Map<string, string[]> {
  const addresses = new Map<string, string[]>();
  for (const { checked } of entries) {
    if (checked.section !== 'devices') continue;
    const urls = [
      get(checked, 'url'),
      ...list(checked, 'nodes').map((_, index) => get(checked, 'nodes', index, 'url')),
    ];
    addresses.set(
      checked.name,
      urls.flatMap((url) =>
        typeof url === 'string' && URL.canParse(url) ? [new URL(url).href.replace(/\/+$/, '')] : [],
      ),
    );
  }
  return addresses;
}
