// Who exchanges the source of a mount with a link, once it has been looked at, gives the sandbox nothing of another place.
import {chmodSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {ShellError} from '../../src/core/errors.ts';
import {openHostFacts} from '../../src/backend/host/host-facts.ts';
import {parseInclude} from '../../src/spec/parse/parse-include.ts';
import {parseMount} from '../../src/spec/parse/parse-mount.ts';
import {container} from '../helpers/backends.ts';
import {testWithLibvirtd} from '../helpers/libvirtd.ts';
import {finish, type SpecChanges} from '../helpers/run-sandbox.ts';

const changed = /changed while the sandbox started$|became a link while the sandbox was planned$|is a symbolic link|^The way to \S+ has changed$/;

for (const [what, changesOf] of [
	['a host-bind', (source) => ({mounts: [`host-bind:/mnt=${source}/inner`]})],
	['a host-bind at its end', (source) => ({mounts: [`host-bind:/mnt=${source}`]})],
	['an include', (source) => ({includes: [parseInclude(`/tmp/brought=${source}/inner`)]})],
	['a root', (source) => ({root: source})],
] as ReadonlyArray<readonly [string, (source: string) => Omit<SpecChanges, 'mounts'> & {readonly mounts?: readonly string[]}]>) {
	testWithLibvirtd(`a container gets nothing of a place that a link leads ${what} to once its source was settled`, async (t) => {
		const directory = realpathSync(mkdtempSync(join(tmpdir(), 'settled-')));
		t.teardown(() => rmSync(directory, {recursive: true, force: true}));
		const [shared, victim] = [join(directory, 'shared'), join(directory, 'victim')];
		for (const place of [join(shared, 'out'), victim]) {
			mkdirSync(join(place, 'inner'), {recursive: true});
			mkdirSync(join(place, 'bin'));
		}
		chmodSync(victim, 0o700);
		writeFileSync(join(victim, 'inner/secret'), 'secret\n');
		let isSwapped = false;
		const host = openHostFacts();
		const swapping = {
			...host,
			/** What a plan asks for when it has settled the sources. */
			accounts(base: string) {
				if (!isSwapped) {
					renameSync(join(shared, 'out'), join(shared, 'saved'));
					symlinkSync(victim, join(shared, 'out'));
					isSwapped = true;
				}
				return host.accounts(base);
			},
		};
		const {mounts = [], ...changes} = changesOf(join(shared, 'out'));
		const start = async () => {
			const command = ['sh', '-c', 'cat /mnt/secret /mnt/inner/secret /tmp/brought/secret; touch /mnt/trace /mnt/inner/trace'];
			const written = [`host-bind:/srv=${shared}`, ...mounts].map((text) => parseMount(text));
			return finish(await container.start(t, {command, ...changes, mounts: changes.root === undefined ? written : []}, {host: swapping}));
		};
		const error = await t.throwsAsync(start(), {instanceOf: ShellError});
		t.regex(error?.message ?? '', changed);
		t.true(isSwapped);
		t.deepEqual(readdirSync(join(victim, 'inner')), ['secret']);
	});
}
