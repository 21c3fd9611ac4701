// Kills at random moments of a container's life. VIRT_SANDBOX_TEST_KILLS: how many of each kind.
import {readFileSync} from 'node:fs';
import {setTimeout as wait} from 'node:timers/promises';
import {containerKills, controllersOf} from '../helpers/kill-kinds.ts';
import {testLibvirtd, testWithLibvirtd as test} from '../helpers/libvirtd.ts';
import {countKills, findRemains, inTime, killQuietly, startClient} from '../helpers/random-kills.ts';

const kills = Number(process.env['VIRT_SANDBOX_TEST_KILLS'] ?? 8);
/** From before the domain exists until after a command that takes 150 ms. */
const often = {kills, longestMs: 900, limitMs: 120_000 + kills * 10_000};

/** The libvirt_lxc whose child is the first process of a container that does not run its init yet. */
function parentOfFirst(pids: readonly number[]): number | undefined {
	for (const pid of pids) {
		try {
			const status = readFileSync(`/proc/${pid}/status`, 'latin1');
			const parent = Number(/^PPid:\t(\d+)$/m.exec(status)?.[1]);
			if (/^NSpid:(?:\t\d+)+\t1$/m.test(status) && pids.includes(parent)) return parent;
		} catch {
			// It has gone.
		}
	}
	return undefined;
}

for (const each of containerKills(() => testLibvirtd().uri)) {
	test(each.title, (t) => countKills(t, {...often, kind: each.kind}, each));
}

test('a libvirt_lxc that is killed between a container’s first process and its word to go on does not hold libvirtd', async (t) => {
	const {uri} = testLibvirtd();
	const name = `stuck-${process.pid}`;
	for (const until = performance.now() + 60_000; performance.now() < until;) {
		const {ended} = startClient(uri, name, 'true');
		let isOver = false;
		void ended.then(() => (isOver = true));
		// The parent alone, as soon as there are two of them in different pid namespaces.
		let isStuck = false;
		while (!isStuck && !isOver) {
			const parent = parentOfFirst(controllersOf(name));
			if (parent !== undefined) {
				killQuietly(parent);
				isStuck = true;
			} else await wait(0);
		}
		await inTime(ended, name, 30_000);
		t.deepEqual(await findRemains(name, uri, () => controllersOf(name)), []);
		if (isStuck) {
			t.pass();
			return;
		}
	}
	t.fail('no container was met at that moment');
});
