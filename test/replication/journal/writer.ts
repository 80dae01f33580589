/**
 * Writes to a journal until it is killed, and says on stdout what is on the disk: a number, after all bases were put with it.
 * `node writer.ts FILE LINK-NAMESPACE BASES`
 */
import { linkOf } from '../../../core/replication/journal/journal.ts';
import { openJournal } from '../../../core/replication/journal/open-journal.ts';
import { baseWith } from './sample.ts';

const [file = '', namespace = '', count = '0'] = process.argv.slice(2);
const { journal, warning } = openJournal(file);
if (warning !== undefined) throw new Error(warning);
const link = linkOf(namespace as never, 'oslo', 'bergen');
for (let n = 1; ; n++) {
  const bases = Array.from({ length: Number(count) }, (_, i) => baseWith(`k${i}`, n));
  journal.putBases(link, bases);
  const step = journal.openStep({ namespace: link.namespace, kind: 'create', device: 'bergen', detail: { n }, at: n });
  if (n > 1) journal.closeStep(step - 1);
  process.stdout.write(`${n}\n`);
}
