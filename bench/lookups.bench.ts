/** Look-ups of a domain by name in one second, beside virsh's batch mode. */
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {openConnection} from '../src/backend/libvirt/index.ts';
import {runProgram} from './measure.ts';

const socket = process.env['VIRT_SANDBOX_TEST_SOCKET'];
if (socket === undefined) throw new Error('VIRT_SANDBOX_TEST_SOCKET is not set: run `make bench`');
const count = 20_000;
// Without +unix virsh would ask a driver of its own, in its own process.
const uri = `test+unix:///default?socket=${socket}`;

async function perSecond(run: () => Promise<void>): Promise<number> {
	const begun = performance.now();
	await run();
	return Math.round(count / ((performance.now() - begun) / 1000));
}

const connection = await openConnection(uri, {});
const directory = mkdtempSync(join(tmpdir(), 'bench-'));
try {
	const one = async (): Promise<void> => {
		for (let done = 0; done < count; done++) await connection.lookupByName('test');
	};
	const many = async (): Promise<void> => {
		for (let done = 0; done < count; done += 16) await Promise.all(Array.from({length: 16}, () => connection.lookupByName('test')));
	};
	await one();
	const script = join(directory, 'script');
	writeFileSync(script, 'domid test\n'.repeat(count));
	console.log('\nLook-ups by name per second');
	console.log(`  one at a time       ${await perSecond(one)}`);
	console.log(`  16 at a time        ${await perSecond(many)}`);
	console.log(`  virsh, batch mode   ${await perSecond(() => runProgram('sh', ['-c', `exec virsh -q -c "${uri}" <"${script}"`]))}`);
} finally {
	await connection.close();
	rmSync(directory, {recursive: true});
}
