/** A function that is asked once for each argument. */
export function onceEach<Value>(read: (key: string) => Value): (key: string) => Value {
	const known = new Map<string, Value>();
	return (key) => {
		const value = known.get(key) ?? read(key);
		known.set(key, value);
		return value;
	};
}

/** A function that is asked once. */
export function once<Value>(read: () => Value): () => Value {
	let known: {readonly value: Value} | undefined;
	return () => (known ??= {value: read()}).value;
}
