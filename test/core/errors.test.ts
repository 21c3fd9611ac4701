import {globSync, readFileSync} from 'node:fs';
import test from 'ava';
import {BootFailure} from '../../src/backend/machine/boot/machine-boot.ts';
import {WrongArgument} from '../../src/commands/command.ts';
import {ShellError} from '../../src/core/errors.ts';

test('an error is of a subclass only where that made it', (t) => {
	const plain = new ShellError('failed', 'something');
	const boot = new BootFailure('failed', 'it did not boot', {isOfProcessor: true});
	class Other extends WrongArgument {}
	t.deepEqual([plain instanceof BootFailure, boot instanceof BootFailure, boot instanceof ShellError], [false, true, true]);
	t.deepEqual([new WrongArgument('name', 'wrong') instanceof Other, new Other('name', 'wrong') instanceof WrongArgument], [false, true]);
});

test('an error of the other module, with a class of its own of that name, counts', (t) => {
	const twin = Object.assign(new Error('something'), {name: 'ShellError'});
	t.deepEqual([twin instanceof ShellError, twin instanceof BootFailure, new Error('something') instanceof ShellError], [true, false, false]);
});

test('whatever says by a mark what is of it says it for itself alone', (t) => {
	const careless = globSync('src/**/*.{ts,tsx}').filter((path) => {
		const text = readFileSync(path, 'utf8');
		const marks = text.match(/\[Symbol\.hasInstance\]\(value/g)?.length ?? 0;
		return marks > (text.match(/if \(this !== \w+\) return Function\.prototype\[Symbol\.hasInstance\]\.call\(this, value\)/g)?.length ?? 0);
	});
	t.deepEqual(careless, []);
});
