const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const MONTHS = [
  ...['', 'January', 'February', 'March', 'April', 'May', 'June'],
  ...['July', 'August', 'September', 'October', 'November', 'December'],
];

/** A cron expression of five fields in words: `every 15 minutes`, `at 03:00 on Monday to Friday`. */
export function cronWords(expression: string): string | undefined {
  const fields = expression.trim().split(/\s+/);
  if (fields.length !== 5) return undefined;
  const [minute, hour, day, month, weekday] = fields as [string, string, string, string, string];
  const parts = [timeWords(minute, hour)];
  if (day === 'L') parts.push('on the last day of the month');
  else if (day !== '*') parts.push(`on ${everyWords(day, 'day') ?? `day ${valueWords(day, String)}`} of the month`);
  const weekdays = everyWords(weekday, 'day of the week') ?? valueWords(weekday, (n) => DAYS[Number(n)] ?? n, DAYS);
  if (weekday !== '*') parts.push(`${day === '*' ? 'on' : 'or on'} ${weekdays}`);
  const months = everyWords(month, 'month') ?? valueWords(month, (n) => MONTHS[Number(n)] ?? n, MONTHS);
  if (month !== '*') parts.push(`in ${months}`);
  return parts.join(' ');
}

/** A step over all: `every 2nd day`. */
function everyWords(field: string, what: string): string | undefined {
  const step = /^\*\/(\d+)$/.exec(field)?.[1];
  return step === undefined ? undefined : `every ${ordinal(step)} ${what}`;
}

function ordinal(number: string): string {
  const ending = /1[123]$/.test(number) ? 'th' : ({ 1: 'st', 2: 'nd', 3: 'rd' }[Number(number.at(-1))] ?? 'th');
  return `${number}${ending}`;
}

function timeWords(minute: string, hour: string): string {
  const single = /^\d+$/;
  const pad = (text: string) => text.padStart(2, '0');
  if (single.test(minute) && /^\d+(,\d+)*$/.test(hour)) {
    return `at ${joined(hour.split(',').map((one) => `${pad(one)}:${pad(minute)}`))}`;
  }
  const step = /^\*\/(\d+)$/.exec(minute);
  const minutes =
    minute === '*' ? 'every minute' : step ? `every ${step[1]} minutes` : `at minute ${valueWords(minute, String)}`;
  if (hour === '*') return single.test(minute) ? `every hour at minute ${minute}` : minutes;
  const hours = /^\*\/(\d+)$/.exec(hour);
  if (hours) return minute === '0' ? `every ${hours[1]} hours` : `${minutes} of every ${hours[1]} hours`;
  const range = /^(\d+)-(\d+)$/.exec(hour);
  if (range) return `${minutes} from ${pad(range[1] as string)}:00 to ${pad(range[2] as string)}:59`;
  return `${minutes} of hour ${valueWords(hour, String)}`;
}

function valueWords(field: string, name: (value: string) => string, names: string[] = []): string {
  const full = (value: string) => {
    const long = names.find((one) => one !== '' && one.slice(0, 3).toLowerCase() === value.toLowerCase());
    return long ?? name(value);
  };
  return joined(
    field.split(',').map((part) => {
      const [range = '', step] = part.split('/');
      const [from, to] = range.split('-');
      const words =
        range === '*' ? 'all' : to === undefined ? full(from as string) : `${full(from as string)} to ${full(to)}`;
      return step === undefined ? words : `every ${ordinal(step)} of ${words}`;
    }),
  );
}

const joined = (parts: string[]): string =>
  parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;

/** A moment by the clock of a zone: `2026-11-25 03:00 GMT+1`. */
export function clockText(moment: Date, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    ...{ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', timeZoneName: 'short' },
  } as Intl.DateTimeFormatOptions).formatToParts(moment);
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? '';
  return `${part('year')}-${part('month')}-${part('day')} ${part('hour')}:${part('minute')} ${part('timeZoneName')}`;
}
