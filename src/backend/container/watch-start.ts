import {ShellError} from '../../core/errors.ts';
import {CallTimeout} from '../libvirt/index.ts';
import {hintAtDomain} from '../host/libvirtd/libvirt-logs.ts';
import type {ProcessIdentity} from '../host/process-identity.ts';
import type {Link} from '../start/link.ts';
import type {HostSide} from './lay-out.ts';

/** How long a created container may take until its command begins: a hundred at once share one libvirtd and few processors. After the first time libvirtd is asked whether it still answers. */
const readyMs = {askAfter: 30_000, answer: 20_000, most: 120_000} as const;

/** How much later than the end of a guest its last words may be here. */
const lastWordsMs = 100;

/** How long libvirtd may take to create a container before its first process is looked at, and between two looks. */
const stuckMs = 2000;

/** Ends what hangs while libvirtd creates a container, whose name may change meanwhile; `givenUpBy`: while it gets rid of one that this process began. */
export async function endWhatHangs<Result>(
	work: Promise<Result>,
	name: () => string | undefined,
	how: {readonly givenUpBy?: Pick<ProcessIdentity, 'startTime'> | undefined} = {},
): Promise<Result> {
	const looking = setInterval(() => {
		// One that cannot be looked for now is at the next look.
		void import('./stuck-start.ts').then(({endStuckStart}) => endStuckStart(name() ?? '', how)).catch(() => undefined);
	}, stuckMs);
	try {
		return await work;
	} finally {
		clearInterval(looking);
	}
}

/** Until the first session is ready; rejects when the guest ends before, when it takes too long, or when the caller gives up. */
export async function watchStart(
	{progress, control}: HostSide,
	link: Link,
	{uri, name, signal}: {readonly uri: string; readonly name: string; readonly signal: AbortSignal | undefined},
): Promise<void> {
	const failure = Promise.withResolvers<never>();
	failure.promise.catch(() => undefined);
	const fail = (what: string): void => failure.reject(new ShellError('failed', what, {hint: hintAtDomain(uri, name)}));
	const late = setTimeout(() => fail(`The sandbox was created, but not ready after ${readyMs.most / 1000} s`), readyMs.most);
	const asking = setTimeout(() => {
		// One that has ended does not matter: the guest goes on without it.
		link.connection.getLibVersion({timeoutMs: readyMs.answer}).catch(async (error: unknown) => {
			if (!(error instanceof CallTimeout)) return;
			const {explainLibvirtError} = await import('../host/libvirtd/explain-libvirt-error.ts');
			failure.reject(explainLibvirtError(error, uri));
		});
	}, readyMs.askAfter);
	const abort = (): void => failure.reject(signal?.reason);
	signal?.addEventListener('abort', abort, {once: true});
	if (signal?.aborted === true) abort();
	const failEarly = (): void => fail('The sandbox ended before its command began');
	// What the init said last is still to be read: libvirtd's word may be quicker. The immediate comes after one more look at the pipes.
	void link.stopped.then(() => setTimeout(() => setImmediate(failEarly), lastWordsMs));
	void control.ended.then(failEarly);
	try {
		await Promise.race([progress.ready, failure.promise]);
	} finally {
		clearTimeout(late);
		clearTimeout(asking);
		signal?.removeEventListener('abort', abort);
	}
}
