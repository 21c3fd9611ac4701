import test from 'ava';
import type {Calling, DomainRow} from '../../src/commands/sandboxes.ts';
import {ShellError} from '../../src/core/errors.ts';
import {runInMemory} from '../shell/memory-shell.ts';
import {fakeSandboxes} from './fake-sandboxes.ts';

const row = (name: string, id: string, uri: string): DomainRow => ({name, id, state: 'running', uri, uuid: id, ours: true});

/** Two daemons, and one that does not answer. */
function listOf({uri, backend}: Pick<Calling, 'uri' | 'backend'>): Promise<readonly DomainRow[]> {
	if (uri === 'lxc+ssh://far/system') return Promise.reject(new ShellError('unavailable', 'It is far'));
	const isMachine = uri?.startsWith('qemu:') ?? backend === 'machine';
	return Promise.resolve(isMachine ? [row('vm', '2', 'qemu:///system'), row('stranger', '3', 'qemu:///system')] : [row('web', '7', 'lxc:///system')]);
}

const names = async (script: string): Promise<unknown> => {
	const {stdout} = await runInMemory(script, {output: 'json', sandboxes: {...fakeSandboxes(), list: listOf}});
	const {rows} = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as {rows: ReadonlyArray<{name: string; state: string; uri: string | null}>};
	return rows.map(({name, state, uri}) => `${name} ${state} ${uri ?? '-'}`);
};

test('a definition that goes to another connection is seen where it runs', async (t) => {
	t.deepEqual(await names('new vm; set uri qemu:///system; new web; list'), ['web running lxc:///system', 'vm running qemu:///system']);
});

test('one of another backend too, and others there are not this session’s to show', async (t) => {
	t.deepEqual(await names('new vm --backend machine; list'), ['web running lxc:///system', 'vm running qemu:///system']);
	t.deepEqual(await names('new other --backend machine; list'), ['web running lxc:///system', 'other defined -']);
});

test('a connection that does not answer hides nothing of the rest', async (t) => {
	t.deepEqual(await names('new a; set uri lxc+ssh://far/system; list'), ['web running lxc:///system', 'a defined lxc+ssh://far/system']);
});
