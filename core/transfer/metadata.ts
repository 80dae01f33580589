import { deleteCertificate, deleteLabel, deleteTag, putCertificate, putLabel, putTag } from '../device/keys.ts';
import type { Session } from '../device/session.ts';
import { differingFields } from '../inventory/compare.ts';
import type { FactField } from '../inventory/item.ts';
import { readKey } from '../inventory/read.ts';
import type { KeyFacts } from '../key-facts.ts';
import type { KeyId, Namespace } from '../names.ts';
import { Problem } from '../problem.ts';

/** What the device's API can change of a key; the rest is the key itself. */
export const METADATA: readonly FactField[] = ['tags', 'label', 'certificate'];

/**
 * Why two keys of one id are not copies of one key; undefined when they are, and only tags, label or certificate
 * may differ. A Generic key shows no public part, so with other sealed bytes nobody can tell.
 */
export function whyOtherKey(a: KeyFacts, b: KeyFacts): string | undefined {
  const fields = differingFields(a, b).filter((field) => !METADATA.includes(field));
  if (fields.length > 0) return `it is there as another key: its ${fields.join(', ')} differs`;
  if (a.public === undefined)
    return 'it is there, and a key without a public part can not be compared; it is left as it is';
  return undefined;
}

/**
 * Brings tags, label and certificate of a key in line with `wanted`, field by field through the API, each write on the
 * condition (`If-Match`) that the key is still as it was read. Gives undefined when it is in line afterwards, else
 * which fields are not.
 */
export async function alignMetadata(
  session: Session,
  namespace: Namespace,
  id: KeyId,
  wanted: KeyFacts,
): Promise<string | undefined> {
  const credential = await session.namespaceAdministrator(namespace);
  const read = async (): Promise<{ facts: KeyFacts; etag: string }> => {
    const key = await readKey(session, namespace, id);
    if (key === undefined) throw wentAway(session.name, id);
    return key;
  };
  let now = await read();
  const step = async (write: (etag: string) => Promise<void>): Promise<void> => {
    await write(now.etag);
    now = await read();
  };
  for (const tag of now.facts.tags.filter((tag) => !wanted.tags.includes(tag))) {
    await step((etag) => deleteTag(session.node, credential, id, tag, { ifMatch: etag }));
  }
  for (const tag of wanted.tags.filter((tag) => !now.facts.tags.includes(tag))) {
    await step((etag) => putTag(session.node, credential, id, tag, { ifMatch: etag }));
  }
  if (wanted.label !== now.facts.label) {
    const { label } = wanted;
    await step((etag) =>
      label === undefined
        ? deleteLabel(session.node, credential, id, { ifMatch: etag })
        : putLabel(session.node, credential, id, label, { ifMatch: etag }),
    );
  }
  if (differingFields(wanted, now.facts).includes('certificate')) {
    if (now.facts.certificate !== undefined) {
      await step((etag) => deleteCertificate(session.node, credential, id, { ifMatch: etag }));
    }
    const { certificate } = wanted;
    if (certificate !== undefined) {
      await step((etag) => putCertificate(session.node, credential, id, certificate, { ifMatch: etag }));
    }
  }
  const left = differingFields(wanted, now.facts);
  return left.length === 0 ? undefined : `its ${left.join(', ')} still differs`;
}

const wentAway = (place: string, id: KeyId): Problem =>
  new Problem({
    kind: 'not-found',
    place,
    cause: `the key ${id} went away while its tags, label and certificate were brought in line`,
    remedy: 'If somebody deleted it on purpose, nothing is wrong; else run this again',
  });
