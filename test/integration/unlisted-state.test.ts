// Who may list a directory may keep it locked for ever, and whoever changes it then waits, `kill -9` or not.
import {execFileSync} from 'node:child_process';
import {statSync} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {parseMount} from '../../src/spec/parse/parse-mount.ts';
import {listAllProcesses} from '../helpers/all-processes.ts';
import {testEach} from '../helpers/backends.ts';
import {keep, waitUntil} from '../helpers/kept.ts';
import {testWithLibvirtd} from '../helpers/libvirtd.ts';
import {startTestSandbox} from '../helpers/run-sandbox.ts';

const nobody = 65_534;

/** Which directories of a tree, by their paths in it, a user may list. */
function listable(t: ExecutionContext, top: string, user = nobody): string[] {
	const all = execFileSync('find', ['.', '-type', 'd'], {cwd: top, encoding: 'utf8'});
	t.true(all.length > '.\n'.length, `${top} has directories`);
	const script = 'while read -r name; do [ -r "$0/$name" ] && echo "$name"; done; :';
	const ids = [`--reuid=${user}`, `--regid=${user}`, '--clear-groups'];
	return execFileSync('setpriv', [...ids, 'sh', '-c', script, top], {input: all, encoding: 'utf8'})
		.split('\n')
		.slice(0, -1)
		.toSorted();
}

testEach('nobody else may list any directory that a running sandbox has on the host', async (t, backend) => {
	const {statePath} = await keep(t, backend, {command: ['sleep', '300']});
	t.deepEqual(listable(t, statePath), []);
});

// Not looked at is `/` itself. It is listed, as is what covers something: nothing is made or removed in these while the sandbox runs.

testWithLibvirtd('another user as who a container runs a command does not list what is changed meanwhile, from the host either', async (t) => {
	const time = `300.${process.pid}`;
	const sandbox = await startTestSandbox(t, {command: ['sleep', time], mounts: [parseMount('hide:/srv')], user: {kind: 'name', name: String(nobody)}});
	const find = (): number | undefined => listAllProcesses().find(({words}) => words.join(' ') === `sleep ${time}`)?.pid;
	await waitUntil(() => find() !== undefined, 'the command runs');
	const io = join('/proc', String(find()), 'root/run/sandbox');
	t.is(statSync(io).ino, statSync(join('/run/virt-sandbox', sandbox.id, 'io')).ino);
	const covers = listable(t, io).filter((name) => !/^\.\/ram-\d+$/.test(name));
	t.deepEqual(covers, ['./empty-directory']);
});

testWithLibvirtd('root with mapped ids lists no more than that', async (t) => {
	const idmap = {start: 100_000, count: 65_536};
	const {id} = await startTestSandbox(t, {command: ['sleep', '300'], mounts: [parseMount('hide:/srv')], idmap});
	t.deepEqual(listable(t, join('/run/virt-sandbox', id, 'io'), idmap.start), ['./empty-directory']);
});
