// Drives virt-sandbox-shell and draws what its terminal shows: cells → SVG → PNG, no browser. See scripts/pictures.sh.
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import resvg from '@resvg/resvg-js';
import {drawScreen} from '../build/test/helpers/draw-screen.js';
import {openTerminal} from '../build/test/helpers/open-terminal.js';

const state = mkdtempSync(join(tmpdir(), 'pictures-'));
const terminal = openTerminal('bin/virt-sandbox-shell', ['-c', process.env.VIRT_SANDBOX_TEST_URI], {
	columns: 120,
	rows: 36,
	environment: {...process.env, XDG_STATE_HOME: state, PS1: '# '},
});
const {type, see} = terminal;

function draw(name) {
	const svg = drawScreen(terminal.emulator);
	mkdirSync('docs/pictures', {recursive: true});
	writeFileSync(`docs/pictures/${name}.png`, new resvg.Resvg(svg, {font: {loadSystemFonts: true}}).render().asPng());
}

try {
	await see('# ');
	type('new web; set command /bin/sh; set tty on\r');
	await see('tty: on');
	type('view xml\rstart\r');
	await see("Sandbox 'web' started");
	type('set memory 256M; mount ram:/scratch=64M\r');
	await see('/scratch: ram');
	await see('changed)');
	type('set me\t');
	await see(/memory +/);
	type('\x15mount \t');
	await see(/ram: +/);
	draw('xml');
	type('\x07\x15');
	type('new db; set command /bin/sh; set tty on; start\r');
	await see("Sandbox 'db' started");
	type('view xml --close\rview events --right\rview consoles\rview console db tty\r');
	await see(/─ \d db tty/);
	type('\x1b3');
	await see('^] back');
	type('top\r');
	await see(/load average|PID/);
	type('\x1d\x1b1ls --color=always /usr\r');
	await see('share');
	draw('consoles');
	type('\x1d');
	await see('F1 keys');
	type('\x1bOP');
	await see('Everywhere but in a console');
	draw('keys');
	type('q');
	await see('F1 keys');
	type('quit\r');
	await see('[y/n]');
	type('y');
	process.exitCode = await terminal.exit();
} finally {
	terminal.close();
	rmSync(state, {recursive: true, force: true});
}
process.exit();
