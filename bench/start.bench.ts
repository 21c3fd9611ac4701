/** The whole call for /bin/true beside `virsh create` of the same XML with /bin/true as its init, until its domain is gone. */
import {spawn} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import {lifecycleEvents, openConnection} from '../src/backend/libvirt/index.ts';
import {besideOther, printTimes, runProgram, takeTurns} from './measure.ts';

const uri = process.env['VIRT_SANDBOX_TEST_URI'];
if (uri === undefined) throw new Error('VIRT_SANDBOX_TEST_URI is not set: run `make bench`');
/** Far from any median. */
const missedMs = 5000;
const rounds = Number(process.env['ROUNDS'] ?? 31);
const program = join(import.meta.dirname, '../bin/virt-sandbox');

/** A sandbox that waits, so that the directories its XML names are there while virsh uses them. */
const holder = spawn(program, ['-c', uri, '--print-xml', '-n', 'bench-holder', '--', 'sleep', '600'], {stdio: ['ignore', 'ignore', 'pipe']});
let xml = '';
/** How many times virsh has failed. */
let refused = 0;
await new Promise<void>((resolve, reject) => {
	holder.once('exit', (status) => reject(new Error(`the sandbox that holds the directories ended with ${String(status)}: ${xml}`)));
	holder.stderr.setEncoding('utf8').on('data', (text: string) => {
		xml += text;
		if (xml.includes('</domain>')) resolve();
	});
});
const directory = mkdtempSync(join(tmpdir(), 'bench-'));
const connection = await openConnection(uri, {});
try {
	const gone = new Map<string, () => void>();
	await connection.onLifecycle(({domain, event}) => {
		if (event === lifecycleEvents.stopped) gone.get(domain.name)?.();
	});
	const times = await takeTurns(rounds, {
		'virsh create /bin/true': async (round) => {
			const name = `bench-${round}`;
			const file = join(directory, `${name}.xml`);
			const uuid = `00000000-0000-4000-8000-${String(round).padStart(12, '0')}`;
			writeFileSync(
				file,
				xml
					.replace(/<name>[^<]*<\/name>/, `<name>${name}</name>`)
					.replace(/<uuid>[^<]*<\/uuid>/, `<uuid>${uuid}</uuid>`)
					.replace(/<init>[^<]*<\/init>/, '<init>/bin/true</init>'),
			);
			const ended = new Promise<void>((resolve) => gone.set(name, resolve));
			try {
				await runProgram('virsh', ['-q', '-c', uri, 'create', file]);
			} catch (error) {
				// libvirt 11.3 takes a container that has ended before it looked for one that could not be started. A median does not mind a few.
				if (++refused > rounds / 10) throw error;
				gone.get(name)?.();
			}
			if ((await Promise.race([ended, wait(missedMs, 'missed', {ref: false})])) === 'missed') {
				// As libvirtd 11.3 does now and then; the domain may be there still.
				const left = (await connection.listAllDomains(0)).find((domain) => domain.name === name);
				if (left !== undefined) await connection.destroy(left);
			}
		},
		'virt-sandbox /bin/true': () => runProgram(program, ['-c', uri, '--', '/bin/true']),
		...besideOther(['-c', uri, '--', '/bin/true']),
	});
	printTimes(`Whole call for /bin/true in a container, medians of ${rounds}`, times, 'virsh create /bin/true');
	console.log('\nPhases of one run');
	await runProgram('sh', ['-c', `exec "${program}" -v -t -c "${uri}" -- /bin/true`]);
} finally {
	await connection.close();
	holder.kill('SIGTERM');
	await new Promise((resolve) => holder.once('exit', resolve));
	rmSync(directory, {recursive: true});
}
