/**
 * A script of ours as it is run: without the comment at its top, which is for its readers, and with what it leaves open, as `@name@`. All
 * that it names has to be given, and all that is given named.
 */
export function fillScript(script: string, values: Readonly<Record<string, string>> = {}): string {
	const unused = new Set(Object.keys(values));
	const filled = script
		.replace(/^(?:#.*\n)+\n/, '')
		.trimEnd()
		.replaceAll(/@(\w+)@/g, (_, name: string) => {
			const value = values[name];
			if (value === undefined) throw new Error(`a script leaves ${name} open`);
			unused.delete(name);
			return value;
		});
	if (unused.size > 0) throw new Error(`a script has no place for ${[...unused].join(', ')}`);
	return filled;
}
