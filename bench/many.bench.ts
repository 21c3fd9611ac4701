/** Many containers at once, started from one process, beside a loop of `virsh create`: time to start and end, and memory, per container. */
import {mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {startSandbox} from '../src/backend/sandbox.ts';
import type {Sandbox, StartOptions} from '../src/backend/types.ts';
import {openConnection} from '../src/backend/libvirt/index.ts';
import {defaultSpec} from '../src/spec/default-spec.ts';
import {runProgram} from './measure.ts';

const uri = process.env['VIRT_SANDBOX_TEST_URI'];
if (uri === undefined) throw new Error('VIRT_SANDBOX_TEST_URI is not set: run `make bench`');
const count = Number(process.env['COUNT'] ?? 100);
const spec = {...defaultSpec, uri, command: ['/bin/sleep', '600']};
let xml = '';
const options: StartOptions = {
	voice: {notice() {}, phase() {}},
	caller: {uid: 0, gid: 0, groups: [0], cwd: '/', environment: {PATH: process.env['PATH']}, pid: process.pid},
	onXml: (text) => (xml = text),
};

/** Memory of every process that can be seen but libvirtd, in KiB; what several share is parted between them. */
function usedKiB(): number {
	let sum = 0;
	for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
		try {
			if (readFileSync(`/proc/${pid}/comm`, 'latin1').trim() === 'libvirtd') continue;
			sum += Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'))?.[1] ?? 0);
		} catch {
			// It has ended.
		}
	}
	return sum;
}

interface Candidate {
	start(): Promise<void>;
	end(): Promise<void>;
}

async function measure(title: string, {start, end}: Candidate): Promise<void> {
	const before = usedKiB();
	const begun = performance.now();
	await start();
	const started = performance.now();
	const used = usedKiB() - before;
	const ending = performance.now();
	await end();
	const perOne = (milliseconds: number): string => `${(milliseconds / count).toFixed(1).padStart(7)} ms`;
	console.log(
		`  ${title.padEnd(36)} start ${perOne(started - begun)}   end ${perOne(performance.now() - ending)}   memory ${(used / count / 1024).toFixed(2)} MiB`,
	);
}

function ours(atOnce: number): Candidate {
	const running: Sandbox[] = [];
	return {
		async start() {
			while (running.length < count) {
				const batch = Array.from({length: Math.min(atOnce, count - running.length)}, () => startSandbox(spec, options));
				running.push(...(await Promise.all(batch)));
			}
		},
		async end() {
			await Promise.all(
				running.map(async ({session, close}) => {
					session.kill(15);
					session.stdout.resume();
					session.stderr?.resume();
					if ((await session.exited) !== 143) throw new Error('a command did not end by its signal');
					await close();
				}),
			);
		},
	};
}

const directory = mkdtempSync(join(tmpdir(), 'bench-'));
const connection = await openConnection(uri, {});
/** It waits, so that the directories its XML names are there while virsh uses them. */
const holder = await startSandbox(spec, options);
try {
	const names = Array.from({length: count}, (_, index) => `bench-${index}`);
	const virsh: Candidate = {
		async start() {
			for (const [index, name] of names.entries()) {
				const file = join(directory, `${name}.xml`);
				const own = xml
					.replace(/<name>[^<]*<\/name>/, `<name>${name}</name>`)
					.replace(/<uuid>[^<]*<\/uuid>/, `<uuid>00000000-0000-4000-8000-${String(index).padStart(12, '0')}</uuid>`)
					.replace(/<init>[^<]*<\/init>/, '<init>/bin/sleep</init>\n<initarg>600</initarg>');
				writeFileSync(file, own);
				await runProgram('virsh', ['-q', '-c', uri, 'create', file]);
			}
		},
		async end() {
			// One after the other each would take two seconds.
			for (let from = 0; from < count; from += 16) {
				await Promise.all(names.slice(from, from + 16).map((name) => runProgram('virsh', ['-q', '-c', uri, 'destroy', name])));
			}
		},
	};
	console.log(`\n${count} containers that sleep, per container`);
	await measure('virsh create, one by one', virsh);
	await measure('one process, one by one', ours(1));
	await measure('one process, 8 at a time', ours(8));
} finally {
	await holder.destroy();
	await holder.close();
	await connection.close();
	rmSync(directory, {recursive: true});
}
