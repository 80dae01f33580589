import { text } from '../../../schemas/checked-entry.ts';
import { place } from '../../../schemas/finding.ts';
import { type LiveRule, seen } from './live-rule.ts';

/** The record on the devices says who is primary; the manifest says another. */
export const roleDiffers: LiveRule = ({ entries, facts, now }) =>
  entries.flatMap(({ item, checked }) => {
    if (checked.section === 'devices') return [];
    const written = text(checked, 'primary');
    const known = facts.namespace(checked.name);
    if (written === undefined || known?.primary === undefined || known.primary === written) return [];
    const epoch = known.epoch === undefined ? '' : `, epoch ${known.epoch}`;
    const message = `By the record on the devices "${known.primary}" is the primary${epoch}${seen(known.at, now)}: nothing runs until you promote "${written}", or write what the record says`;
    const { start, end } = checked.at('primary').value;
    return [place(item, { code: 'role-differs', message, start, end, data: { replacement: known.primary } })];
  });
