import {mkdirSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {requireRunUncovered} from '../../../src/backend/container/mounts/refused-mounts.ts';
import {planRoot} from '../../../src/backend/guest/root/plan-root.ts';
import {ShellError} from '../../../src/core/errors.ts';
import {defaultSpec} from '../../../src/spec/default-spec.ts';
import {parseMount} from '../../../src/spec/parse/parse-mount.ts';

test('nothing comes after /run by a way that others may change', (t) => {
	const given = mkdtempSync(join(tmpdir(), 'given-'));
	t.teardown(() => rmSync(given, {recursive: true}));
	mkdirSync(join(given, 'in'));
	const messageOf = (...mounts: readonly string[]): string | undefined => {
		const plan = planRoot({...defaultSpec, mounts: mounts.map((text) => parseMount(text, '/'))}, [], () => given);
		try {
			requireRunUncovered(plan);
			return undefined;
		} catch (error) {
			return error instanceof ShellError ? `${error.message} | ${error.hint}` : String(error);
		}
	};
	const inRun =
		'/run/a/in lies in what is mounted at /run/a: whoever writes there could lead it over all of /run | Mount /run/a outside of /run, or use a machine (--backend machine)';
	for (const access of ['', ',ro']) {
		for (const mount of ['ram:/run/a/in=1M', 'hide:/run/a/in', `host-bind:/run/a/in=${given}`]) {
			t.is(messageOf(`host-bind:/run/a=${given}${access}`, mount), inRun);
		}
		t.is(
			messageOf('ram:/run/a=1M', `host-bind:/mnt=${given}${access}`, 'guest-bind:/mnt/in=/run/a'),
			'/mnt/in lies in what is mounted at /mnt: whoever writes there could lead it over all of /run | Mount /mnt/in outside of /mnt, or use a machine (--backend machine)',
		);
	}
	t.is(messageOf(`host-bind:/run/a=${given}`, 'ram:/run/b=1M', 'guest-bind:/mnt=/run/a', 'host-bind:/run/c=', 'ram:/run/c/in=1M'), undefined);
	t.is(messageOf(`host-bind:/mnt=${given}`, 'ram:/mnt/in=1M'), undefined);
});
