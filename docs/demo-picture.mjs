// Makes docs/demo.svg, the picture in the README, from what `npm run demo` prints: node docs/demo-picture.mjs
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const out = execFileSync(process.execPath, ['cli/demo.ts'], { cwd: root, env: { ...process.env, FORCE_COLOR: '1' } });

/** The chapters to show: from the question what is different to the proof that a copied key is the same key. */
const FROM = '4. ';
const TO = '8. ';
const ESCAPE = String.fromCharCode(27);
const plain = (line) => line.replaceAll(new RegExp(`${ESCAPE}\\[\\d+m`, 'g'), '');
const all = String(out).split('\n');
const lines = all.slice(
  all.findIndex((line) => plain(line).startsWith(FROM)),
  all.findIndex((line) => plain(line).startsWith(TO)),
);
while (lines.at(-1) === '') lines.pop();

const COLUMN = 7.83;
const ROW = 19;
const TOP = 54;
const LEFT = 20;
const COLOURS = { 31: '#ff8f80', 32: '#7ee2a8', 33: '#f3c969', 36: '#7cd0ff' };
const escapeXml = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** A line with its colours as SVG text; each run stands at its own column, whatever font there is. */
function draw(line, row) {
  let column = 0;
  let style = {};
  const parts = [];
  for (const piece of line.split(new RegExp(`(${ESCAPE}\\[\\d+m)`))) {
    const code = Number(/\[(\d+)m/.exec(piece)?.[1] ?? Number.NaN);
    if (code in COLOURS) style = { ...style, fill: COLOURS[code] };
    else if (code === 1) style = { ...style, bold: true };
    else if (code === 2) style = { ...style, dim: true };
    else if (code === 22) style = { fill: style.fill };
    else if (code === 39) style = { bold: style.bold, dim: style.dim };
    else if (piece !== '') {
      const attributes = [
        `x="${(LEFT + column * COLUMN).toFixed(1)}"`,
        `textLength="${(piece.length * COLUMN).toFixed(1)}"`,
        style.fill && `fill="${style.fill}"`,
        style.bold && 'font-weight="700"',
        style.dim && 'opacity="0.62"',
      ];
      if (piece.trim() !== '') parts.push(`<tspan ${attributes.filter(Boolean).join(' ')}>${escapeXml(piece)}</tspan>`);
      column += piece.length;
    }
  }
  return parts.length === 0 ? '' : `<text y="${TOP + row * ROW}" xml:space="preserve">${parts.join('')}</text>\n`;
}

const width = Math.ceil(Math.max(...lines.map((line) => plain(line).length)) * COLUMN + 2 * LEFT);
const height = TOP + lines.length * ROW + 6;
writeFileSync(
  join(root, 'docs', 'demo.svg'),
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Terminal: the drift of a namespace is shown, the namespace is carried to the other device sealed, one key comes back, and a signature made there is verified">
<rect width="100%" height="100%" rx="10" fill="#14181f"/>
<g fill="#39414f"><circle cx="24" cy="20" r="6"/><circle cx="44" cy="20" r="6"/><circle cx="64" cy="20" r="6"/></g>
<g font-family="ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="13" fill="#d8dee9">
${lines.map(draw).join('')}</g>
</svg>
`,
);
