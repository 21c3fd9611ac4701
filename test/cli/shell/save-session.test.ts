import test from 'ava';
import {createSessionSaver} from '../../../src/cli/shell/save-session.ts';
import {OutputFailure} from '../../../src/shell/run-script.ts';

function createFile() {
	const told: string[] = [];
	let fault: Error | undefined;
	const save = () => (fault === undefined ? Promise.resolve([]) : Promise.reject(fault));
	const saver = createSessionSaver(save, {write() {}, error: (error) => void told.push(String(error))});
	return {
		saver,
		told,
		breaks(by: Error | undefined) {
			fault = by;
		},
	};
}

test('a failure is told once until it is over', async (t) => {
	const {saver, told, breaks} = createFile();
	breaks(new Error('full'));
	await saver.afterCommand();
	await saver.afterCommand();
	breaks(undefined);
	await saver.afterCommand();
	t.deepEqual(told, ['Error: full']);
	breaks(new Error('full again'));
	await saver.afterCommand();
	t.deepEqual(told, ['Error: full', 'Error: full again']);
});

test('at the end it is the failure of the session', async (t) => {
	const {saver, told, breaks} = createFile();
	breaks(new Error('full'));
	await t.throwsAsync(saver.atEnd(), {message: 'full'});
	t.deepEqual(told, []);
});

test('where nothing can be told any more the session ends', async (t) => {
	const {saver, breaks} = createFile();
	breaks(new OutputFailure('the reader is gone'));
	await t.throwsAsync(saver.afterCommand(), {instanceOf: OutputFailure});
});
