/** A function that is asked once for each argument. */
export function onceEach<Value>(read: (key: string) => Value): (key: string) => Value {
	const known = new Map<string, {readonly value: Value}>();
	return (key) => {
		const answer = known.get(key) ?? {value: read(key)};
		known.set(key, answer);
		return answer.value;
	};
}

/** A function that is asked once. */
export function once<Value>(read: () => Value): () => Value {
	let known: {readonly value: Value} | undefined;
	return () => (known ??= {value: read()}).value;
}
