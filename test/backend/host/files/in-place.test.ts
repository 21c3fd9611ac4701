import {
	closeSync,
	constants,
	mkdirSync,
	mkdtempSync,
	openSync,
	readFileSync,
	readlinkSync,
	realpathSync,
	renameSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {checkImage} from '../../../../src/backend/guest/image/check-image.ts';
import {inPlace, statInPlace} from '../../../../src/backend/host/files/in-place.ts';
import {openInPlace, pathOf, pathOnly} from '../../../../src/backend/host/files/open-in-place.ts';
import {placesOf} from '../../../../src/backend/host/files/places-of.ts';
import {readRegularFile} from '../../../../src/backend/host/files/read-regular-file.ts';
import {readWithin} from '../../../../src/backend/host/files/root-directory.ts';
import {mountElsewhere, testAsRoot} from '../../../helpers/other-mounts.ts';

/** A file and a directory in a directory of others', and somebody else's beside that. */
function makePlaces(t: ExecutionContext): Record<'way' | 'file' | 'directory' | 'victim' | 'hidden', string> {
	const base = realpathSync(mkdtempSync(join(tmpdir(), 'place-')));
	t.teardown(() => rmSync(base, {recursive: true, force: true}));
	const at = (path: string): string => join(base, path);
	for (const path of ['others/way/directory', 'hidden']) mkdirSync(at(path), {recursive: true});
	for (const [path, content] of [
		['others/way/file', 'theirs'],
		['others/way/directory/file', 'theirs'],
		['victim', 'hidden'],
		['hidden/file', 'hidden'],
	] as const)
		writeFileSync(at(path), content);
	return {way: at('others/way'), file: at('others/way/file'), directory: at('others/way/directory'), victim: at('victim'), hidden: at('hidden')};
}

const changed = (path: string) => ({code: 'refused', message: `The way to ${path} has changed`});

/** What the kernel calls what a name leads to. */
function nameOf(path: string): string {
	const descriptor = openSync(path, pathOnly);
	try {
		return readlinkSync(pathOf(descriptor));
	} finally {
		closeSync(descriptor);
	}
}

test('no more of a file is read than was said, whatever size it tells', (t) => {
	// These tell none.
	const types = '/proc/filesystems';
	const whole = readFileSync(types);
	t.deepEqual(readRegularFile(types, {most: whole.length}), whole);
	t.throws(() => readRegularFile(types, {most: whole.length - 1}), {message: /^\/proc\/filesystems is larger than /});
	t.throws(() => readRegularFile('/proc/kallsyms', {most: 100_000}), {message: /^\/proc\/kallsyms is larger than /});
});

test('what lies at a place is opened where no link is on the way', (t) => {
	const {way, file, directory} = makePlaces(t);
	const descriptor = openInPlace(file, constants.O_RDONLY);
	t.teardown(() => closeSync(descriptor));
	t.deepEqual([readFileSync(descriptor, 'utf8'), placesOf('self')(descriptor)], ['theirs', file]);
	t.is(statInPlace('/')?.ino, statInPlace('//')?.ino);
	t.is(
		inPlace(directory, (here) => readFileSync(`${here}/file`, 'utf8')),
		'theirs',
	);
	t.is(
		inPlace(`${directory}-none`, () => 'looked'),
		undefined,
	);
	symlinkSync('file', join(way, 'link'));
	t.throws(() => openInPlace(join(way, 'link'), constants.O_RDONLY), changed(join(way, 'link')));
	t.throws(() => openInPlace(join(way, 'link'), pathOnly), changed(join(way, 'link')));
	renameSync(way, `${way}-saved`);
	symlinkSync('way-saved', way);
	t.throws(() => openInPlace(file, constants.O_RDONLY), changed(file));
	t.throws(() => inPlace(directory, () => 'looked'), changed(directory));
	t.is(statInPlace(file), undefined);
});

testAsRoot('a file of another mount namespace is not at a place, though the kernel calls it so', async (t) => {
	const {file, victim} = makePlaces(t);
	const {lead} = await mountElsewhere(t, {place: file, victim});
	lead();
	t.deepEqual([readFileSync(file, 'utf8'), nameOf(file)], ['hidden', file]);
	t.throws(() => readRegularFile(file, {isPlace: true}), changed(file));
	t.throws(() => checkImage({source: file, format: 'raw', chain: false}), changed(file));
	t.is(statInPlace(file), undefined);
	const descriptor = openSync(file, constants.O_RDONLY);
	t.teardown(() => closeSync(descriptor));
	t.is(placesOf('self')(descriptor), undefined);
});

testAsRoot('nor is a directory, as what may be read alone, or as a root', async (t) => {
	const {directory, hidden} = makePlaces(t);
	const {lead} = await mountElsewhere(t, {place: directory, victim: hidden});
	t.is(readRegularFile(join(directory, 'file'), {isPlace: true}).toString(), 'theirs');
	t.is(readWithin(directory, '/file', 100), 'theirs');
	lead();
	t.deepEqual([readFileSync(join(directory, 'file'), 'utf8'), nameOf(directory)], ['hidden', directory]);
	t.throws(() => inPlace(directory, () => 'looked'), changed(directory));
	t.throws(() => readWithin(directory, '/file', 100), changed(directory));
	t.throws(() => readRegularFile(join(directory, 'file'), {isPlace: true}));
});

test('what is no directory leads to nothing, as where there is none', (t) => {
	const {file} = makePlaces(t);
	for (const path of [file, join(file, 'below')]) t.throws(() => openInPlace(path, pathOnly | constants.O_DIRECTORY), {code: 'ENOTDIR'});
	t.throws(() => openInPlace(`${file}-none`, pathOnly), {code: 'ENOENT'});
});
