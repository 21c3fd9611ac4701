/** The shell's own speed beside virsh's: a short command, completion, many edits with their XML, a list of 500 domains. */
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {openConnection} from '../src/backend/libvirt/index.ts';
import {printTimes, runProgram, takeTurns} from './measure.ts';

const socket = process.env['VIRT_SANDBOX_TEST_SOCKET'];
if (socket === undefined) throw new Error('VIRT_SANDBOX_TEST_SOCKET is not set: run `make bench`');
const rounds = Number(process.env['ROUNDS'] ?? 15);
const shell = join(import.meta.dirname, '../bin/virt-sandbox-shell');
// Without +unix virsh would ask a driver of its own, in its own process.
const uri = `test+unix:///default?socket=${socket}`;
const [edits, domains] = [1000, 500];

const directory = mkdtempSync(join(tmpdir(), 'bench-'));
const connection = await openConnection(uri, {});
try {
	const script = join(directory, 'script');
	writeFileSync(script, `new web\n${Array.from({length: edits}, (_, index) => `set memory ${64 + (index % 100)}M\nxml\n`).join('')}`);
	const define = join(directory, 'define');
	writeFileSync(
		define,
		Array.from({length: domains}, (_, index) => {
			const file = join(directory, `${index}.xml`);
			writeFileSync(file, `<domain type='test'><name>bench-${index}</name><memory>65536</memory><os><type>hvm</type></os></domain>`);
			return `create ${file}\n`;
		}).join(''),
	);
	// In the test driver what one connection makes is seen by all, for as long as one is open.
	await runProgram('sh', ['-c', `exec virsh -q -c "${uri}" <"${define}"`]);
	const count = (await connection.listAllDomains(0)).length;
	const times = await takeTurns(rounds, {
		'node, nothing': () => runProgram('node', ['-e', '0']),
		'virsh, echo hi': () => runProgram('virsh', ['-c', uri, 'echo hi']),
		'echo hi': () => runProgram(shell, ['echo hi']),
		'complete -- se': () => runProgram(shell, ['complete', '--', 'se']),
		[`virsh list, ${count} domains`]: () => runProgram('virsh', ['-c', uri, 'list', '--all']),
		[`list --all, ${count} domains`]: () => runProgram(shell, ['-c', uri, 'list', '--all']),
	});
	printTimes(`Whole calls, medians of ${rounds}`, times, 'node, nothing');
	const many = await takeTurns(5, {[`${edits} set and xml`]: () => runProgram(shell, ['-q', '-c', 'lxc:///system', '-f', script])});
	printTimes('One script, medians of 5', many);
} finally {
	await connection.close();
	rmSync(directory, {recursive: true});
}
