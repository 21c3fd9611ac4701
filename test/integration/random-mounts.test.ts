// Any mounts together show what each of them says, over every backend.
import {chmodSync, mkdtempSync, rmSync} from 'node:fs';
import {ShellError} from '../../src/core/errors.ts';
import {parseMount} from '../../src/spec/parse/parse-mount.ts';
import {runAlone, testEach} from '../helpers/backends.ts';
import {createRandom} from '../helpers/create-random.ts';
import {chooseMounts, expectFiles, formatMounts, lookScript, makeSources, readFiles} from '../helpers/random-mounts.ts';

testEach('mounts at random show what a model of a few lines says', async (t, backend) => {
	const base = mkdtempSync('/srv/views-');
	chmodSync(base, 0o755);
	t.teardown(() => rmSync(base, {recursive: true, force: true}));
	makeSources(base);
	const isMachine = backend.name === 'machine';
	const from = Number(process.env['VIRT_SANDBOX_TEST_SEED'] ?? 1);
	const wanted = Number(process.env['VIRT_SANDBOX_TEST_MOUNTS'] ?? (isMachine ? 4 : 24));
	let accepted = 0;
	const refusals: string[] = [];
	for (let seed = from; accepted < wanted && seed < from + 30 * wanted; seed++) {
		const given = chooseMounts(base, createRandom(seed), {hasOverlays: isMachine});
		const expected = expectFiles(base, given);
		const mounts = formatMounts(given);
		const what = `seed ${seed}: ${mounts.join(' ')} ${given.includes.map(({guest, host}) => `${guest}<${host}`).join(' ')}`;
		try {
			const command = ['sh', '-c', lookScript([...expected.keys()])];
			const {stdout} = await runAlone(backend, t, command, {mounts: mounts.map((text) => parseMount(text)), includes: given.includes});
			accepted++;
			const files = readFiles(stdout);
			for (const [path, {content, isWritable}] of expected) {
				const seen = files.get(path);
				t.is(seen?.content, content, `${what}: ${path}`);
				if (seen !== undefined) t.is(seen.isWritable, isWritable, `${what}: ${path}`);
			}
		} catch (error) {
			// What another test has mounted in /srv may have gone by the time libvirt mounts it.
			const isOfOthers = error instanceof ShellError && /^The sandbox cannot mount \/srv\/(?!views-)/.test(error.message);
			if (!(error instanceof ShellError) || !(isOfOthers || ['refused', 'not-found', 'usage'].includes(error.code))) throw error;
			refusals.push(error.message);
		}
	}
	t.is(accepted, wanted, refusals.join('\n'));
});
