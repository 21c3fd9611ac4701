/** Whether a promise settles in time, in ms; rejects where it does. */
export async function within(work: Promise<unknown>, milliseconds: number): Promise<boolean> {
	const late = Promise.withResolvers<boolean>();
	const timer = setTimeout(() => late.resolve(false), milliseconds);
	try {
		return await Promise.race([work.then(() => true), late.promise]);
	} finally {
		clearTimeout(timer);
	}
}
