import {execFileSync} from 'node:child_process';
import {existsSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {findProgramArchitecture} from '../../../../src/backend/guest/program/program-file.ts';
import {fileInLoop, isThat} from '../../../../src/backend/container/images/file-in-loop.ts';
import {testAsRoot} from '../../../helpers/other-mounts.ts';

const architecture = findProgramArchitecture(process.arch) ?? 'x64';

testAsRoot('a loop device says which file it has, whatever has its name, and what is none says nothing', async (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'loop-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	const [file, program] = [join(directory, 'file'), join(directory, 'program')];
	writeFileSync(file, '');
	truncateSync(file, 65_536);
	const device = execFileSync('losetup', ['--find', '--show', file], {encoding: 'utf8'}).trim();
	t.teardown(() => execFileSync('losetup', ['--detach', device]));
	const before = statSync(file, {bigint: true});
	rmSync(file);
	writeFileSync(file, '');
	const found = await fileInLoop(device, program, architecture);
	t.like(found, {dev: before.dev, ino: before.ino});
	t.true(isThat(found, before));
	t.false(isThat(found, statSync(file, {bigint: true})));
	const over = execFileSync('losetup', ['--find', '--show', device], {encoding: 'utf8'}).trim();
	t.teardown(() => execFileSync('losetup', ['--detach', over]));
	t.true(isThat(await fileInLoop(over, program, architecture), statSync(device, {bigint: true})));
	t.is(await fileInLoop('/dev/null', program, architecture), undefined);
	t.false(existsSync(program));
	await t.throwsAsync(fileInLoop(device, '/proc/nowhere', architecture), {code: 'ENOENT'});
});
