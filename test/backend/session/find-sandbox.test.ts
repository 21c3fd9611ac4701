import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {writeOwnerRecord} from '../../../src/backend/guest/state/state-directory.ts';
import {identifyProcess, recordNamespace} from '../../../src/backend/host/process-identity.ts';
import {findSandbox, namesElsewhere} from '../../../src/backend/session/find-sandbox.ts';

const owner = identifyProcess('self') ?? {pid: 0, startTime: ''};

/** The state directories of a user with these sandboxes: id, name, URI. */
function withSandboxes(t: ExecutionContext, ...sandboxes: ReadonlyArray<readonly [id: string, name: string, uri: string]>) {
	const runtime = mkdtempSync(join(tmpdir(), 'runtime-'));
	t.teardown(() => rmSync(runtime, {recursive: true, force: true}));
	for (const [id, name, uri] of sandboxes) {
		const path = join(runtime, 'virt-sandbox', id);
		mkdirSync(path, {recursive: true});
		writeOwnerRecord(path, {owner, namespace: recordNamespace(), uri, name, uuid: id, lifetime: 'client', temporary: []});
	}
	return {uid: 1000, environment: {XDG_RUNTIME_DIR: runtime}};
}

test('a name that two connections have needs the connection', (t) => {
	const caller = withSandboxes(t, ['00000001', 'web', 'lxc:///system'], ['00000002', 'web', 'qemu:///system']);
	t.throws(() => findSandbox('web', caller), {message: "2 sandboxes are named 'web'"});
	t.is(findSandbox('web', caller, 'qemu:///system').id, '00000002');
});

test('a free name is free on all connections', (t) => {
	const {environment} = withSandboxes(t, ['00000001', 'sandbox-1', 'lxc:///system'], ['00000002', 'sandbox-2', 'qemu:///system']);
	const base = join(environment.XDG_RUNTIME_DIR, 'virt-sandbox');
	t.deepEqual(namesElsewhere(base, 'lxc:///system'), ['sandbox-2']);
	t.deepEqual(namesElsewhere(base, 'qemu:///system'), ['sandbox-1']);
});

test('a name that several starts want at once is that of the one that runs', (t) => {
	const uri = 'lxc:///system';
	const caller = withSandboxes(t, ['00000001', 'web', uri], ['00000002', 'web', uri], ['00000003', 'web', uri]);
	t.throws(() => findSandbox('web', caller), {message: "3 processes are just starting a sandbox named 'web'"});
	writeFileSync(join(caller.environment.XDG_RUNTIME_DIR, 'virt-sandbox', '00000002', 'control'), '');
	t.is(findSandbox('web', caller).id, '00000002');
});
