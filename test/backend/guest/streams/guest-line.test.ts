import test from 'ava';
import {createLineSplitter, parseGuestLine, parseNameServers} from '../../../../src/backend/guest/streams/guest-line.ts';

test('what the init says is understood', (t) => {
	t.deepEqual(parseGuestLine('ready 0'), {verb: 'ready', session: 0});
	t.deepEqual(parseGuestLine('found 3'), {verb: 'found', session: 3});
	t.deepEqual(parseGuestLine('exit 12 255'), {verb: 'exit', session: 12, status: 255});
	t.deepEqual(parseGuestLine('fatal 3 directory'), {verb: 'fatal', session: 3, word: 'directory'});
	t.deepEqual(parseNameServers('dns 10.0.0.1 fe80::1'), ['10.0.0.1', 'fe80::1']);
});

for (const line of [
	'',
	'ready',
	'ready x',
	'ready 0 0',
	'ready -1',
	'exit 0',
	'exit 0 256',
	'exit 0 -1',
	'exit 0 1e1',
	'exit 1234567890 0',
	'fatal 0',
	'fatal 0 a b',
	'fatal 0 ../x',
	' ready 0',
	'READY 0',
	'ready 0\u0000',
	'bye',
	'exit 0 1\r',
]) {
	test(`anything else is nothing: ${JSON.stringify(line)}`, (t) => {
		t.is(parseGuestLine(line), undefined);
	});
}

for (const line of ['dns', 'dns x', 'dns 1.2.3.4 5.6.7.8 9.9.9.9 1.1.1.1', 'dns 1.2.3.4\nnameserver', 'dns ;rm']) {
	test(`no name servers: ${JSON.stringify(line)}`, (t) => {
		t.true([undefined, ''].includes(parseNameServers(line)?.join(' ')));
	});
}

test('an address that is none is left out', (t) => {
	t.deepEqual(parseNameServers('dns 999.1.1.1 1.2.3.4'), ['1.2.3.4']);
});

const text = 'ready 0\nexit 0 3\n\nlast';
for (const size of [1, 2, 3, 100]) {
	test(`a stream is cut into lines whatever its chunks: ${size}`, (t) => {
		const lines: string[] = [];
		const split = createLineSplitter((line) => lines.push(line));
		for (let at = 0; at < text.length; at += size) {
			split(text.slice(at, at + size));
		}
		t.deepEqual(lines, ['ready 0', 'exit 0 3', '']);
	});
}

for (const size of [1, 7, 100_000]) {
	test(`a line that is too long is dropped whole, and the next one is not: chunks of ${size}`, (t) => {
		const lines: string[] = [];
		const split = createLineSplitter((line) => lines.push(line));
		const flood = `${'x'.repeat(10_000)}exit 0 0\nready 0\n`;
		for (let at = 0; at < flood.length; at += size) {
			split(flood.slice(at, at + size));
		}
		t.deepEqual(lines, ['ready 0']);
	});
}
