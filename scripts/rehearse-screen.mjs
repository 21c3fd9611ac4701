// Usage: node scripts/rehearse-screen.mjs URI
//
// Runs the shell on a terminal as a person would for a moment: the first prompt, a line with completion, a pane, the end.
import {spawn} from '@lydell/node-pty';

const shell = spawn('bin/virt-sandbox-shell', ['-c', process.argv[2]], {cols: 120, rows: 40, env: {...process.env, TERM: 'xterm-256color'}});
const steps = [/virt-sandbox # /, 'ne\t a; set memory 256M\r', /memory/, 'view xml\r', /XML/, '\x04'];
let shown = '';
function go() {
	while (steps.length > 0) {
		const [step] = steps;
		if (typeof step === 'string') {
			shell.write(step);
			shown = '';
		} else if (!step.test(shown)) {
			return;
		}
		steps.shift();
	}
}
shell.onData((data) => {
	shown += data;
	go();
});
setTimeout(() => shell.kill(), 10_000).unref();
