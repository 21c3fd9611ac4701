import {once} from 'node:events';
import {PassThrough, type Duplex} from 'node:stream';
import {text} from 'node:stream/consumers';
import test from 'ava';
import {LastingConsole} from '../../../src/backend/start/lasting-console.ts';

test('a console that is joined again says where something may be missing, takes what was typed meanwhile, and ends with its sandbox', async (t) => {
	const [first, second] = [new PassThrough(), new PassThrough()];
	let tries = 0;
	let isEnding = false;
	const open = (): Promise<Duplex> => {
		tries++;
		return tries === 1 ? Promise.reject(new Error('libvirtd is not back yet')) : Promise.resolve(second);
	};
	const console = new LastingConsole(first, {open, isEnding: () => isEnding});
	const all = text(console);
	const heard = once(first, 'data');
	first.write('before');
	await heard;
	first.destroy();
	await once(first, 'close');
	console.write('typed');
	// It comes back as output: what is opened is a pipe.
	await once(second, 'data');
	t.is(tries, 2);
	isEnding = true;
	second.end('after');
	t.is(await all, 'before\r\n[libvirtd was away: some of what was said here may be missing]\r\ntypedafter');
});
