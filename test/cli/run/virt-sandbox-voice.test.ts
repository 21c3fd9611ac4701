import test from 'ava';
import {ShellError} from '../../../src/core/errors.ts';
import {type ProgramVoice, type VoiceSettings, createProgramVoice} from '../../../src/cli/run/virt-sandbox-voice.ts';

const silent = {json: false, quiet: false, verbose: false, debug: false, terminal: false};

const says = test.macro((t, settings: Partial<Omit<VoiceSettings, 'write'>>, speak: (voice: ProgramVoice) => void, expected: string) => {
	let text = '';
	speak(createProgramVoice({...silent, report: () => '/state/crash.txt', ...settings, write: (part) => (text += part)}));
	t.is(text, expected);
});

const notice = (voice: ProgramVoice): void => voice.notice('info', 'hidden-mount', '/x is hidden', 'Bind it too.');
const label = (voice: ProgramVoice): void => voice.notice('warning', 'security-none', 'no label is set');
const daemon = (voice: ProgramVoice): void => voice.notice('info', 'embedded-started', 'a libvirtd was started');
const fault = (voice: ProgramVoice): void => voice.fault(new ShellError('not-found', 'no \u001b[31mx\n', {hint: 'Make one.', cause: new Error('deep')}));

test('nobody at a terminal: a notice is not written', says, {}, notice, '');
test('at a terminal it is', says, {terminal: true}, notice, 'virt-sandbox: /x is hidden (Bind it too.)\n');
test('with -v it is', says, {verbose: true}, notice, 'virt-sandbox: /x is hidden (Bind it too.)\n');
test('with -q none is, not even a warning', says, {quiet: true, terminal: true}, label, '');
test('a warning about the label is written anyway', says, {}, label, 'virt-sandbox: warning: no label is set\n');
test('so is the line about a daemon of ours', says, {}, daemon, 'virt-sandbox: a libvirtd was started\n');
test(
	'so is that a file of the host stays another user’s',
	says,
	{},
	(voice) => voice.notice('warning', 'image-owner', 'The image is not given back'),
	'virt-sandbox: warning: The image is not given back\n',
);
test('an error is written with -q', says, {quiet: true}, (voice) => voice.notice('error', 'x', 'bad'), 'virt-sandbox: bad\n');
test('phases are for -v', says, {}, (voice) => voice.phase('define', 12.6), '');
test(
	'at a terminal a slow start shows how far it is, which is gone when it is ready',
	says,
	{terminal: true},
	(voice) => {
		voice.phase('kernel', 12);
		voice.phase('create', 1234);
		voice.phase('boot', 2345);
		voice.phase('ready', 2500);
	},
	'starting: kernel 0.0 s, create 1.2 s\r\u001B[Kstarting: kernel 0.0 s, create 1.2 s, boot 2.3 s\r\u001B[K',
);
test(
	'a long one the last phases that have room',
	says,
	{terminal: true, columns: () => 50},
	(voice) => {
		voice.phase('kernel', 12);
		voice.phase('initramfs', 34);
		voice.phase('create', 1234);
	},
	'starting: … initramfs 0.0 s, create 1.2 s',
);
test(
	'and when a fault is told',
	says,
	{terminal: true},
	(voice) => {
		voice.phase('create', 1234);
		voice.fault(new ShellError('failed', 'it failed'));
	},
	'starting: create 1.2 s\r\u001B[Kvirt-sandbox: it failed\n',
);
test(
	'a quick start shows nothing',
	says,
	{terminal: true},
	(voice) => {
		voice.phase('created', 90);
		voice.phase('ready', 110);
	},
	'',
);
test('phases have their time', says, {verbose: true}, (voice) => voice.phase('define', 12.6), 'virt-sandbox: define: 13 ms\n');
test('a fault is one message and a hint, and foreign text is made safe', says, {}, fault, 'virt-sandbox: no \\x1b[31mx\\n\n  hint: Make one.\n');
test('with --debug its causes follow', says, {debug: true}, fault, 'virt-sandbox: no \\x1b[31mx\\n\n  hint: Make one.\n  caused by Error: deep\n');
test(
	'a bug says so, without a stack',
	says,
	{},
	(voice) => voice.fault(new TypeError('x is y')),
	'virt-sandbox: internal error: x is y\n  hint: This is a fault of the program itself. The report /state/crash.txt helps to mend it.\n',
);
test(
	'JSON: a bug',
	says,
	{json: true, report: () => undefined},
	(voice) => voice.fault(new TypeError('x is y')),
	'{"v":1,"kind":"error","code":"bug","message":"internal error: x is y","hint":"This is a fault of the program itself, and no report of it could be written."}\n',
);
test('times are one line', says, {}, (voice) => voice.timing({start: 1.2, whole: 3.9}), 'virt-sandbox: start 1 ms, whole 4 ms\n');
test('JSON: a fault', says, {json: true, debug: true}, fault, '{"v":1,"kind":"error","code":"not-found","message":"no \\u001b[31mx\\n","hint":"Make one."}\n');
test('JSON: a notice', says, {json: true}, label, '{"v":1,"kind":"notice","level":"warning","code":"security-none","message":"no label is set"}\n');
test(
	'JSON: a phase',
	says,
	{json: true, verbose: true},
	(voice) => voice.phase('define', 12.34567891234),
	'{"v":1,"kind":"progress","phase":"define","state":"done","elapsedMs":12.346}\n',
);
test('the XML keeps its lines', says, {}, (voice) => voice.document('<a>\n\t<b/>\n</a>'), '<a>\n\t<b/>\n</a>\n');
