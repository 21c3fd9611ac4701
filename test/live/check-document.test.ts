import test from 'ava';
import {createChecking} from '../../src/live/check-document.ts';

const checkDocument = createChecking();
const never = new AbortController().signal;
const faulty = "<domain type='lxc'><nmae>web</nmae></domain>";

/** It takes seconds to find a cure for each of them. */
const slow = `<domain type='lxc' ${Array.from({length: 40_000}, (_, index) => `a${index}='1'`).join(' ')}/>`;

test.serial('a document is checked by a thread, whatever became of the question before', async (t) => {
	const {faults} = await checkDocument({text: faulty, isOfHere: false}, never);
	t.like(faults[0], {culprit: 'nmae', source: 'schema'});
	const giving = new AbortController();
	const given = checkDocument({text: slow, isOfHere: false}, giving.signal);
	const next = checkDocument({text: faulty, isOfHere: false}, never);
	setTimeout(() => giving.abort(), 300);
	await t.throwsAsync(given, {message: 'The document was not checked to its end'});
	t.deepEqual((await next).faults, faults);
});

test.serial('a question that is given up before it is asked ends none that is answered', async (t) => {
	const first = checkDocument({text: faulty, isOfHere: false}, never);
	await t.throwsAsync(checkDocument({text: faulty, isOfHere: false}, AbortSignal.abort()), {message: 'The document was not checked to its end'});
	t.is((await first).faults.length, 1);
});

test.serial('what is of this host is looked at here', async (t) => {
	const text =
		"<domain type='lxc'><name>a</name><memory unit='MiB'>64</memory><os><type>exe</type><init>/bin/true</init></os><devices><emulator>/nowhere/at/all</emulator></devices></domain>";
	const rules = async (isOfHere: boolean) => (await checkDocument({text, isOfHere}, never)).faults.map(({rule}) => rule);
	t.true((await rules(true)).includes('emulator-missing'));
	t.false((await rules(false)).includes('emulator-missing'));
});
